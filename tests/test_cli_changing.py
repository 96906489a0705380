"""The commands that change something: their plans, their question, and what comes of it."""

import json
import signal
import subprocess
from pathlib import Path

import pytest

from partnercenter_qual import Emulator, Ledger

from .commands import COMMAND, Pcq, interrupt
from .waiting import until

EDUCATION = ["--qualification", "Education", "--education-segment", "K12"]
HEADER = "customer_id,qualification,education_segment\n"


@pytest.fixture
def sheet(emulator: Emulator, tmp_path: Path) -> Path:
    """Give a sheet that asks for Education for everybody; one has it already."""
    emulator.decide(emulator.customer_ids[0], "Education", "Approved")
    file = tmp_path / "requests.csv"
    file.write_text(HEADER + "".join(f"{each},Education,K12\n" for each in emulator.customer_ids))
    return file


class TestUpdate:
    @pytest.mark.parametrize(("answer", "code", "sent"), [("y\n", 0, 1), ("\n", 1, 0)])
    def test_it_shows_its_plan_and_asks(
        self, pcq: Pcq, emulator: Emulator, answer: str, code: int, sent: int
    ) -> None:
        customer = emulator.customer_ids[0]
        done = pcq.on_terminal("update", customer, *EDUCATION, "--quiet", answer=answer)
        assert (done.code, len(emulator.effects)) == (code, sent)
        with emulator.client() as client:
            name = client.get_customer(customer).company_name
        plan, _ = done.out.split("Send it? [y/N]:")
        assert f"customer           {customer} ({name}, " in plan
        assert "education segment  K12" in plan

    def test_ctrl_c_at_the_question(self, pcq: Pcq, emulator: Emulator) -> None:
        done = pcq.on_terminal("update", emulator.customer_ids[0], *EDUCATION, number=signal.SIGINT)
        assert (done.code, emulator.effects) == (130, [])

    def test_nobody_can_be_asked(self, pcq: Pcq, emulator: Emulator) -> None:
        done = pcq.run("update", emulator.customer_ids[0], *EDUCATION, stdin="y\n")
        assert (done.code, done.out, emulator.journal) == (2, "", [])
        assert "Nobody can be asked here: pass --yes. Nothing was sent." in done.err

    def test_yes(self, pcq: Pcq, emulator: Emulator) -> None:
        customer = emulator.customer_ids[0]
        done = pcq.run("update", customer, *EDUCATION, "--yes", "-o", "json")
        (row,) = json.loads(done.out)
        assert (done.code, row["vetting_status"]) == (0, "InReview")
        assert "This would be sent:" in done.err
        assert len(emulator.effects) == 1

    def test_what_the_library_refuses(self, pcq: Pcq, emulator: Emulator) -> None:
        done = pcq.run("update", emulator.customer_ids[0], "--qualification", "Edukation", "-yq")
        assert (done.code, done.out, emulator.journal) == (2, "", [])
        assert done.err.startswith("pcq: error: --qualification: ")
        assert '"Edukation" was refused' in done.err

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (
                ["Education"],
                "--education-segment is missing: pass --education-segment K12",
            ),
            (["Education", "--education-segment", "K13"], '--education-segment: "K13" was refused'),
            (["StateOwnedEntity", "--website", "x.example"], "pass --website with Education only"),
            (["GovernmentCommunityCloud"], "pass a code of `pcq validation-codes` with"),
        ],
        ids=" ".join,
    )
    def test_a_request_is_looked_at_before_anything_is_asked(
        self, pcq: Pcq, emulator: Emulator, options: list[str], told: str
    ) -> None:
        command = ["update", emulator.customer_ids[0], "--qualification", *options]
        shown = pcq.on_terminal(*command)
        assert (shown.code, emulator.journal) == (2, [])
        assert told in shown.out
        assert "[y/N]" not in shown.out
        assert "education_segment=" not in shown.out

    @pytest.mark.parametrize(
        ("status", "told"),
        [("Approved", "has Education already"), ("InReview", "waits for Education already")],
    )
    @pytest.mark.parametrize("spelling", ["Education", "education", "1"])
    def test_what_the_customer_has_is_not_asked_for_again(
        self, pcq: Pcq, emulator: Emulator, status: str, told: str, spelling: str
    ) -> None:
        customer = emulator.customer_ids[0]
        emulator.decide(customer, "Education", status)
        options = ["--qualification", spelling, "--education-segment", "K12", "-o", "json"]
        done = pcq.run("update", customer, *options, "--yes")
        (row,) = json.loads(done.out)
        assert (done.code, row["vetting_status"], emulator.effects) == (0, status, [])
        assert f"Nothing was sent: the customer {told}." in done.err

    def test_what_was_denied_is_said_and_may_be_asked_for_again(
        self, pcq: Pcq, emulator: Emulator
    ) -> None:
        emulator.decide(emulator.customer_ids[0], "Education", "Denied", "Not an Academic Domain")
        command = ["update", emulator.customer_ids[0], *EDUCATION]
        done = pcq.on_terminal(*command, answer="y\n")
        assert "so far             Denied: Not an Academic Domain" in done.out.split("[y/N]")[0]
        assert (done.code, len(emulator.effects)) == (0, 1)

    def test_app_only_is_told_what_it_takes(self, pcq: Pcq, emulator: Emulator) -> None:
        token = {"PARTNERCENTER_ACCESS_TOKEN": emulator.access_token(app_only=True)}
        done = pcq.run("update", emulator.customer_ids[0], *EDUCATION, "--yes", **token)
        assert (done.code, done.out) == (3, "")
        assert "code 900329" in done.err
        assert "use the sign-in of `pcq auth login`" in done.err
        assert "Credential" not in done.err
        assert "MS-RequestId" in done.err


class TestApply:
    def test_a_dry_run_sends_nothing(self, pcq: Pcq, emulator: Emulator, sheet: Path) -> None:
        told = pcq.result("apply", sheet, "--ledger", "q.db", "--dry-run", "-o", "jsonl")
        actions = [json.loads(line)["action"] for line in told.splitlines()]
        assert actions == ["skip", "send", "send", "send", "send"]
        assert emulator.effects == []

    def test_it_shows_its_plan_and_asks(self, pcq: Pcq, emulator: Emulator, sheet: Path) -> None:
        command = ["apply", sheet, "--ledger", "q.db", "--out", "results.csv"]
        no = pcq.on_terminal(*command, answer="n\n")
        assert (no.code, emulator.effects) == (1, [])
        assert "The plan for 5 rows: skip 1, send 4" in no.out
        assert "the customer has it already" in no.out
        assert "Send 4 requests? [y/N]:" in no.out
        assert "Nothing was sent." in no.out
        yes = pcq.on_terminal(*command, answer="y\n")
        assert (yes.code, len(emulator.effects)) == (0, 4)
        assert "5 of 5 rows done: 4 answered, 1 skipped" in yes.out
        assert (pcq.folder / "results.csv").read_text().count("answered") == 4

    def test_from_stdin(self, pcq: Pcq, emulator: Emulator, sheet: Path) -> None:
        command = ["apply", "-", "--ledger", "q.db", "--fields", "outcome", "--quiet"]
        refused = pcq.run(*command, stdin=sheet.read_text())
        assert (refused.code, emulator.journal) == (2, [])
        done = pcq.run(*command, "--yes", stdin=sheet.read_text())
        assert (done.code, done.err) == (0, "")
        assert done.out.split() == ["outcome", "skipped", *["answered"] * 4]
        emulator.assert_each_posted_once()

    def test_without_a_stdin(self, pcq: Pcq, emulator: Emulator) -> None:
        command = f"exec {' '.join(COMMAND)} apply - --ledger q.db --yes <&-"
        done = subprocess.run(
            ["/bin/sh", "-c", command],
            cwd=pcq.folder,
            capture_output=True,
            env=pcq.env,
            check=False,
            timeout=40,
        )
        assert (done.returncode, done.stdout, emulator.journal) == (2, b"", [])
        assert b"FILE -: there is no stdin." in done.stderr
        assert b"Traceback" not in done.stderr

    def test_a_sheet_without_rows(self, pcq: Pcq, emulator: Emulator, sheet: Path) -> None:
        sheet.write_text(HEADER)
        done = pcq.run("apply", sheet, "--ledger", "q.db", "--yes", "--out", "r.csv")
        assert (done.code, emulator.effects) == (0, [])
        assert done.err == f"There are no rows in {sheet}.\n"
        assert (pcq.folder / "r.csv").read_text().startswith("row,customer_id,")
        told = pcq.run("apply", "-", "--ledger", "q.db", "--yes", stdin=HEADER).err
        assert told == "There are no rows in stdin.\n"

    def test_a_denied_one_names_the_option(self, pcq: Pcq, emulator: Emulator, sheet: Path) -> None:
        emulator.decide(emulator.customer_ids[1], "Education", "Denied", "Not an Academic Domain")
        told = pcq.run("apply", sheet, "--ledger", "q.db", "--yes").err
        assert "pass --resubmit-denied to ask again" in told

    def test_each_rows_problem_is_told(self, pcq: Pcq, emulator: Emulator, sheet: Path) -> None:
        rows = "".join(f"x{number},Nothing,\n" for number in range(30))
        sheet.write_text(HEADER + rows)
        done = pcq.run("apply", sheet, "--ledger", "q.db", "--yes")
        assert (done.code, done.out, emulator.journal) == (2, "", [])
        assert "pcq: error: nothing was sent, because of 60 problems:" in done.err
        for number in range(30):
            assert f'  row {number + 1}: customer_id: "x{number}" was refused' in done.err

    def test_rows_that_the_service_refuses(self, pcq: Pcq, emulator: Emulator, sheet: Path) -> None:
        emulator.inject(400, method="POST", customer_id=emulator.customer_ids[2])
        done = pcq.run("apply", sheet, "--ledger", "q.db", "--yes", "-o", "csv")
        assert done.code == 1
        assert done.out.count("answered") == 3
        assert "1 refused: look at their error and reason" in done.err
        (line,) = (line for line in done.err.splitlines() if ": HTTP 400" in line)
        assert line.startswith(f"  {emulator.customer_ids[2]}: ")
        assert "see docs/errors.md#" in line

    def test_an_end_before_its_time_says_how_to_go_on(
        self, pcq: Pcq, emulator: Emulator, sheet: Path
    ) -> None:
        emulator.inject(429, method="POST", retry_after=900, times=None)
        done = pcq.run("apply", sheet, "--ledger", "q.db", "--yes")
        assert done.code == 4
        assert "run it again with the same ledger" in done.err

    def test_ctrl_c_keeps_what_was_done(self, pcq: Pcq, emulator: Emulator, sheet: Path) -> None:
        late = emulator.customer_ids[4]
        emulator.inject(method="POST", customer_id=late, delay=30)
        process = pcq.start("apply", sheet, "--ledger", "q.db", "--yes", "--out", "r.csv")

        def has_begun() -> bool:
            return any(each.customer_id == late for each in emulator.find_requests(method="POST"))

        until(lambda: has_begun() and len(emulator.effects) >= 3)
        done = interrupt(process)
        assert done.code == 130
        assert "of 5 rows have a result; run it again with the same ledger" in done.err
        assert not (pcq.folder / "r.csv").exists()
        emulator.clear_faults()
        assert pcq.run("apply", sheet, "--ledger", "q.db", "--yes").code == 0
        emulator.assert_no_duplicates()
        with Ledger(pcq.folder / "q.db") as ledger:
            assert len(ledger.submissions("answered")) == 4

    @pytest.mark.parametrize(
        ("arguments", "told"),
        [
            (["none.csv", "--ledger", "q.db", "--yes"], "'none.csv' does not exist"),
            (["requests.csv", "--yes"], "Pass --ledger: the path of a file"),
            (["config.toml", "--ledger", "q.db", "--yes"], "name a column customer_id"),
            (["requests.csv", "--ledger", "config.toml", "--yes"], "config.toml"),
        ],
        ids=lambda value: value[0] if isinstance(value, list) else None,
    )
    def test_files_that_will_not_do(
        self, pcq: Pcq, sheet: Path, emulator: Emulator, arguments: list[str], told: str
    ) -> None:
        assert sheet.exists()
        pcq.configuration.write_text("# nothing\n")
        done = pcq.run("apply", *arguments)
        assert done.code in (2, 4)
        assert (done.out, emulator.effects) == ("", [])
        assert told in done.err
