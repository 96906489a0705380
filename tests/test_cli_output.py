"""Where results of the command line go, and in which form."""

import csv
import io
import json
import os
import signal
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl
import pyarrow.ipc
import pyarrow.parquet
import pytest

from partnercenter_qual import Emulator
from partnercenter_qual.cli import _columns as columns

from .commands import COMMAND, Pcq, ended
from .waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def table(emulator: Emulator) -> list[tuple[str, str | None]]:
    """Give id and name of each customer, one of which is hard to write."""
    with emulator.client() as client:
        return [(each.customer_id, each.company_name) for each in client.list_customers()]


Rows = list[tuple[str, str | None]]
FIELDS = ["--fields", "customer_id,company_name"]


class TestForms:
    def test_csv_is_for_pipes(self, pcq: Pcq, table: Rows, emulator: Emulator) -> None:
        found = list(csv.DictReader(io.StringIO(pcq.result("customers"))))
        assert [(row["customer_id"], row["company_name"]) for row in found] == table
        own = pcq.folder / "own.csv"
        with emulator.client() as client:
            client.list_customers().collect().write_csv(own)
        assert pcq.result("customers") == own.read_text("utf-8")

    def test_csv_of_some_fields(self, pcq: Pcq, table: Rows) -> None:
        found = list(csv.reader(io.StringIO(pcq.result("customers", *FIELDS))))
        assert [tuple(row) for row in found] == [("customer_id", "company_name"), *table]

    def test_json_is_a_list(self, pcq: Pcq, table: Rows) -> None:
        found = json.loads(pcq.result("customers", "-o", "json", *FIELDS))
        assert found == [{"customer_id": each, "company_name": name} for each, name in table]
        assert json.loads(pcq.result("customers", "-o", "json", "--name-prefix", "zzz")) == []

    def test_arrow_is_a_stream_in_a_pipe(self, pcq: Pcq, table: Rows) -> None:
        process = pcq.start("customers", "-o", "arrow", *FIELDS)
        out, _ = process.communicate(timeout=40)
        found = pyarrow.ipc.open_stream(out).read_all().to_pylist()
        assert [tuple(row.values()) for row in found] == table

    @pytest.mark.parametrize("name", ["q.parquet", "q.arrow", "q.csv", "q.JSON", "q.ndjson"])
    def test_a_file_is_in_the_form_that_its_name_says(
        self, pcq: Pcq, table: Rows, name: str
    ) -> None:
        assert pcq.result("customers", "--out", name) == ""
        file = pcq.folder / name
        readers: dict[str, Callable[[], list[dict[str, Any]]]] = {
            ".parquet": lambda: pyarrow.parquet.read_table(file).to_pylist(),
            ".arrow": lambda: pyarrow.ipc.open_file(file).read_all().to_pylist(),
            ".csv": lambda: pl.read_csv(file).to_dicts(),
            ".JSON": lambda: json.loads(file.read_text("utf-8")),
            ".ndjson": lambda: [json.loads(line) for line in file.read_text("utf-8").splitlines()],
        }
        found = readers[file.suffix]()
        assert [(row["customer_id"], row["company_name"]) for row in found] == table

    @pytest.mark.parametrize("form", ["parquet", "arrow"])
    def test_what_comes_from_no_table_takes_those_forms_too(
        self, pcq: Pcq, emulator: Emulator, form: str
    ) -> None:
        emulator.decide(emulator.customer_ids[0], "Education", "Approved")
        pcq.result("wait", emulator.customer_ids[0], "--out", f"q.{form}")
        file = pcq.folder / f"q.{form}"
        table = pl.read_parquet(file) if form == "parquet" else pl.read_ipc(file)
        assert table["vetting_status"].to_list() == ["Approved"]
        assert table.columns == list(columns.QUALIFICATION)

    def test_a_binary_form_is_not_for_a_terminal(self, pcq: Pcq, emulator: Emulator) -> None:
        done = pcq.on_terminal("customers", "-o", "parquet")
        assert done.code == 2
        assert "parquet is not for a terminal: pass --out FILE" in done.out
        assert emulator.journal == []

    def test_columns_are_those_of_the_tables(self, pcq: Pcq) -> None:
        for command, names in (
            (["sweep"], columns.SWEEP),
            (["customers"], columns.CUSTOMERS),
            (["validation-codes"], columns.VALIDATION_CODES),
        ):
            header = pcq.result(*command).splitlines()[0]
            assert header.split(",") == list(names)


class TestEncodings:
    @pytest.mark.parametrize("env", [{"LC_ALL": "C"}, {"PYTHONIOENCODING": "ascii"}], ids=str)
    def test_data_is_utf_8_and_a_table_what_can_be_shown(
        self, tmp_path: Path, env: dict[str, str]
    ) -> None:
        name = "Nová Škola, 学校"
        customers = tmp_path / "customers.csv"
        customers.write_text(f'company_name\n"{name}"\n', "utf-8")
        with Emulator(customers) as emulator:
            pcq = Pcq(emulator, tmp_path)
            assert name in pcq.run("customers", **env).out
            done = pcq.run("customers", "-o", "table", **env)
        assert (done.code, done.err) == (0, "")
        assert (name if "LC_ALL" in env else name.encode("ascii", "replace").decode()) in done.out


class TestFiles:
    def test_an_old_file_is_replaced_as_a_whole(self, pcq: Pcq) -> None:
        file = pcq.folder / "q.csv"
        file.write_text("old" * 10_000)
        pcq.result("customers", "--out", file)
        assert "old" not in file.read_text("utf-8")
        assert sorted(each.name for each in pcq.folder.iterdir()) == ["config.toml", "q.csv"]

    def test_a_killed_command_leaves_the_old_file(self, pcq: Pcq, emulator: Emulator) -> None:
        file = pcq.folder / "q.csv"
        file.write_text("old")
        emulator.inject(method="GET", path="qualifications", delay=30, times=None)
        process = pcq.start("sweep", "--out", file)
        until(lambda: len(emulator.journal) > 1)
        process.kill()
        assert ended(process, None).code == -signal.SIGKILL
        assert file.read_text() == "old"

    @pytest.mark.parametrize(
        ("out", "told"),
        [("nowhere/q.csv", "there is no directory"), (".", "is a directory")],
    )
    def test_what_cannot_be_written_is_told_before_any_call(
        self, pcq: Pcq, emulator: Emulator, out: str, told: str
    ) -> None:
        done = pcq.run("sweep", "--out", out)
        assert (done.code, done.out, emulator.journal) == (2, "", [])
        assert told in done.err

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
    def test_a_full_disk(self, pcq: Pcq) -> None:
        done = pcq.run("customers", "--out", "/dev/full", "--output", "csv")
        assert (done.code, done.out) == (1, "")
        assert done.err == "pcq: error: /dev/full: No space left on device\n"

    @pytest.mark.parametrize(
        ("out", "told"),
        [
            ("q.xlsx", "--out: .xlsx says no form: name it .csv, .json, .jsonl, "),
            ("", "--out: pass the name of a file, or - for stdout."),
        ],
    )
    def test_a_name_that_says_no_form(
        self, pcq: Pcq, emulator: Emulator, out: str, told: str
    ) -> None:
        done = pcq.run("customers", "--out", out)
        assert (done.code, done.out, emulator.journal) == (2, "", [])
        assert told in done.err
        assert not (pcq.folder / "q.xlsx").exists()

    @pytest.mark.parametrize("options", [["q.tsv", "-o", "csv"], ["q"]], ids=str)
    def test_a_form_that_is_asked_for_or_taken_for_granted(
        self, pcq: Pcq, options: list[str]
    ) -> None:
        assert pcq.result("customers", "--out", *options) == ""
        assert (pcq.folder / options[0]).read_text("utf-8").startswith("customer_id,")


class TestPipes:
    def test_a_reader_that_has_enough_ends_it_quietly(self, pcq: Pcq, tmp_path: Path) -> None:
        shown = tmp_path / "stderr"
        with shown.open("wb") as err:
            reader, writer = os.pipe()
            os.close(reader)  # as `head -1` does, once it has its line
            process = subprocess.Popen(
                [*COMMAND, "customers"], stdout=writer, stderr=err, env=pcq.env
            )
            os.close(writer)
            assert process.wait(40) == 0
        assert shown.read_text() == ""

    def test_a_closed_stdout(self, pcq: Pcq) -> None:
        command = f"exec {' '.join(COMMAND)} customers >&-"
        done = subprocess.run(
            ["/bin/sh", "-c", command], capture_output=True, env=pcq.env, check=False, timeout=40
        )
        assert done.returncode == 2
        assert b"There is no stdout: pass --out FILE." in done.stderr
        assert b"Traceback" not in done.stderr


class TestFields:
    def test_an_unknown_one_is_told_before_any_call(self, pcq: Pcq, emulator: Emulator) -> None:
        done = pcq.run("sweep", "--fields", "customer_id,status")
        assert (done.code, done.out, emulator.journal) == (2, "", [])
        assert "--fields: no column status; there are customer_id, company_name" in done.err

    def test_options_stand_before_the_command_or_after_it(self, pcq: Pcq) -> None:
        before = pcq.result("--fields", "customer_id", "-o", "jsonl", "customers")
        assert before == pcq.result("customers", "--fields", "customer_id", "-o", "jsonl")
        last = pcq.result("-o", "json", "customers", "--fields", "customer_id", "-o", "jsonl")
        assert last == before
