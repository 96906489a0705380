"""The exceptions themselves: their tree, those without an answer that says no, their pickles."""

import copy
import inspect
import pickle
import socket
from datetime import UTC, datetime
from uuid import UUID

import pytest

import partnercenter_qual
from partnercenter_qual import (
    ApiError,
    AuthenticationError,
    BadRequestError,
    ConfigurationError,
    ConflictError,
    DecodeError,
    Emulator,
    InvalidArgumentError,
    LedgerError,
    NotFoundError,
    PartnerCenterError,
    PermissionDeniedError,
    Qualification,
    QualificationType,
    RateLimitError,
    RequestTimeoutError,
    RowProblem,
    ServerError,
    TransportError,
    UnauthorizedError,
    VettingTimeoutError,
)

from .either import TOKEN, Either
from .scripted import CUSTOMER_ID, Answer, Scripted, Step

BASES: dict[type[BaseException], tuple[type[BaseException], ...]] = {
    PartnerCenterError: (Exception,),
    InvalidArgumentError: (PartnerCenterError, ValueError),
    ConfigurationError: (PartnerCenterError, ValueError),
    AuthenticationError: (PartnerCenterError,),
    TransportError: (PartnerCenterError,),
    RequestTimeoutError: (TransportError, TimeoutError),
    DecodeError: (PartnerCenterError,),
    ApiError: (PartnerCenterError,),
    BadRequestError: (ApiError,),
    UnauthorizedError: (ApiError,),
    PermissionDeniedError: (ApiError,),
    NotFoundError: (ApiError,),
    ConflictError: (ApiError,),
    RateLimitError: (ApiError,),
    ServerError: (ApiError,),
    VettingTimeoutError: (PartnerCenterError, TimeoutError),
    LedgerError: (PartnerCenterError,),
}


def test_the_tree() -> None:
    public = {
        each
        for each in vars(partnercenter_qual).values()
        if inspect.isclass(each) and issubclass(each, BaseException)
    }
    assert {each: each.__bases__ for each in public} == BASES


class TestNoAnswer:
    def test_a_connection_that_is_refused(self, either: Either) -> None:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        client = either.client(f"http://127.0.0.1:{port}", max_retries=1)
        with pytest.raises(TransportError, match=f"refused.*{CUSTOMER_ID}") as caught:
            either.call(client.get_qualifications, CUSTOMER_ID)
        error = caught.value
        assert type(error) is TransportError
        assert (error.customer_id, error.attempts) == (CUSTOMER_ID, 2)
        assert UUID(error.request_id)
        assert UUID(error.correlation_id)

    @pytest.mark.parametrize("step", ["close", "reset", b"SSH-2.0-x\r\n", b"HTTP/1.1 200 OK\r\nX"])
    def test_a_connection_that_breaks_off(self, either: Either, step: Step) -> None:
        with Scripted([step]) as server:
            client = either.client(server, max_retries=0)
            with pytest.raises(TransportError, match="no answer") as caught:
                either.call(client.get_qualifications, CUSTOMER_ID)
        assert type(caught.value) is TransportError
        assert caught.value.attempts == 1

    def test_an_answer_that_takes_too_long(self, either: Either) -> None:
        with Scripted([Answer([], delay=30)]) as server:
            client = either.client(server, max_retries=0, timeout=0.1)
            with pytest.raises(RequestTimeoutError, match="100ms") as caught:
                either.call(client.get_qualifications, CUSTOMER_ID)
        assert isinstance(caught.value, TimeoutError)
        assert isinstance(caught.value, TransportError)

    def test_an_answer_that_cannot_be_read(self, either: Either) -> None:
        with Scripted([Answer("<html>" + "é" * 5_000)]) as server:
            client = either.client(server)
            with pytest.raises(DecodeError, match=CUSTOMER_ID) as caught:
                either.call(client.get_qualifications, CUSTOMER_ID)
        assert caught.value.body == "<html>" + "é" * 2_045
        assert caught.value.request_id == server.requests[0].headers["ms-requestid"]

    def test_a_credential_that_fails(self, either: Either) -> None:
        def credential() -> str:
            raise LookupError("AADSTS65001: nobody consented")

        client = either.client("http://127.0.0.1:9", credential=credential)
        with pytest.raises(AuthenticationError, match="nobody consented") as caught:
            either.call(client.get_qualifications, CUSTOMER_ID)
        error = caught.value
        assert isinstance(error.__cause__, LookupError)
        assert (error.aadsts_code, error.attempts, error.customer_id) == (65001, 0, CUSTOMER_ID)
        assert error.hint is not None
        assert error.hint in str(error)

    def test_vetting_that_takes_too_long(self, either: Either, emulator: Emulator) -> None:
        customer_id = emulator.customer_ids[0]
        emulator.decide(customer_id, "Education", "InReview")
        client = either.client(emulator)
        with pytest.raises(VettingTimeoutError, match=customer_id) as caught:
            either.call(client.wait_for_vetting, customer_id, "Education", timeout=0)
        error = caught.value
        assert isinstance(error, TimeoutError)
        assert error.last == either.call(client.get_qualifications, customer_id)[0]
        assert error.customer_id == customer_id
        assert error.request_id == emulator.journal[0].request_id
        assert error.correlation_id == emulator.journal[0].correlation_id


EDUCATION = Qualification(
    qualification=QualificationType.EDUCATION,
    vetting_created_date=datetime(2026, 11, 20, tzinfo=UTC),
    extra={"odd": [1]},
)
DETAILS: dict[str, object] = {
    "request_id": "7b1ff1a5-3b0c-4b1f-8d0b-0c9d5f2a6c11",
    "correlation_id": "96514ebe-c1b2-4865-cb46-2c2d20a2e911",
    "customer_id": CUSTOMER_ID,
    "attempts": 3,
    "field": "customer_id",
    "value": "x",
    "cure": "pass a GUID",
    "problems": (RowProblem(2, "customer_id", "x", "pass a GUID"),),
    "error": "invalid_grant",
    "aadsts_code": 65001,
    "hint": "consent",
    "status_code": 403,
    "code": "20002",
    "message": "No relationship",
    "data": ["a: b"],
    "source": "PartnerFD",
    "error_name": "NoRelationship",
    "is_retryable": True,
    "retry_after": 1.5,
    "body": "{}",
    "last": EDUCATION,
}


def details_of(kind: type[BaseException]) -> dict[str, object]:
    """Give a value for each attribute that exceptions of a class have."""
    names = {name for each in kind.__mro__ for name in inspect.get_annotations(each)}
    return {name: DETAILS[name] for name in sorted(names)}


class TestPickled:
    @pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
    @pytest.mark.parametrize("kind", BASES)
    def test_nothing_is_lost(self, kind: type[PartnerCenterError], protocol: int) -> None:
        error = kind("what happened", **details_of(kind))
        error.add_note("of the caller")
        again = pickle.loads(pickle.dumps(error, protocol))  # noqa: S301 - our own
        for other in (again, copy.copy(error), copy.deepcopy(error)):
            assert type(other) is kind
            assert (str(other), other.args) == (str(error), ("what happened",))
            assert vars(other) == vars(error)
            assert other.__notes__ == ["of the caller"]

    def test_as_they_come_from_a_call(self, either: Either) -> None:
        with Scripted([Answer({"code": 20002, "data": ["a: b"]}, status=403)]) as server:
            client = either.client(server)
            with pytest.raises(PermissionDeniedError) as caught:
                either.call(client.get_qualifications, CUSTOMER_ID)
        error = caught.value
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
        assert str(again) == str(error)
        assert vars(again) == vars(error)
        assert TOKEN.encode() not in pickle.dumps(error)

    def test_an_attribute_that_is_none_is_refused(self) -> None:
        with pytest.raises(TypeError, match="retry_afer"):
            RateLimitError("x", retry_afer=1.0)
