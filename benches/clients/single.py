"""One call after the other, each timed: latency as whoever makes a single call meets it."""

from contextlib import ExitStack
from statistics import quantiles
from time import perf_counter, process_time

from clients import ours as own
from clients.plan import Figures, Plan
from clients.threads import Get, http_client_get, httpx_get, requests_get


def each(plan: Plan, get: Get) -> Figures:
    """Measure single calls, once the connection is open."""
    ids = plan.customers()
    for customer_id in ids[:50]:
        get(customer_id)
    took, count, cpu = list[float](), 0, process_time()
    started = perf_counter()
    for customer_id in ids:
        before = perf_counter()
        count += len(get(customer_id))
        took.append(perf_counter() - before)
    wall, cpu = perf_counter() - started, process_time() - cpu
    if count != plan.requests:
        raise SystemExit(f"{plan.requests} customers were asked for, {count} answered")
    cuts = quantiles(took, n=100)
    return {
        "rate": count / wall,
        "cpu": cpu / count * 1e6,
        "median": cuts[49] * 1e6,
        "p99": cuts[98] * 1e6,
    }


def ours(plan: Plan) -> Figures:
    """Use our own client."""
    with own.client(plan) as client:
        return each(plan, client.get_qualifications)


def http_client(plan: Plan) -> Figures:
    """Use http.client."""
    return each(plan, http_client_get(plan))


def httpx(plan: Plan) -> Figures:
    """Use httpx."""
    with ExitStack() as stack:
        return each(plan, httpx_get(plan, stack))


def requests(plan: Plan) -> Figures:
    """Use requests."""
    with ExitStack() as stack:
        return each(plan, requests_get(plan, stack))
