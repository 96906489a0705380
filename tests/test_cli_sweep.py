"""`pcq sweep` and `pcq watch`, as processes: their customers, interruptions, ledgers."""

import json
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from partnercenter_qual import Emulator, Ledger

from .commands import Pcq, ended, interrupt
from .waiting import until

IDS = ["--fields", "customer_id"]


class TestCustomers:
    def test_all_of_them(self, pcq: Pcq, emulator: Emulator) -> None:
        done = pcq.run("sweep", *IDS)
        assert sorted(done.out.split()[1:]) == sorted(emulator.customer_ids)
        assert done.code == 0
        assert "5 customers in " in done.err
        assert pcq.run("sweep", "-q").err == ""

    @pytest.mark.parametrize(
        "form",
        ["{}\n{}\n", "\ufeff{}\r\n\r\n# a note\r\n{}", "Name;CustomerId\nx;{}\ny;{}\n"],
        ids=["lines", "windows", "csv"],
    )
    def test_those_of_a_file_or_of_stdin(
        self, pcq: Pcq, emulator: Emulator, form: str, tmp_path: Path
    ) -> None:
        wanted = list(emulator.customer_ids[1:3])
        text = form.format(*wanted)
        (tmp_path / "ids").write_text(text, "utf-8")
        from_file = pcq.result("sweep", "--ids", "ids", "--ordered", *IDS)
        assert from_file.split() == ["customer_id", *wanted]
        assert pcq.result("sweep", "--ids", "-", "--ordered", *IDS, stdin=text) == from_file

    def test_one_command_feeds_the_next(self, pcq: Pcq) -> None:
        ids = pcq.result("customers", *IDS)
        assert sorted(pcq.result("sweep", "--ids", "-", *IDS, stdin=ids)) == sorted(ids)

    def test_what_is_no_id_is_a_row(self, pcq: Pcq, emulator: Emulator) -> None:
        text = f"{emulator.customer_ids[0]}\ncontoso\n"
        done = pcq.run("sweep", "--ids", "-", "-o", "jsonl", stdin=text)
        codes = [json.loads(line)["error_code"] for line in done.out.splitlines()]
        assert sorted(codes, key=str) == ["InvalidArgumentError", None]
        assert done.code == 1
        assert "pcq: error: 1 of 2 rows failed:" in done.err

    @pytest.mark.parametrize(
        ("content", "told"),
        [
            (b"name,domain\nx,y\n", "has no column customer_id; there are name,domain"),
            (
                b"\xff\xfe\x00",
                'is not UTF-8: save it as CSV in UTF-8, which Excel calls "CSV UTF-8".',
            ),
            (b"customer_id\n" + b"x" * 200_000, "stdin cannot be read as CSV"),
        ],
        ids=["csv", "binary", "huge"],
    )
    def test_files_that_will_not_do(self, pcq: Pcq, content: bytes, told: str) -> None:
        done = pcq.run("sweep", "--ids", "-", stdin=content)
        assert (done.code, done.out) == (2, "")
        assert told in done.err


@pytest.fixture
def stuck(emulator: Emulator) -> Iterator[str]:
    """Give a customer whose answer does not come."""
    customer = emulator.customer_ids[-1]
    emulator.inject(method="GET", customer_id=customer, delay=30, times=None)
    yield customer
    emulator.clear_faults()


def answered(emulator: Emulator) -> bool:
    """Say whether all customers were asked for; those that answer have done so."""
    return len(emulator.find_requests(path="qualifications")) == len(emulator.customer_ids)


class TestInterruption:
    def test_ctrl_c_gives_what_was_read(self, pcq: Pcq, emulator: Emulator, stuck: str) -> None:
        process = pcq.start("sweep", *IDS)
        until(lambda: answered(emulator))
        done = interrupt(process)
        assert done.code == 130
        written = set(done.out.split()[1:])
        assert written <= set(emulator.customer_ids) - {stuck}
        (read,) = re.findall(r"interrupted: (\d) of 5 customers were read", done.err)
        assert int(read) - len(written) in {0, 1}  # the row that was just being written

    def test_without_an_old_file_there_is_none(
        self, pcq: Pcq, emulator: Emulator, stuck: str
    ) -> None:
        process = pcq.start("sweep", "--out", "q.csv", "--ledger", "q.db")
        until(lambda: answered(emulator) and (pcq.folder / "q.db").exists())
        with Ledger(pcq.folder / "q.db") as book:
            until(lambda: len(book.latest()) >= 4)
        done = interrupt(process)
        assert "4 rows were kept, in q.partial.csv; there is no q.csv" in done.err
        assert stuck not in (pcq.folder / "q.partial.csv").read_text()

    def test_a_file_is_left_and_another_has_what_was_read(
        self, pcq: Pcq, emulator: Emulator, stuck: str
    ) -> None:
        (pcq.folder / "q.csv").write_text("old")
        ledger = ["--ledger", "q.db"]
        process = pcq.start("sweep", "--out", "q.csv", *ledger)

        def recorded() -> bool:
            return answered(emulator) and (pcq.folder / "q.db").exists()

        until(recorded)
        with Ledger(pcq.folder / "q.db") as book:
            until(lambda: len(book.latest()) >= 4)
        done = interrupt(process)
        assert done.code == 130
        assert "go on with the same ledger and --resume" in done.err
        assert (pcq.folder / "q.csv").read_text() == "old"
        partial = (pcq.folder / "q.partial.csv").read_text()
        assert stuck not in partial
        assert "4 rows were kept, in q.partial.csv; q.csv is as it was" in done.err
        emulator.clear_faults()
        before = len(emulator.find_requests(path="qualifications"))
        ids = pcq.result("sweep", *ledger, "--resume", *IDS)
        assert sorted(ids.split()[1:]) == sorted(emulator.customer_ids)
        assert len(emulator.find_requests(path="qualifications")) == before + 1

    def test_a_bar_is_for_terminals_that_want_one(self, pcq: Pcq) -> None:
        assert "5/5" in pcq.on_terminal("sweep").out
        assert "5/5" not in pcq.on_terminal("sweep", "--no-progress").out
        assert "5/5" not in pcq.run("sweep").err


class TestRowsAsTheyCome:
    @pytest.mark.parametrize("form", ["csv", "jsonl"])
    def test_a_row_is_not_kept_back(self, pcq: Pcq, stuck: str, form: str) -> None:
        process = pcq.start("sweep", "-o", form)
        assert process.stdout
        lines = [process.stdout.readline().decode() for _ in range(4 + (form == "csv"))]
        assert stuck not in "".join(lines)
        assert lines[0].startswith("customer_id,") == (form == "csv")
        done = interrupt(process)
        assert (done.code, done.out) == (130, "")
        assert "interrupted: 4 of 5 customers were read" in done.err

    @pytest.mark.parametrize("form", ["csv", "jsonl"])
    def test_they_are_what_a_table_has(self, tmp_path: Path, form: str) -> None:
        names = [
            "Nová Škola, 学校",
            'a ""quoted"" one',
            "two\nlines",
            "tab\t",
            " blank ",
            "a\u2028b",
        ]
        with (
            Emulator([{"company_name": each} for each in names]) as emulator,
            emulator.client() as client,
        ):
            ids = emulator.customer_ids
            emulator.decide(ids[0], "Education", "Denied", 'No, "never"')
            emulator.decide(ids[0], "StateOwnedEntity", "Approved")
            emulator.inject(404, customer_id=ids[1], times=None)
            pcq = Pcq(emulator, tmp_path)
            shown = pcq.run("sweep", "--ordered", "-o", form).out
            table = client.sweep(ordered=True).collect()
            (table.write_csv if form == "csv" else table.write_jsonl)(tmp_path / "own")
            own = (tmp_path / "own").read_text("utf-8")
        assert unlike_each_time(shown) == unlike_each_time(own)
        assert len(shown) > 1000

    @pytest.mark.parametrize(("form", "empty"), [("csv", "customer_id\n"), ("jsonl", "")])
    def test_no_customers_at_all(self, pcq: Pcq, form: str, empty: str) -> None:
        assert pcq.result("sweep", "--ids", "-", "-o", form, *IDS) == empty

    def test_what_is_shown_on_a_terminal_has_no_bar_between_its_lines(self, pcq: Pcq) -> None:
        assert "5/5" not in pcq.on_terminal("sweep", "-o", "csv").out

    def test_a_reader_may_have_enough(self, pcq: Pcq, emulator: Emulator) -> None:
        emulator.inject(method="GET", path="qualifications", delay=0.2, times=None)
        with pcq.start("sweep", "--max-concurrency", "1", "-o", "jsonl") as process:
            assert process.stdout
            assert process.stderr
            process.stdout.readline()
            process.stdout.close()
            assert (process.wait(40), process.stderr.read()) == (0, b"")


def unlike_each_time(text: str) -> str:
    """Leave out what no two sweeps have in common: ids of calls, and when they were."""
    text = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:]{8}\.\d{6}Z", "MOMENT", text)


class TestWatch:
    def test_each_change_is_a_line_at_once(self, pcq: Pcq, emulator: Emulator) -> None:
        customer = emulator.customer_ids[0]
        emulator.decide(customer, "Education", "InReview")
        pcq.result("sweep", "--ledger", "q.db")
        options = ["--ledger", "q.db", "--interval", "0.05"]
        process = pcq.start("watch", *options, "--output", "jsonl")
        assert process.stderr
        assert process.stdout
        assert b"Watching" in process.stderr.readline()
        asked = len(emulator.journal)
        until(lambda: len(emulator.journal) > asked + 2)
        emulator.decide(customer, "Education", "Denied", "Not an Academic Domain")
        change = json.loads(process.stdout.readline())
        assert change["customer_id"] == customer
        assert (change["old_status"], change["new_status"]) == ("InReview", "Denied")
        done = interrupt(process)
        assert (done.code, done.out) == (130, "")
        told = pcq.result("ledger", "changes", "--ledger", "q.db", "-o", "jsonl")
        assert json.loads(told)["reason"] == change["reason"]

    @pytest.mark.parametrize("options", [["--output", "json"], ["--out", "q.csv"]])
    def test_what_has_no_end_is_no_whole(self, pcq: Pcq, options: list[str]) -> None:
        done = pcq.run("watch", "--ledger", "q.db", *options)
        assert (done.code, done.out) == (2, "")
        assert "A watch has no end" in done.err

    def test_sigterm_leaves_no_traceback(self, pcq: Pcq) -> None:
        process = pcq.start("watch", "--ledger", "q.db")
        assert process.stderr
        process.stderr.readline()
        process.terminate()
        assert ended(process, None).code == -signal.SIGTERM
