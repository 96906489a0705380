"""The end of the interpreter, and its beginning: neither hangs, crashes nor complains."""

import subprocess
import sys
from collections.abc import Callable

import pytest

START = """
import asyncio, threading, time
from partnercenter_qual import AsyncClient, Client, Emulator
emulator = Emulator(customers=50, seed=7)
ids = emulator.customer_ids
client, awaited = emulator.client(), emulator.async_client()

def in_thread(*work):
    threading.Thread(target=work[0], args=work[1:], daemon=True).start()
"""

PROGRAMS = {
    "after a call": "asyncio.run(awaited.get_qualifications(ids[0]))",
    "nothing is closed": "client.get_qualifications(ids[0]); list(client.sweep())",
    "a sweep is half read": """
sweep = client.sweep()
for _ in range(20): next(sweep)
""",
    "a sweep is half read, awaited": """
sweep = awaited.sweep()
async def some():
    for _ in range(20): await anext(sweep)
asyncio.run(some())
""",
    "lists are half read": """
customers, pages = client.list_customers(page_size=3), client.list_customers().by_page()
next(customers); next(pages)
""",
    "tasks are not done": """
emulator.inject(delay=0.05, times=None)
async def some():
    global tasks
    tasks = [asyncio.create_task(awaited.get_qualifications(i)) for i in ids]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
asyncio.run(some())
""",
    "threads wait for answers": """
emulator.inject(delay=0.1, times=None)
for i in ids[:8]: in_thread(client.get_qualifications, i)
time.sleep(0.08)
""",
    "threads are busy": """
def work():
    while True: list(client.sweep())
for _ in range(4): in_thread(work)
time.sleep(0.2)
""",
    "a credential waits": """
client = Client(lambda: time.sleep(60), base_url=emulator.url)
in_thread(client.get_qualifications, ids[0])
time.sleep(0.1)
""",
    "a credential is busy": """
def credential():
    while True: sum(range(100))
async def some():
    task = asyncio.create_task(AsyncClient(credential, base_url=emulator.url).get_customer(ids[0]))
    await asyncio.sleep(0.1)
asyncio.run(some())
""",
    "an asynchronous credential waits": """
async def credential(): await asyncio.sleep(60)
client = Client(credential, base_url=emulator.url)
in_thread(client.get_qualifications, ids[0])
time.sleep(0.2)
""",
    "a result is being handed over": """
handing = threading.Event()
class Loop(asyncio.SelectorEventLoop):
    def add_reader(self, *_): raise NotImplementedError
    def call_soon_threadsafe(self, *arguments, **context):
        handing.set()
        for _ in range(30): time.sleep(0.01)
async def some():
    asyncio.create_task(awaited.get_qualifications(ids[0]))
    while not handing.is_set(): await asyncio.sleep(0.001)
with asyncio.Runner(loop_factory=Loop) as runner: runner.run(some())
""",
    "a handler calls": """
import atexit
atexit.register(lambda: print(len(client.get_qualifications(ids[0])), end=""))
""",
}


@pytest.mark.parametrize("program", PROGRAMS)
def test_the_interpreter_ends_in_peace(program: str) -> None:
    command = [sys.executable, "-c", START + PROGRAMS[program]]
    for _ in range(3):  # what goes wrong here does so now and then
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout in {"", "0"}


def test_a_call_that_nobody_awaited_is_pointed_out_and_no_more() -> None:
    program = START + "call = awaited.get_qualifications(ids[0])\n"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stdout == ""
    assert done.stderr.count("RuntimeWarning") == 1
    assert "Traceback" not in done.stderr


def test_importing_warns_of_nothing() -> None:
    command = [sys.executable, "-W", "error", "-c", "import partnercenter_qual"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
    assert (done.stdout, done.stderr) == ("", "")


BUILT = """
import warnings
from partnercenter_qual import _core
_core.DEBUG_BUILD = {debug}
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    from partnercenter_qual import Client
print(*(f"{{each.category.__name__}}: {{each.message}}" for each in caught))
"""


def test_a_build_without_optimisation_says_so_on_import(run_python: Callable[[str], str]) -> None:
    printed = run_python(BUILT.format(debug=True))
    assert printed.startswith("RuntimeWarning: partnercenter_qual was built without")
    assert "--release" in printed
    assert run_python(BUILT.format(debug=False)) == "\n"
