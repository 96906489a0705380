"""What must be true at the end, however often whoever was at it was killed."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from partnercenter_qual import Ledger
from partnercenter_qual.emulator import JournalEntry
from tests.postgres import dump

from .service import LEDGER, Held, Service

SHOWN = 5
# Without effect, and known to be so to whoever sees the answer.
REFUSED = {401, 429}
# Whether there was an effect is unknown to the client; None is a connection that was reset.
UNKNOWN = {500, None}
ACCESS_TOKEN = re.compile(rb"eyJ[\w-]{20}")


def check(service: Service, url: str, folder: Path) -> None:
    """Compare what the service, the ledger and the files tell with what was wanted."""
    with Ledger(url) as ledger:
        submissions, latest = list(ledger.submissions()), list(ledger.latest())
    nothing("not in effect once", _effects(service))
    nothing("POSTs that no fault explains", _unexplained(service))
    held = service.held()
    rows = _submissions(service, submissions, held)
    nothing("rows of the ledger that are not as they were sent", rows)
    nothing("statuses that are not the service's", _latest(latest, held))
    if url.startswith("postgresql:"):
        (folder / LEDGER).write_bytes(dump(url))
    nothing("secrets in files", _leaks(service, folder))


def nothing(what: str, found: Iterable[object]) -> None:
    """Refuse whatever was found."""
    offenders = list(found)
    shown = "\n".join(map(str, offenders[:SHOWN]))
    assert not offenders, f"{what}: {len(offenders)}\n{shown}"


def _effects(service: Service) -> Iterator[object]:
    wanted = {(item.customer_id, item.qualification) for item in service.wanted}
    effects = service.emulator.effects
    counts = Counter((each.customer_id, str(each.qualification)) for each in effects)
    for thing in wanted | counts.keys():
        if (thing in wanted, counts[thing]) != (True, 1):
            yield thing, counts[thing]


def _unexplained(service: Service) -> Iterator[object]:
    effects = {effect.request_id: effect.at for effect in service.emulator.effects}
    posts = defaultdict[str, list[JournalEntry]](list)
    for entry in service.sent("POST"):
        posts[entry.request_id].append(entry)
    looks = _looks(service)
    for request_id, entries in posts.items():
        *before, last = entries
        if effects.get(request_id) != last.at:
            yield "after the effect, or without any", last
        yield from (each for each in before if each.status not in REFUSED | UNKNOWN)
        yield from (each for each in pairwise(entries) if _is_blind(*each, looks))
    repeated = sum(map(len, posts.values())) - len(effects)
    explained = service.prevented() + len(_refused_tokens(service))
    if repeated != explained:
        yield f"{repeated} POSTs without effect, of which {explained} are explained"


def _looks(service: Service) -> dict[str | None, list[datetime]]:
    looks = defaultdict[str | None, list[datetime]](list)
    for entry in service.sent("GET"):
        if entry.status == 200:
            looks[entry.customer_id].append(entry.at)
    return looks


def _is_blind(
    first: JournalEntry, second: JournalEntry, looks: dict[str | None, list[datetime]]
) -> bool:
    """Whether a request was sent again that might have taken effect, without a look in between."""
    if first.status in REFUSED:
        return False
    return not any(first.at < at < second.at for at in looks.get(first.customer_id, []))


def _refused_tokens(service: Service) -> list[JournalEntry]:
    return [entry for entry in service.sent("POST") if entry.status == 401]


def _submissions(service: Service, rows: list[dict[str, Any]], held: Held) -> Iterator[object]:
    request_ids = {
        (effect.customer_id, str(effect.qualification)): effect.request_id
        for effect in service.emulator.effects
    }
    if len(rows) != len(service.wanted):
        yield f"{len(rows)} rows for {len(service.wanted)} requests"
    for row in rows:
        thing = _thing(row)
        expected = ("answered", request_ids.get(thing), held.get(thing))
        if (row["state"], str(row["request_id"]), row["answer_status"]) != expected:
            yield expected, row
        elif not row["attempts"] or not row["created_at"] <= row["sent_at"] <= row["answered_at"]:
            yield row


def _latest(rows: list[dict[str, Any]], held: Held) -> Iterator[object]:
    told = {_thing(row): row["vetting_status"] for row in rows}
    for thing, status in held.items():
        if thing not in told or told[thing] != status:
            yield thing, status, told.get(thing, "no row")


def _thing(row: dict[str, Any]) -> tuple[str, str]:
    return str(row["customer_id"]), str(row["qualification"])


def _leaks(service: Service, folder: Path) -> Iterator[object]:
    kept = re.search(rb'"refresh_token":\s*"([^"]+)"', (folder / "token.json").read_bytes())
    assert kept, "the store has a token"
    assert (folder / LEDGER).stat().st_size > 0, "there is something to look through"
    secrets = [service.emulator.client_secret.encode(), service.refresh_token.encode(), kept[1]]
    for path in folder.rglob("*"):
        if path.name not in {"account.json", "token.json"} and path.is_file():
            content = path.read_bytes()
            if ACCESS_TOKEN.search(content) or any(secret in content for secret in secrets):
                yield path
