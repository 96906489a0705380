"""Names of the columns of each result, for help, completion, and `--fields` before any call."""

from typing import Final

_STATUS: Final = ("qualification", "vetting_status", "vetting_reason", "vetting_created_date")
_ERROR: Final = ("error_status", "error_code", "error_message")
_IDS: Final = ("request_id", "correlation_id")

QUALIFICATION: Final = ("customer_id", *_STATUS)
SWEEP: Final = ("customer_id", "company_name", "domain", *_STATUS, *_ERROR, *_IDS, "observed_at")
CUSTOMERS: Final = ("customer_id", "company_name", "domain", "relationship_to_partner")
VALIDATION_CODES: Final = (
    "validation_id",
    "partner_id",
    "organization_name",
    "max_creates",
    "remaining_creates",
    "etag",
)
_REQUEST: Final = (
    "row",
    "customer_id",
    "qualification",
    "education_segment",
    "website",
    "validation_code",
)
PLAN: Final = (*_REQUEST, "action", "reason", "vetting_status", "error_code", "error_message")
APPLY: Final = (
    "row",
    "customer_id",
    "qualification",
    "outcome",
    *_STATUS[1:],
    "reason",
    *_ERROR,
    *_IDS,
    "attempts",
)
CHANGE: Final = (
    "customer_id",
    "qualification",
    "old_status",
    "new_status",
    "reason",
    "is_gone",
    "observed_at",
)
LATEST: Final = ("customer_id", *_STATUS, "observed_at", "confirmed_at")
HISTORY: Final = (
    "customer_id",
    *_STATUS,
    "is_gone",
    "source",
    "observed_at",
    "confirmed_at",
    "superseded_at",
)
PENDING: Final = ("customer_id", "qualification", "state", "request_id", "since", "confirmed_at")
SUBMISSIONS: Final = (
    "request_id",
    "customer_id",
    "qualification",
    "number",
    "state",
    "attempts",
    "body",
    "answer_status",
    *_ERROR,
    "correlation_id",
    "created_at",
    "sent_at",
    "answered_at",
)
DIFFERENCE: Final = (
    "customer_id",
    "qualification",
    "old_status",
    "new_status",
    "old_reason",
    "new_reason",
    "is_new",
    "is_gone",
    "observed_at",
)
CREDENTIALS: Final = (
    "ok",
    "kind",
    "audience",
    "tenant_id",
    "client_id",
    "user",
    "mfa",
    "issued_at",
    "expires_on",
    "clock_skew",
    "accepted",
    "is_mfa_compliant",
    "problems",
)
