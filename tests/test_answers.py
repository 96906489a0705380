"""Answers that say yes, in every shape that a service or its documents have given them."""

import gzip
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from partnercenter_qual import (
    BadRequestError,
    Client,
    DecodeError,
    Qualification,
    QualificationType,
    VettingStatus,
)

from .either import Either
from .samples import Sample, Value, plain, raw, samples, values
from .scripted import CUSTOMER_ID, Answer, Scripted, Step

MEBIBYTE = 1 << 20
MARK = b"\xef\xbb\xbf"
APPROVED = {"qualification": "Education", "vettingStatus": "Approved"}
EDUCATION = Qualification(
    qualification=QualificationType.EDUCATION, vetting_status=VettingStatus.APPROVED
)


def read(either: Either, *steps: Step, **options: Any) -> list[Qualification]:  # noqa: ANN401 - of a client
    """Read a customer's qualifications from a server that answers so."""
    with Scripted(steps) as server:
        return either.call(either.client(server, **options).get_qualifications, CUSTOMER_ID)


def request(either: Either, *steps: Step, asked: str = "Education") -> Qualification:
    """Ask for a qualification from a server that answers so."""
    details: dict[str, Any] = (
        {"education_segment": "K12"} if asked == "Education" else {"validation_code": "12345"}
    )
    with Scripted(steps) as server:
        client = either.client(server, max_retries=0)
        return either.call(client.update_qualification, CUSTOMER_ID, asked, **details)


def answer_of(sample: Sample) -> Answer:
    return Answer(raw(sample), status=sample["status"])


class TestSamples:
    @samples("qualifications")
    def test_qualifications(self, either: Either, sample: Sample) -> None:
        found = read(either, answer_of(sample))
        assert [plain(value) for value in found] == sample["expect"]

    @samples("qualifications", strict=True)
    def test_values_equal_those_of_from_dict(self, either: Either, sample: Sample) -> None:
        expected = [
            value
            for value in values(sample)
            if isinstance(value, Qualification) and value.qualification != "None"
        ]
        assert read(either, answer_of(sample)) == expected

    @samples("qualification")
    def test_the_answer_to_a_request(self, either: Either, sample: Sample) -> None:
        given = request(either, answer_of(sample), asked=sample["expect"]["qualification"])
        assert plain(given) == sample["expect"]

    @samples("validation_codes")
    def test_validation_codes(self, either: Either, sample: Sample) -> None:
        with Scripted([answer_of(sample)]) as server:
            found = either.call(either.client(server).list_validation_codes)
        assert [plain(value) for value in found] == sample["expect"]
        assert found == values(sample)

    @samples("customer")
    def test_a_customer(self, either: Either, sample: Sample) -> None:
        with Scripted([answer_of(sample)]) as server:
            found = either.call(either.client(server).get_customer, CUSTOMER_ID)
        assert plain(found) == sample["expect"]
        assert [found] == values(sample)

    @samples("customers")
    def test_customers(self, either: Either, sample: Sample) -> None:
        assert_pages(either, sample, lambda client: client.list_customers())

    @samples("audit_records")
    def test_audit_records(self, either: Either, sample: Sample) -> None:
        assert_pages(either, sample, lambda client: client.list_audit_records("2026-02-01"))

    @samples("undecodable")
    def test_what_cannot_be_read(self, either: Either, sample: Sample) -> None:
        with pytest.raises(DecodeError, match=f"cannot be read.*{CUSTOMER_ID}") as caught:
            read(either, answer_of(sample), max_retries=0)
        assert caught.value.body == raw(sample).decode("utf-8-sig", errors="replace")
        assert caught.value.attempts == 1


def assert_pages(
    either: Either, sample: Sample, stream: Callable[[Client], Iterable[Value]]
) -> None:
    """Check the items of a page, and that its link is followed as it says."""
    with Scripted([answer_of(sample), Answer({"items": []})]) as server:
        found = either.list(stream(either.client(server)))
    assert [plain(value) for value in found] == sample["expect"]["items"]
    assert found == values(sample)
    link = sample["expect"]["next"]
    assert len(server.requests) == (2 if link else 1)
    if link:
        path = "/v1" + link["uri"].removeprefix("/v1").replace("?", "&").replace("&", "?", 1)
        assert server.requests[1].path == path
        for name, value in link["headers"].items():
            assert server.requests[1].headers[name.lower()] == value


class TestShapes:
    @pytest.mark.parametrize(
        "answer",
        [
            [APPROVED],
            {"qualifications": [APPROVED]},
            {"Qualifications": [APPROVED], "totalCount": 1},
            {"items": [APPROVED]},
            APPROVED,
            {"Qualification": 1, "VettingStatus": "approved"},
            [{"qualification": "None"}, APPROVED],
        ],
        ids=json.dumps,
    )
    def test_one_qualification(self, either: Either, answer: object) -> None:
        assert read(either, Answer(answer)) == [EDUCATION]
        assert request(either, Answer(answer)) == EDUCATION

    @pytest.mark.parametrize(
        "answer",
        [
            [],
            [{"qualification": "None"}],
            {"qualification": 0},
            [{"qualification": "none", "vettingStatus": "Approved"}, {"qualification": "NONE"}],
            {"qualifications": []},
            {"qualifications": None},
            {"items": []},
        ],
        ids=json.dumps,
    )
    def test_none_at_all(self, either: Either, answer: object) -> None:
        assert read(either, Answer(answer)) == []
        with pytest.raises(DecodeError, match="Education"):
            request(either, Answer(answer))

    def test_a_request_finds_its_own_answer_among_others(self, either: Either) -> None:
        others = [{"qualification": "StateOwnedEntity"}, {"qualification": "Nonprofit"}]
        assert request(either, Answer({"qualifications": [*others, APPROVED]})) == EDUCATION
        with pytest.raises(DecodeError, match="Education"):
            request(either, Answer(others))

    @pytest.mark.parametrize("status", [200, 201, 202, 203, 206, 299])
    def test_any_2xx_is_a_yes(self, either: Either, status: int) -> None:
        assert read(either, Answer([APPROVED], status=status)) == [EDUCATION]
        assert request(either, Answer(APPROVED, status=status)) == EDUCATION

    def test_no_content_is_none(self, either: Either) -> None:
        with Scripted([Answer(status=204)]) as server:
            client = either.client(server, max_retries=0)
            assert either.call(client.get_qualifications, CUSTOMER_ID) == []
            assert either.call(client.list_validation_codes) == []
            assert either.list(client.list_customers()) == []
            with pytest.raises(DecodeError, match="no body"):
                either.call(client.get_customer, CUSTOMER_ID)
            with pytest.raises(DecodeError, match="no body"):
                either.call(client.update_qualification, CUSTOMER_ID, "StateOwnedEntity")

    @pytest.mark.parametrize("nothing", [b"", b" \r\n", MARK, MARK + b" "])
    def test_an_empty_200_is_no_answer(self, either: Either, nothing: bytes) -> None:
        with pytest.raises(DecodeError, match="empty"):
            read(either, Answer(nothing), max_retries=0)

    def test_an_empty_200_may_be_an_answer_cut_short(self, either: Either) -> None:
        assert read(either, Answer(b""), Answer([APPROVED]), max_retries=1) == [EDUCATION]

    @pytest.mark.parametrize("kind", ["text/plain", "application/octet-stream", "nonsense", ""])
    def test_the_content_type_does_not_matter(self, either: Either, kind: str) -> None:
        answer = Answer(MARK + json.dumps([APPROVED]).encode(), headers={"Content-Type": kind})
        assert read(either, answer) == [EDUCATION]

    @pytest.mark.parametrize(
        "printed",
        [
            '[{"qualification": "Education", "vettingStatus": "Approved",},]',
            '// UTC\n[{"qualification": "Education", /* see below */ "vettingStatus": "Approved"}]',
            "[{“qualification”: “Education”, “vettingStatus”: “Approved”}]",
            '\ufeff[{"qualification": "Education", "vettingStatus": "Approved",}] // UTC',
        ],
    )
    def test_what_the_documents_print_is_read(self, either: Either, printed: str) -> None:
        assert read(either, Answer(printed)) == [EDUCATION]

    def test_strict_json_comes_before_what_the_documents_print(self, either: Either) -> None:
        reason = "“curly” // not a comment, /* nor this */ ,]"
        (found,) = read(either, Answer([APPROVED | {"vettingReason": reason}]))
        assert found.vetting_reason == reason

    @pytest.mark.parametrize("nonsense", ["[] []", "{'a': 1}", "[NaN]", "nope", "[1 2]", "\0"])
    def test_nothing_else_is(self, either: Either, nonsense: str) -> None:
        with Scripted([Answer(nonsense)]) as server:
            client = either.client(server)
            with pytest.raises(DecodeError):
                either.call(client.get_qualifications, CUSTOMER_ID)
        assert len(server.requests) == 1


class TestSize:
    def test_eight_mebibytes_are_read(self, either: Either) -> None:
        padded = json.dumps([APPROVED]).encode().ljust(8 * MEBIBYTE)
        assert read(either, Answer(padded)) == [EDUCATION]

    @pytest.mark.parametrize("packed", [False, True])
    def test_one_byte_more_is_refused(self, either: Either, *, packed: bool) -> None:
        padded = json.dumps([APPROVED]).encode().ljust(8 * MEBIBYTE + 1)
        with Scripted([gzipped(padded) if packed else Answer(padded)]) as server:
            client = either.client(server)
            with pytest.raises(DecodeError, match="8 MiB") as caught:
                either.call(client.get_qualifications, CUSTOMER_ID)
        assert len(server.requests) == 1
        assert len(caught.value.body) <= 4096

    def test_a_bomb_is_not_unpacked(self, either: Either) -> None:
        with pytest.raises(DecodeError, match="8 MiB"):
            read(either, gzipped(bytes(64 * MEBIBYTE)), max_retries=0)

    def test_a_no_of_any_size_is_a_no(self, either: Either) -> None:
        with pytest.raises(BadRequestError) as caught:
            read(either, Answer(b"x" * (9 * MEBIBYTE), status=400))
        assert len(caught.value.body) <= 4096

    @pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
    @pytest.mark.parametrize("comment", ["", "// relaxed\n"])
    def test_deep_nesting_does_no_harm(
        self, either: Either, opening: str, closing: str, comment: str
    ) -> None:
        def nested(depth: int) -> str:
            odd = f"{opening * depth}0{closing * depth}"
            return f'{comment}[{{"qualification": "Education", "odd": {odd}}}]'

        (found,) = read(either, Answer(nested(100)))
        assert found.extra.keys() == {"odd"}
        for depth in (1_000, 1_000_000):
            with pytest.raises(DecodeError):
                read(either, Answer(nested(depth)), max_retries=0)
            with pytest.raises(BadRequestError):
                read(either, Answer(nested(depth), status=400))


class TestPacked:
    def test_a_packed_answer_is_read(self, either: Either) -> None:
        assert read(either, gzipped(MARK + json.dumps([APPROVED]).encode())) == [EDUCATION]

    def test_a_packed_no_is_read(self, either: Either) -> None:
        fault = json.dumps({"code": 3000, "description": "Invalid property"}).encode()
        with pytest.raises(BadRequestError, match="Invalid property"):
            read(either, gzipped(fault, status=400))

    def test_a_packed_answer_cut_short_is_asked_for_again(self, either: Either) -> None:
        whole = gzip.compress(json.dumps([APPROVED]).encode())
        cut = Answer(whole[:-9], headers={"Content-Encoding": "gzip"})
        assert read(either, cut, Answer([APPROVED]), max_retries=1) == [EDUCATION]
        with pytest.raises(DecodeError):
            read(either, cut, max_retries=0)


def gzipped(unpacked: bytes, status: int = 200) -> Answer:
    return Answer(gzip.compress(unpacked), status=status, headers={"Content-Encoding": "gzip"})
