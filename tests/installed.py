"""Uses the installed package, outside of any clone: `python tests/installed.py`.

It needs nothing but the package: a wheel has to work where nothing else is installed.
"""

import sys

# Its folder has a package called `typing`, which is not the standard library's.
sys.path.pop(0)

import sysconfig
from pathlib import Path
from tempfile import TemporaryDirectory

import partnercenter_qual
from partnercenter_qual import Emulator, Ledger

CUSTOMERS = 50


def main() -> None:
    """Sweep an emulator, request a qualification with a ledger, and see that it is there."""
    place = Path(partnercenter_qual.__file__)
    if not place.is_relative_to(sysconfig.get_path("platlib")):
        raise SystemExit(f"not the installed package: {place}")
    if not (place.parent / "py.typed").is_file():
        raise SystemExit("the package has no py.typed")
    with (
        TemporaryDirectory() as folder,
        Ledger(Path(folder) / "quals.db") as ledger,
        Emulator(customers=CUSTOMERS, vetting="manual") as emulator,
        emulator.client() as client,
    ):
        table = client.sweep().collect()
        request = {
            "customer_id": emulator.customer_ids[0],
            "qualification": "Education",
            "education_segment": "K12",
        }
        (result,) = client.apply([request], ledger=ledger)
        (pending,) = ledger.pending()
    if len({row["customer_id"] for row in table}) != CUSTOMERS:
        raise SystemExit(f"{len(table)} rows of {CUSTOMERS} customers")
    if (result.outcome, pending["customer_id"]) != ("answered", request["customer_id"]):
        raise SystemExit(f"{result!r}, {pending!r}")
    sys.stdout.write(f"partnercenter_qual works with {sys.implementation.cache_tag}: {place}\n")


if __name__ == "__main__":
    main()
