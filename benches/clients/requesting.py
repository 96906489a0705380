"""Requests for Education: our own with a ledger, and concurrent ones that nothing remembers."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from time import time
from typing import Any
from uuid import uuid4

from clients import ours as own
from clients.answers import from_members
from clients.asynchronous import Get, in_flight
from clients.plan import Figures, Plan, measured, measured_async
from partnercenter_qual import ApiError, AsyncClient, Client, Ledger

BODY = {"qualification": "Education", "educationSegment": "K12"}


def whole(plan: Plan) -> Figures:
    """Apply with an empty ledger: customers are read first."""
    with own.client(plan) as client, Ledger(plan.ledger) as ledger:

        def work(ids: Sequence[str]) -> int:
            return _applied(client, ledger, ids)

        return measured(plan, work, partial(_read, client)) | {"ended": time()}


def resumed(plan: Plan) -> Figures:
    """Apply with a ledger in which an earlier run, which was not allowed to send, left it all."""
    reader = replace(plan, token=plan.reader)
    with own.client(reader) as client, Ledger(plan.ledger) as ledger, suppress(ApiError):
        _applied(client, ledger, plan.customers())
    return whole(plan)


def _applied(client: Client, ledger: Ledger, ids: Sequence[str]) -> int:
    names = {"qualification": "Education", "education_segment": "K12"}
    run = client.apply(({"customer_id": each} | names for each in ids), ledger=ledger)
    results = list(run)
    return sum(result.outcome == "answered" for result in results)


def _read(client: Client, ids: Sequence[str]) -> int:
    return len(list(client.sweep(ids)))


async def posted(plan: Plan) -> Figures:
    """Await single calls of our own client, so many at once."""
    client = AsyncClient(plan.token, base_url=plan.url, max_concurrency=plan.concurrency)
    async with client as ours:

        async def post(customer_id: str) -> list[Any]:
            return [
                await ours.update_qualification(customer_id, "Education", education_segment="K12")
            ]

        return await _measured(plan, ours.get_qualifications, post)


async def aiohttp(plan: Plan) -> Figures:
    """Use aiohttp and the standard library's JSON."""
    import aiohttp as library  # noqa: PLC0415 - only where asked for

    connector = library.TCPConnector(limit=plan.concurrency)
    async with library.ClientSession(headers=plan.headers, connector=connector) as session:

        async def get(customer_id: str) -> list[Any]:
            async with session.get(plan.link(customer_id)) as answer:
                answer.raise_for_status()
                return [await answer.read()]

        async def post(customer_id: str) -> list[Any]:
            link = plan.link(customer_id)
            async with session.post(link, json=BODY, headers=_identity()) as answer:
                answer.raise_for_status()
                return [from_members(json.loads(await answer.read()))]

        return await _measured(plan, get, post)


async def httpx(plan: Plan) -> Figures:
    """Use httpx."""
    import httpx as library  # noqa: PLC0415 - only where asked for

    limits = library.Limits(max_connections=plan.concurrency)
    async with library.AsyncClient(headers=plan.headers, limits=limits) as client:

        async def get(customer_id: str) -> list[Any]:
            answer = await client.get(plan.link(customer_id))
            answer.raise_for_status()
            return [answer.content]

        async def post(customer_id: str) -> list[Any]:
            answer = await client.post(plan.link(customer_id), json=BODY, headers=_identity())
            answer.raise_for_status()
            return [from_members(json.loads(answer.content))]

        return await _measured(plan, get, post)


def _identity() -> dict[str, str]:
    return {"MS-RequestId": str(uuid4())}


async def _measured(plan: Plan, get: Get, post: Get) -> Figures:
    """Measure requests; reads open the connections, for no customer is asked twice."""
    requests, reads = partial(in_flight, plan, post), partial(in_flight, plan, get)
    return await measured_async(plan, requests, reads) | {"ended": time()}
