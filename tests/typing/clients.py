"""Each operation, as `Client` gives it and as `AsyncClient` does."""

from datetime import date
from typing import assert_type
from uuid import UUID

import pandas as pd
import polars as pl

from partnercenter_qual import (
    AsyncClient,
    AuditRecord,
    Client,
    CredentialReport,
    Customer,
    CustomerResult,
    CustomerTable,
    EducationSegment,
    Qualification,
    QualificationType,
    RecordBatch,
    SweepTable,
    ValidationCodes,
)


def blocking(client: Client, customer_id: UUID) -> None:
    assert_type(client.get_qualifications(customer_id), list[Qualification])
    assert_type(
        client.update_qualification(customer_id, "Education", education_segment="K12"),
        Qualification,
    )
    assert_type(
        client.wait_for_vetting(customer_id, QualificationType.EDUCATION, timeout=60), Qualification
    )
    assert_type(client.list_validation_codes(), ValidationCodes)
    assert_type(client.get_customer(str(customer_id)), Customer)
    assert_type(client.check_credentials(probe=False), CredentialReport)
    assert_type(list(client.list_customers(name_prefix="Con")), list[Customer])
    assert_type(list(client.list_customers().by_page()), list[list[Customer]])
    assert_type(client.list_customers().collect(), CustomerTable)
    assert_type(client.list_customers().to_polars(), pl.DataFrame)
    assert_type(list(client.list_audit_records(date(2026, 1, 1))), list[AuditRecord])
    assert_type(list(client.sweep([customer_id])), list[CustomerResult])
    assert_type(client.sweep().collect(), SweepTable)
    assert_type(client.sweep().to_pandas(), pd.DataFrame)
    assert_type(list(client.sweep().batches(1_000)), list[RecordBatch])
    assert_type(client.sweep().counts, dict[str, int])
    assert_type(client.with_options(timeout=5), Client)
    with client as same:
        assert_type(same, Client)


async def awaited(client: AsyncClient, customer_id: UUID) -> None:
    assert_type(await client.get_qualifications(customer_id), list[Qualification])
    assert_type(
        await client.update_qualification(
            customer_id,
            QualificationType.EDUCATION,
            education_segment=EducationSegment.K12,
        ),
        Qualification,
    )
    assert_type(await client.wait_for_vetting(customer_id, "Education"), Qualification)
    assert_type(await client.list_validation_codes(), ValidationCodes)
    assert_type(await client.get_customer(str(customer_id)), Customer)
    assert_type(await client.check_credentials(), CredentialReport)
    assert_type([item async for item in client.list_customers()], list[Customer])
    assert_type([page async for page in client.list_customers().by_page()], list[list[Customer]])
    assert_type(await client.list_customers().collect(), CustomerTable)
    assert_type(await client.list_customers().to_polars(), pl.DataFrame)
    assert_type([item async for item in client.list_audit_records("2026-01-01")], list[AuditRecord])
    assert_type([item async for item in client.sweep()], list[CustomerResult])
    assert_type(await client.sweep().collect(), SweepTable)
    assert_type(await client.sweep().to_polars(), pl.DataFrame)
    assert_type([batch async for batch in client.sweep().batches()], list[RecordBatch])
    assert_type(client.sweep().total, int | None)
    assert_type(client.with_options(timeout=5), AsyncClient)
    async with client as same:
        assert_type(same, AsyncClient)


def refused(client: Client) -> None:
    # A checker that would let one of these pass reports its comment as needless.
    client.get_qualifications(5)  # type: ignore[arg-type]
    client.update_qualification("id", "Education", "K12")  # type: ignore[call-arg]
    client.with_options(timeout=5).nothing()  # type: ignore[attr-defined]
