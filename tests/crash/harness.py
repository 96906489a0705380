"""One run: workers that are killed and started again until all is done, then the account of it."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from .checks import check
from .kills import Killer, schedule
from .processes import Worker
from .service import Service

BEAT = 0.002  # seconds between two looks


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What is to be run.

    `url` is the ledger's, and `folder` is for everything else. Workers have a lease, in seconds,
    where several of them share the ledger. `deadline` is in seconds.
    """

    url: str
    folder: Path
    customers: int
    kills: int
    workers: int = 1
    lease: float | None = None
    seed: int = 1
    deadline: float = 200.0


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of it."""

    requests: int
    kills: dict[str, int]
    restarts: int
    posts: int
    read_backs: int
    faults: int
    token_requests: int
    seconds: float

    def __str__(self) -> str:
        stages = ", ".join(f"{count} {stage}" for stage, count in self.kills.items())
        return (
            f"{self.requests} requests, each in effect once: {sum(self.kills.values())} kills "
            f"({stages}), {self.restarts} restarts, {self.posts} POSTs, {self.read_backs} "
            f"read-backs, {self.faults} faults, {self.token_requests} token requests, "
            f"{self.seconds:.0f} s"
        )


def run(settings: Settings) -> Report:
    """Run workers until every request has come to its end, and check what they leave behind."""
    service = Service(customers=settings.customers, seed=settings.seed)
    with closing(service):
        killer = Killer(schedule(settings.kills, len(service.wanted), settings.seed), service)
        started = time.monotonic()
        with _workers(settings, service) as workers:
            _work(workers, killer, started + settings.deadline)
            seconds = time.monotonic() - started
        assert killer.done.total() == settings.kills
        report = Report(
            requests=len(service.wanted),
            kills=dict(killer.done),
            restarts=sum(worker.started - 1 for worker in workers),
            posts=service.posts(),
            read_backs=len(service.sent("GET")),
            faults=service.faults(),
            token_requests=len(service.emulator.find_requests(path="/oauth2/")),
            seconds=seconds,
        )
        check(service, settings.url, settings.folder)
        return report


@contextmanager
def _workers(settings: Settings, service: Service) -> Iterator[list[Worker]]:
    """Start workers, and let none outlive the run."""
    requests, account = settings.folder / "requests.csv", settings.folder / "account.json"
    service.write_requests(requests)
    service.write_account(
        account,
        requests=str(requests),
        count=len(service.wanted),
        ledger=settings.url,
        lease=settings.lease,
        store=str(settings.folder / "token.json"),
    )
    workers = list[Worker]()
    try:
        for number in range(settings.workers):
            workers.append(Worker(account, settings.folder / f"worker-{number}.log"))
        yield workers
    finally:
        for worker in workers:
            worker.kill()


def _work(workers: list[Worker], killer: Killer, end: float) -> None:
    while not killer.is_finished() or not all(worker.is_done() for worker in workers):
        if time.monotonic() > end:
            logs = "\n".join(map(str, workers))
            message = f"not done in time, after {killer.done.total()} kills\n{logs}"
            raise TimeoutError(message)
        for worker in workers:
            if not worker.is_running() and not (worker.is_done() and killer.is_finished()):
                worker.start()
        if not killer.is_finished():
            killer.strike(workers)
        time.sleep(BEAT)
