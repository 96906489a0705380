"""The throttle that learns, through the public API: judged by what arrived at the service."""

from datetime import timedelta
from itertools import cycle, islice
from typing import Literal

import pytest

from partnercenter_qual import Emulator

WINDOWS = 12
LIMIT = 400


def complaints(emulator: Emulator) -> list[str]:
    """Say what was wrong with a sweep over `WINDOWS` windows of a second."""
    journal = emulator.journal
    start, end = journal[0].at, journal[-1].at
    refused = [entry for entry in journal if entry.status == 429]
    late = [entry for entry in journal if entry.at > start + timedelta(seconds=1)]
    late_refused = [entry for entry in late if entry.status == 429]
    allowed = LIMIT * (end - start).total_seconds()
    used = (len(journal) - len(refused)) / allowed
    found = {
        f"only {used:.1%} of what was allowed": used < 0.95,
        f"{len(late_refused)} of {len(late)} refused": len(late_refused) > len(late) / 100,
        "back before Retry-After ended": any(entry.early for entry in journal),
    }
    assert refused, "the limit was never reached"
    return [complaint for complaint, holds in found.items() if holds]


@pytest.mark.timeout(120)
@pytest.mark.parametrize("throttle", ["window", "bucket"])
def test_a_sweep_keeps_just_under_the_limit(throttle: Literal["window", "bucket"]) -> None:
    found = []
    for _ in range(3):  # a machine that is busy with other things may spoil a sweep, but not three
        with Emulator(
            customers=50, seed=5, requests_per_window=LIMIT, window=1.0, throttle=throttle
        ) as emulator:
            ids = islice(cycle(emulator.customer_ids), WINDOWS * LIMIT)
            with emulator.client() as client:
                errors = [result.error for result in client.sweep(ids) if result.error]
            assert not errors
            found = complaints(emulator)
        if not found:
            break
    assert not found
