"""Help, completion, and what there is without the extra `cli`."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .commands import COMMAND, Pcq, interrupt

SHELLS = ["bash", "zsh", "fish", "powershell"]
COMMANDS = ["get", "update", "wait", "customers", "validation-codes", "sweep", "apply", "watch"]
GROUPS = {
    "ledger": ["latest", "history", "changes", "pending", "submissions", "diff"],
    "auth": ["check", "login"],
}


@pytest.fixture
def path(pcq: Pcq) -> str:
    return pcq.install()


def completed(pcq: Pcq, path: str, *words: str) -> list[str]:
    """Give what bash would offer, through the script that is generated for it."""
    bash = shutil.which("bash")
    assert bash
    line = " ".join(["COMP_WORDS=(pcq", *(repr(word) for word in words), ")"])
    code = f"source <(pcq completion bash)\n{line}\nCOMP_CWORD={len(words)}\n"
    code += '_pcq_completion pcq\nprintf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(
        [bash, "--norc", "-c", code],
        capture_output=True,
        text=True,
        env=pcq.env | {"PATH": path},
        check=True,
        timeout=40,
    )
    return done.stdout.split()


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_has_a_script(pcq: Pcq, shell: str) -> None:
    script = pcq.result("completion", shell)
    assert "_PCQ_COMPLETE" in script
    assert f"{shell}_complete" in script
    checker = shutil.which(shell)
    if checker and shell in ("bash", "zsh", "fish"):
        subprocess.run([checker, "-n"], input=script.encode(), check=True, timeout=40)


def test_a_script_goes_where_out_says(pcq: Pcq) -> None:
    script = pcq.result("completion", "bash")
    assert pcq.result("completion", "bash", "--out", "pcq.bash") == ""
    assert (pcq.folder / "pcq.bash").read_text() == script
    refused = pcq.run("completion", "bash", "--out", "nowhere/pcq.bash")
    assert (refused.code, refused.out) == (2, "")
    assert "there is no directory" in refused.err


@pytest.mark.skipif(not shutil.which("bash"), reason="there is no bash")
def test_bash_completes(pcq: Pcq, path: str) -> None:
    assert completed(pcq, path, "va") == ["validation-codes"]
    assert completed(pcq, path, "ledger", "p") == ["pending"]
    assert completed(pcq, path, "sweep", "--res") == ["--resume"]
    assert completed(pcq, path, "customers", "--fields", "customer_id,d") == ["customer_id,domain"]
    assert completed(pcq, path, "emulator", "--vet") == ["--vetting"]


def test_the_version(pcq: Pcq) -> None:
    assert pcq.result("--version").startswith("pcq")


def test_a_shell_does_not_wait_for_what_help_does_not_need(
    run_python: Callable[[str], str],
) -> None:
    loaded = run_python(
        "import sys; sys.argv = ['pcq', '--help']\n"
        "from partnercenter_qual.__main__ import main\n"
        "try: main()\n"
        "except SystemExit: print('loaded', *sys.modules)"
    )
    names = set(loaded.split("loaded ")[1].split())
    assert "click" in names
    heavy = {"rich", "tqdm", "dataclasses", "tomllib", "tempfile", "urllib.request", "asyncio"}
    ours = {f"partnercenter_qual.{name}" for name in ("_core", "_models", "cli._reading")}
    assert names & (heavy | ours) == set()


def test_ctrl_c_ends_the_demo_too(pcq: Pcq) -> None:
    process = pcq.start("demo")
    assert process.stdout
    process.stdout.readline()
    assert interrupt(process).code == 130


def shell(pcq: Pcq, command: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["/bin/sh", "-c", f"{' '.join(COMMAND)} {command}"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env=pcq.env,
        check=False,
        timeout=40,
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("command", ["demo", "emulator --port 0", "--quiet demo"])
def test_a_full_disk_ends_the_built_in_ones_too(pcq: Pcq, command: str) -> None:
    done = shell(pcq, f"{command} >/dev/full")
    assert done.returncode == 1
    assert done.stderr.endswith(b"error: No space left on device\n")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("options", [[], ["--quiet"]], ids=str)
def test_a_reader_may_have_enough_of_the_demo(pcq: Pcq, options: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)  # as `head -1` does, once it has its line
    command = [*COMMAND, *options, "demo"]
    with subprocess.Popen(command, stdout=writer, stderr=subprocess.PIPE, env=pcq.env) as process:
        os.close(writer)
        assert process.communicate(timeout=40)[1] == b""
    assert process.returncode == 0


def test_the_demo_without_a_stdout(pcq: Pcq) -> None:
    done = shell(pcq, "demo >&-")
    assert (done.returncode, done.stderr) == (0, b"")


def test_help_names_every_command(pcq: Pcq) -> None:
    told = pcq.result("--help")
    rows = [line.split()[0] for line in told.splitlines() if line[:2] == "  " and line.strip()]
    assert set(rows) >= {*COMMANDS, *GROUPS, "emulator", "demo", "completion"}
    assert "130 interrupted" in told
    assert "..." not in told.split("Options:")[0].split("Commands:")[1]


@pytest.mark.parametrize(
    "command",
    [[name] for name in COMMANDS] + [[group, name] for group in GROUPS for name in GROUPS[group]],
    ids=" ".join,
)
def test_help_of_each_command_has_examples(command: list[str]) -> None:
    # In this process: what a real one prints is shown above.
    from click.testing import CliRunner  # noqa: PLC0415 - as above

    from partnercenter_qual.cli._app import app  # noqa: PLC0415 - as above

    told = CliRunner().invoke(app, [*command, "--help"])
    assert told.exit_code == 0
    assert f"Examples:\n  pcq {' '.join(command)}" in told.output
    assert "Global options:\n" in told.output


def test_the_list_of_commands_says_what_each_says_itself() -> None:
    from click import Context  # noqa: PLC0415 - as above

    from partnercenter_qual.cli._app import _COMMANDS, app  # noqa: PLC0415 - as above

    context = Context(app)
    for name, (_, told) in _COMMANDS.items():
        command = app.get_command(context, name)
        assert command is not None
        assert (command.help or "").splitlines()[0] == told


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["swep"], "No such command 'swep'"),
        (["sweep", "--outptu", "csv"], "No such option '--outptu'. (Did you mean"),
        (["sweep", "--output", "xml"], "'xml' is not one of"),
        (["get"], "Missing argument 'ID...'"),
        (["sweep", "--max-concurrency", "0"], "0 is not in the range"),
        ([], "Usage: "),
    ],
    ids=str,
)
def test_wrong_usage(pcq: Pcq, arguments: list[str], told: str) -> None:
    done = pcq.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert told in done.err


def test_the_emulator_and_the_demo_are_part_of_it(pcq: Pcq) -> None:
    for arguments in (["emulator", "--help"], ["--quiet", "emulator", "--help"]):
        assert "--continuation-token-lifetime" in pcq.result(*arguments)
    assert "usage: " in pcq.result("demo", "--help")
    done = pcq.run("--quiet", "emulator", "--nonsense")
    assert (done.code, done.out) == (2, "")


class TestWithoutExtras:
    """As for who installed less: a module that cannot be imported stands for one that is absent."""

    @pytest.fixture
    def without(self, tmp_path: Path) -> Path:
        hidden = tmp_path / "hidden"
        hidden.mkdir()
        return hidden

    def hide(self, pcq: Pcq, folder: Path, *names: str) -> None:
        code = f"import sys\nfor name in {names!r}: sys.modules[name] = None\n"
        (folder / "sitecustomize.py").write_text(code)
        pcq.env["PYTHONPATH"] = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])

    def test_it_says_how_to_install_it(self, pcq: Pcq, without: Path) -> None:
        self.hide(pcq, without, "click")
        for arguments in (["get", "x"], []):
            done = pcq.run(*arguments)
            assert (done.code, done.out) == (2, "")
            assert "pip install 'partnercenter_qual[cli]' (in a clone: '.[cli]')" in done.err
            assert "there are: demo, emulator" in done.err
        assert "pip install 'partnercenter_qual[cli]'" in pcq.result("--help")
        assert "--customers" in pcq.result("emulator", "--help")

    def test_without_the_table_and_the_bar(self, pcq: Pcq, without: Path) -> None:
        self.hide(pcq, without, "rich", "tqdm")
        done = pcq.run("customers", "-o", "table")
        assert (done.code, done.out) == (2, "")
        assert "--output table needs rich: pip install 'partnercenter_qual[cli]' (in a" in done.err
        assert pcq.on_terminal("sweep", "-o", "csv").code == 0

    def test_without_pyarrow(self, pcq: Pcq, without: Path) -> None:
        self.hide(pcq, without, "pyarrow", "polars")
        for form, extra in (("parquet", "[arrow]' or "), ("arrow", "[arrow]' (in a clone")):
            done = pcq.run("customers", "-o", form)
            assert (done.code, done.out, pcq.emulator.journal) == (2, "", [])
            assert f"pip install 'partnercenter_qual{extra}" in done.err

    def test_parquet_by_polars(self, pcq: Pcq, without: Path) -> None:
        import polars as pl  # noqa: PLC0415 - slow to import

        self.hide(pcq, without, "pyarrow")
        pcq.result("customers", "--out", "q.parquet", "--fields", "domain")
        assert pl.read_parquet(pcq.folder / "q.parquet").columns == ["domain"]


def test_it_is_installed_as_a_command() -> None:
    assert COMMAND[1:] == ["-m", "partnercenter_qual"]
    import tomllib  # noqa: PLC0415 - for this test alone

    project = tomllib.loads((Path(__file__).parent.parent / "pyproject.toml").read_text())
    assert project["project"]["scripts"] == {"pcq": "partnercenter_qual.__main__:main"}
