"""Fixtures for tests of code that talks to Partner Center; pytest finds them by itself.

    @pytest.mark.partnercenter_emulator(customers=5, vetting="manual")
    def test_asks_for_education(partnercenter_emulator, partnercenter_client): ...

Every pytest session of an environment loads this module, so that it imports nothing but pytest:
the rest of the package is loaded when a test first uses a fixture.
"""

from __future__ import annotations

from contextlib import suppress
from inspect import signature
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from pluggy import Result

    from . import AsyncClient, Client, Emulator

_MARKER = "partnercenter_emulator"
_EMULATOR = pytest.StashKey["Emulator"]()
_SHOWN = 10


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, so that `--strict-markers` knows it."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(customers=100, *, seed=0, vetting=None, ...): arguments of the `Emulator` of "
        "the fixture of the same name; on a test, a class or a module, of which the closest counts",
    )


@pytest.fixture
def partnercenter_emulator(request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """Partner Center on a port of this machine, for this test alone: an `Emulator`.

    `@pytest.mark.partnercenter_emulator(customers=5, vetting="manual")` passes it arguments, as
    does a dict that it is parametrized with, `indirect=True`.
    """
    with _described(request) as emulator:
        request.node.stash[_EMULATOR] = emulator
        yield emulator


@pytest.fixture
def partnercenter_client(partnercenter_emulator: Emulator) -> Iterator[Client]:
    """Give a `Client` of this test's `partnercenter_emulator`."""
    with partnercenter_emulator.client() as client:
        yield client


@pytest.fixture
def partnercenter_async_client(partnercenter_emulator: Emulator) -> Iterator[AsyncClient]:
    """Give an `AsyncClient` of this test's `partnercenter_emulator`, for whatever runs asyncio."""
    client = partnercenter_emulator.async_client()
    yield client
    # Closing waits for nothing: its first step is its last, and no event loop is needed for it.
    with suppress(StopIteration):
        client.aclose().send(None)


@pytest.hookimpl(hookwrapper=True)  # `wrapper` is not known to pytest 7
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, Result[pytest.TestReport], None]:
    """Show what the emulator was last asked, under a test that failed."""
    outcome = yield
    report = outcome.get_result()
    emulator = item.stash.get(_EMULATOR, None)
    if emulator is None:
        return
    if report.failed and emulator.journal:
        report.sections.append(_requests(emulator))
    if call.when == "teardown":  # items live as long as the session, emulators need not
        del item.stash[_EMULATOR]


def _described(request: pytest.FixtureRequest) -> Emulator:
    """Make the emulator that a parameter describes, or the closest marker."""
    from . import Emulator  # noqa: PLC0415 - see the module's docstring

    mark = request.node.get_closest_marker(_MARKER)
    args, kwargs = (mark.args, mark.kwargs) if mark else ((), {})
    try:
        return Emulator(*args, **kwargs | dict(getattr(request, "param", {})))
    except ValueError as error:
        message = str(error)
    except TypeError as error:
        message = f"{error}; pass those of Emulator: {', '.join(signature(Emulator).parameters)}"
    # Raised here, out of the handlers, so that the report shows these words alone.
    pytest.fail(f"@pytest.mark.{_MARKER}: {message}", pytrace=False)


def _requests(emulator: Emulator) -> tuple[str, str]:
    """Give a heading, and the last requests to be listed below it."""
    journal = emulator.journal
    shown = journal[-_SHOWN:]
    lines = [
        f"{each.method} {each.path} {each.status or 'reset'}{' early' if each.early else ''}"
        for each in shown
    ]
    if any(each.early for each in shown):
        lines.append("early: before the end of a Retry-After that had been announced")
    return f"{_MARKER}: last {len(shown)} of {len(journal)} requests", "\n".join(lines)
