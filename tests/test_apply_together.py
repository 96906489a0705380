"""Several who run the same `apply` at once, on PostgreSQL."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from partnercenter_qual import Emulator, Ledger

from .asking import held, owned

ROWS, WORKERS = 400, 4


@pytest.mark.parametrize("plan_takes", [0.0, 0.02])
def test_each_gives_what_the_ledger_asked_for_as_answered(
    postgres_url: str, plan_takes: float
) -> None:
    """Also where one plans while another is sending already: it is not others who asked."""
    with Emulator(ROWS, seed=7, vetting="manual", dedupe=False, mix={}) as emulator:
        rows = [owned(customer_id) for customer_id in emulator.customer_ids]

        def outcomes(number: int) -> Counter[str]:
            # The later ones read the last customers first.
            own = rows if number == 0 else rows[::-1]
            with (
                emulator.client(max_concurrency=2 + 2 * number) as client,
                Ledger(postgres_url) as ledger,
            ):
                return Counter(result.outcome for result in client.apply(own, ledger=ledger))

        emulator.inject(method="GET", path="/qualifications", delay=plan_takes, times=None)
        with ThreadPoolExecutor(WORKERS) as pool:
            found = [*pool.map(outcomes, range(WORKERS))]
        assert found == [{"answered": ROWS}] * WORKERS
        assert Counter(held(emulator).values()) == {1: ROWS}
