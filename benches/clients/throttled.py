"""Sweeps against a service with a limit: our own, and the loops that everybody writes."""

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter, process_time
from typing import Any

from clients import ours as own
from clients.answers import plain
from clients.plan import Figures, Plan


def ours(plan: Plan) -> Figures:
    """Sweep with our own client."""
    ids = plan.customers()
    with own.client(plan) as client:
        wall, cpu = perf_counter(), process_time()
        results = list(client.sweep(ids))
    failed = sum(result.error is not None for result in results)
    return _figures(plan, len(results) - failed, perf_counter() - wall, process_time() - cpu)


async def backoff(plan: Plan) -> Figures:
    """Loop over httpx: a semaphore, and tenacity's exponential waits with jitter."""
    import tenacity  # noqa: PLC0415 - only where asked for

    return await _loop(plan, tenacity.wait_random_exponential(multiplier=0.1, max=10))


async def retry_after(plan: Plan) -> Figures:
    """Loop over httpx: a semaphore, and each refused request waits as long as it is told."""

    def wait(state: Any) -> float:  # noqa: ANN401 - tenacity's
        return float(state.outcome.exception().response.headers["Retry-After"])

    return await _loop(plan, wait)


async def _loop(plan: Plan, wait: Callable[..., float]) -> Figures:
    import httpx  # noqa: PLC0415 - only where asked for
    import tenacity  # noqa: PLC0415 - only where asked for

    refused = tenacity.retry_if_exception_type(httpx.HTTPStatusError)
    semaphore = asyncio.Semaphore(plan.concurrency)
    async with httpx.AsyncClient(headers=plan.headers) as client:

        async def get(customer_id: str) -> list[Any]:
            answer = await client.get(plan.link(customer_id))
            answer.raise_for_status()
            return plain(answer.content)

        patient_get = tenacity.retry(retry=refused, wait=wait)(get)

        async def bounded(customer_id: str) -> list[Any]:
            async with semaphore:
                found: list[Any] = await patient_get(customer_id)
                return found

        ids: Sequence[str] = plan.customers()
        wall, cpu = perf_counter(), process_time()
        found = await asyncio.gather(*map(bounded, ids))
        wall, cpu = perf_counter() - wall, process_time() - cpu
    return _figures(plan, len(found), wall, cpu)


def _figures(plan: Plan, count: int, wall: float, cpu: float) -> Figures:
    return {"lost": plan.requests - count, "seconds": wall, "cpu": cpu / plan.requests * 1e6}
