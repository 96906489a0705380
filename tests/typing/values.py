"""Values, errors and the emulator."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, assert_type

import pandas as pd
import polars as pl

from partnercenter_qual import (
    ApiError,
    AsyncClient,
    Client,
    Customer,
    CustomerResult,
    Emulator,
    PartnerCenterError,
    Qualification,
    QualificationType,
    RecordBatch,
    SweepTable,
    ValidationCode,
    ValidationCodes,
    ValidationCodeTable,
    VettingStatus,
    VettingTimeoutError,
)
from partnercenter_qual.emulator import Effect, JournalEntry


def qualifications(item: Qualification) -> None:
    assert_type(item.qualification, QualificationType)
    assert_type(item.vetting_status, VettingStatus | None)
    assert_type(item.vetting_created_date, datetime | None)
    assert_type(item.extra, Mapping[str, Any])
    assert_type(Qualification.from_dict({"qualification": "Education"}), Qualification)
    assert_type(item.to_dict(), dict[str, Any])


def results(result: CustomerResult) -> None:
    assert_type(result.qualifications, tuple[Qualification, ...])
    assert_type(result.error, PartnerCenterError | None)
    assert_type(result.customer, Customer | None)


def tables(found: SweepTable, batch: RecordBatch, codes: ValidationCodes) -> None:
    assert_type(found[0], dict[str, str | int | datetime | None])
    assert_type(found[1:], SweepTable)
    assert_type(batch[1:], RecordBatch)
    assert_type(found.counts, dict[str, int])
    assert_type(list(found), list[dict[str, str | int | datetime | None]])
    assert_type(found.to_pandas(), pd.DataFrame)
    assert_type(found.to_polars(), pl.DataFrame)
    assert_type(codes[0], ValidationCode)
    assert_type(codes.to_table(), ValidationCodeTable)


def errors(error: ApiError, late: VettingTimeoutError) -> None:
    assert_type(error.status_code, int)
    assert_type(error.code, str | None)
    assert_type(error.retry_after, float | None)
    assert_type(late.last, Qualification | None)


def emulated(emulator: Emulator) -> None:
    assert_type(emulator.client(), Client)
    assert_type(emulator.async_client(app_only=True), AsyncClient)
    assert_type(emulator.journal, list[JournalEntry])
    assert_type(emulator.effects, list[Effect])
