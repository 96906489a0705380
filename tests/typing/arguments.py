"""What may be passed, in all its forms."""

from collections.abc import AsyncIterator, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple, assert_type
from uuid import UUID

import pandas as pd
import polars as pl

from partnercenter_qual import (
    AsyncClient,
    AsyncSweep,
    Client,
    Customer,
    EducationSegment,
    Emulator,
    Progress,
    Qualification,
    QualificationType,
    Sweep,
    VettingStatus,
)
from partnercenter_qual.emulator import VettingRule


class AccessToken(NamedTuple):
    token: str
    expires_on: int


class TokenCredential:
    def get_token(self, *scopes: str, claims: str | None = None) -> AccessToken:
        return AccessToken(" ".join([*scopes, claims or ""]), 0)


class AsyncTokenCredential:
    async def get_token_info(self, *scopes: str) -> AccessToken:
        return AccessToken(" ".join(scopes), 0)


def token() -> str:
    return ""


def token_with_expiry() -> tuple[str, float]:
    return "", 0.0


async def awaited_token() -> str:
    return ""


async def awaited_token_with_expiry() -> tuple[str, float]:
    return "", 0.0


def credentials() -> None:
    Client()
    Client("eyJ0eXAi")
    Client(token, cloud="usgov")
    Client(token_with_expiry, base_url="https://api.example", authority="https://login.example")
    Client(awaited_token, timeout=5, connect_timeout=2.5, max_retries=0)
    Client(awaited_token_with_expiry, max_concurrency=4, requests_per_minute=None)
    Client(TokenCredential(), proxy="http://proxy.example:8080", ca_bundle="ca.pem")
    Client(AsyncTokenCredential(), ca_bundle=Path("ca.pem"), application_name="x", locale="en-GB")
    AsyncClient(awaited_token)
    AsyncClient(AsyncTokenCredential())
    Client(5)  # type: ignore[arg-type]
    Client(timeout="5")  # type: ignore[arg-type]
    Client(verify=False)  # type: ignore[call-arg]


def customers(client: Client, awaited: AsyncClient, customer: Customer) -> None:
    def ids() -> Iterator[str | UUID | Customer]:
        yield customer

    async def awaited_ids() -> AsyncIterator[UUID]:
        yield UUID(int=1)

    assert_type(client.sweep(), Sweep)
    assert_type(client.sweep([customer.customer_id]), Sweep)
    assert_type(client.sweep({UUID(int=1)}, max_concurrency=2), Sweep)
    assert_type(client.sweep(client.list_customers()), Sweep)
    assert_type(client.sweep(ids(), progress=True), Sweep)
    assert_type(awaited.sweep(awaited_ids()), AsyncSweep)
    assert_type(awaited.sweep(awaited.list_customers()), AsyncSweep)
    client.sweep([1, 2])  # type: ignore[list-item]


def columns(client: Client, frame: pl.DataFrame, other: pd.DataFrame) -> None:
    client.sweep(frame, ordered=True)
    client.sweep(frame["customer_id"])
    client.sweep(other)
    client.sweep(other["customer_id"])


def callbacks(client: Client) -> None:
    def show(progress: Progress) -> None:
        assert_type(progress.total, int | None)
        assert_type(progress.paused_until, datetime | None)

    def poll(seen: Qualification | None) -> bool:
        return seen is None

    client.sweep(progress=show)
    client.wait_for_vetting(UUID(int=1), 1, on_poll=poll)
    client.wait_for_vetting("", QualificationType.EDUCATION, timeout=1, poll_interval=0.5)
    client.sweep(progress=poll)  # type: ignore[arg-type]


def requests(client: Client) -> None:
    education, segment = QualificationType.EDUCATION, EducationSegment.K12
    client.update_qualification("", education, education_segment=segment, website="x.example")
    client.update_qualification("", 3, validation_code="12345", request_id=UUID(int=1))
    client.list_audit_records(date(2026, 11, 1), "2026-11-20", customer_id=UUID(int=1))
    client.list_customers(page_size=40, name_prefix=None)


def levers() -> None:
    with Emulator(50, seed=7, vetting=VettingRule(after=60), requests_per_window=10) as emulator:
        assert_type(emulator, Emulator)
        emulator.decide(UUID(int=1), QualificationType.EDUCATION, VettingStatus.DENIED, "no")
        emulator.inject(429, method="POST", nth=2, retry_after="Fri, 20 Nov 2026 00:00:00 GMT")
        emulator.inject(body=[{"qualification": "Education"}], times=None)
        emulator.inject(reset=True, after_effect=True, probability=0.5)
        emulator.inject("429")  # type: ignore[arg-type]
    Emulator(vetting="sometimes")  # type: ignore[arg-type]
