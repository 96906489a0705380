"""Answers that say no: the error of each, what it knows, and what it advises."""

import json
from http import HTTPStatus
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
    RateLimitError,
    RequestTimeoutError,
    ServerError,
    TransportError,
    UnauthorizedError,
)

from .either import Either
from .samples import Sample, raw, samples
from .scripted import CUSTOMER_ID, Answer, Scripted, Step

CLASSES = {
    400: BadRequestError,
    401: UnauthorizedError,
    403: PermissionDeniedError,
    404: NotFoundError,
    409: ConflictError,
    429: RateLimitError,
    **dict.fromkeys([500, 501, 502, 503, 504, 505, 599], ServerError),
    **dict.fromkeys([301, 304, 402, 405, 406, 408, 410, 412, 417, 418, 422, 451], ApiError),
}
RETRYABLE = {408, 429, 500, 502, 503, 504}


def refusal(either: Either, step: Step, **options: Any) -> ApiError:  # noqa: ANN401 - of a client
    """Give the error of a call that is answered so."""
    with Scripted([step]) as server:
        client = either.client(server, max_retries=0, **options)
        with pytest.raises(ApiError) as caught:
            either.call(client.get_qualifications, CUSTOMER_ID)
        assert len(server.requests) == 1
    return caught.value


class TestApiError:
    @pytest.mark.parametrize("status", CLASSES)
    def test_each_status_has_its_class(self, either: Either, status: int) -> None:
        error = refusal(either, Answer(status=status))
        assert type(error) is CLASSES[status]
        assert error.status_code == status
        assert error.is_retryable is (status in RETRYABLE)
        phrase = HTTPStatus(status).phrase if status != 599 else "no reason given"
        assert error.message.lower() == phrase.lower() or status in {418, 422}
        assert (error.code, error.data, error.source, error.error_name) == (None, [], None, None)
        assert (error.body, error.retry_after) == ("", None)

    @samples("fault")
    def test_every_shape_of_body(self, either: Either, sample: Sample) -> None:
        status, expect = sample["status"], sample["expect"]
        error = refusal(either, Answer(raw(sample), status=status))
        assert type(error) is CLASSES[status]
        assert error.code == expect.get("code")
        assert error.message == expect["message"]
        assert error.data == expect.get("data", [])
        assert error.source == expect.get("source")
        assert error.error_name == expect.get("error_name")
        assert error.is_retryable is expect.get("is_retryable", status in RETRYABLE)
        assert error.body == raw(sample).decode("utf-8-sig", errors="replace")

    def test_it_tells_all_it_knows(self, either: Either) -> None:
        body = {"code": 20002, "description": "No relationship", "data": ["id: unknown", {"a": 1}]}
        with Scripted([Answer(body, status=403)]) as server:
            client = either.client(server)
            with pytest.raises(PermissionDeniedError) as caught:
                either.call(client.get_customer, CUSTOMER_ID.upper())
        error, headers = caught.value, server.requests[0].headers
        assert error.request_id == headers["ms-requestid"]
        assert error.correlation_id == headers["ms-correlationid"]
        assert (error.customer_id, error.attempts) == (CUSTOMER_ID, 1)
        assert error.data == ["id: unknown", '{"a":1}']
        assert error.hint is not None
        told = [CUSTOMER_ID, error.hint, error.request_id, error.correlation_id, "403", "20002"]
        for fact in [*told, "No relationship", "id: unknown"]:
            assert fact in str(error)

    def test_a_call_about_nobody_names_no_customer(self, either: Either) -> None:
        with Scripted([Answer(status=404)]) as server:
            with pytest.raises(NotFoundError) as caught:
                either.call(either.client(server).list_validation_codes)
            with pytest.raises(NotFoundError):
                either.list(either.client(server).list_customers())
        assert caught.value.customer_id is None
        assert "customer" not in str(caught.value)

    @pytest.mark.parametrize("retryable", [True, False])
    def test_the_body_may_say_whether_to_retry(self, either: Either, *, retryable: bool) -> None:
        body = {"code": 1, "message": "m", "isRetryable": retryable}
        assert refusal(either, Answer(body, status=503)).is_retryable is retryable

    @pytest.mark.parametrize("status", [400, 404, 501])
    def test_what_the_body_says_makes_no_other_status_be_retried(
        self, either: Either, status: int
    ) -> None:
        body = {"code": 1, "message": "m", "isRetryable": True}
        with Scripted([Answer(body, status=status)]) as server:
            client = either.client(server)
            with pytest.raises(ApiError) as caught:
                either.call(client.get_qualifications, CUSTOMER_ID)
        assert caught.value.is_retryable
        assert (caught.value.attempts, len(server.requests)) == (1, 1)

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("7", 7.0),
            ("0", 0.0),
            ("1.5", 1.5),
            ("Fri, 20 Nov 2026 12:01:30 GMT", 90.0),
            ("Fri, 20 Nov 2026 11:59:00 GMT", 0.0),
            ("soon", None),
            ("-5", None),
            ("", None),
        ],
    )
    @pytest.mark.parametrize("status", [429, 503])
    def test_retry_after_in_seconds(
        self, either: Either, status: int, header: str, seconds: float | None
    ) -> None:
        headers = {"Retry-After": header, "Date": "Fri, 20 Nov 2026 12:00:00 GMT"}
        error = refusal(either, Answer(status=status, headers=headers))
        assert error.retry_after == seconds

    def test_of_a_long_answer_the_beginning_is_kept(self, either: Either) -> None:
        error = refusal(either, Answer("é" * 5_000, status=400))
        assert error.body == "é" * 2_048
        assert error.message == "é" * 512

    def test_a_no_that_breaks_off_is_still_a_no(self, either: Either) -> None:
        cut = b'HTTP/1.1 404 Not Found\r\nContent-Length: 99\r\n\r\n{"code":'
        assert type(refusal(either, cut)) is NotFoundError


class TestHint:
    @pytest.mark.parametrize(
        ("status", "body", "words"),
        [
            (401, {"code": 900420, "description": "x"}, "https://api.partnercenter.microsoft.com"),
            (401, {"code": "900421", "description": "x"}, "multi-factor"),
            (401, "Authentication failed. MFA required. (10001)", "multi-factor"),
            (403, {"code": 900329, "description": "x"}, "App+User"),
            (403, {"code": 20002, "description": "x"}, "relationship"),
            (403, {"code": 1002, "description": "x"}, "relationship"),
            (403, {"code": 900308, "description": "x"}, "GDAP role"),
            (403, {"code": 900309, "description": "x"}, "Conditional Access"),
            (404, {"code": 60003, "message": "x"}, "tenant id"),
            (401, {"error": "x", "error_description": "AADSTS50076: x"}, "multi-factor"),
            (400, {"error": "x", "error_description": "AADSTS65001: x"}, "consent"),
            (400, {"error": "x", "error_description": "AADSTS7000222: x"}, "client secret"),
            (401, "", "token"),
            (403, "", "relationship"),
            (429, "", "requests_per_minute"),
            *((status, "", "later") for status in (500, 501, 502, 503, 504, 599)),
        ],
        ids=str,
    )
    def test_what_people_get_stuck_on(
        self, either: Either, status: int, body: object, words: str
    ) -> None:
        error = refusal(either, Answer(body, status=status))
        assert error.hint is not None
        assert words in error.hint
        assert f"-> {error.hint}" in str(error)

    @pytest.mark.parametrize("status", [400, 409, 412])
    def test_none_is_better_than_a_wrong_one(self, either: Either, status: int) -> None:
        assert refusal(either, Answer({"code": 1}, status=status)).hint is None

    def test_from_the_emulator(self, either: Either, emulator: Emulator) -> None:
        customer_id = emulator.customer_ids[0]
        app_only = either.client(emulator, app_only=True)
        with pytest.raises(PermissionDeniedError, match=r"900329.*App\+User"):
            either.call(app_only.update_qualification, customer_id, "StateOwnedEntity")
        old = either.client(
            emulator.url, credential=emulator.access_token(audience="https://graph.windows.net")
        )
        with pytest.raises(UnauthorizedError, match=r"900420.*audience"):
            either.call(old.get_qualifications, customer_id)
        bare = either.client(emulator.url, credential=emulator.access_token(mfa=False))
        with pytest.raises(UnauthorizedError, match=r"900421.*multi-factor"):
            either.call(bare.get_qualifications, customer_id)
        with pytest.raises(NotFoundError, match=r"60003.*tenant id"):
            either.call(either.client(emulator).get_customer, CUSTOMER_ID)


class TestRedirect:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_it_is_not_followed(self, either: Either, status: int) -> None:
        with Scripted([Answer([])]) as elsewhere:
            place = f"{elsewhere.url}/v1/customers"
            answer = Answer(status=status, headers={"Location": place})
            error = refusal(either, answer)
            with Scripted([answer]) as server:
                client = either.client(server)
                with pytest.raises(ApiError, match=place):
                    either.call(client.update_qualification, CUSTOMER_ID, "StateOwnedEntity")
        assert (elsewhere.requests, len(server.requests)) == ([], 1)
        assert type(error) is ApiError
        assert error.status_code == status
        assert error.hint is not None
        assert place in error.hint
        assert "not followed" in str(error)

    @pytest.mark.parametrize(
        ("location", "shown"),
        [
            (
                "https://user:hunter2@elsewhere.example/v1?code=hunter2",
                "https://elsewhere.example/v1",
            ),
            ("https://hunter2@elsewhere.example#hunter2", "https://elsewhere.example"),
            ("//user:hunter2@elsewhere.example/x", "//elsewhere.example/x"),
            ("/login?token=hunter2", "/login"),
        ],
    )
    def test_nothing_secret_of_the_address_is_shown(
        self, either: Either, location: str, shown: str
    ) -> None:
        error = refusal(either, Answer(status=302, headers={"Location": location}))
        assert f"redirects to {shown}: " in (error.hint or "")
        assert "hunter2" not in str(error) + repr(vars(error))
        assert "user" not in str(error)

    def test_without_an_address(self, either: Either) -> None:
        assert "not followed" in (refusal(either, Answer(status=302)).hint or "")


class TestNoAnswer:
    """Failures below HTTP say with whom, and a body that cannot be read how it begins."""

    def failure(self, either: Either, step: Step, **options: Any) -> tuple[str, PartnerCenterError]:  # noqa: ANN401 - of a client
        with Scripted([step]) as server:
            client = either.client(server, max_retries=0, **options)
            with pytest.raises(PartnerCenterError) as caught:
                either.call(client.get_qualifications, CUSTOMER_ID)
        return server.url, caught.value

    def test_nobody_there_is_named(self, either: Either) -> None:
        client = either.client("http://127.0.0.1:9", max_retries=0)
        with pytest.raises(
            TransportError, match=r"connecting to http://127\.0\.0\.1:9 failed"
        ) as caught:
            either.call(client.get_qualifications, CUSTOMER_ID)
        assert "check the network, the proxy and base_url" in str(caught.value)

    @pytest.mark.parametrize(
        "step", ["reset", "close", b"HTTP/1.1 200 OK\r\nContent-Le", b"no HTTP\r\n\r\n"], ids=repr
    )
    def test_who_gives_no_answer_is_named(self, either: Either, step: Step) -> None:
        url, error = self.failure(either, step)
        assert isinstance(error, TransportError)
        assert f"no answer from {url}: " in str(error)

    def test_who_is_too_slow_is_named(self, either: Either) -> None:
        url, error = self.failure(either, Answer([], delay=30), timeout=0.2)
        assert isinstance(error, RequestTimeoutError)
        assert f"no answer from {url} within 200ms" in str(error)

    @pytest.mark.parametrize("body", ["<html>Welcome to the hotel</html>", "17", '[{"a": '])
    def test_what_cannot_be_read_is_shown(self, either: Either, body: str) -> None:
        _, error = self.failure(either, Answer(body))
        assert isinstance(error, DecodeError)
        assert f"it begins {json.dumps(body)}" in str(error)
        assert error.body == body

    def test_of_a_long_one_only_the_beginning_is_shown(self, either: Either) -> None:
        _, error = self.failure(either, Answer("é" * 61))
        assert f'it begins "{"é" * 60}"' in str(error)

    def test_of_an_empty_one_nothing_is_shown(self, either: Either) -> None:
        _, error = self.failure(either, Answer(""))
        assert isinstance(error, DecodeError)
        assert "begins" not in str(error)
