"""Every operation of both clients against the emulator, and how it stands on the wire."""

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from partnercenter_qual import (
    Customer,
    CustomerResult,
    EducationSegment,
    Emulator,
    Qualification,
    QualificationType,
    ValidationCode,
    VettingStatus,
)

from .either import TOKEN, Either
from .scripted import CUSTOMER_ID, Answer, Scripted

CREATED = {"qualification": "Education", "vettingStatus": "InReview"}
GCC = QualificationType.GOVERNMENT_COMMUNITY_CLOUD
SOE = QualificationType.STATE_OWNED_ENTITY


class TestOperations:
    def test_a_customer_without_a_qualification(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        assert either.call(client.get_qualifications, emulator.customer_ids[0]) == []

    def test_qualifications_as_they_were_decided(self, either: Either, emulator: Emulator) -> None:
        customer_id = emulator.customer_ids[0]
        emulator.decide(customer_id, "Education", "Denied", "Not an Academic Domain")
        emulator.decide(customer_id, "Nonprofit", "Approved")
        decided = emulator.now
        client = either.client(emulator)
        education, nonprofit = either.call(client.get_qualifications, UUID(customer_id))
        assert education == Qualification(
            qualification=QualificationType.EDUCATION,
            vetting_status=VettingStatus.DENIED,
            vetting_reason="Not an Academic Domain",
            vetting_created_date=education.vetting_created_date,
        )
        assert education.vetting_created_date is not None
        assert timedelta() <= decided - education.vetting_created_date < timedelta(seconds=30)
        assert nonprofit.qualification is QualificationType.NONPROFIT
        assert nonprofit.vetting_status is VettingStatus.APPROVED

    @pytest.mark.parametrize("asked", ["education", QualificationType.EDUCATION, 1])
    @pytest.mark.parametrize("segment", ["K12", EducationSegment.HIGHER_EDUCATION])
    def test_education_goes_into_review(
        self, either: Either, emulator: Emulator, asked: str | int, segment: str
    ) -> None:
        customer_id = emulator.customer_ids[1]
        client = either.client(emulator)
        given = either.call(
            client.update_qualification, customer_id, asked, education_segment=segment
        )
        assert given.qualification is QualificationType.EDUCATION
        assert given.vetting_status is VettingStatus.IN_REVIEW
        assert either.call(client.get_qualifications, customer_id) == [given]

    def test_a_validation_code_gives_gcc_at_once(self, either: Either, emulator: Emulator) -> None:
        customer_id = emulator.customer_ids[2]
        client = either.client(emulator)
        before = either.call(client.list_validation_codes)
        code = before[0]
        assert isinstance(code, ValidationCode)
        assert code.max_creates == code.remaining_creates == 25
        assert code.partner_id is not None
        assert code.organization_name is not None
        assert code.etag is not None
        given = either.call(
            client.update_qualification,
            customer_id,
            "government_community_cloud",
            validation_code=code.validation_id,
        )
        assert (given.qualification, given.vetting_status) == (GCC, VettingStatus.APPROVED)
        after = either.call(client.list_validation_codes)
        assert after[0].remaining_creates == 24
        assert after[1:] == before[1:]

    def test_a_state_owned_entity_is_not_vetted(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        given = either.call(client.update_qualification, emulator.customer_ids[0], SOE)
        assert given == Qualification(qualification=SOE)

    def test_vetting_is_waited_for(self, either: Either) -> None:
        with Emulator(customers=1, vetting="immediate") as emulator:
            client, (customer_id,) = either.client(emulator), emulator.customer_ids
            either.call(
                client.update_qualification, customer_id, "Education", education_segment="K12"
            )
            vetted = either.call(client.wait_for_vetting, customer_id, "Education")
        assert vetted.vetting_status is VettingStatus.APPROVED

    def test_customers_in_the_list_and_by_id(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        customers = either.list(client.list_customers())
        assert [customer.customer_id for customer in customers] == emulator.customer_ids
        listed = customers[0]
        assert isinstance(listed, Customer)
        alone = either.call(client.get_customer, listed.customer_id)
        for customer in (listed, alone):
            assert customer.company_name
            assert customer.domain is not None
            assert customer.domain.endswith(".example")
            assert customer.relationship_to_partner == "reseller"
        assert (alone.company_name, alone.domain) == (listed.company_name, listed.domain)
        assert alone.extra["allowDelegatedAccess"] is True

    def test_a_sweep_answers_for_every_customer(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        results = either.list(client.sweep(emulator.customer_ids))
        assert all(isinstance(result, CustomerResult) for result in results)
        assert sorted(result.customer_id for result in results) == sorted(emulator.customer_ids)
        assert {(result.qualifications, result.error) for result in results} == {((), None)}

    def test_audit_records_tell_what_was_asked_for(
        self, either: Either, emulator: Emulator
    ) -> None:
        client = either.client(emulator)
        either.call(client.update_qualification, emulator.customer_ids[0], SOE)
        (record,) = either.list(client.list_audit_records(emulator.now.date()))
        assert record.operation_type == "update_customer_qualification"
        assert record.customer_id == emulator.customer_ids[0]


class TestOnTheWire:
    def test_paths(self, either: Either) -> None:
        with Scripted([Answer([]), Answer({"id": CUSTOMER_ID}), Answer([CREATED])]) as server:
            client = either.client(server)
            either.call(client.list_validation_codes)
            either.call(client.get_customer, CUSTOMER_ID.upper())
            either.call(client.get_qualifications, f"{{{CUSTOMER_ID}}} ")
        assert [(request.method, request.path) for request in server.requests] == [
            ("GET", "/v1/customers/all/validations"),
            ("GET", f"/v1/customers/{CUSTOMER_ID}"),
            ("GET", f"/v1/customers/{CUSTOMER_ID}/qualifications"),
        ]

    @pytest.mark.parametrize("suffix", ["", "/", "/v1", "/v1/"])
    def test_a_base_url_may_have_a_path_and_the_version(self, either: Either, suffix: str) -> None:
        with Scripted([Answer([])]) as server:
            client = either.client(f"{server.url}/gateway{suffix}")
            either.call(client.list_validation_codes)
        assert server.requests[0].path == "/gateway/v1/customers/all/validations"

    @pytest.mark.parametrize(
        ("asked", "body"),
        [
            (
                {"qualification": 1, "education_segment": "k12", "website": "school.example"},
                {
                    "qualification": "Education",
                    "educationSegment": "K12",
                    "website": "school.example",
                },
            ),
            (
                {"qualification": "education", "education_segment": "higher_education"},
                {"qualification": "Education", "educationSegment": "HigherEducation"},
            ),
            (
                {"qualification": "governmentcommunitycloud", "validation_code": "12345"},
                {"qualification": "GovernmentCommunityCloud", "validationCode": "12345"},
            ),
            ({"qualification": "state_owned_entity"}, {"qualification": "StateOwnedEntity"}),
        ],
    )
    def test_the_body_of_a_request(
        self, either: Either, asked: dict[str, str], body: dict[str, str]
    ) -> None:
        with Scripted([Answer(CREATED, status=201)]) as server:
            client = either.client(server)
            either.call(client.update_qualification, CUSTOMER_ID, **asked)
        (request,) = server.requests
        assert (request.method, request.json()) == ("POST", body)
        assert request.path == f"/v1/customers/{CUSTOMER_ID}/qualifications"
        assert request.headers["content-type"] == "application/json"

    def test_headers_of_every_call(self, either: Either) -> None:
        with Scripted([Answer([])]) as server:
            client = either.client(server)
            either.call(client.get_qualifications, CUSTOMER_ID)
            either.call(client.get_qualifications, CUSTOMER_ID)
        first, second = (request.headers for request in server.requests)
        assert first["authorization"] == f"Bearer {TOKEN}"
        assert first["accept"] == "application/json"
        assert first["user-agent"].startswith("partnercenter_qual/")
        assert first["ms-partnercenter-client"] == "partnercenter_qual"
        names = ("ms-requestid", "ms-correlationid")
        assert len({UUID(headers[name]) for headers in (first, second) for name in names}) == 4
        unasked = {
            "content-type",
            "ms-contract-version",
            "x-locale",
            "ms-partnercenter-application",
        }
        assert not unasked & first.keys()

    def test_the_application_and_the_locale_are_named(self, either: Either) -> None:
        with Scripted([Answer([])]) as server:
            client = either.client(server, application_name="Roll-out 7", locale="de-DE")
            either.call(client.get_qualifications, CUSTOMER_ID)
        headers = server.requests[0].headers
        assert headers["ms-partnercenter-application"] == "Roll-out 7"
        assert headers["user-agent"].startswith("partnercenter_qual/")
        assert headers["user-agent"].endswith("(Roll-out 7)")
        assert headers["x-locale"] == "de-DE"

    @pytest.mark.parametrize("form", [str, UUID, str.upper, lambda text: f"{{{text}}}"])
    def test_the_callers_own_request_id(
        self, either: Either, form: Callable[[str], str | UUID]
    ) -> None:
        own = "7b1ff1a5-3b0c-4b1f-8d0b-0c9d5f2a6c11"
        with Scripted([Answer(CREATED, status=201)]) as server:
            client = either.client(server)
            either.call(client.update_qualification, CUSTOMER_ID, SOE, request_id=form(own))
        assert server.requests[0].headers["ms-requestid"] == own
