"""Our own clients: a sweep into a table and into objects, calls awaited, calls made in threads."""

from collections.abc import Callable, Sequence

from clients.asynchronous import in_flight
from clients.plan import Figures, Plan, measured, measured_async
from clients.threads import in_threads
from partnercenter_qual import AsyncClient, Client, CustomerResult, Qualification


def client(plan: Plan) -> Client:
    """Make a client as the plan has it."""
    return Client(plan.token, base_url=plan.url, max_concurrency=plan.concurrency)


def table(plan: Plan) -> Figures:
    """Sweep into a table."""
    with client(plan) as ours:

        def work(ids: Sequence[str]) -> int:
            return len(ours.sweep(ids).collect())

        return measured(plan, work)


def objects(plan: Plan) -> Figures:
    """Sweep into objects."""
    with client(plan) as ours:

        def work(ids: Sequence[str]) -> int:
            results: list[CustomerResult] = list(ours.sweep(ids))
            return sum(len(result.qualifications) for result in results)

        return measured(plan, work)


async def awaited(plan: Plan) -> Figures:
    """Await single calls, so many at once."""
    client = AsyncClient(plan.token, base_url=plan.url, max_concurrency=plan.concurrency)
    async with client as ours:

        async def work(ids: Sequence[str]) -> int:
            return await in_flight(plan, ours.get_qualifications, ids)

        return await measured_async(plan, work)


def single(plan: Plan) -> Figures:
    """Make single calls, in threads that share a client."""
    with client(plan) as ours:
        get: Callable[[str], list[Qualification]] = ours.get_qualifications
        return in_threads(plan, [get] * plan.concurrency)
