"""The notebooks in `examples/`, run with a real kernel, and what they show and do."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from partnercenter_qual import Emulator

from .notebooks import EXAMPLES, NAMES, NOTEBOOKS, Run, for_own_tenant, made_of, read, tidied
from .snippets import snippets

pytestmark = pytest.mark.timeout(240)  # a kernel starts in seconds, but not on a busy machine

WITNESS = """
import json
emulator.assert_each_posted_once()
print(json.dumps([[each.customer_id, str(each.qualification)] for each in emulator.effects]))
"""
WRONG_ROWS = [
    ["2", "education_segment", "University"],
    ["3", "customer_id", "94442c95-a94e-4ded-8d5d-98ec1e7d195"],
    ["4", "qualification", "Educaton"],
    ["5", "education_segment", ""],
    ["11", "customer_id", "d64ea67c-d610-4a54-91b6-a6701b71563a"],
]
MIX = {
    "Education": 0.3,
    "Education:Denied": 0.15,
    "Education:InReview": 0.1,
    "GovernmentCommunityCloud": 0.1,
    "StateOwnedEntity": 0.1,
}
# How many customers each reads, and for how many it asks.
TENANT = {
    "01-first-sweep": (40, 0),
    "02-weekly-report": (40, 0),
    "03-bulk-request": (11, 7),
    "04-async": (40, 7),
}


@pytest.fixture(scope="module", autouse=True)
def fonts() -> None:
    """Let matplotlib look for fonts before a notebook does, which would say so in its output."""
    subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], check=True)


def effects(run: Run) -> list[list[str]]:
    """Give the requests that took effect in a notebook's emulator."""
    found: list[list[str]] = json.loads(run.printed("witness"))
    return found


def assert_full(run: Run, cell: str, total: int) -> None:
    """See that a progress bar came to its end, and is as wide as a bar should be."""
    bar = run.bar(cell)
    assert (bar["value"], bar["max"], bar["bar_style"]) == (total, total, "success")
    assert bar["layout"]["width"] is None


def assert_asked(run: Run) -> None:
    """See that what the spreadsheet is meant to ask for was asked for, each once."""
    mended = {3: "94442c95-a94e-4ded-8d5d-98ec1e7d1958"}
    with (EXAMPLES / "requests.csv").open(encoding="utf-8", newline="") as file:
        rows = dict(enumerate(csv.DictReader(file), start=1))
    expected = [
        [
            mended.get(number, rows[number]["customer_id"]),
            rows[number]["qualification"].replace("Educaton", "Education"),
        ]
        for number in (1, 2, 3, 4, 5, 6, 12)
    ]
    assert sorted(effects(run)) == sorted(expected)


def test_there_are_four() -> None:
    assert NAMES == ["01-first-sweep", "02-weekly-report", "03-bulk-request", "04-async"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=NAMES)
def test_they_are_kept_without_what_a_run_leaves(path: Path) -> None:
    text = path.read_text("utf-8")
    nbformat.validate(json.loads(text))
    assert text == tidied(text), "run: python -m tests.notebooks"
    ids = [cell.id for cell in read(path.stem).cells]
    assert len(set(ids)) == len(ids)
    assert not [each for each in ids if not re.fullmatch("[a-z]+(-[a-z]+)*", each)]


def test_the_first_sweep(tmp_path: Path) -> None:
    run = Run(read("01-first-sweep"), tmp_path, before_the_end=WITNESS)
    assert run.complaints() == []
    assert "300 rows" in run.html("customers")
    assert_full(run, "sweep", 300)
    assert (
        "SweepTable, 300 rows: Approved 124, InReview 19, Denied 56, no status 23, none 78"
        in run.html("table")
    )
    assert ["Education", "92", "56", "19", "0"] in run.rows("status")
    assert run.charts() == ["status-chart", "reasons", "waiting-chart"]
    assert run.rows("waiting")[0] == ["0", "Kestrel Point County Government", "Education", "21.0"]
    assert effects(run) == []


def test_the_weekly_report(tmp_path: Path) -> None:
    run = Run(read("02-weekly-report"), tmp_path, before_the_end=WITNESS)
    assert run.complaints() == []
    assert_full(run, "sweep", 300)
    assert "ChangeTable, 22 rows" in run.html("changes")
    changes = [row[2] for row in run.rows("named")]
    assert {change: changes.count(change) for change in changes} == {
        "Approved → Denied": 1,
        "InReview → Approved": 6,
        "InReview → Denied": 3,
        "none → InReview": 12,
    }
    (lost,) = run.rows("lost")
    assert lost[-1] == "No longer an Education Customer"
    assert run.rows("pending")[0][-1] == "21"
    weeks = {name: counts for name, *counts in run.rows("trend")[1:]}
    assert weeks == {
        "Approved": ["124", "123", "128", "133"],
        "InReview": ["19", "31", "34", "37"],
        "Denied": ["56", "57", "61", "65"],
    }
    assert run.charts() == ["changes-chart", "trend-chart"]
    assert effects(run) == []


def test_the_bulk_request(tmp_path: Path) -> None:
    run = Run(read("03-bulk-request"), tmp_path, before_the_end=WITNESS)
    assert run.complaints() == []
    assert [row[:3] for row in run.rows("problems")] == WRONG_ROWS
    actions = [row[3] for row in run.rows("plan")]
    assert actions == [*["send"] * 6, *["skip"] * 3, "refuse", "send"]
    assert_full(run, "run", 11)
    assert "11 of 11 rows done: 7 answered, 3 skipped, 1 refused" in run.printed("run")
    outcomes = [row[3] for row in run.rows("run")]
    assert outcomes == [*["answered"] * 6, *["skipped"] * 3, "refused", "answered"]
    assert "7 requests before, 7 now" in run.printed("again")
    decided = [row[3] for row in run.rows("decided")]
    assert len(decided) == 6
    assert set(decided) <= {"Approved", "Denied"}
    assert_asked(run)


def test_the_same_awaited(tmp_path: Path) -> None:
    run = Run(read("04-async"), tmp_path, before_the_end=WITNESS)
    assert run.complaints() == []
    assert_full(run, "sweep", 40)
    assert "SweepTable, 40 rows: Approved 19, InReview 2, " in run.html("sweep")
    assert run.charts() == ["status-chart"]
    assert run.printed("stream").count("is in review\n") == 2
    assert [row[:3] for row in run.rows("problems")] == WRONG_ROWS
    assert [row[3] for row in run.rows("plan")].count("send") == 7
    assert_full(run, "run", 11)
    assert "40 customers were listed meanwhile" in run.printed("run")
    assert ["answered", "7"] in run.rows("run")
    assert "SubmissionTable, 7 rows" in run.html("ledger")
    assert_asked(run)


@pytest.mark.parametrize("name", NAMES)
def test_they_do_as_they_say_for_ones_own_tenant(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Emulator(customers=40, seed=42, mix=MIX) as tenant:
        monkeypatch.setenv("PARTNERCENTER_BASE_URL", tenant.url)
        monkeypatch.setenv("PARTNERCENTER_ACCESS_TOKEN", tenant.access_token())
        run = Run(for_own_tenant(name), tmp_path, before_the_end=WITNESS)
        assert run.complaints() == []
        assert effects(run) == []  # of the emulator that the notebook made
        reads, asks = TENANT[name]
        read = tenant.find_requests(method="GET", path="qualifications")
        assert len({each.customer_id for each in read}) == reads
        assert len(tenant.effects) == asks
        tenant.assert_each_posted_once()


def test_the_readme_leads_to_a_data_frame(tmp_path: Path) -> None:
    (snippet,) = snippets("docs/notebooks.md")
    assert snippet in snippets("README.md")
    run = Run(made_of({"snippet": snippet, "end": "client.close()"}), tmp_path)
    assert run.complaints() == []
    assert "300 rows × 4 columns" in run.html("snippet")  # noqa: RUF001 - pandas' own
    assert len(run.rows("snippet")) == 11
