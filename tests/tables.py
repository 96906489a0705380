"""Tables as sweeps give them, of answers that are written down here."""

import sys
from collections.abc import Sequence

from partnercenter_qual import SweepTable, _core

IN_REVIEW = (
    b'[{"qualification": "Education", "vettingStatus": "InReview",'
    b' "vettingCreatedDate": "2026-01-02T03:04:05.123456Z"}]'
)
DENIED_AND_OWNED = (
    b'[{"qualification": "Education", "vettingStatus": "Denied",'
    b' "vettingReason": "Not An Academic Institution"}, {"qualification": "StateOwnedEntity"}]'
)
NONE = b"[]"
UNREADABLE = b"<b>no</b>"
ODD = b'[{"qualification": "Flying", "vettingStatus": "Escalated"}]'
APPROVED = b'[{"qualification": "Education", "vettingStatus": "Approved"}]'

ALL = (IN_REVIEW, DENIED_AND_OWNED, NONE, UNREADABLE, ODD, APPROVED)


def swept(bodies: Sequence[bytes] = ALL) -> SweepTable:
    """Make the table of a sweep whose customers, `customer 0` and so on, were answered so."""
    ids = [f"customer {number}" for number in range(len(bodies))]
    return SweepTable(_core.decode_table(ids, [*bodies]))


def long() -> SweepTable:
    """Make a table of two batches, in the second of which there is a new word."""
    return swept([APPROVED, NONE] * 32_800 + [ODD])


def across() -> SweepTable:
    """Make a table of the last 601 rows of those, in two batches still."""
    return long()[65_000:]


def hide(*names: str) -> None:
    """Let this interpreter not find modules that it has not loaded yet."""

    class Hiding:
        def find_spec(self, name: str, *_: object) -> None:
            if name.partition(".")[0] in names:
                raise ModuleNotFoundError(name)

    sys.meta_path.insert(0, Hiding())
