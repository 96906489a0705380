"""Lists that come in pages."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

from . import _core
from ._calls import End, Steps, Stream, wait, wait_async
from ._collected import AsyncCollectable, Collectable
from ._table import CustomerTable

if TYPE_CHECKING:
    from ._models import Customer  # noqa: F401 - in quotes below: values are costly to load
    from ._observing import AnyObservation

T = TypeVar("T")


class Pages(Stream[list[T]]):
    """The pages of a list, each fetched when it is asked for."""

    def __init__(self, core: _core.Pages[T], observation: AnyObservation, *, awaited: bool) -> None:
        super().__init__(awaited=awaited)
        self._core = core
        self._observation = observation

    def _step(self) -> Steps[list[T]]:
        if self._core.is_over:
            raise End
        page = yield from self._observation.call(self._core.next())
        if page is None:
            raise End
        return page


class Pager(Stream[T], Generic[T]):
    """The items of a list, whose pages are fetched as they are needed.

    For `for` with `Client`, for `async for` with `AsyncClient`. After an error, going on asks for
    the same page again.
    """

    def __init__(self, core: _core.Pages[T], observation: AnyObservation, *, awaited: bool) -> None:
        super().__init__(awaited=awaited)
        self._pages: Pages[T] = Pages(core, observation, awaited=awaited)
        self._items: deque[T] = deque()

    def by_page(self) -> Pages[T]:
        """Iterate over whole pages, as lists, instead of single items.

        Returns:
            The pages that have not been fetched yet.
        """
        return self._pages

    def _step(self) -> Steps[T]:
        while not self._items:
            self._items.extend((yield from self._pages._step()))  # noqa: SLF001 - of the same family
        return self._items.popleft()

    def _rest(self) -> Steps[list[T]]:
        """Give all items that are left. What was fetched before an error is there the next time."""
        try:
            while True:
                self._items.extend((yield from self._pages._step()))  # noqa: SLF001 - as above
        except End:
            items = [*self._items]
            self._items.clear()
            return items


class _Customers(Pager["Customer"]):
    def _table(self) -> Steps[CustomerTable]:
        customers = yield from self._rest()
        fields = [
            (each.customer_id, each.company_name, each.domain, each.relationship_to_partner)
            for each in customers
        ]
        return CustomerTable(_core.Table.of_customers(fields))


class CustomerPager(_Customers, Collectable[CustomerTable]):
    """Customers of the partner, for `for`, whose pages are fetched as they are needed.

    After an error, going on asks for the same page again.
    """

    def collect(self) -> CustomerTable:
        """Fetch all customers that are left, as a table.

        Returns:
            A table of one row for each.

        Raises:
            PartnerCenterError: like iterating; then, `collect` goes on with what was fetched.
        """
        return wait(self._table())


class AsyncCustomerPager(_Customers, AsyncCollectable[CustomerTable]):
    """Customers of the partner, for `async for`, whose pages are fetched as they are needed.

    After an error, going on asks for the same page again.
    """

    async def collect(self) -> CustomerTable:
        """Fetch all customers that are left, as a table.

        Returns:
            A table of one row for each.

        Raises:
            PartnerCenterError: like iterating; then, `collect` goes on with what was fetched.
        """
        return await wait_async(self._table())
