"""The emulator's OpenAPI document, and whether the emulator keeps to it.

Schemathesis is run as users do: from its command line, with all of its checks, and without a
configuration.
"""

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import requests
from openapi_spec_validator import validate

from partnercenter_qual import Emulator
from partnercenter_qual.emulator import Wire

LASTING = 1e12  # seconds: longer than whatever a fuzzer does to the clock
METHODS = {"get", "post", "put", "patch", "delete"}

Fuzz: TypeAlias = Callable[..., None]
"""Run schemathesis on an emulator, with the options given."""


def document(emulator: Emulator) -> dict[str, Any]:
    answer = requests.get(f"{emulator.url}/_emulator/openapi.json", timeout=10)
    assert answer.status_code == 200
    return dict(answer.json())


def token(emulator: Emulator) -> str:
    url = f"{emulator.url}/_emulator/access_tokens"
    answer = requests.post(url, json={"lifetime": LASTING}, timeout=10)
    assert answer.status_code == 201
    return str(answer.json()["access_token"])


@pytest.fixture
def fuzz(tmp_path: Path) -> Fuzz:
    def run(emulator: Emulator, *options: str) -> None:
        command = [sys.executable, "-m", "schemathesis.cli", "--no-color", "run"]
        command += [f"{emulator.url}/_emulator/openapi.json", "--checks", "all"]
        command += ["--header", f"Authorization: Bearer {token(emulator)}"]
        command += ["--max-examples", "40", "--seed", "7", "--generation-deterministic"]
        done = subprocess.run(
            [*command, *options],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            timeout=170,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert int(re.findall(r"(\d+) passed", done.stdout)[-1]) > 500, done.stdout

    return run


@pytest.mark.parametrize("wire", [Wire(), Wire(bom=False)])
def test_the_document_keeps_to_the_standard(wire: Wire) -> None:
    with Emulator(wire=wire) as emulator:
        described = document(emulator)
        assert described["servers"] == [{"url": emulator.url}]
    assert described["openapi"] == "3.1.0"
    validate(described)


def test_every_answer_has_a_schema() -> None:
    with Emulator(wire={"bom": False}) as emulator:
        paths = document(emulator)["paths"]
    operations = [
        operation
        for path in paths.values()
        for method, operation in path.items()
        if method in METHODS
    ]
    bodies = [
        (operation["operationId"], status, body)
        for operation in operations
        for status, answer in operation["responses"].items()
        for body in answer.get("content", {}).values()
    ]
    assert len(operations) > 40
    assert [body for body in bodies if "schema" not in body[2]] == []


@pytest.mark.timeout(180)
def test_the_emulator_keeps_to_the_document(fuzz: Fuzz) -> None:
    with Emulator(wire={"bom": False}) as emulator:
        fuzz(emulator, "--exclude-tag", "disruptive")


@pytest.mark.timeout(180)
def test_the_emulator_as_it_comes_keeps_to_the_document(fuzz: Fuzz) -> None:
    """Its JSON starts with a byte order mark, which strict readers do not take."""
    with Emulator() as emulator:
        fuzz(emulator, "--exclude-tag", "disruptive")


@pytest.mark.timeout(180)
def test_levers_that_change_what_others_are_answered_keep_to_the_document(fuzz: Fuzz) -> None:
    """A fault does what it says, hence not beside the operations that it would befall."""
    with Emulator() as emulator:
        fuzz(emulator, "--include-tag", "disruptive", "--include-tag", "admin")
