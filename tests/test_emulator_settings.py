"""What an emulator is made from: each setting does what it says, and nonsense is told by name."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from partnercenter_qual import (
    BadRequestError,
    Client,
    ClientSecretCredential,
    ConfigurationError,
    Emulator,
    Qualification,
    RateLimitError,
    UnauthorizedError,
    VettingStatus,
)
from partnercenter_qual.emulator import Vetting, VettingRule

HOUR = 3600.0
DAY = 24 * HOUR
ALWAYS = {"Approved": 1.0}
NEVER = {"Denied": 1.0}


def refused(**options: Any) -> ConfigurationError:  # noqa: ANN401 - whatever it takes
    """Give the error for bad settings, which come before a port that is taken."""
    with Emulator(0) as other:
        taken = int(other.url.rpartition(":")[2])
        with pytest.raises(ConfigurationError) as caught:
            Emulator(**{"port": taken} | options)
    return caught.value


class Vetted:
    """The one customer of an emulator that vets as the test says."""

    def __init__(self, emulator: Emulator, client: Client) -> None:
        self.emulator = emulator
        self.client = client
        self.customer_id = emulator.customer_ids[0]
        client.update_qualification(self.customer_id, "Education", education_segment="K12")

    def read(self) -> Qualification:
        (held,) = self.client.get_qualifications(self.customer_id)
        return held

    def statuses(self, count: int) -> list[VettingStatus | None]:
        return [self.read().vetting_status for _ in range(count)]

    def after(self, seconds: float) -> Qualification:
        self.emulator.advance(seconds)
        return self.read()


@pytest.fixture
def vetted(request: pytest.FixtureRequest) -> Iterator[Vetted]:
    with Emulator(1, vetting=request.param) as emulator, emulator.client() as client:
        emulator.freeze()
        yield Vetted(emulator, client)


def by(*rules: Vetting) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("vetted", rules, indirect=True, ids=str)


class TestVettingRule:
    @by(VettingRule(HOUR, outcomes=ALWAYS))
    def test_after_so_many_seconds(self, vetted: Vetted) -> None:
        assert vetted.after(HOUR - 1).vetting_status == "InReview"
        assert vetted.after(1).vetting_status == "Approved"

    @by(VettingRule(reads=2, outcomes=ALWAYS))
    def test_after_so_many_reads(self, vetted: Vetted) -> None:
        assert vetted.statuses(4) == ["InReview", "InReview", "Approved", "Approved"]

    @by(VettingRule(after=HOUR, reads=1, outcomes=ALWAYS))
    def test_after_the_later_of_both(self, vetted: Vetted) -> None:
        assert vetted.statuses(3) == ["InReview"] * 3
        assert "Approved" in {vetted.after(HOUR).vetting_status, *vetted.statuses(1)}

    @by(VettingRule(outcomes=ALWAYS), VettingRule(outcomes={VettingStatus.APPROVED: 3}))
    def test_without_either_when_the_seed_says(self, vetted: Vetted) -> None:
        assert vetted.after(DAY / 2 - 1).vetting_status == "InReview"
        assert vetted.after(2.5 * DAY + 1).vetting_status == "Approved"

    @by(VettingRule(after=0, outcomes=NEVER, reason="Not an eligible Library"))
    def test_a_reason_for_every_denial(self, vetted: Vetted) -> None:
        held = vetted.read()
        assert (held.vetting_status, held.vetting_reason) == ("Denied", "Not an eligible Library")

    @by(VettingRule(after=0, outcomes=NEVER))
    def test_or_a_documented_one(self, vetted: Vetted) -> None:
        assert vetted.read().vetting_reason

    @by(VettingRule(after=0, outcomes={"InReview": 1}))
    def test_what_stays_in_review_is_never_decided(self, vetted: Vetted) -> None:
        assert vetted.after(1000 * DAY).vetting_status == "InReview"

    @by(VettingRule(after=0, outcomes=ALWAYS, no_longer_after=30 * DAY))
    def test_an_approval_may_end(self, vetted: Vetted) -> None:
        assert vetted.after(30 * DAY - 1).vetting_status == "Approved"
        held = vetted.after(1)
        assert held.vetting_status == "Denied"
        assert held.vetting_reason == "No longer an Education Customer"

    @by(VettingRule(after=0, outcomes=ALWAYS, no_longer_after=DAY, no_longer_share=0))
    def test_of_a_share_of_the_customers(self, vetted: Vetted) -> None:
        assert vetted.after(2 * DAY).vetting_status == "Approved"

    @pytest.mark.parametrize(
        ("rule", "field", "value"),
        [
            (VettingRule(-1), "after", "-1"),
            (VettingRule("1"), "after", "1"),  # type: ignore[arg-type]
            (VettingRule(float("inf")), "after", "inf"),
            (VettingRule(reads=-1), "reads", "-1"),
            (VettingRule(reads=1.5), "reads", "1.5"),  # type: ignore[arg-type]
            (VettingRule(outcomes={}), "outcomes", "0"),
            (VettingRule(outcomes={"Expired": 1}), "outcomes.Expired", "1"),
            (VettingRule(outcomes={"Denied": -1}), "outcomes.Denied", "-1"),
            (VettingRule(outcomes={"Denied": float("nan")}), "outcomes.Denied", "nan"),
            (VettingRule(outcomes=["Denied"]), "outcomes", '["Denied"]'),  # type: ignore[arg-type]
            (VettingRule(reason=""), "reason", ""),
            (VettingRule(reason=5), "reason", "5"),  # type: ignore[arg-type]
            (VettingRule(no_longer_after=-1), "no_longer_after", "-1"),
            (VettingRule(no_longer_share=1.5), "no_longer_share", "1.5"),
        ],
        ids=str,
    )
    def test_a_rule_that_cannot_be_is_refused(
        self, rule: VettingRule, field: str, value: str
    ) -> None:
        error = refused(vetting=rule)
        assert error.field == f"vetting.{field}"
        assert value in error.value
        assert error.cure


def calls_until_refused(client: Client, customer_ids: list[str]) -> int:
    for count, customer_id in enumerate(customer_ids):
        try:
            client.get_qualifications(customer_id)
        except RateLimitError:
            return count
    return len(customer_ids)


class TestLimits:
    def test_a_customer_has_a_limit_of_its_own(self) -> None:
        with Emulator(2, customer_requests_per_window=2, window=HOUR) as emulator:
            one, other = emulator.customer_ids
            with emulator.client(max_retries=0) as client:
                assert calls_until_refused(client, [one] * 5) == 2
            with emulator.client(max_retries=0) as client:
                assert calls_until_refused(client, [other] * 2) == 2
                assert len(list(client.list_customers())) == 2
            emulator.advance(HOUR)
            with emulator.client(max_retries=0) as client:
                assert calls_until_refused(client, [one] * 2) == 2

    def test_a_bucket_fills_up_evenly(self) -> None:
        options: dict[str, Any] = {"requests_per_window": 4, "window": 60}
        for throttle, passing in [("window", 0), ("bucket", 1)]:
            with Emulator(1, throttle=throttle, **options) as emulator:  # type: ignore[arg-type]
                emulator.freeze()
                ids = emulator.customer_ids * 9
                with emulator.client(max_retries=0) as client:
                    assert calls_until_refused(client, ids) == 4
                emulator.advance(15.5)
                with emulator.client(max_retries=0) as client:
                    assert calls_until_refused(client, ids) == passing


class TestLifetimes:
    def test_of_the_journal_the_oldest_go_first(self) -> None:
        with Emulator(5, journal_size=3) as emulator, emulator.client() as client:
            for customer_id in emulator.customer_ids:
                client.get_qualifications(customer_id)
            seen = [entry.customer_id for entry in emulator.journal]
            assert seen == emulator.customer_ids[2:]

    def test_a_link_to_a_next_page_ends(self) -> None:
        with Emulator(5, continuation_token_lifetime=60) as emulator, emulator.client() as client:
            emulator.freeze()
            pages, late = (client.list_customers(page_size=2).by_page() for _ in range(2))
            assert len(next(pages)) == len(next(late)) == 2
            emulator.advance(59)
            assert len(next(pages)) == 2
            emulator.advance(1)
            with pytest.raises(BadRequestError):
                next(late)

    def test_or_never(self) -> None:
        with Emulator(5, continuation_token_lifetime=None) as emulator, emulator.client() as client:
            pages = client.list_customers(page_size=4).by_page()
            assert len(next(pages)) == 4
            emulator.advance(300 * DAY)
            assert len(next(pages)) == 1

    def test_tokens_end(self) -> None:
        with Emulator(1, token_lifetime=60) as emulator:
            emulator.freeze()
            credential = ClientSecretCredential(
                emulator.tenant_id,
                emulator.client_id,
                emulator.client_secret,
                authority=emulator.authority,
            )
            token = credential.get_token().token
            with Client(token, base_url=emulator.url) as client:
                emulator.advance(59)
                client.get_qualifications(emulator.customer_ids[0])
                emulator.advance(1)
                with pytest.raises(UnauthorizedError):
                    client.get_qualifications(emulator.customer_ids[0])


@pytest.mark.parametrize(("dedupe", "effects"), [(True, 1), (False, 2)])
def test_a_repeated_request_takes_effect_once_or_again(dedupe: bool, effects: int) -> None:  # noqa: FBT001 - a row
    with Emulator(1, dedupe=dedupe, vetting=VettingRule(after=0, outcomes=NEVER)) as emulator:
        customer_id, request_id = emulator.customer_ids[0], uuid4()
        with emulator.client() as client:
            for _ in range(2):
                client.get_qualifications(customer_id)
                client.update_qualification(
                    customer_id, "Education", education_segment="K12", request_id=request_id
                )
        assert (len(emulator.effects), emulator.duplicates) == (effects, 1)


@pytest.mark.parametrize(
    ("field", "value", "cure"),
    [
        ("vetting", {"after": 1}, "VettingRule"),
        ("vetting", VettingRule, "VettingRule"),
        ("throttle", "leaky", "bucket"),
        ("throttle", None, "str"),
        ("customer_requests_per_window", 0, "from 1 on"),
        ("customer_requests_per_window", -1, "not negative"),
        ("customer_requests_per_window", 2.5, "whole number"),
        ("journal_size", 0, "from 1 on"),
        ("journal_size", None, "whole number"),
        ("journal_size", -1, "not negative"),
        ("token_lifetime", 0, "more than 0"),
        ("token_lifetime", None, "number"),
        ("continuation_token_lifetime", -1, "not negative"),
        ("continuation_token_lifetime", 1e13, "1e12"),
        ("continuation_token_lifetime", "1 h", "number"),
        ("wire", [("bom", True)], "dict"),
        ("wire", "array", "dict"),
        ("tls", 1, "True or False"),
    ],
)
def test_a_bad_setting_is_refused_before_anything_listens(
    field: str, value: object, cure: str
) -> None:
    error = refused(**{field: value})
    assert error.field == field
    assert str(value).strip("{}") in error.value
    assert cure in error.cure


@pytest.mark.parametrize(
    ("switch", "value", "cure"),
    [
        ("dates", "roman", "`change_log`"),
        ("qualifications", "Array", "`wrapper`"),
        ("bom", 1, "true or false"),
        ("retired_pair", None, "true or false"),
        ("error_code", 5, "string"),
        ("colour", "red", "`retired_pair`"),
    ],
)
def test_a_bad_switch_of_the_wire_is_told_by_name(switch: str, value: object, cure: str) -> None:
    error = refused(wire={"created": "wrapper", switch: value})
    assert error.field == f"wire.{switch}"
    assert json.dumps(value).strip(chr(34)) in error.value
    assert cure in error.cure
