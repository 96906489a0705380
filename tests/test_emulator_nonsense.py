"""Whatever the emulator is given: it is taken, or refused by name, and nothing else happens."""

import inspect
import json
import re
from collections.abc import Callable
from typing import Any, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from partnercenter_qual import (
    ConfigurationError,
    Emulator,
    InvalidArgumentError,
    QualificationType,
)
from partnercenter_qual.emulator import VettingRule

Refusal: TypeAlias = ConfigurationError | InvalidArgumentError

KNOWN: st.SearchStrategy[Any] = st.sampled_from(
    [
        "Education",
        "Denied",
        "wrapper",
        "2026-02-11",
        0,
        1,
        2**63,
        1e300,
        VettingRule(1),
        QualificationType.EDUCATION,
    ]
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.binary(max_size=5)
    | st.uuids()
    | st.datetimes()
    | KNOWN
)
NAMES = st.text(max_size=3) | st.sampled_from(
    [
        "customer_id",
        "company_name",
        "qualification",
        "qualifications",
        "vetting_status",
        "vetting_created_date",
        "Education",
        "dates",
    ]
)
ANYTHING: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
FEW = st.integers(max_value=100) | ANYTHING.filter(lambda value: not isinstance(value, int))


def some(function: object, *without: str) -> st.SearchStrategy[dict[str, Any]]:
    """Give some arguments of a function."""
    names = set(inspect.signature(function).parameters) - {"self", *without}  # type: ignore[arg-type]
    return st.dictionaries(st.sampled_from(sorted(names)), ANYTHING, min_size=1, max_size=3)


def state(emulator: Emulator) -> dict[str, Any]:
    return dict(json.loads(emulator.snapshot().json)["state"])


def refusal(call: Callable[..., object], **arguments: Any) -> Refusal | None:  # noqa: ANN401 - anything
    """Give the error for bad arguments; any other is the test's own."""
    try:
        call(**arguments)
    except (ConfigurationError, InvalidArgumentError) as error:
        return error
    return None


def live(**settings: Any) -> None:  # noqa: ANN401 - anything
    """Make an emulator that is the same after a restore."""
    with Emulator(**settings) as emulator:
        before = state(emulator)
        emulator.restore(emulator.snapshot())
        assert state(emulator) == before


@given(FEW, some(Emulator.__init__, "customers", "port"))
def test_settings(customers: object, options: dict[str, Any]) -> None:
    error = refusal(live, customers=customers, **options)
    if error:
        assert re.split(r"[.\[]", error.field)[0] in {"customers", *options}
        assert error.cure


@given(st.lists(st.dictionaries(NAMES, ANYTHING, max_size=4), max_size=3))
def test_rows(rows: list[dict[str, Any]]) -> None:
    error = refusal(live, customers=rows)
    if error:
        assert error.field.startswith("customers[")
        assert error.cure


@given(some(Emulator.inject))
def test_faults(fault: dict[str, Any]) -> None:
    with Emulator(0) as emulator:
        error = refusal(emulator.inject, **fault)
        if error:
            assert error.cure
            assert emulator.faults == []
            return
        (rule,) = (fault.rule for fault in emulator.faults)
        emulator.inject(**rule)
        emulator.restore(emulator.snapshot())
        assert [fault.rule for fault in emulator.faults] == [rule, rule]


@given(some(Emulator.find_requests), ANYTHING)
def test_questions_and_snapshots(query: dict[str, Any], snapshot: object) -> None:
    with Emulator(0) as emulator:
        before = state(emulator)
        error = refusal(emulator.find_requests, **query)
        assert error is None or error.field in query
        error = refusal(emulator.restore, snapshot=snapshot)
        assert error
        assert error.field == "snapshot"
        assert state(emulator) == before
