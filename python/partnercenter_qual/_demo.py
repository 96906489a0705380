"""The main job from end to end, against the emulator: ask, wait, sweep, show."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from . import (
    Client,
    ConfigurationError,
    CustomerResult,
    Emulator,
    Qualification,
    VettingStatus,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

CUSTOMERS = 500
DAY = 24 * 3600.0
LATENCY = 0.05


def demo() -> None:
    """Run the demo; everything travels over a socket of this machine."""
    with Emulator(customers=CUSTOMERS, seed=42) as emulator, emulator.client() as client:
        _say(f"A partner with {CUSTOMERS} customers, emulated at {emulator.url}")
        schools, late = emulator.customer_ids[::10], emulator.customer_ids[5::50]
        _ask(client, schools)
        _wait(client, emulator, schools)
        _say(f"{len(late)} more ask now, and will still be in review.")
        _ask(client, late)
        for owned in emulator.customer_ids[3::70]:
            client.update_qualification(owned, "StateOwnedEntity")
        # An answer from the other side of the world takes a while; a loopback socket does not.
        emulator.inject(method="GET", path="qualifications", delay=LATENCY, times=None)
        _show(_sweep(client))


def _ask(client: Client, customers: Sequence[str]) -> None:
    for number, customer_id in enumerate(customers):
        segment = "HigherEducation" if number % 3 == 0 else "K12"
        client.update_qualification(customer_id, "Education", education_segment=segment)
    _say(f"Education was requested for {len(customers)} customers.")


def _wait(client: Client, emulator: Emulator, customers: Sequence[str]) -> None:
    """Wait for every decision; each look that finds none moves the clock by a quarter of a day."""

    def pass_time(seen: Qualification | None) -> None:
        if seen is not None and seen.vetting_status == VettingStatus.IN_REVIEW:
            emulator.advance(DAY / 4)

    _say("Microsoft takes days to decide; here the clock runs ahead.")
    before = emulator.now
    for customer_id in customers:
        client.wait_for_vetting(
            customer_id,
            "Education",
            timeout=60,
            poll_interval=0.01,
            on_poll=pass_time,
        )
    days = (emulator.now - before).total_seconds() / DAY
    _say(f"All were decided within {days:.1f} days of that clock.")


def _sweep(client: Client) -> list[CustomerResult]:
    _say("Now the sweep of all customers:")
    try:
        return list(client.sweep(progress=True))
    except ConfigurationError:  # without the extra, there is no bar to show
        return list(client.sweep())


def _show(results: Sequence[CustomerResult]) -> None:
    held = [(result, item) for result in results for item in result.qualifications]
    counts = Counter((str(item.qualification), str(item.vetting_status or "-")) for _, item in held)
    none = sum(not result.qualifications for result in results)
    _say(f"\n{len(results)} customers, of whom {none} have none:\n")
    _say(f"  {'qualification':<26}{'status':<12}customers")
    for (qualification, status), count in sorted(counts.items()):
        _say(f"  {qualification:<26}{status:<12}{count:>9}  {'#' * count}")
    _say(f"\n  {'company':<32}{'domain':<30}{'status':<10}reason")
    _list(held, VettingStatus.APPROVED, most=5)
    _list(held, VettingStatus.IN_REVIEW, most=5)
    _list(held, VettingStatus.DENIED, most=CUSTOMERS)
    errors = [result for result in results if result.error]
    _say(f"\n{len(errors)} could not be read.")


def _list(
    held: Sequence[tuple[CustomerResult, Qualification]], status: VettingStatus, *, most: int
) -> None:
    found = [(result, item) for result, item in held if item.vetting_status == status]
    for result, item in found[:most]:
        name = (result.customer and result.customer.company_name) or result.customer_id
        domain = (result.customer and result.customer.domain) or ""
        _say(f"  {name:<32.31}{domain:<30.29}{status!s:<10}{item.vetting_reason or ''}".rstrip())
    if len(found) > most:
        _say(f"  ... and {len(found) - most} more {status}")


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a demo talks to the terminal
