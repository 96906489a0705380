"""What a snapshot of an emulator keeps, here and in another object."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from partnercenter_qual import (
    Client,
    ClientCertificateCredential,
    ConflictError,
    Emulator,
    RateLimitError,
    RefreshTokenCredential,
    ServerError,
    UnauthorizedError,
)
from partnercenter_qual.emulator import VettingRule

from .authority import identity

DAY = 86_400.0


@pytest.fixture
def source() -> Iterator[Emulator]:
    """Give an emulator with a past."""
    rule = VettingRule(after=2 * DAY, outcomes={"Denied": 1}, reason="Not an eligible Library")
    with Emulator(4, seed=11, vetting=rule, wire={"created": "wrapper"}) as emulator:
        yield emulator


@pytest.fixture
def other() -> Iterator[Emulator]:
    with Emulator(2, seed=12) as emulator:
        yield emulator


def request(client: Client, customer_id: str, **more: Any) -> None:  # noqa: ANN401 - as the client takes them
    client.update_qualification(customer_id, "Education", education_segment="K12", **more)


def test_customers_effects_and_journal_come_back(source: Emulator, other: Emulator) -> None:
    school, library = source.customer_ids[:2]
    with source.client() as client:
        request(client, school)
        source.decide(library, "Nonprofit", "Approved")
        listed = list(client.list_customers())
        held = [client.get_qualifications(customer_id) for customer_id in source.customer_ids]
    other.restore(source.snapshot())
    assert other.customer_ids == source.customer_ids
    assert (other.effects, other.journal) == (source.effects, source.journal)
    with other.client() as client:
        assert list(client.list_customers()) == listed
        assert held == [client.get_qualifications(each) for each in other.customer_ids]
        with pytest.raises(ConflictError):
            request(client, school)
    assert len(source.journal) == 6
    assert len(other.journal) == 12


def test_what_was_to_come_still_comes(source: Emulator, other: Emulator) -> None:
    school = source.customer_ids[0]
    with source.client() as client:
        request(client, school)
    source.advance(DAY)
    other.restore(source.snapshot())
    other.advance(DAY)
    with other.client() as client:
        (held,) = client.get_qualifications(school)
    assert (held.vetting_status, held.vetting_reason) == ("Denied", "Not an eligible Library")
    with source.client() as client:
        assert client.get_qualifications(school)[0].vetting_status == "InReview"


def test_a_snapshot_is_of_its_moment(source: Emulator) -> None:
    school = source.customer_ids[0]
    snapshot = source.snapshot()
    with source.client() as client:
        request(client, school)
        source.inject(500)
        source.advance(DAY)
        source.restore(snapshot)
        assert client.get_qualifications(school) == []
    assert (source.effects, source.faults, len(source.journal)) == ([], [], 1)
    source.restore(snapshot)
    assert source.journal == []


def test_the_clock_runs_on_as_far_ahead(source: Emulator, other: Emulator) -> None:
    source.advance(10 * DAY)
    other.restore(source.snapshot())
    assert abs(other.now - source.now) < timedelta(hours=1)
    assert not other.is_frozen


def test_a_frozen_clock_stands_still(source: Emulator, other: Emulator) -> None:
    source.freeze()
    source.advance(10 * DAY)
    other.restore(source.snapshot())
    assert other.is_frozen
    assert other.now == source.now
    other.unfreeze()
    assert timedelta(0) <= other.now - source.now < timedelta(hours=1)


def test_faults_and_their_luck_come_back(source: Emulator, other: Emulator) -> None:
    def luck(emulator: Emulator) -> str:
        with emulator.client(max_retries=0) as client:
            return "".join(fate(client, emulator.customer_ids[0]) for _ in range(30))

    def fate(client: Client, customer_id: str) -> str:
        try:
            client.get_qualifications(customer_id)
        except ServerError:
            return "x"
        return "."

    source.inject(503, times=None, probability=0.5)
    source.switch_fault(source.inject(500), enabled=False)
    luck(source)
    other.restore(source.snapshot())
    assert other.faults == source.faults
    assert luck(other) == luck(source)
    assert other.inject(500) == source.inject(500)


def test_limits_and_waits_come_back(other: Emulator) -> None:
    with Emulator(2, requests_per_window=2, window=3600) as source:
        source.freeze()
        with source.client(max_retries=0) as client:
            for customer_id in source.customer_ids:
                client.get_qualifications(customer_id)
            with pytest.raises(RateLimitError):
                client.get_qualifications(source.customer_ids[0])
        source.advance(600)
        other.restore(source.snapshot())
    told = other.journal[-1].request_id
    with other.client(max_retries=0) as client, pytest.raises(RateLimitError) as caught:
        client.get_qualifications(other.customer_ids[0])
    assert caught.value.retry_after == 3000
    assert len(other.find_requests(status=429)) == 2
    assert other.journal[-1].request_id != told
    other.advance(3000)
    with other.client(max_retries=0) as client:
        client.get_qualifications(other.customer_ids[0])


def test_a_repeated_request_is_known_again(source: Emulator, other: Emulator) -> None:
    school, request_id = source.customer_ids[0], uuid4()
    with source.client() as client:
        request(client, school, request_id=request_id)
    other.restore(source.snapshot())
    with other.client() as client:
        request(client, school, request_id=request_id)
    assert (len(other.effects), other.duplicates, source.duplicates) == (1, 1, 0)
    with pytest.raises(AssertionError, match=str(request_id)):
        other.assert_no_duplicates()


def test_validation_codes_keep_their_counts(source: Emulator, other: Emulator) -> None:
    with source.client() as client:
        code = client.list_validation_codes()[0]
        client.update_qualification(
            source.customer_ids[0],
            "GovernmentCommunityCloud",
            validation_code=code.validation_id,
        )
        counted = client.list_validation_codes()
    assert counted[0].remaining_creates == (code.remaining_creates or 0) - 1
    other.restore(source.snapshot())
    with other.client() as client:
        assert client.list_validation_codes() == counted


def test_a_sign_in_outlives_it(source: Emulator, other: Emulator) -> None:
    refresh_token, access_token = source.refresh_token, source.access_token()
    source.register_certificate(identity().certificate_pem())
    application = source.tenant_id, source.client_id, source.client_secret
    with Client(access_token, base_url=other.url) as client, pytest.raises(UnauthorizedError):
        client.get_qualifications(source.customer_ids[0])
    other.restore(source.snapshot())
    assert (other.tenant_id, other.client_id, other.client_secret) == application
    tenant_id, client_id, secret = application
    for credential in (
        access_token,
        RefreshTokenCredential(tenant_id, client_id, refresh_token, secret),
        ClientCertificateCredential(tenant_id, client_id, identity().pem()),
    ):
        with other.client(credential=credential) as client:
            assert client.get_qualifications(other.customer_ids[0]) == []


def test_its_settings_are_those_of_a_later_reset(source: Emulator, other: Emulator) -> None:
    with Emulator([{"company_name": "Redwater Academy"}], journal_size=2) as listed:
        other.restore(listed.snapshot())
        other.reset()
        with other.client() as client:
            assert [each.company_name for each in client.list_customers()] == ["Redwater Academy"]
            for _ in range(3):
                client.get_qualifications(listed.customer_ids[0])
        assert len(other.journal) == 2
    other.restore(source.snapshot())
    other.reset()
    assert other.customer_ids == source.customer_ids
    with other.client() as client:  # which reads the wrapper that its POST is answered with
        request(client, other.customer_ids[0])
    assert other.find_requests(method="POST")[0].status == 200
