"""The public names, their shapes and their documentation: what programs are written against."""

import dataclasses
import importlib
import inspect
import pickle
import re
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest

import partnercenter_qual
from partnercenter_qual import (
    Apply,
    AsyncApply,
    AsyncClient,
    AsyncSweep,
    AsyncWatch,
    Client,
    Emulator,
    Ledger,
    PartnerCenterError,
    Sweep,
    Watch,
)
from partnercenter_qual.emulator import Effect, JournalEntry, VettingRule

OPTIONS = (
    "(self, credential=None, *, cloud='global', base_url=None, authority=None, timeout=60.0, "
    "connect_timeout=10.0, max_retries=4, max_concurrency=16, requests_per_minute=None, "
    "proxy=None, ca_bundle=None, application_name=None, locale=None, "
    "on_request=None, on_response=None, on_retry=None, on_throttle=None)"
)

OPERATIONS = {
    "get_qualifications": "(self, customer_id)",
    "update_qualification": "(self, customer_id, qualification, *, education_segment=None, "
    "website=None, validation_code=None, request_id=None)",
    "wait_for_vetting": "(self, customer_id, qualification, *, timeout=None, poll_interval=None, "
    "on_poll=None)",
    "list_validation_codes": "(self)",
    "list_customers": "(self, *, page_size=500, name_prefix=None)",
    "get_customer": "(self, customer_id)",
    "check_credentials": "(self, *, probe=True)",
    "list_audit_records": "(self, start_date, end_date=None, *, customer_id=None)",
    "sweep": "(self, customers=None, *, ordered=False, max_concurrency=None, progress=False, "
    "ledger=None, resume=False)",
    "apply": "(self, requests, *, ledger, dry_run=False, resubmit_denied=False, "
    "max_concurrency=None, progress=False)",
    "watch": "(self, *, ledger, interval=None, sweep_interval=86400.0)",
    "sweep_batches": "(self, batches, *, max_concurrency=None)",
    "with_options": "(self, **changes)",
}

STREAMS = {"apply", "list_customers", "list_audit_records", "sweep", "sweep_batches", "watch"}

LEDGER = {
    "__init__": "(self, url, *, tenant_id=None, lease=120.0)",
    "close": "(self)",
    "latest": "(self)",
    "history": "(self, customer_id)",
    "changes": "(self, since=None)",
    "pending": "(self)",
    "submissions": "(self, state=None)",
    "diff": "(self, earlier, later)",
}

# Of a sweep: what takes its results, and what tells of it.
TAKING = {"collect", "batches", "to_pandas", "to_polars", "to_pyarrow"}
TELLING = {"closed", "counts", "done", "elapsed", "known", "retries", "total"}

EMULATOR = {
    "__init__": "(self, customers=100, *, seed=0, vetting=None, port=0, tls=False, "
    "requests_per_window=None, window=60.0, dedupe=True, wire=None, mix=None, throttle='window', "
    "customer_requests_per_window=None, token_lifetime=3600.0, continuation_token_lifetime=3600.0, "
    "journal_size=100000)",
    "client": "(self, *, app_only=False, **options)",
    "async_client": "(self, *, app_only=False, **options)",
    "access_token": "(self, *, app_only=False, mfa=True, audience=None, lifetime=3600.0)",
    "issue_refresh_token": "(self, *, mfa=True)",
    "approve_device_code": "(self, user_code, *, mfa=True)",
    "decline_device_code": "(self, user_code)",
    "register_certificate": "(self, certificate)",
    "advance": "(self, seconds)",
    "decide": "(self, customer_id, qualification, status, reason=None)",
    "reset": "(self)",
    "inject": "(self, status=None, *, method=None, path=None, customer_id=None, nth=None, times=1, "
    "probability=1.0, after_effect=False, retry_after=None, delay=None, reset=False, cut=None, "
    "body=None, code=None, headers=None, size=None, gzip_size=None, slow_headers=None, "
    "slow_body=None)",
    "switch_fault": "(self, fault_id, *, enabled)",
    "remove_fault": "(self, fault_id)",
    "clear_faults": "(self)",
    "freeze": "(self)",
    "unfreeze": "(self)",
    "snapshot": "(self)",
    "restore": "(self, snapshot)",
    "save": "(self, path)",
    "find_requests": "(self, *, method=None, path=None, customer_id=None, status=None, early=None)",
    "assert_requested": "(self, times=None, *, method=None, path=None, customer_id=None, "
    "status=None, early=None)",
    "assert_each_posted_once": "(self)",
    "assert_retry_after_respected": "(self)",
    "assert_no_duplicates": "(self)",
    "assert_faults_fired": "(self)",
    "close": "(self)",
}

FIELDS = {
    "Qualification": "qualification vetting_status vetting_reason vetting_created_date extra",
    "ValidationCode": "validation_id partner_id organization_name max_creates remaining_creates "
    "etag extra",
    "Customer": "customer_id company_name domain relationship_to_partner extra",
    "QualificationRequest": "customer_id qualification education_segment website validation_code",
    "CustomerResult": "customer_id qualifications error request_id correlation_id observed_at "
    "customer",
    "CredentialProblem": "problem cure",
    "CredentialReport": "kind audience tenant_id client_id user mfa issued_at expires_on "
    "clock_skew accepted is_mfa_compliant error problems",
    "ApplyResult": "row customer_id qualification outcome answer error reason request_id "
    "correlation_id attempts",
    "Change": "customer_id qualification old_status new_status reason observed_at is_gone",
    "Progress": "done total errors rate paused_until",
    "AuditRecord": "id partner_id customer_id customer_name user_principal_name application_id "
    "resource_type resource_old_value resource_new_value operation_type original_correlation_id "
    "operation_date operation_status customized_data extra",
}

ENUMERATIONS = {
    "QualificationType": {
        "NONE": "None",
        "EDUCATION": "Education",
        "NONPROFIT": "Nonprofit",
        "GOVERNMENT_COMMUNITY_CLOUD": "GovernmentCommunityCloud",
        "STATE_OWNED_ENTITY": "StateOwnedEntity",
    },
    "VettingStatus": {"IN_REVIEW": "InReview", "APPROVED": "Approved", "DENIED": "Denied"},
    "EducationSegment": {"K12": "K12", "HIGHER_EDUCATION": "HigherEducation"},
}

EXCEPTIONS = {
    "PartnerCenterError": {"Exception"},
    "InvalidArgumentError": {"PartnerCenterError", "ValueError"},
    "ConfigurationError": {"PartnerCenterError", "ValueError"},
    "AuthenticationError": {"PartnerCenterError"},
    "TransportError": {"PartnerCenterError"},
    "RequestTimeoutError": {"TransportError", "TimeoutError"},
    "DecodeError": {"PartnerCenterError"},
    "ApiError": {"PartnerCenterError"},
    "BadRequestError": {"ApiError"},
    "UnauthorizedError": {"ApiError"},
    "PermissionDeniedError": {"ApiError"},
    "NotFoundError": {"ApiError"},
    "ConflictError": {"ApiError"},
    "RateLimitError": {"ApiError"},
    "ServerError": {"ApiError"},
    "VettingTimeoutError": {"PartnerCenterError", "TimeoutError"},
    "LedgerError": {"PartnerCenterError"},
}

ON_EVERY_ERROR = {"request_id", "correlation_id", "customer_id", "attempts"}
ON_API_ERRORS = {
    "status_code",
    "code",
    "message",
    "data",
    "source",
    "error_name",
    "is_retryable",
    "retry_after",
    "body",
    "hint",
}

# Values that never were in JSON, or hold what JSON cannot.
NOT_OF_THE_WIRE = {"CredentialProblem", "CredentialReport", "CustomerResult", "Progress"}

# Heavy, and needed by few: imported when somebody needs them.
NOT_AT_ONCE = {"asyncio", "ssl", "http", "urllib.request", "socket", "threading", "logging", "tqdm"}


def shape(function: Callable[..., Any]) -> str:
    """Give a function's parameters and their defaults."""
    signature = inspect.signature(function)
    bare = [each.replace(annotation=each.empty) for each in signature.parameters.values()]
    return str(signature.replace(parameters=bare, return_annotation=signature.empty))


def public(cls: type) -> dict[str, Any]:
    """Give a class's public members, inherited ones too."""
    return {
        name: inspect.getattr_static(cls, name) for name in dir(cls) if not name.startswith("_")
    }


def named(name: str) -> Any:  # noqa: ANN401 - anything public
    return getattr(partnercenter_qual, name)


class TestClients:
    @pytest.mark.parametrize("cls", [Client, AsyncClient])
    def test_they_take_these_options(self, cls: type[Client | AsyncClient]) -> None:
        assert shape(cls.__init__) == OPTIONS

    @pytest.mark.parametrize("cls", [Client, AsyncClient])
    def test_they_have_these_methods(self, cls: type[Client | AsyncClient]) -> None:
        closing = "close" if cls is Client else "aclose"
        methods = {name: shape(member) for name, member in public(cls).items()}
        assert methods == OPERATIONS | {closing: "(self)"}

    def test_they_differ_in_what_is_awaited(self) -> None:
        awaited = {
            name for name in OPERATIONS if inspect.iscoroutinefunction(getattr(AsyncClient, name))
        }
        assert awaited == OPERATIONS.keys() - STREAMS - {"with_options"}
        assert inspect.iscoroutinefunction(AsyncClient.aclose)
        assert not any(inspect.iscoroutinefunction(each) for each in public(Client).values())

    def test_they_are_documented_alike(self) -> None:
        for name in OPERATIONS:
            assert getattr(Client, name).__doc__ == getattr(AsyncClient, name).__doc__
        assert Client.close.__doc__ == AsyncClient.aclose.__doc__

    def test_their_annotations_are_alike(self) -> None:
        for name in OPERATIONS:
            blocking, awaited = (
                inspect.signature(getattr(cls, name)) for cls in (Client, AsyncClient)
            )
            assert blocking.parameters == awaited.parameters
            given = re.sub(r"Coroutine\[Any, Any, (\w+)\]", r"\1", awaited.return_annotation)
            assert given.removeprefix("Async") == blocking.return_annotation

    def test_the_operations_name_what_they_send(self) -> None:
        for name in OPERATIONS.keys() - {"with_options"}:
            assert "Wire: `" in getattr(Client, name).__doc__


class TestSweeps:
    def test_both_have_these_members(self) -> None:
        members = TAKING | TELLING | {"close"}
        assert public(Sweep).keys() == members
        assert public(AsyncSweep).keys() == members | {"aclose"}
        assert all(isinstance(getattr(Sweep, name), property) for name in TELLING)
        assert shape(Sweep.batches) == shape(AsyncSweep.batches) == "(self, n=65536)"

    def test_what_gives_a_table_is_awaited(self) -> None:
        for name in TAKING - {"batches"}:
            assert inspect.iscoroutinefunction(getattr(AsyncSweep, name))
            assert not inspect.iscoroutinefunction(getattr(Sweep, name))


class TestApplies:
    def test_both_have_these_members(self) -> None:
        telling = TELLING - {"known"}
        members = TAKING - {"batches"} | telling | {"close", "summary"}
        assert public(Apply).keys() == members
        assert public(AsyncApply).keys() == members | {"aclose"}
        assert all(isinstance(getattr(Apply, name), property) for name in telling)

    def test_so_have_watches(self) -> None:
        assert public(Watch).keys() == {"close"}
        assert public(AsyncWatch).keys() == {"aclose", "close"}


class TestLedger:
    def test_it_has_these_methods(self) -> None:
        assert {name: shape(getattr(Ledger, name)) for name in LEDGER} == LEDGER
        assert public(Ledger).keys() == LEDGER.keys() - {"__init__"}


class TestEmulator:
    def test_it_has_these_methods(self) -> None:
        methods = {name: shape(getattr(Emulator, name)) for name in EMULATOR}
        assert methods == EMULATOR

    def test_it_tells_these(self) -> None:
        told = {name for name, each in public(Emulator).items() if isinstance(each, property)}
        assert {"url", "customer_ids", "now", "journal", "effects"} <= told
        assert {"authority", "ca_bundle", "tenant_id", "client_id", "client_secret"} <= told
        assert {"duplicates", "faults", "is_frozen"} <= told
        assert {"refresh_token", "most_token_requests_at_once"} <= told

    def test_it_is_found_in_two_places(self) -> None:
        module = importlib.import_module("partnercenter_qual.emulator")
        assert module.Emulator is partnercenter_qual.Emulator
        assert dataclasses.is_dataclass(VettingRule)

    def test_its_witnesses_have_these_fields(self) -> None:
        fields = {
            cls: " ".join(field.name for field in dataclasses.fields(cls))
            for cls in (JournalEntry, Effect)
        }
        assert fields == {
            JournalEntry: "method path customer_id status request_id correlation_id at early",
            Effect: "customer_id qualification request_id at",
        }


class TestValues:
    @pytest.mark.parametrize("name", FIELDS)
    def test_they_have_these_fields(self, name: str) -> None:
        cls = named(name)
        assert " ".join(field.name for field in dataclasses.fields(cls)) == FIELDS[name]
        assert all(field.kw_only for field in dataclasses.fields(cls))
        assert cls.__dataclass_params__.frozen
        assert cls.__dictoffset__ == 0  # slotted

    @pytest.mark.parametrize("name", sorted(FIELDS.keys() - NOT_OF_THE_WIRE))
    def test_they_come_from_and_go_to_their_wire_form(self, name: str) -> None:
        assert inspect.ismethod(named(name).from_dict)
        assert inspect.isfunction(named(name).to_dict)

    @pytest.mark.parametrize("name", ENUMERATIONS)
    def test_enumerations_have_these_members(self, name: str) -> None:
        members = {member.name: member.value for member in named(name)}
        assert members == ENUMERATIONS[name]
        assert issubclass(named(name), str)


class TestErrors:
    @pytest.mark.parametrize("name", EXCEPTIONS)
    def test_their_bases(self, name: str) -> None:
        assert {base.__name__ for base in named(name).__bases__} == EXCEPTIONS[name]

    def test_there_are_no_others(self) -> None:
        classes = {
            name
            for name in partnercenter_qual.__all__
            if isinstance(named(name), type) and issubclass(named(name), BaseException)
        }
        assert classes == EXCEPTIONS.keys()

    def test_their_attributes_are_always_there(self) -> None:
        assert {name for name in ON_EVERY_ERROR if hasattr(PartnerCenterError("no"), name)} == (
            ON_EVERY_ERROR
        )
        assert {
            name for name in ON_API_ERRORS if hasattr(partnercenter_qual.ApiError("no"), name)
        } == ON_API_ERRORS
        assert partnercenter_qual.VettingTimeoutError("late").last is None


class TestPackage:
    def test_all_that_is_public_says_where_it_is_from(self) -> None:
        modules = {name: named(name).__module__ for name in partnercenter_qual.__all__}
        assert set(modules.values()) == {"partnercenter_qual"}
        for name in partnercenter_qual.__all__:
            assert pickle.loads(pickle.dumps(named(name))) is named(name)  # noqa: S301 - its own

    def test_all_of_it_is_listed(self) -> None:
        assert set(partnercenter_qual.__all__) <= set(dir(partnercenter_qual))
        assert partnercenter_qual.__all__ == sorted(partnercenter_qual.__all__)
        for known in (FIELDS, ENUMERATIONS, EXCEPTIONS, {"Client", "AsyncClient", "Emulator"}):
            assert set(known) <= set(partnercenter_qual.__all__)

    def test_what_is_not_there_is_an_attribute_error(self) -> None:
        with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
            named("Nothing")

    def test_it_is_typed(self) -> None:
        assert resources.files("partnercenter_qual").joinpath("py.typed").is_file()

    @pytest.mark.parametrize("name", partnercenter_qual.__all__)
    def test_all_of_it_is_documented(self, name: str) -> None:
        thing = named(name)
        assert inspect.getdoc(thing), name
        for member_name, member in public(thing).items():
            if name in ENUMERATIONS or not callable(getattr(thing, member_name)):
                continue
            if getattr(member, "__module__", "partnercenter_qual").startswith("partnercenter"):
                assert inspect.getdoc(getattr(thing, member_name)), f"{name}.{member_name}"

    @pytest.mark.parametrize("cls", [Client, AsyncClient, Emulator, Ledger])
    def test_every_parameter_is_documented(self, cls: type) -> None:
        methods = [each for each in public(cls).values() if inspect.isfunction(each)]
        for method in methods:
            for parameter in list(inspect.signature(method).parameters)[1:]:
                assert f"{parameter}:" in str(inspect.getdoc(method)), method.__qualname__
        told = inspect.getdoc(cls if cls is not AsyncClient else Client)
        for parameter in inspect.signature(cls).parameters:
            assert f"{parameter}:" in str(told)

    def test_importing_it_imports_nothing_heavy(self, run_python: Callable[[str], str]) -> None:
        loaded = run_python(
            "import sys; before = set(sys.modules); import partnercenter_qual;"
            "print(*sys.modules.keys() - before)"
        ).split()
        assert "partnercenter_qual" in loaded
        assert NOT_AT_ONCE & set(loaded) == set()
