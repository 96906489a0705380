"""The emulator as its users write it: what it takes, and what it gives."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, assert_type
from uuid import UUID

from partnercenter_qual import Emulator, QualificationType, VettingStatus
from partnercenter_qual.emulator import (
    Fault,
    JournalEntry,
    Snapshot,
    Throttle,
    Vetting,
    VettingRule,
    Wire,
)


def customers() -> None:
    Emulator(10, mix={"Education": 0.2, "Education:Denied": 1, "StateOwnedEntity": 0})
    Emulator("customers.csv")
    Emulator(Path("customers.json"))
    Emulator([{"company_name": "Redwater Academy"}, {}])
    rows = [{"customer_id": UUID(int=5), "qualification": QualificationType.EDUCATION}]
    Emulator(rows)
    held = {"qualification": 1, "vetting_created_date": date(2026, 2, 11)}
    Emulator(({"company_name": "X", "qualifications": (held, "StateOwnedEntity")},))
    Emulator({"company_name": "X"})  # type: ignore[arg-type]
    Emulator(None)  # type: ignore[arg-type]
    Emulator(mix={"Education": "half"})  # type: ignore[dict-item]


def settings(vetting: Vetting, throttle: Throttle, wire: Wire) -> None:
    Emulator(vetting="manual", throttle="bucket", wire={"qualifications": "wrapper", "bom": False})
    Emulator(vetting=vetting, throttle=throttle, wire=wire)
    Emulator(requests_per_window=500, customer_requests_per_window=None, window=60)
    Emulator(token_lifetime=60, continuation_token_lifetime=None, journal_size=1, tls=True)
    VettingRule(
        3600, outcomes={"Approved": 9, VettingStatus.DENIED: 1}, reason="Not an Academic Domain"
    )
    VettingRule(reads=3, no_longer_after=30 * 86_400, no_longer_share=0.5)
    VettingRule(1, 2)  # type: ignore[call-arg]
    Emulator(vetting={"after": 5})  # type: ignore[arg-type]
    Emulator(throttle="leaky")  # type: ignore[arg-type]
    Emulator(wire={"dates": "roman"})  # type: ignore[arg-type]
    Emulator(wire={"colour": True})  # type: ignore[arg-type]


def faults(emulator: Emulator) -> None:
    fault_id = emulator.inject(code=900_421, customer_id=UUID(int=1), times=None)
    assert_type(fault_id, int)
    emulator.inject(307, headers={"Location": "https://elsewhere.example/"})
    emulator.inject(size=9_000_000, slow_headers=0.5, slow_body=1)
    emulator.inject(gzip_size=10**10)
    emulator.inject(500, body=b"\xff")
    emulator.switch_fault(fault_id, enabled=False)
    emulator.remove_fault(fault_id)
    assert_type(emulator.faults, list[Fault])
    assert_type(emulator.faults[0].rule, Mapping[str, Any])
    emulator.inject(headers={"Retry-After": 5})  # type: ignore[dict-item]
    emulator.switch_fault(fault_id, emulator.is_frozen)  # type: ignore[call-arg]


def states(emulator: Emulator) -> None:
    snapshot = emulator.snapshot()
    assert_type(snapshot, Snapshot)
    assert_type(snapshot.json, bytes)
    emulator.restore(snapshot)
    emulator.restore("state.json")
    emulator.save(Path("state.json"))
    emulator.restore(b"{}")  # type: ignore[arg-type]
    emulator.freeze()
    assert_type(emulator.is_frozen, bool)
    assert_type(emulator.now, datetime)
    emulator.unfreeze()


def witnesses(emulator: Emulator) -> None:
    found = emulator.find_requests(method="POST", path="/v1", customer_id=UUID(int=1), early=True)
    assert_type(found, list[JournalEntry])
    assert_type(found[0].status, int | None)
    assert_type(found[0].at.astimezone(UTC), datetime)
    assert_type(emulator.duplicates, int)
    emulator.assert_requested(2, status=429)
    emulator.assert_requested(early=False)
    emulator.assert_no_duplicates()
    emulator.assert_faults_fired()
    emulator.find_requests("POST")  # type: ignore[call-arg]
    emulator.assert_requested(status="429")  # type: ignore[arg-type]
