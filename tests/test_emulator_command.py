"""`python -m partnercenter_qual emulator`, as processes that are started, asked and ended."""

import re
import signal
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from partnercenter_qual import QualificationType

from .serving import COMMAND, Served, approve, client, customers, get, held, refused, wait_for

Serve = Callable[..., Served]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start the command in a folder of its own; what still runs at the end is killed."""
    started: list[Served] = []
    folder = tmp_path / "folder"
    folder.mkdir()

    def serve(*options: str, port: int = 0) -> Served:
        started.append(Served(*options, folder=folder, port=port))
        return started[-1]

    yield serve
    for each in started:
        each.process.kill()
        each.process.communicate(timeout=20)
    assert list(folder.iterdir()) == []


class TestServing:
    def test_a_client_needs_no_more_than_it_tells(self, serve: Serve) -> None:
        known = serve("--customers", "3", "--json", "--show-secret").known()
        with client(known) as asking:
            assert len(list(asking.list_customers())) == 3

    def test_it_tells_a_reader_what_a_client_needs(self, serve: Serve) -> None:
        served = serve()
        url = served.line().removeprefix("The Partner Center emulator listens on ").strip()
        _, told, _ = served.end()
        rows = dict(line.split(maxsplit=1) for line in told.splitlines()[:-1])
        assert rows["page"] == f"{url}/_emulator/"
        assert rows["authority"] == url
        assert rows["client_secret"].startswith(f"GET {url}/_emulator/credentials")
        assert {"tenant_id", "client_id"} < rows.keys()
        assert "Ctrl-C" in told.splitlines()[-1]

    @pytest.mark.parametrize("form", [["--json"], []])
    def test_the_secret_is_printed_only_on_demand(self, serve: Serve, form: list[str]) -> None:
        served = serve(*form)
        first = served.line()
        url = re.search(r"http://[0-9.:]+", first)
        assert url
        secret = get(url[0] + "/_emulator/credentials")["client_secret"]
        code, rest, complaints = served.end()
        assert (code, complaints) == (0, "")
        assert secret not in first + rest

    def test_options_reach_the_emulator(self, serve: Serve) -> None:
        options = "--customers 7 --seed 3 --mix Education=0.5 --vetting manual --window 30 "
        options += "--requests-per-window 9 --customer-requests-per-window 2 --throttle bucket "
        options += "--no-dedupe --wire created=wrapper --wire bom=true --token-lifetime 60 "
        options += "--continuation-token-lifetime never --journal-size 5 --json"
        settings = get(serve(*options.split()).known()["page"] + "service")["settings"]
        expected = {
            "customers": 7,
            "seed": 3,
            "mix": {"Education": 0.5},
            "vetting": "manual",
            "window": 30.0,
            "requests_per_window": 9,
            "customer_requests_per_window": 2,
            "throttle": "bucket",
            "dedupe": False,
            "token_lifetime": 60.0,
            "continuation_token_lifetime": None,
            "journal_size": 5,
        }
        assert {name: settings[name] for name in expected} == expected
        assert (settings["wire"]["created"], settings["wire"]["bom"]) == ("wrapper", True)

    def test_a_rule_is_json(self, serve: Serve) -> None:
        known = serve("--vetting", '{"reads": 3, "outcomes": {"Approved": 1}}', "--json").known()
        rule = get(known["page"] + "service")["settings"]["vetting"]
        assert (rule["reads"], rule["outcomes"]["Approved"]) == (3, 1)

    def test_customers_come_from_a_file(self, serve: Serve, tmp_path: Path) -> None:
        file = tmp_path / "schools.csv"
        file.write_text("company_name,qualification,vetting_status\nGrove,Education,Approved\n")
        known = serve("--customers", str(file), "--json", "--show-secret").known()
        with client(known) as asking:
            (customer,) = asking.list_customers()
            assert customer.company_name == "Grove"
            (held,) = asking.get_qualifications(str(customer.customer_id))
        assert held.qualification is QualificationType.EDUCATION

    def test_a_frozen_clock_stands_still(self, serve: Serve) -> None:
        page = serve("--frozen", "--json").known()["page"]
        first, second = get(page + "clock"), get(page + "clock")
        assert first == second
        assert first["frozen"] is True

    def test_help_has_examples(self) -> None:
        command = [*COMMAND, "--help"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=True)
        assert "examples:" in done.stdout
        assert "--state partner.json" in done.stdout


class TestEnd:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_ends_it_in_peace(self, serve: Serve, number: signal.Signals) -> None:
        served = serve("--json")
        port = int(served.known()["url"].rsplit(":")[-1])
        assert served.end(number) == (0, "", "")
        with socket.create_server(("127.0.0.1", port)):  # which is free again
            pass

    def test_under_load(self, serve: Serve) -> None:
        served = serve("--json", "--show-secret", "--customers", "2000")
        known = served.known()
        with client(known) as asking:
            sweep = asking.sweep()
            next(sweep)
            assert served.end() == (0, "", "")

    def test_who_presses_again_and_again_gets_no_traceback(self, serve: Serve) -> None:
        served = serve("--json")
        served.known()
        while served.process.poll() is None:  # while the interpreter ends, too
            served.process.send_signal(signal.SIGINT)
        assert served.end(signal.SIGINT) == (0, "", "")

    def test_a_reader_who_went_away_is_no_reason_to_end(self, serve: Serve) -> None:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port: int = probe.getsockname()[1]
        served = serve("--json", port=port)
        assert served.process.stdout
        served.process.stdout.close()
        wait_for(port)
        served.process.send_signal(signal.SIGTERM)
        assert served.process.stderr
        assert served.process.stderr.read() == ""
        assert served.process.wait(timeout=20) == 0


class TestTls:
    def test_the_ca_is_there_while_it_serves(self, serve: Serve, tmp_path: Path) -> None:
        ca_file = tmp_path / "ca.pem"
        served = serve("--tls", "--ca-file", str(ca_file), "--json", "--show-secret")
        known = served.known()
        assert known["ca_file"] == str(ca_file)
        with client(known) as asking:
            asking.list_validation_codes()
        trust = ssl.create_default_context(cafile=ca_file)
        assert get(known["page"] + "service", trust)["url"] == known["url"]
        assert served.end() == (0, "", "")
        assert not ca_file.exists()

    def test_a_file_of_somebody_else_is_kept(self, tmp_path: Path) -> None:
        ca_file = tmp_path / "ca.pem"
        ca_file.write_text("mine")
        told = refused("--port", "0", "--tls", "--ca-file", str(ca_file))
        assert f"ca_file: '{ca_file}' was refused: pass a path where no file is" in told
        assert ca_file.read_text() == "mine"

    def test_what_was_written_over_it_is_kept(self, serve: Serve, tmp_path: Path) -> None:
        ca_file = tmp_path / "ca.pem"
        served = serve("--tls", "--ca-file", str(ca_file), "--json")
        served.known()
        ca_file.write_text("another's")
        assert served.end() == (0, "", "")
        assert ca_file.read_text() == "another's"

    def test_one_that_a_killed_emulator_left_is_not_in_the_way(
        self, serve: Serve, tmp_path: Path
    ) -> None:
        options = ["--tls", "--ca-file", str(tmp_path / "ca.pem"), "--json", "--show-secret"]
        killed = serve(*options)
        killed.known()
        killed.end(signal.SIGKILL)
        with client(serve(*options).known()) as asking:
            assert asking.list_validation_codes()


class TestState:
    def test_the_next_one_goes_on_from_it(self, serve: Serve, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        options = ["--state", str(state), "--customers", "3", "--json", "--show-secret"]
        first = serve(*options)
        known = first.known()
        ids = [each["customer_id"] for each in customers(known)]
        approve(known, ids[0])
        assert first.end() == (0, "", "")
        again = serve("--state", str(state), "--json").known()
        assert [each["customer_id"] for each in customers(again)] == ids
        assert [held(each) for each in customers(again)] == [["Education"], [], []]

    def test_a_killed_one_leaves_the_state_of_its_start(self, serve: Serve, tmp_path: Path) -> None:
        options = ["--state", str(tmp_path / "state.json"), "--customers", "3", "--json"]
        killed = serve(*options)
        known = killed.known()
        approve(known, customers(known)[0]["customer_id"])
        killed.end(signal.SIGKILL)
        assert [held(each) for each in customers(serve(*options).known())] == [[], [], []]
        assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["state.json"]

    def test_a_clock_frozen_by_hand_stays_frozen(self, serve: Serve, tmp_path: Path) -> None:
        options = ["--state", str(tmp_path / "state.json"), "--json"]
        first = serve(*options, "--frozen")
        before = get(first.known()["page"] + "clock")
        first.end()
        assert get(serve(*options).known()["page"] + "clock") == before

    def test_a_file_belongs_to_one_at_a_time(self, serve: Serve, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        for _ in range(2):  # also one that took over from another
            first = serve("--state", str(state), "--json")
            first.known()
            told = refused("--port", "0", "--state", str(state))
            assert "pass another file: an emulator that still runs has this one" in told
            assert first.end()[0] == 0

    def test_a_file_that_is_no_state_is_refused_and_kept(self, tmp_path: Path) -> None:
        state = tmp_path / "state.json"
        state.write_text("[")
        told = refused("--port", "0", "--state", str(state))
        assert f"state: '{state}' was refused: pass a file that an emulator saved" in told
        assert state.read_text() == "["

    def test_one_that_cannot_be_written_is_told_at_the_start(self, tmp_path: Path) -> None:
        state = tmp_path / "nowhere" / "state.json"
        told = refused("--port", "0", "--state", str(state))
        assert f"state: '{state}' was refused: pass a path that can be written" in told
