"""Options that the command `emulator` refuses, each with field, value and cure."""

import re
import socket

import pytest

from .serving import refused

REFUSED = [
    (["--port", "80000"], r'port: "80000" was refused: pass a port from 0 to 65535'),
    (["--port", "http"], r"--port: 'http' was refused: pass a whole number"),
    (["--customers", "-1"], r"customers: .*-1.* was refused: "),
    (["--customers", "nowhere.csv"], r"customers: .*nowhere\.csv.* was refused: "),
    (["--seed", "x"], r"--seed: 'x' was refused: pass a whole number"),
    (["--mix", "Education"], r"--mix: 'Education' was refused: pass a qualification and its share"),
    (["--mix", "Education=lots"], r"--mix: 'lots' was refused: .* such as Education=0.2"),
    (["--mix", "Education=2"], r"mix.*2.* was refused: "),
    (["--vetting", "slow"], r"vetting: .*slow.* was refused: "),
    (["--vetting", "{"], r"--vetting: '\{' was refused: .*JSON"),
    (["--vetting", '{"afte": 3}'], r"--vetting: .*afte.* was refused: .* members are after"),
    (["--vetting", '{"after": -3}'], r"after: .*-3.* was refused: "),
    (["--window", "nan"], r"window: .*nan.* was refused: "),
    (["--window", "long"], r"--window: 'long' was refused: pass a number of seconds"),
    (["--requests-per-window", "0"], r"requests_per_window: .*0.* was refused: "),
    (["--throttle", "hose"], r"throttle: .*hose.* was refused: "),
    (["--wire", "bom"], r"--wire: 'bom' was refused: pass a switch and its value"),
    (["--wire", "bomb=true"], r"wire.*bomb.* was refused: "),
    (["--wire", "bom=maybe"], r"wire\.bom: .*maybe.* was refused: "),
    (["--journal-size", "0"], r"journal_size: .*0.* was refused: "),
    (["--ca-file", "ca.pem"], r"ca_file: 'ca\.pem' was refused: pass --tls too"),
    (["--tls", "--ca-file", "nowhere/ca.pem"], r"ca_file: 'nowhere/ca\.pem' was refused: "),
    (["--custo", "3"], r"unrecognized arguments: --custo 3"),
]


@pytest.mark.parametrize(("options", "told"), REFUSED, ids=[" ".join(row[0]) for row in REFUSED])
def test_a_bad_option_is_told_with_its_cure(options: list[str], told: str) -> None:
    assert re.search(told, refused("--port", "0", *options))


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        told = refused("--port", str(port))
    assert f'port: "{port}" was refused: pass another port, or 0 for a free one' in told
