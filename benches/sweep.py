"""Measure a sweep against an emulator in the same process.

Usage: python benches/sweep.py [customers]
"""

import sys
import time

from partnercenter_qual import Emulator


def main() -> None:
    """Sweep every customer once; report the rate, and the CPU time of client and emulator."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with Emulator(customers=customers) as emulator, emulator.client() as client:
        client.get_qualifications(emulator.customer_ids[0])  # the token and the first connection
        wall, cpu = time.perf_counter(), time.process_time()
        errors = sum(result.error is not None for result in client.sweep(emulator.customer_ids))
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"{customers:,} customers, {errors} errors, {wall:.2f} s")
    print(f"{customers / wall:,.0f} calls/s, {cpu / customers * 1e6:.0f} ms of CPU per 1,000 calls")


if __name__ == "__main__":
    main()
