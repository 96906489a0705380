"""The pytest plugin, in sessions of its own: what tests get of it, and what it costs."""

import json
from collections.abc import Callable

import pytest

from partnercenter_qual import Emulator

Run = Callable[..., pytest.RunResult]

SETTINGS = """
[tool.pytest.ini_options]
filterwarnings = ["error"]
addopts = "--strict-markers --strict-config -p no:cacheprovider -p no:asyncio -p no:anyio"
"""
SCOPE = "asyncio_default_fixture_loop_scope=function"  # without it, pytest-asyncio warns


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    """Run tests in a fresh session, in which every warning is an error."""

    def run(code: str, *options: str) -> pytest.RunResult:
        pytester.makepyprojecttoml(SETTINGS)
        pytester.makepyfile("import pytest\n" + code)
        return pytester.runpytest_subprocess(*options)

    return run


class TestFixtures:
    def test_they_are_there_without_any_set_up(self, run: Run) -> None:
        result = run("""
def test_asks(partnercenter_emulator, partnercenter_client):
    customer_id, = partnercenter_emulator.customer_ids[:1]
    partnercenter_client.update_qualification(customer_id, "StateOwnedEntity")
    assert [each.customer_id for each in partnercenter_emulator.effects] == [customer_id]
""")
        result.assert_outcomes(passed=1)

    def test_a_parameter_describes_one_as_a_marker_does(self, run: Run) -> None:
        result = run("""
@pytest.mark.parametrize("partnercenter_emulator", [{"customers": 2}, {"seed": 5}], indirect=True)
@pytest.mark.partnercenter_emulator(customers=7)
def test_counts(partnercenter_emulator):
    assert len(partnercenter_emulator.customer_ids) in (2, 7)

@pytest.mark.parametrize("partnercenter_emulator", [{"customers": -1}], indirect=True)
def test_is_refused(partnercenter_emulator):
    pass
""")
        result.assert_outcomes(passed=2, errors=1)
        result.stdout.fnmatch_lines(["*partnercenter_emulator: customers*-1*"])

    def test_no_test_sees_another_one(self, run: Run) -> None:
        result = run("""
URLS = []

@pytest.mark.parametrize("time", ["first", "second"])
def test_starts_afresh(time, partnercenter_emulator, partnercenter_client):
    customer_id = partnercenter_emulator.customer_ids[0]
    assert partnercenter_client.get_qualifications(customer_id) == []
    partnercenter_client.update_qualification(customer_id, "StateOwnedEntity")
    URLS.append(partnercenter_emulator.url)

def test_both_are_closed():
    import urllib.error, urllib.request
    for url in URLS:
        with pytest.raises(urllib.error.URLError, match="refused"):
            urllib.request.urlopen(url)
""")
        result.assert_outcomes(passed=3)

    def test_clients_are_closed_too(self, run: Run) -> None:
        result = run("""
CLIENTS = []

def test_uses(partnercenter_client, partnercenter_async_client):
    CLIENTS.extend([partnercenter_client, partnercenter_async_client])

def test_they_are_closed():
    import asyncio
    blocking, awaited = CLIENTS
    with pytest.raises(RuntimeError, match="closed"):
        blocking.list_validation_codes()
    with pytest.raises(RuntimeError, match="closed"):
        asyncio.run(awaited.list_validation_codes())
""")
        result.assert_outcomes(passed=2)

    def test_side_by_side(self, run: Run) -> None:
        result = run(
            """
@pytest.mark.partnercenter_emulator(customers=3)
@pytest.mark.parametrize("number", range(8))
def test_sweeps(number, partnercenter_client):
    assert len(list(partnercenter_client.sweep())) == 3
""",
            "-n2",
        )
        result.assert_outcomes(passed=8)

    def test_they_are_listed_with_what_they_give(self, run: Run) -> None:
        listed = run("", "--fixtures").stdout.str()
        assert "partnercenter_emulator -- " in listed
        assert "`AsyncClient` of this test's `partnercenter_emulator`" in listed


AWAITS = """
async def test_awaits(partnercenter_emulator, partnercenter_async_client):
    swept = [each async for each in partnercenter_async_client.sweep()]
    assert len(swept) == len(partnercenter_emulator.customer_ids)
"""


class TestAsyncClient:
    def test_under_pytest_asyncio(self, run: Run) -> None:
        result = run("@pytest.mark.asyncio" + AWAITS, "-p", "asyncio", "-o", SCOPE)
        result.assert_outcomes(passed=1)

    def test_under_anyio(self, run: Run) -> None:
        backend = '@pytest.mark.anyio\n@pytest.mark.parametrize("anyio_backend", ["asyncio"])'
        run(backend + AWAITS, "-p", "anyio").assert_outcomes(passed=1)

    def test_under_neither(self, run: Run) -> None:
        result = run("""
def test_runs_a_loop(partnercenter_async_client):
    import asyncio
    assert asyncio.run(partnercenter_async_client.list_validation_codes())
""")
        result.assert_outcomes(passed=1)


MARKED = """
pytestmark = pytest.mark.partnercenter_emulator(customers=2)

def test_by_the_module(partnercenter_emulator):
    assert len(partnercenter_emulator.customer_ids) == 2

@pytest.mark.partnercenter_emulator(3, vetting="manual")
class TestOfAClass:
    def test_by_the_class(self, partnercenter_emulator):
        assert len(partnercenter_emulator.customer_ids) == 3

    @pytest.mark.partnercenter_emulator(customers=4)
    def test_by_itself(self, partnercenter_emulator):
        assert len(partnercenter_emulator.customer_ids) == 4

    @pytest.mark.usefixtures("partnercenter_client")
    def test_by_the_class_and_indirectly(self, request):
        assert len(request.getfixturevalue("partnercenter_emulator").customer_ids) == 3
"""


class TestMarker:
    def test_the_closest_one_counts(self, run: Run) -> None:
        run(MARKED).assert_outcomes(passed=4)

    def test_it_is_listed(self, run: Run) -> None:
        run("", "--markers").stdout.fnmatch_lines(["@pytest.mark.partnercenter_emulator(*"])

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            ("custmers=5", "*'custmers'; pass those of Emulator: customers, seed, *"),
            ("customers=-1", "*customers: *-1*"),
            ("vetting='slow'", "*vetting: *slow*"),
            ("5, 6", "*positional argument*; pass those of Emulator: *"),
        ],
    )
    def test_what_it_refuses_is_told_in_a_line(self, run: Run, arguments: str, told: str) -> None:
        result = run(f"""
@pytest.mark.partnercenter_emulator({arguments})
def test_uses(partnercenter_client): pass
""")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["@pytest.mark.partnercenter_emulator: " + told])
        result.stdout.no_fnmatch_line("*Traceback*")
        result.stdout.no_fnmatch_line("*pytest_plugin.py*")


class TestReport:
    def test_a_failure_shows_the_last_requests(self, run: Run) -> None:
        result = run("""
import time

@pytest.mark.partnercenter_emulator(customers=12)
def test_fails(partnercenter_emulator, partnercenter_client):
    *others, refused = partnercenter_emulator.customer_ids
    for customer_id in others:
        partnercenter_client.get_qualifications(customer_id)
    for fault in ({"status": 429, "retry_after": 3600}, {"reset": True}):
        partnercenter_emulator.inject(**fault)
        with pytest.raises(Exception):
            partnercenter_emulator.client(max_retries=0).get_qualifications(refused)
        time.sleep(0.06)  # past the grace for what was under way already
    assert False
""")
        result.assert_outcomes(failed=1)
        result.stdout.fnmatch_lines(
            [
                "*partnercenter_emulator: last 10 of 13 requests*",
                "GET /v1/customers/*/qualifications 200",
                "GET /v1/customers/*/qualifications 429",
                "GET /v1/customers/*/qualifications reset early",
                "early: *Retry-After*",
            ]
        )

    def test_so_does_one_at_the_end_and_in_another_process(self, run: Run) -> None:
        result = run(
            """
@pytest.fixture
def careful(partnercenter_emulator):
    yield
    partnercenter_emulator.assert_each_posted_once()
    assert partnercenter_emulator.journal == []

def test_asks(careful, partnercenter_client):
    partnercenter_client.list_validation_codes()
""",
            "-n2",
        )
        result.assert_outcomes(passed=1, errors=1)
        result.stdout.fnmatch_lines(["GET /v1/customers/all/validations 200"])

    def test_success_shows_nothing(self, run: Run) -> None:
        result = run(
            "def test_asks(partnercenter_client): partnercenter_client.list_validation_codes()",
            "-rA",
        )
        result.assert_outcomes(passed=1)
        result.stdout.no_fnmatch_line("*GET /v1*")

    def test_emulators_do_not_pile_up(self, run: Run) -> None:
        result = run("""
import gc, weakref
SEEN = []

def test_uses(partnercenter_emulator): SEEN.append(weakref.ref(partnercenter_emulator))

def test_it_is_gone():
    gc.collect()
    assert SEEN[0]() is None
""")
        result.assert_outcomes(passed=2)


class TestCost:
    def test_a_session_without_the_fixtures_loads_next_to_nothing(self, run: Run) -> None:
        result = run(
            """
def test_looks(pytestconfig):
    import json, sys
    assert pytestconfig.pluginmanager.has_plugin("partnercenter_qual")
    print("LOADED", json.dumps([n for n in sys.modules if n.startswith("partnercenter_qual")]))
""",
            "-s",
        )
        (line,) = [each for each in result.outlines if "LOADED" in each]
        loaded = set(json.loads(line[line.index("[") : line.index("]") + 1]))
        assert "partnercenter_qual.pytest_plugin" in loaded
        assert not loaded & {
            "partnercenter_qual._core",
            "partnercenter_qual._client",
            "partnercenter_qual.emulator",
        }

    def test_it_can_be_switched_off(self, run: Run) -> None:
        result = run("def test_uses(partnercenter_emulator): pass", "-p", "no:partnercenter_qual")
        result.assert_outcomes(errors=1)
        result.stdout.fnmatch_lines(["*fixture 'partnercenter_emulator' not found*"])


def test_the_fixtures_serve_this_very_session(partnercenter_emulator: Emulator) -> None:
    assert len(partnercenter_emulator.customer_ids) == 100
