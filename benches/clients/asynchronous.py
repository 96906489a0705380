"""Clients that are awaited, so many calls at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from clients.answers import Decoder, msgspec_decoder, plain
from clients.plan import Figures, Plan, measured_async

Get: TypeAlias = Callable[[str], Awaitable[list[Any]]]
"""Gives a customer's qualifications."""


async def in_flight(plan: Plan, get: Get, ids: Sequence[str]) -> int:
    """Have tasks take the next customer when they are through; count what they got.

    No library has more calls to look after than may be in flight: some take time by the square.
    """
    queue = iter(ids)

    async def worker() -> list[list[Any]]:
        return [await get(customer_id) for customer_id in queue]

    found = await asyncio.gather(*(worker() for _ in range(plan.concurrency)))
    return sum(len(answer) for answers in found for answer in answers)


async def httpx(plan: Plan) -> Figures:
    """Use httpx."""
    import httpx as library  # noqa: PLC0415 - only where asked for

    limits = library.Limits(max_connections=plan.concurrency)
    async with library.AsyncClient(headers=plan.headers, limits=limits) as client:

        async def get(customer_id: str) -> list[Any]:
            answer = await client.get(plan.link(customer_id))
            answer.raise_for_status()
            return plain(answer.content)

        return await measured_async(plan, lambda ids: in_flight(plan, get, ids))


async def aiohttp(plan: Plan) -> Figures:
    """Use aiohttp and the standard library's JSON."""
    return await _aiohttp(plan, plain)


async def aiohttp_msgspec(plan: Plan) -> Figures:
    """Use aiohttp and msgspec."""
    return await _aiohttp(plan, msgspec_decoder())


async def _aiohttp(plan: Plan, decode: Decoder) -> Figures:
    import aiohttp as library  # noqa: PLC0415 - only where asked for

    connector = library.TCPConnector(limit=plan.concurrency)
    async with library.ClientSession(headers=plan.headers, connector=connector) as session:

        async def get(customer_id: str) -> list[Any]:
            async with session.get(plan.link(customer_id)) as answer:
                answer.raise_for_status()
                return decode(await answer.read())

        return await measured_async(plan, lambda ids: in_flight(plan, get, ids))


async def pyreqwest(plan: Plan) -> Figures:
    """Use pyreqwest and msgspec."""
    from pyreqwest.client import ClientBuilder  # noqa: PLC0415 - only where asked for

    decode = msgspec_decoder()
    builder = ClientBuilder().default_headers(plan.headers).error_for_status(enable=True)
    async with builder.max_connections(plan.concurrency).build() as client:

        async def get(customer_id: str) -> list[Any]:
            answer = await client.get(plan.link(customer_id)).build().send()
            return decode(await answer.bytes())

        return await measured_async(plan, lambda ids: in_flight(plan, get, ids))


async def wreq(plan: Plan) -> Figures:
    """Use wreq and msgspec."""
    from wreq import Client  # noqa: PLC0415 - only where asked for

    decode = msgspec_decoder()
    async with Client(headers=plan.headers, raise_for_status=True) as client:

        async def get(customer_id: str) -> list[Any]:
            answer = await client.get(plan.link(customer_id))
            return decode(await answer.bytes())

        return await measured_async(plan, lambda ids: in_flight(plan, get, ids))
