"""Tables of customers and of validation codes, as clients give them."""

import pickle
from typing import Any

import polars as pl
import pyarrow as pa
import pytest

from partnercenter_qual import (
    AsyncClient,
    AsyncCustomerPager,
    Client,
    CustomerPager,
    CustomerTable,
    Emulator,
    RequestTimeoutError,
    ServerError,
    ValidationCode,
    ValidationCodes,
    ValidationCodeTable,
)

from .either import Either


class TestCustomers:
    def test_all_pages_make_one_table(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        listed = either.list(client.list_customers())
        table = either.call(client.list_customers(page_size=2).collect)
        assert type(table) is CustomerTable
        names = ["customer_id", "company_name", "domain", "relationship_to_partner"]
        assert table.column_names == names
        assert [*table] == [{name: getattr(each, name) for name in names} for each in listed]

    def test_what_was_taken_before_is_not_in_it(self, either: Either, emulator: Emulator) -> None:
        customers = either.client(emulator).list_customers(page_size=2)
        either.list(customers, 1)
        table = either.call(customers.collect)
        assert [row["customer_id"] for row in table] == emulator.customer_ids[1:]
        assert len(either.call(customers.collect)) == 0

    def test_it_goes_on_after_an_error(self, either: Either, emulator: Emulator) -> None:
        customers = either.client(emulator, max_retries=0).list_customers(page_size=2)
        emulator.inject(503, path="/v1/customers", nth=2)
        with pytest.raises(ServerError):
            either.call(customers.collect)
        table = either.call(customers.collect)
        assert [row["customer_id"] for row in table] == emulator.customer_ids
        assert [entry.status for entry in emulator.journal] == [200, 503, 200, 200]

    def test_frames_come_from_the_pager(self, either: Either, emulator: Emulator) -> None:
        client = either.client(emulator)
        frames: list[Any] = [
            either.call(client.list_customers().to_pandas),
            either.call(client.list_customers().to_polars),
            either.call(client.list_customers().to_pyarrow),
        ]
        assert [type(frame).__module__.partition(".")[0] for frame in frames] == [
            "pandas",
            "polars",
            "pyarrow",
        ]
        for frame in frames:
            assert [*map(str, frame["customer_id"])] == emulator.customer_ids

    async def test_each_client_has_its_own_pager(
        self, client: Client, async_client: AsyncClient
    ) -> None:
        assert type(client.list_customers()) is CustomerPager
        pager = async_client.list_customers()
        assert type(pager) is AsyncCustomerPager
        assert len(await pager.collect()) == 5

    def test_a_page_that_does_not_come_in_time_is_an_error(
        self, either: Either, emulator: Emulator
    ) -> None:
        customers = either.client(emulator, timeout=0.2, max_retries=0).list_customers()
        emulator.inject(delay=2, path="/v1/customers")
        with pytest.raises(RequestTimeoutError):
            either.call(customers.collect)


class TestValidationCodes:
    def test_they_are_a_list_that_becomes_a_table(self, either: Either, emulator: Emulator) -> None:
        codes = either.call(either.client(emulator).list_validation_codes)
        assert type(codes) is ValidationCodes
        assert codes == [*codes]
        table = codes.to_table()
        assert type(table) is ValidationCodeTable
        assert [*table] == [
            {name: getattr(code, name) for name in table.column_names} for code in codes
        ]
        assert {type(row["max_creates"]) for row in table} == {int}

    def test_they_have_these_columns(self) -> None:
        code = ValidationCode(
            validation_id="7", organization_name="Navy", max_creates=(1 << 63) - 1
        )
        codes = ValidationCodes([code])
        expected = {
            "validation_id": ["7"],
            "partner_id": [None],
            "organization_name": ["Navy"],
            "max_creates": [(1 << 63) - 1],
            "remaining_creates": [None],
            "etag": [None],
        }
        made = codes.to_pyarrow()
        assert made.to_pydict() == expected
        assert made.schema.field("max_creates").type == pa.int64()
        assert codes.to_polars().to_dict(as_series=False) == expected
        assert codes.to_polars().schema["remaining_creates"] == pl.Int64
        assert codes.to_pandas()["max_creates"].tolist() == [(1 << 63) - 1]
        assert ValidationCodes().to_polars().shape == (0, 6)

    def test_they_pickle_and_grow_like_a_list(self) -> None:
        codes = ValidationCodes([ValidationCode(validation_id="7")])
        codes.append(ValidationCode(validation_id="8"))
        again = pickle.loads(pickle.dumps(codes))  # noqa: S301 - our own
        assert type(again) is ValidationCodes
        assert again == codes
        assert len(again.to_table()) == 2
