"""The clients: each operation is one line over the Rust core, and the same one awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from . import _arguments as arguments
from ._applying import ApplyingClient, AsyncApplyingClient
from ._calls import wait, wait_async
from ._closing import AsyncClosing, Closing
from ._pager import AsyncCustomerPager, CustomerPager
from ._validation_codes import ValidationCodes

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

    from . import _core
    from ._models import (
        Customer,
        EducationSegment,
        Qualification,
        QualificationType,
    )
    from ._report import CredentialReport

T = TypeVar("T")


class Client(ApplyingClient, Closing):
    """A client of the Partner Center API for customer qualifications, blocking.

    Safe to share between threads. Works where an event loop runs too, as in a notebook. Ctrl-C ends
    a call within a tenth of a second. Use it as a context manager, or `close()` it.

    Args:
        credential: who asks for tokens. App-only reads everything; `update_qualification` takes
            App+User, of a user who signed in with multi-factor authentication:

            | credential | kind |
            |---|---|
            | `ClientSecretCredential`, `ClientCertificateCredential` | App-only |
            | `RefreshTokenCredential`, `DeviceCodeCredential` | App+User |
            | `AccessToken`, or a token as str; not renewed | either |
            | an object with azure-identity's `get_token_info` or `get_token` | either |
            | a callable: gives a token, or it and its expiry in seconds since 1970 UTC | either |

            None stands for the environment: `PARTNERCENTER_ACCESS_TOKEN`, or
            `PARTNERCENTER_TENANT_ID` and `_CLIENT_ID` with `_REFRESH_TOKEN` or `_CLIENT_SECRET`, or
            `AZURE_TENANT_ID` and so on. The first refresh token comes from `DeviceCodeCredential`.
        cloud: `"global"`, `"usgov"` or `"china"`; where not passed, `PARTNERCENTER_CLOUD`.
        base_url: address of the API instead of the cloud's, or `PARTNERCENTER_BASE_URL`. Plain
            `http` is for loopback only.
        authority: address of the authority instead of the cloud's, or `PARTNERCENTER_AUTHORITY`.
        timeout: seconds for one attempt, at most a week.
        connect_timeout: seconds for its connection.
        max_retries: attempts after the first.
        max_concurrency: requests in flight, of this client and all that derive from it, 1 to 1024.
        requests_per_minute: never more than this many requests sent in any 60 s.
        proxy: URL of a proxy; without it the environment's, which loopback never takes.
        ca_bundle: path of a PEM file with certificates to trust beside the system's.
        application_name: sent as `MS-PartnerCenter-Application` and in `User-Agent`.
        locale: sent as `X-Locale`.
        on_request: told of each request that is sent, with a `RequestEvent`; for metrics. Hooks are
            called where the caller waits: in the thread of the call or, with `AsyncClient`, in its
            event loop, never in a thread of ours. What they raise is logged and ends no call.
        on_response: told of each answer, or that there was none, with a `ResponseEvent`.
        on_retry: told of each attempt that is followed by another one, with a `RetryEvent`.
        on_throttle: told of each pause that the service asks for, with a `ThrottleEvent`.

    Raises:
        ConfigurationError: for an option that is refused, naming it and the cure.
        InvalidArgumentError: for a token that is no valid header value, without showing it.
    """

    __slots__ = ()

    def close(self) -> None:
        """Close the client: later calls raise `RuntimeError`."""
        self._core.close()

    def get_qualifications(self, customer_id: str | UUID) -> list[Qualification]:
        """Read what a customer is qualified as, and how far vetting has come.

        Wire: `GET /v1/customers/{id}/qualifications`, the documents' "Get a customer's
        qualification asynchronously".

        Args:
            customer_id: the customer's tenant id.

        Returns:
            The qualifications, Nonprofit ones too; empty when there is none.

        Raises:
            InvalidArgumentError: before anything is sent, when the id is no GUID.
            PartnerCenterError: one of `AuthenticationError`, `TransportError`, `DecodeError` and
                `ApiError`, once retries are used up.
        """
        asked = arguments.guid("customer_id", customer_id)
        return self._call("get_qualifications", lambda core: core.get_qualifications(asked))

    def update_qualification(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        *,
        education_segment: EducationSegment | str | None = None,
        website: str | None = None,
        validation_code: str | None = None,
        request_id: str | UUID | None = None,
    ) -> Qualification:
        """Ask for a qualification of a customer. Takes App+User credentials.

        Wire: `POST /v1/customers/{id}/qualifications`, the documents' "Update a customer's
        qualifications asynchronously". It is never sent twice blindly: when an answer gets lost,
        the customer's qualifications are read first, and only if the request does not show there is
        it sent again, under the same `MS-RequestId`.

        Args:
            customer_id: the customer's tenant id.
            qualification: Education, GovernmentCommunityCloud or StateOwnedEntity, in any
                documented spelling, or its documented integer.
            education_segment: `"K12"` or `"HigherEducation"`; Education needs it.
            website: the school's website; for Education only.
            validation_code: a code of `list_validation_codes()`; GovernmentCommunityCloud needs it.
            request_id: the `MS-RequestId` to use, a GUID; drawn when left out.

        Returns:
            The qualification as the service took it: `InReview` for Education, without a status for
            StateOwnedEntity.

        Raises:
            InvalidArgumentError: before anything is sent, naming the field, the value and the cure.
            PartnerCenterError: one of `AuthenticationError`, `TransportError`, `DecodeError` and
                `ApiError`. The message says so when it is unknown whether the request took effect.
        """
        return self._call(
            "update_qualification",
            lambda core: self._update(
                core,
                customer_id,
                qualification,
                education_segment=education_segment,
                website=website,
                validation_code=validation_code,
                request_id=request_id,
            ),
        )

    def wait_for_vetting(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        *,
        timeout: float | None = None,
        poll_interval: float | None = None,
        on_poll: Callable[[Qualification | None], object] | None = None,
    ) -> Qualification:
        """Wait until Microsoft has decided, by reading again and again.

        Wire: `GET /v1/customers/{id}/qualifications`, repeated. Vetting takes days, and the service
        has no other way to tell.

        Args:
            customer_id: the customer's tenant id.
            qualification: what to wait for, in any documented spelling.
            timeout: seconds to wait; 0 looks once, None waits without end. A last look at its end
                may take two seconds more.
            poll_interval: seconds between two reads; without it they grow from 5 s to an hour.
            on_poll: called after each read with the `Qualification`, or None while there is none;
                with `AsyncClient` it may be asynchronous.

        Returns:
            The qualification, once its status is no longer `InReview`.

        Raises:
            InvalidArgumentError: before anything is sent, for a bad argument.
            VettingTimeoutError: at the timeout, with `.last`; also when the customer shows no such
                qualification for five minutes, with `.last` None if it never did.
            PartnerCenterError: those of `get_qualifications`. Once there was an answer, passing
                faults do not end the wait, unless there is nothing else for a day.
        """
        return wait(self._vetting(customer_id, qualification, timeout, poll_interval, on_poll))

    def list_validation_codes(self) -> ValidationCodes:
        """List the partner's validation codes for the Government Community Cloud.

        Wire: `GET /v1/customers/all/validations`, the documents' "Get a partner's validation
        codes".

        Returns:
            The codes, with how often each may still be used: a list, which `.to_table()`,
            `.to_pandas()` and so on make a table of.

        Raises:
            PartnerCenterError: those of `get_qualifications`.
        """
        codes = self._call("list_validation_codes", lambda core: core.list_validation_codes())
        return ValidationCodes(codes)

    def list_customers(
        self, *, page_size: int = 500, name_prefix: str | None = None
    ) -> CustomerPager:
        """List the partner's customers, following every page.

        Wire: `GET /v1/customers`, the documents' "Get a list of customers".

        Args:
            page_size: customers in a page, 1 to 500.
            name_prefix: only customers whose company name starts with this.

        Returns:
            An iterator of `Customer`, or of whole pages with `.by_page()`. Pages are fetched as
            they are needed. `.collect()`, `.to_pandas()` and so on make a table of all, which are
            awaited with `AsyncClient`.

        Raises:
            InvalidArgumentError: at once, for a bad argument.
            PartnerCenterError: while iterating, like any call; `DecodeError` for a link to the next
                page that leads to another host, or back to the same page.
        """
        return CustomerPager(*self._customers(page_size, name_prefix), awaited=False)

    def get_customer(self, customer_id: str | UUID) -> Customer:
        """Read one customer.

        Wire: `GET /v1/customers/{id}`, the documents' "Get a customer by ID".

        Args:
            customer_id: the customer's tenant id.

        Returns:
            The customer; members without a field of their own are in `extra`.

        Raises:
            InvalidArgumentError: before anything is sent, when the id is no GUID.
            PartnerCenterError: those of `get_qualifications`.
        """
        asked = arguments.guid("customer_id", customer_id)
        return self._call("get_customer", lambda core: core.get_customer(asked))

    def check_credentials(self, *, probe: bool = True) -> CredentialReport:
        """Look at the credentials: what the token is, whether it is taken, and what is wrong.

        Wire: `GET /v1/customers?size=1` with `ValidateMfa: true`, which changes nothing and takes
        either kind of token. The token itself is looked into here, without trusting what it says.

        Args:
            probe: whether to make that call; False looks at the token alone, without the API.

        Returns:
            A report whose repr is made to be read. No token, a refusal or no answer raise nothing:
            they are among its `problems`, each with its cure, and the error is its `error`.

        Raises:
            InvalidArgumentError: for a `probe` that is no bool, or a token that cannot be sent.
        """
        if not arguments.flag("probe", probe):
            return self._core.check_credentials(False).wait()  # noqa: FBT003 - no request to observe
        return self._call("check_credentials", lambda core: core.check_credentials(True))  # noqa: FBT003 - as above

    def _call(self, operation: str, make: Callable[[_core.Client], _core.Call[T]]) -> T:
        observation = self._observe(operation)
        if observation is None:
            return make(self._core).wait()
        return wait(observation.call(make(observation.core)))


class AsyncClient(AsyncApplyingClient, AsyncClosing):
    """A client of the Partner Center API for customer qualifications, for asyncio.

    It has the methods, arguments and errors of `Client`: its calls are coroutines, its lists and
    sweeps are for `async for`. Cancelling a task drops the request. It can be made outside a loop
    and used in one loop after another. Use it as an asynchronous context manager, or `aclose()` it.
    For the arguments see `Client`.
    """

    __slots__ = ()

    _awaited = True

    async def aclose(self) -> None:
        self._core.close()

    async def get_qualifications(self, customer_id: str | UUID) -> list[Qualification]:
        asked = arguments.guid("customer_id", customer_id)
        return await self._call("get_qualifications", lambda core: core.get_qualifications(asked))

    async def update_qualification(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        *,
        education_segment: EducationSegment | str | None = None,
        website: str | None = None,
        validation_code: str | None = None,
        request_id: str | UUID | None = None,
    ) -> Qualification:
        return await self._call(
            "update_qualification",
            lambda core: self._update(
                core,
                customer_id,
                qualification,
                education_segment=education_segment,
                website=website,
                validation_code=validation_code,
                request_id=request_id,
            ),
        )

    async def wait_for_vetting(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str | int,
        *,
        timeout: float | None = None,  # noqa: ASYNC109 - the same arguments as the blocking client's
        poll_interval: float | None = None,
        on_poll: Callable[[Qualification | None], object] | None = None,
    ) -> Qualification:
        steps = self._vetting(customer_id, qualification, timeout, poll_interval, on_poll)
        return await wait_async(steps)

    async def list_validation_codes(self) -> ValidationCodes:
        codes = await self._call("list_validation_codes", lambda core: core.list_validation_codes())
        return ValidationCodes(codes)

    def list_customers(
        self, *, page_size: int = 500, name_prefix: str | None = None
    ) -> AsyncCustomerPager:
        return AsyncCustomerPager(*self._customers(page_size, name_prefix), awaited=True)

    async def get_customer(self, customer_id: str | UUID) -> Customer:
        asked = arguments.guid("customer_id", customer_id)
        return await self._call("get_customer", lambda core: core.get_customer(asked))

    async def check_credentials(self, *, probe: bool = True) -> CredentialReport:
        if not arguments.flag("probe", probe):
            return await self._core.check_credentials(False)  # noqa: FBT003 - no request to observe
        return await self._call("check_credentials", lambda core: core.check_credentials(True))  # noqa: FBT003 - as above

    async def _call(self, operation: str, make: Callable[[_core.Client], _core.Call[T]]) -> T:
        observation = self._observe(operation)
        if observation is None:
            return await make(self._core)
        return await wait_async(observation.call(make(observation.core)))


# One text for both: what a call does does not depend on how it is waited for.
AsyncClient.aclose.__doc__ = Client.close.__doc__
for _name, _method in vars(Client).items():
    if not _name.startswith("_") and hasattr(AsyncClient, _name):
        getattr(AsyncClient, _name).__doc__ = _method.__doc__
