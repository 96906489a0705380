"""The values that the clients take and give: plain dataclasses, frozen and slotted.

They import the standard library and their own helpers only, so that they can be made, compared,
pickled and stored where no client is. Dates are aware `datetime`s in UTC, to the microsecond;
ids are GUIDs as the service writes them. `extra` holds every member that the class does not
know, verbatim; it takes part in `==` but not in `hash`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ._enums import EducationSegment, QualificationType, VettingStatus
from ._exceptions import PartnerCenterError
from ._wire import (
    Value,
    read_date,
    read_error,
    read_flag,
    read_id,
    read_integer,
    read_pairs,
    wire,
    write_error,
    write_pairs,
)

__all__ = [
    "ApplyResult",
    "AuditRecord",
    "Change",
    "Customer",
    "CustomerResult",
    "EducationSegment",
    "Progress",
    "Qualification",
    "QualificationRequest",
    "QualificationType",
    "ValidationCode",
    "VettingStatus",
]

_QUALIFICATION_CURE = 'pass a name such as "Education", or an integer from 0 to 4'


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualification(Value):
    """One qualification of a customer, from GET and POST `customers/{id}/qualifications`.

    Attributes:
        qualification: which one.
        vetting_status: how far its vetting has come; None for kinds that are not vetted.
        vetting_reason: why it was denied; the set of reasons is open.
        vetting_created_date: when vetting was asked for, UTC.
        extra: unknown members, and a date that cannot be read without guessing.
    """

    qualification: QualificationType = field(
        metadata=wire("qualification", read=QualificationType, write=str, cure=_QUALIFICATION_CURE),
    )
    vetting_status: VettingStatus | None = field(
        default=None, metadata=wire("vettingStatus", read=VettingStatus, write=str)
    )
    vetting_reason: str | None = field(default=None, metadata=wire("vettingReason"))
    vetting_created_date: datetime | None = field(
        default=None,
        # One field under two names: the answers say Create, the documents' examples Created.
        metadata=wire(
            "vettingCreateDate",
            "vettingCreatedDate",
            read=read_date,
            write=datetime.isoformat,
        ),
    )
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidationCode(Value):
    """A code that lets customers be qualified for GCC, from GET `customers/all/validations`.

    Attributes:
        validation_id: the code itself.
        partner_id: tenant id of the partner it was issued to.
        organization_name: organisation it was issued for.
        max_creates: how many customers it is good for.
        remaining_creates: how many of these are left.
        etag: version tag of the record (`eTag` on the wire).
        extra: unknown members.
    """

    validation_id: str = field(
        metadata=wire("validationId", read=read_id, cure="pass the code as a string")
    )
    partner_id: str | None = field(default=None, metadata=wire("partnerId"))
    organization_name: str | None = field(default=None, metadata=wire("organizationName"))
    max_creates: int | None = field(default=None, metadata=wire("maxCreates", read=read_integer))
    remaining_creates: int | None = field(
        default=None, metadata=wire("remainingCreates", read=read_integer)
    )
    etag: str | None = field(default=None, metadata=wire("eTag"))
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer(Value):
    """A customer of the partner, from GET `customers` and `customers/{id}`.

    Attributes:
        customer_id: tenant id of the customer (`id`, else `companyProfile.tenantId`).
        company_name: name of the organisation (`companyProfile.companyName`).
        domain: default domain of the tenant (`companyProfile.domain`).
        relationship_to_partner: `reseller`, `advisor` and so on.
        extra: all other members; what is left of `companyProfile` under that name.
    """

    customer_id: str = field(
        metadata=wire(
            "id", fallback="companyProfile.tenantId", cure="pass the tenant id as a string"
        )
    )
    company_name: str | None = field(default=None, metadata=wire("companyProfile.companyName"))
    domain: str | None = field(default=None, metadata=wire("companyProfile.domain"))
    relationship_to_partner: str | None = field(
        default=None, metadata=wire("relationshipToPartner")
    )
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualificationRequest(Value):
    """What to ask for, and for whom: the body of POST `customers/{id}/qualifications`.

    Nothing is checked here but the types that `from_dict` reads; what the service would refuse,
    the client refuses before it sends anything.

    Attributes:
        customer_id: tenant id of the customer; it goes into the path, not into the body.
        qualification: which one to ask for.
        education_segment: the kind of school; Education needs it.
        website: the school's website; for Education only.
        validation_code: a code of `list_validation_codes`; GCC needs it.
    """

    customer_id: str = field(
        metadata=wire("customerId", cure="pass the customer's tenant id as a string")
    )
    qualification: QualificationType = field(
        metadata=wire("qualification", read=QualificationType, write=str, cure=_QUALIFICATION_CURE),
    )
    education_segment: EducationSegment | None = field(
        default=None, metadata=wire("educationSegment", read=EducationSegment, write=str)
    )
    website: str | None = field(default=None, metadata=wire("website"))
    validation_code: str | None = field(default=None, metadata=wire("validationCode", read=read_id))


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRecord(Value):
    """One action of the partner, from GET `auditrecords`.

    Attributes:
        id: id of the record.
        partner_id: tenant id of the partner.
        customer_id: tenant id of the customer concerned.
        customer_name: name of the customer.
        user_principal_name: who did it.
        application_id: with which application.
        resource_type: what it was done to; `customer` for qualifications.
        resource_old_value: the resource before, JSON in a string.
        resource_new_value: the resource after, JSON in a string.
        operation_type: what was done; `update_customer_qualification` for qualifications.
        original_correlation_id: the call's `MS-CorrelationId`.
        operation_date: when, UTC.
        operation_status: `succeeded`, `failed`, `progress` or `decline`.
        customized_data: further facts by name; takes no part in `hash`.
        extra: unknown members.
    """

    id: str | None = field(default=None, metadata=wire("id"))
    partner_id: str | None = field(default=None, metadata=wire("partnerId"))
    customer_id: str | None = field(default=None, metadata=wire("customerId"))
    customer_name: str | None = field(default=None, metadata=wire("customerName"))
    user_principal_name: str | None = field(default=None, metadata=wire("userPrincipalName"))
    application_id: str | None = field(default=None, metadata=wire("applicationId"))
    resource_type: str | None = field(default=None, metadata=wire("resourceType"))
    resource_old_value: str | None = field(default=None, metadata=wire("resourceOldValue"))
    resource_new_value: str | None = field(default=None, metadata=wire("resourceNewValue"))
    operation_type: str | None = field(default=None, metadata=wire("operationType"))
    original_correlation_id: str | None = field(
        default=None, metadata=wire("originalCorrelationId")
    )
    operation_date: datetime | None = field(
        default=None,
        metadata=wire("operationDate", read=read_date, write=datetime.isoformat),
    )
    operation_status: str | None = field(default=None, metadata=wire("operationStatus"))
    customized_data: Mapping[str, Any] = field(
        default_factory=dict,
        hash=False,
        metadata=wire("customizedData", read=read_pairs, write=write_pairs),
    )
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


def _read_qualifications(value: Any) -> tuple[Qualification, ...]:  # noqa: ANN401 - whatever JSON holds
    if not isinstance(value, list):
        raise ValueError  # noqa: TRY004 - of the data, not of the program
    return tuple(map(Qualification.from_dict, value))


def _write_qualifications(value: tuple[Qualification, ...]) -> list[dict[str, Any]]:
    return [item.to_dict() for item in value]


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerResult(Value):
    """What a sweep found out about one customer: its qualifications, or why they could not be read.

    `to_dict` keeps of the error its type and message, and that is what `from_dict` gives back.

    Attributes:
        customer_id: the customer's tenant id, or the text that was given as one.
        qualifications: what the customer has; empty when there is none, and on an error.
        error: why there is no answer; None when there is one.
        request_id: `MS-RequestId` of the call.
        correlation_id: `MS-CorrelationId` of the call.
        observed_at: when it was asked for, UTC: what happened since, the answer may have missed.
        customer: the customer, where more was known of it than its id.
    """

    customer_id: str = field(
        metadata=wire("customerId", cure="pass the customer's tenant id as a string")
    )
    qualifications: tuple[Qualification, ...] = field(
        default=(),
        metadata=wire("qualifications", read=_read_qualifications, write=_write_qualifications),
    )
    error: PartnerCenterError | None = field(
        default=None, metadata=wire("error", read=read_error, write=write_error)
    )
    request_id: str | None = field(default=None, metadata=wire("requestId"))
    correlation_id: str | None = field(default=None, metadata=wire("correlationId"))
    observed_at: datetime = field(
        metadata=wire(
            "observedAt",
            read=read_date,
            write=datetime.isoformat,
            cure="pass an ISO 8601 date and time",
        ),
    )
    customer: Customer | None = field(
        default=None,
        metadata=wire("customer", read=Customer.from_dict, write=Customer.to_dict),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyResult(Value):
    """What came of one row of `apply`.

    `to_dict` keeps of the error its type and message, and that is what `from_dict` gives back.

    Attributes:
        row: the row, counted from 1.
        customer_id: the customer's tenant id.
        qualification: what the row asks for.
        outcome: one of
            `answered`: the service took the request, now or in an earlier run;
            `skipped`: the customer has it or waits for it already, or was denied it;
            `refused`: by the service, or because it would be;
            `unknown`: sent, and nobody knows yet whether it took effect: the next run finds out;
            `not_sent`: it could not be sent: the next run does.
        answer: the qualification as it was answered or read.
        error: why it was refused, is unknown or was not sent.
        reason: why nothing was sent, or how the answer was come by.
        request_id: `MS-RequestId` of the request, the same on all attempts of all runs.
        correlation_id: `MS-CorrelationId` of the call.
        attempts: how often the request was sent in this run.
    """

    row: int = field(metadata=wire("row", read=read_integer, cure="pass a whole number"))
    customer_id: str = field(
        metadata=wire("customerId", cure="pass the customer's tenant id as a string")
    )
    qualification: QualificationType = field(
        metadata=wire("qualification", read=QualificationType, write=str, cure=_QUALIFICATION_CURE),
    )
    outcome: str = field(metadata=wire("outcome", cure="pass one of the documented outcomes"))
    answer: Qualification | None = field(
        default=None,
        metadata=wire("answer", read=Qualification.from_dict, write=Qualification.to_dict),
    )
    error: PartnerCenterError | None = field(
        default=None, metadata=wire("error", read=read_error, write=write_error)
    )
    reason: str | None = field(default=None, metadata=wire("reason"))
    request_id: str | None = field(default=None, metadata=wire("requestId"))
    correlation_id: str | None = field(default=None, metadata=wire("correlationId"))
    attempts: int = field(default=0, metadata=wire("attempts", read=read_integer))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Value):
    """A status that took the place of another, as a watch or a ledger tells of it.

    Attributes:
        customer_id: the customer's tenant id.
        qualification: which one.
        old_status: what its status was; None where the customer did not have it, and for kinds that
            are not vetted.
        new_status: what it is.
        reason: why, as the service says.
        observed_at: when the new status was first seen, UTC.
        is_gone: whether the customer has the qualification no more.
    """

    customer_id: str = field(
        metadata=wire("customerId", cure="pass the customer's tenant id as a string")
    )
    qualification: QualificationType = field(
        metadata=wire("qualification", read=QualificationType, write=str, cure=_QUALIFICATION_CURE),
    )
    old_status: VettingStatus | None = field(
        default=None, metadata=wire("oldStatus", read=VettingStatus, write=str)
    )
    new_status: VettingStatus | None = field(
        default=None, metadata=wire("newStatus", read=VettingStatus, write=str)
    )
    reason: str | None = field(default=None, metadata=wire("reason"))
    observed_at: datetime = field(
        metadata=wire(
            "observedAt",
            read=read_date,
            write=datetime.isoformat,
            cure="pass an ISO 8601 date and time",
        ),
    )
    is_gone: bool = field(default=False, metadata=wire("isGone", read=read_flag))


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sweep or an apply has come, as it is told to a `progress` callable.

    Attributes:
        done: customers, or rows, answered for, errors included.
        total: how many there are in all; None while that is not known.
        errors: those that came to no good end.
        rate: how many a second.
        paused_until: when the service lets calls go on, UTC; None when it has not paused them.
    """

    done: int
    total: int | None = None
    errors: int = 0
    rate: float = 0.0
    paused_until: datetime | None = None


# Reprs and pickles name the public place, whoever loads this module first.
for _name in __all__:
    globals()[_name].__module__ = "partnercenter_qual"
