"""The service that outlives the killed: an emulator at its worst, and what is asked of it."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from partnercenter_qual import Client, Emulator
from partnercenter_qual.emulator import JournalEntry

PATH = "/qualifications"
LEDGER = "quals.db"  # in the folder of a run; of a server's, what it holds
TIMEOUT = 0.5  # seconds, of a worker's client
TOKEN_LIFETIME = 2.5  # seconds
EVERY_OTHER = 10  # one customer in so many asks for a second qualification

# What befalls requests. The first rule that fires is the only one.
LOST: list[dict[str, Any]] = [
    {"method": "POST", "path": PATH, "reset": True, "after_effect": True, "probability": 0.03},
    {"method": "POST", "path": PATH, "status": 500, "after_effect": True, "probability": 0.03},
    {"method": "POST", "path": PATH, "delay": 1.6 * TIMEOUT, "probability": 0.02},
]
PREVENTED: list[dict[str, Any]] = [
    {"method": "POST", "path": PATH, "reset": True, "probability": 0.02},
    {"method": "POST", "path": PATH, "status": 500, "probability": 0.03},
    {"method": "POST", "path": PATH, "status": 429, "retry_after": 1, "probability": 0.003},
]
ELSEWHERE: list[dict[str, Any]] = [
    {"method": "GET", "status": 429, "retry_after": 1, "probability": 0.003},
    {"method": "GET", "status": 502, "probability": 0.05},
    {"method": "GET", "reset": True, "probability": 0.05},
    {"method": "GET", "delay": 1.6 * TIMEOUT, "probability": 0.02},
    {"path": "/oauth2/", "status": 503, "probability": 0.05},
    {"path": "/oauth2/", "reset": True, "after_effect": True, "probability": 0.05},
    # Pauses, so that many requests are under way at any moment.
    {"delay": 0.005, "probability": 0.3},
    {"delay": 0.02, "probability": 0.5},
    {"delay": 0.1, "probability": 0.1},
]

Held: TypeAlias = dict[tuple[str, str], str | None]
"""By customer and qualification, the vetting status."""


@dataclass(frozen=True)
class Wanted:
    """A request of the bulk."""

    customer_id: str
    qualification: str
    education_segment: str = ""


class Service:
    """The emulator, the requests that workers are to make of it, and how far they have come."""

    def __init__(self, *, customers: int, seed: int) -> None:
        self.emulator = Emulator(
            customers,
            seed=seed,
            vetting="manual",
            dedupe=False,
            token_lifetime=TOKEN_LIFETIME,
            journal_size=100 * customers,
        )
        self.wanted = list(_wanted(self.emulator.customer_ids))
        self.refresh_token = self.emulator.refresh_token
        # Never fires, and counts meanwhile: asking for the journal would take ever longer.
        self._counter = self._inject(method="POST", path=PATH, status=500, probability=0)
        for rule in LOST:
            self._inject(**rule)
        self._preventing = [self._inject(**rule) for rule in PREVENTED]
        for rule in ELSEWHERE:
            self._inject(**rule)

    def write_requests(self, path: Path) -> None:
        """Write the requests as users have them."""
        with path.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(Wanted.__dataclass_fields__))
            writer.writeheader()
            writer.writerows(map(vars, self.wanted))

    def write_account(self, path: Path, **more: object) -> None:
        """Write what a worker must know, secrets too."""
        names = ("url", "authority", "tenant_id", "client_id", "client_secret")
        account = {name: getattr(self.emulator, name) for name in names}
        account |= {"refresh_token": self.refresh_token, "timeout": TIMEOUT}
        path.touch(mode=0o600)
        path.write_text(json.dumps(account | more))

    def posts(self) -> int:
        """Give how many requests for a qualification have come in."""
        return next(rule.matched for rule in self.emulator.faults if rule.id == self._counter)

    def prevented(self) -> int:
        """Give how many of them a fault kept from being carried out."""
        return sum(rule.fired for rule in self.emulator.faults if rule.id in self._preventing)

    def faults(self) -> int:
        """Give how many requests met more than a short pause."""
        rules = [
            rule for rule in self.emulator.faults if rule.rule.get("delay", TIMEOUT) >= TIMEOUT
        ]
        return sum(rule.fired for rule in rules)

    def is_complete(self) -> bool:
        """Whether everything that was wanted has taken effect."""
        return self.posts() >= len(self.wanted) == len(self.emulator.effects)

    def sent(self, method: str) -> list[JournalEntry]:
        """Give what was asked about qualifications, oldest first."""
        return self.emulator.find_requests(method=method, path=PATH)

    def held(self) -> Held:
        """Give what the customers hold now. It ends the faults, and what they counted."""
        self.emulator.clear_faults()
        with self.emulator.client() as client:
            return dict(_held(client, self.emulator.customer_ids))

    def close(self) -> None:
        self.emulator.close()

    def _inject(self, *, status: int | None = None, **rule: Any) -> int:  # noqa: ANN401 - as `inject`
        return self.emulator.inject(status, times=None, **rule)


def _wanted(customer_ids: list[str]) -> Iterator[Wanted]:
    for number, customer_id in enumerate(customer_ids):
        yield Wanted(customer_id, "Education", ("K12", "HigherEducation")[number % 2])
        if number % EVERY_OTHER == 0:
            yield Wanted(customer_id, "StateOwnedEntity")


def _held(client: Client, customer_ids: list[str]) -> Iterator[tuple[tuple[str, str], str | None]]:
    for result in client.sweep(customer_ids):
        assert result.error is None, result.error
        for item in result.qualifications:
            status = None if item.vetting_status is None else str(item.vetting_status)
            yield (result.customer_id, str(item.qualification)), status
