"""Short runs of the harness; `make crash` has the long ones."""

from pathlib import Path

import pytest

from .harness import Report, Settings, run
from .service import LEDGER

# A run takes some ten seconds, most of them pauses, and has a deadline of its own.
pytestmark = pytest.mark.timeout(240)

CUSTOMERS, KILLS = 300, 8


def check(report: Report) -> None:
    """See that there was something to go wrong."""
    print(report)  # noqa: T201 - pytest shows it where the test fails
    assert report.kills["sending"] > 1  # in which stage the others hit depends on the machine
    assert report.restarts >= KILLS
    assert report.posts > report.requests > CUSTOMERS
    assert report.read_backs > report.faults // 4


def test_with_sqlite_each_request_takes_effect_once(tmp_path: Path) -> None:
    url = str(tmp_path / LEDGER)
    check(run(Settings(url=url, folder=tmp_path, customers=CUSTOMERS, kills=KILLS)))


def test_with_postgres_each_request_of_four_workers_takes_effect_once(
    postgres_url: str, tmp_path: Path
) -> None:
    settings = Settings(
        url=postgres_url, folder=tmp_path, customers=CUSTOMERS, kills=KILLS, workers=4, lease=3.0
    )
    check(run(settings))
