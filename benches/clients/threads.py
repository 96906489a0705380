"""Clients that block, one call at a time in each of some threads."""

import http.client
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from clients.answers import plain
from clients.plan import Figures, Plan, measured

Get: TypeAlias = Callable[[str], list[Any]]
"""Gives a customer's qualifications."""


def in_threads(plan: Plan, gets: Sequence[Get]) -> Figures:
    """Measure threads with a client each, that take the next customer when they are through."""
    with ThreadPoolExecutor(len(gets)) as pool:

        def work(ids: Sequence[str]) -> int:
            queue = iter(ids)
            found = pool.map(lambda get: _all(get, queue), gets)
            return sum(len(answer) for answers in found for answer in answers)

        return measured(plan, work)


def _all(get: Get, queue: Iterator[str]) -> list[list[Any]]:
    return [get(customer_id) for customer_id in queue]


def http_client_get(plan: Plan) -> Get:
    """Connect with the standard library."""
    place = urlsplit(plan.url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port)
    headers = plan.headers

    def get(customer_id: str) -> list[Any]:
        connection.request("GET", plan.path(customer_id), headers=headers)
        answer = connection.getresponse()
        body = answer.read()
        if answer.status != http.HTTPStatus.OK:
            raise SystemExit(f"{answer.status}: {body!r}")
        return plain(body)

    return get


def requests_get(plan: Plan, stack: ExitStack) -> Get:
    """Open a session of requests."""
    import requests  # noqa: PLC0415 - only where asked for

    session = stack.enter_context(requests.Session())
    session.headers.update(plan.headers)

    def get(customer_id: str) -> list[Any]:
        answer = session.get(plan.link(customer_id))
        answer.raise_for_status()
        return plain(answer.content)

    return get


def httpx_get(plan: Plan, stack: ExitStack) -> Get:
    """Open a client of httpx."""
    import httpx  # noqa: PLC0415 - only where asked for

    client = stack.enter_context(httpx.Client(headers=plan.headers))

    def get(customer_id: str) -> list[Any]:
        answer = client.get(plan.link(customer_id))
        answer.raise_for_status()
        return plain(answer.content)

    return get


def http_client(plan: Plan) -> Figures:
    """Use http.client, a connection for each thread."""
    return in_threads(plan, [http_client_get(plan) for _ in range(plan.concurrency)])


def requests_sessions(plan: Plan) -> Figures:
    """Use requests, a session for each thread, as it is not meant to be shared."""
    with ExitStack() as stack:
        return in_threads(plan, [requests_get(plan, stack) for _ in range(plan.concurrency)])
