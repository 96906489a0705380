"""What a user of either client sees of each fault that the emulator can inject."""

import json
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import (
    ApiError,
    BadRequestError,
    ConflictError,
    DecodeError,
    Emulator,
    NotFoundError,
    PartnerCenterError,
    PermissionDeniedError,
    Qualification,
    QualificationType,
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnauthorizedError,
)

from .either import Either

MIB = 1 << 20
ELSEWHERE = "https://elsewhere.example/v1/customers"
STATE_OWNED = Qualification(qualification=QualificationType.STATE_OWNED_ENTITY)


def read(either: Either, emulator: Emulator, **options: Any) -> list[Qualification]:  # noqa: ANN401 - whatever a client takes
    """Read the qualifications of the first customer, which has none."""
    client = either.client(emulator, **{"max_retries": 0, "timeout": 20} | options)
    return either.call(client.get_qualifications, emulator.customer_ids[0])


def failure(either: Either, emulator: Emulator, **options: Any) -> PartnerCenterError:  # noqa: ANN401 - as above
    """Give the error of a read."""
    with pytest.raises(PartnerCenterError) as caught:
        read(either, emulator, **options)
    emulator.assert_faults_fired()
    return caught.value


def api_failure(either: Either, emulator: Emulator) -> ApiError:
    """Give the error of a read that was answered."""
    error = failure(either, emulator)
    assert isinstance(error, ApiError)
    emulator.assert_requested(status=error.status_code)
    return error


class TestCodes:
    @pytest.mark.parametrize(
        ("code", "seen", "hint"),
        [
            (900_420, (UnauthorizedError, 401), "audience"),
            (900_421, (UnauthorizedError, 401), "multi-factor"),
            (900_329, (PermissionDeniedError, 403), "App+User"),
            (60_003, (NotFoundError, 404), "tenant"),
            (600_061, (ConflictError, 409), "already"),
            (2000, (BadRequestError, 400), "beginning of the name"),
            (800_003, (ServerError, 500), "later"),
            (0, (ServerError, 501), "later"),
        ],
    )
    def test_a_documented_code_comes_with_its_status_text_and_hint(
        self, either: Either, emulator: Emulator, code: int, seen: tuple[type, int], hint: str
    ) -> None:
        # Twice: after a 401, the client comes again with another token.
        emulator.inject(code=code, times=2 if 401 in seen else 1)
        error = api_failure(either, emulator)
        assert (type(error), error.status_code) == seen
        assert error.code == str(code)
        assert error.message in json.loads(error.body)["description"]
        assert hint in (error.hint or "")

    def test_it_may_come_with_another_status(self, either: Either, emulator: Emulator) -> None:
        emulator.inject(503, code=900_421)
        error = api_failure(either, emulator)
        assert (type(error), error.code) == (ServerError, "900421")

    def test_codes_look_as_the_wire_has_them(self, either: Either) -> None:
        with Emulator(1, wire={"error_code": "string"}) as emulator:
            emulator.inject(code=800_003)
            assert '"code":"800003"' in api_failure(either, emulator).body


class TestHeaders:
    def test_no_redirect_is_followed(self, either: Either, emulator: Emulator) -> None:
        emulator.inject(307, headers={"Location": ELSEWHERE})
        error = api_failure(either, emulator)
        assert error.status_code == 307
        assert ELSEWHERE in str(error.hint)

    def test_headers_are_added_to_an_answer_or_replace_its_own(
        self, either: Either, emulator: Emulator
    ) -> None:
        emulator.inject(503, headers={"retry-after": "7"})
        assert api_failure(either, emulator).retry_after == 7
        emulator.inject(headers={"Content-Type": "text/plain", "X-Anything": "ü".encode().hex()})
        assert read(either, emulator) == []

    def test_a_wait_may_be_a_date(self, either: Either, emulator: Emulator) -> None:
        date = format_datetime(emulator.now + timedelta(seconds=100), usegmt=True)
        emulator.inject(429, retry_after=date)
        error = api_failure(either, emulator)
        assert isinstance(error, RateLimitError)
        assert 90 < (error.retry_after or 0) <= 100


class TestBodies:
    @pytest.mark.parametrize(
        ("body", "held"),
        [
            ([{"qualification": "StateOwnedEntity"}], [STATE_OWNED]),
            (({"qualification": "StateOwnedEntity"},), [STATE_OWNED]),
            ({"items": []}, []),
            ('\ufeff{"qualifications": [{"qualification": "StateOwnedEntity"}]}', [STATE_OWNED]),
            (b"[]", []),
        ],
        ids=str,
    )
    def test_a_body_that_can_be_read_is_the_answer(
        self, either: Either, emulator: Emulator, body: object, held: list[Qualification]
    ) -> None:
        emulator.inject(body=body)  # type: ignore[arg-type]
        assert read(either, emulator) == held

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ("", "empty"),
            ("busy", "busy"),
            (b"\x00\xff", "expected"),
            ("<html>Sorry</html>", "<html>Sorry"),
            ('[{"qualification": "Educ', "EOF"),
            (5, "a number"),
            ([5], "a number"),
            (True, "a boolean"),
            ([{"colour": "red"}], "`qualification` is missing"),
        ],
    )
    def test_one_that_cannot_be_is_told(
        self, either: Either, emulator: Emulator, body: object, words: str
    ) -> None:
        emulator.inject(body=body)  # type: ignore[arg-type]
        error = failure(either, emulator)
        assert isinstance(error, DecodeError)
        assert words in str(error)

    def test_a_bare_string_is_an_error_in_its_own_words(
        self, either: Either, emulator: Emulator
    ) -> None:
        emulator.inject(500, body='"Customer tagging denied."')
        error = api_failure(either, emulator)
        assert error.message == "Customer tagging denied."
        assert "eligible" in str(error.hint)

    @pytest.mark.parametrize("cut", [0, 1, 3])
    def test_one_that_is_cut_short_is_told(
        self, either: Either, emulator: Emulator, cut: int
    ) -> None:
        emulator.inject(cut=cut)
        assert "end of file" in str(failure(either, emulator))


class TestSizes:
    def test_up_to_8_mib_are_read(self, either: Either, emulator: Emulator) -> None:
        emulator.inject(size=8 * MIB)
        assert read(either, emulator) == []
        emulator.inject(size=8 * MIB + 1)
        error = failure(either, emulator)
        assert isinstance(error, DecodeError)
        assert "longer than 8 MiB" in str(error)

    def test_also_of_an_error(self, either: Either, emulator: Emulator) -> None:
        emulator.inject(503, code=900_192, size=9 * MIB)
        error = api_failure(either, emulator)
        assert (error.code, len(error.body)) == ("900192", 4096)

    @pytest.mark.parametrize("status", [None, 503])
    def test_a_bomb_is_soon_put_out_and_takes_no_room(
        self, either: Either, emulator: Emulator, status: int | None
    ) -> None:
        before = _most_memory()
        emulator.inject(status, gzip_size=10**12)
        error = failure(either, emulator)
        assert isinstance(error, DecodeError if status is None else ServerError)
        assert _most_memory() - before < 64 * MIB

    def test_gzip_is_read(self, either: Either, emulator: Emulator) -> None:
        emulator.inject(gzip_size=1000)
        assert "empty" in str(failure(either, emulator))


class TestTime:
    @pytest.mark.parametrize("lever", ["delay", "slow_headers", "slow_body"])
    def test_who_waits_too_short_gets_no_answer(
        self, either: Either, emulator: Emulator, lever: str
    ) -> None:
        fault: dict[str, Any] = {lever: 3600}
        emulator.inject(**fault)
        error = failure(either, emulator, timeout=0.2)
        assert isinstance(error, RequestTimeoutError)
        emulator.assert_requested(1, status=200)

    @pytest.mark.parametrize("lever", ["delay", "slow_headers", "slow_body"])
    def test_who_waits_long_enough_gets_it_whole(
        self, either: Either, emulator: Emulator, lever: str
    ) -> None:
        fault: dict[str, Any] = {lever: 0.1}
        emulator.inject(**fault, body=[{"qualification": "StateOwnedEntity"}])
        assert read(either, emulator) == [STATE_OWNED]


class TestConnection:
    def test_a_reset_is_no_answer(self, either: Either, emulator: Emulator) -> None:
        emulator.inject(reset=True, method="POST")
        client = either.client(emulator, max_retries=0)
        with pytest.raises(TransportError):
            either.call(client.update_qualification, emulator.customer_ids[0], "StateOwnedEntity")
        assert emulator.effects == []
        emulator.assert_requested(1, method="POST")

    @pytest.mark.parametrize("fault", [{"body": ""}, {"code": 900_192}], ids=str)
    def test_a_post_whose_answer_was_lost_takes_effect_once(
        self, either: Either, emulator: Emulator, fault: dict[str, Any]
    ) -> None:
        emulator.inject(method="POST", after_effect=True, **fault)
        client = either.client(emulator)
        held = either.call(
            client.update_qualification, emulator.customer_ids[0], "StateOwnedEntity"
        )
        assert held == STATE_OWNED
        assert len(emulator.effects) == 1
        emulator.assert_each_posted_once()
        emulator.assert_no_duplicates()
        emulator.assert_faults_fired()


def _most_memory() -> int:
    """Give the most memory that this process ever had, in bytes, as far as that can be told."""
    status = Path("/proc/self/status")
    if not status.exists():
        return 0
    (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
