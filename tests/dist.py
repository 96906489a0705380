"""Build what would be published, and use it as those who install it do: `make dist`.

It leaves the source distribution, and a wheel that was built of it outside of the clone, in `dist`.
The first thing that is wrong ends it:

python -m tests.dist [--found]

With `--found`, versions of Python that the machine does not have are left out.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
DIST = ROOT / "dist"
TOOLS = ROOT / "requirements-dist.txt"

# Those of the classifiers in pyproject.toml.
VERSIONS = ("3.11", "3.12", "3.13")

# Programs that use the package, for mypy; they import nothing but it and the standard library.
CONSUMERS = ("tests/installed.py", "tests/typing/emulators.py")
COMPLETE = "Type completeness score: 100%"

# What a clone has among the package's files and the wheel has not, or has of its own.
MADE = {".pyc", ".pyd", ".so"}


def say(text: str) -> None:
    """Show what comes next, before what it prints itself."""
    sys.stdout.write(f"\n{text}\n")
    sys.stdout.flush()


def run(*command: object, cwd: Path = ROOT, env: Mapping[str, str] | None = None) -> None:
    """Run a command that has to succeed, with these variables beside those that there are."""
    words = [str(word) for word in command]
    subprocess.run(words, check=True, cwd=cwd, env={**os.environ, **(env or {})})


def find(version: str) -> Path | None:
    """Give the interpreter of a version: `python3.12` on the PATH, be it one of pyenv's or not."""
    command = shutil.which(f"python{version}")
    if command is None:
        return None
    # pyenv's commands are there for every version, and run the one that is chosen.
    env = os.environ | {"PYENV_VERSION": version}
    ask = [command, "-c", "import ensurepip, sys, venv; print(sys.executable)"]
    answer = subprocess.run(ask, check=False, capture_output=True, text=True, env=env)
    return None if answer.returncode else Path(answer.stdout.strip())


def find_all(*, may_lack: bool) -> dict[str, Path]:
    """Give the interpreter of each version; say which are missing, if any may be."""
    found = {version: find(version) for version in VERSIONS}
    missing = ", ".join(f"python{version}" for version, python in found.items() if python is None)
    pythons = {version: python for version, python in found.items() if python}
    if missing and not (may_lack and pythons):
        raise SystemExit(f"Needed on the PATH, with the venv module: {missing}")
    if missing:
        say(f"Left out, for they are not on the PATH: {missing}")
    return pythons


def unpack(archive: Path, folder: Path) -> Path:
    """Unpack a source distribution into a folder; give its own folder in there."""
    shutil.unpack_archive(archive, folder, filter="data")
    (unpacked,) = folder.iterdir()
    # Cargo goes by times, and those in the archive are of long ago: it would take all of it for
    # unchanged since the clone was compiled into the same `target`, whatever is in it.
    for path in unpacked.rglob("*"):
        path.touch()
    return unpacked


def build() -> Path:
    """Build both into an empty folder, with what pyproject.toml asks for; give the wheel."""
    shutil.rmtree(DIST, ignore_errors=True)
    command = (sys.executable, "-m", "build", "--outdir", DIST)
    # Dependencies that were compiled for the clone are not compiled again.
    target = os.environ.get("CARGO_TARGET_DIR", str(ROOT / "target"))
    env = {"CARGO_TARGET_DIR": target, "PIP_CONSTRAINT": str(TOOLS)}
    run(*command, "--sdist", env=env)
    (archive,) = DIST.iterdir()
    with TemporaryDirectory() as folder:
        run(*command, "--wheel", unpack(archive, Path(folder)), env=env)
    (wheel,) = DIST.glob("*.whl")
    return wheel


def compare_files(wheel: Path) -> None:
    """See that the wheel has the extension and each file of the package, and nothing else."""
    package = ROOT / "python"
    files = {path for path in package.rglob("*") if path.is_file() and path.suffix not in MADE}
    ours = {path.relative_to(package).as_posix() for path in files}
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    if names - ours != {"partnercenter_qual/_core.abi3.so"} or ours - names:
        raise SystemExit(f"only in the wheel: {names - ours}, only in the clone: {ours - names}")


def compare_metadata(wheel: Path) -> None:
    """See that the wheel says of itself what the source distribution does."""
    (archive,) = DIST.glob("*.tar.gz")
    name = archive.name.removesuffix(".tar.gz")
    with tarfile.open(archive) as files, zipfile.ZipFile(wheel) as ours:
        there = files.extractfile(f"{name}/PKG-INFO")
        if there is None or there.read() != ours.read(f"{name}.dist-info/METADATA"):
            raise SystemExit(f"{wheel.name} and {archive.name} have different metadata")


def inspect(wheel: Path) -> None:
    """Hold metadata and files to what PyPI and its users expect."""
    run(sys.executable, "-m", "twine", "check", "--strict", *DIST.iterdir())
    run(sys.executable, "-m", "check_wheel_contents", wheel)
    compare_files(wheel)
    compare_metadata(wheel)


def install(python: Path, wheel: Path, folder: Path) -> Path:
    """Install the wheel alone into a new environment; give its interpreter."""
    run(python, "-m", "venv", folder)
    installed = folder / "bin" / "python"
    pip = (installed, "-m", "pip", "--quiet", "--disable-pip-version-check")
    run(*pip, "install", "--no-index", wheel)
    return installed


def check_types(python: Path, folder: Path) -> None:
    """See that type checkers know all of the package that is installed."""
    for path in CONSUMERS:
        shutil.copy(ROOT / path, folder)
    names = [Path(path).name for path in CONSUMERS]
    mypy = (sys.executable, "-m", "mypy", "--config-file=", "--strict", "--python-executable")
    run(*mypy, python, *names, cwd=folder)
    # The package is looked for where the first `python` on the PATH finds it.
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    verify = (Path(sys.executable).with_name("basedpyright"), "--verifytypes", "partnercenter_qual")
    answer = subprocess.run(
        [*verify, "--ignoreexternal", "--verbose"],
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=os.environ | {"PATH": path},
    )
    where = f'Package directory: "{python.parent.parent}'
    if answer.returncode or COMPLETE not in answer.stdout or where not in answer.stdout:
        raise SystemExit(f"not complete: {answer.stdout}{answer.stderr}")
    say(COMPLETE)


def main() -> None:
    """Build, inspect, install and use."""
    parser = ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--found", action="store_true", help="leave out what Python is missing")
    pythons = find_all(may_lack=parser.parse_args().found)
    say("Building the source distribution, and the wheel of it")
    wheel = build()
    say("What was built")
    inspect(wheel)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for version, python in pythons.items():
            say(f"Python {version}: {python}")
            installed = install(python, wheel, folder / version)
            run(installed, ROOT / "tests" / "installed.py", cwd=folder)
            say(f"Types as Python {version} has them installed")
            check_types(installed, folder)


if __name__ == "__main__":
    main()
