"""What is published: its metadata, its extras, its files, and the workflow that builds it.

`make dist` builds all of it and uses what was built; this is what can be seen without that.
"""

import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from trove_classifiers import classifiers, deprecated_classifiers

from . import dist

ROOT = Path(__file__).parent.parent
NAME = "partnercenter_qual"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
EXTRAS: dict[str, list[str]] = PROJECT["optional-dependencies"]
CLASSIFIERS: list[str] = PROJECT["classifiers"]
# The systems that wheels are built for, and the machines that build them.
SYSTEMS = {"manylinux": "ubuntu", "musllinux": "ubuntu", "macos": "macos", "windows": "windows"}
PROMISED = {"all", "azure", "cli", "otel", "pandas", "polars", "progress"}


def pins(name: str) -> dict[str, Requirement]:
    """Give what a file of requirements pins, by name."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    return {requirement.name: requirement for requirement in requirements}


def version(requirement: Requirement) -> str:
    (pin,) = requirement.specifier
    assert pin.operator == "=="
    return pin.version


class TestExtras:
    def test_those_that_are_promised_exist(self) -> None:
        assert EXTRAS.keys() >= PROMISED

    def test_all_is_each_of_the_others(self) -> None:
        (everything,) = map(Requirement, EXTRAS["all"])
        assert everything.name == NAME
        assert everything.extras == EXTRAS.keys() - {"all"}

    @pytest.mark.parametrize("extra", sorted(EXTRAS.keys() - {"all"}))
    def test_the_tests_run_with_what_it_asks_for(self, extra: str) -> None:
        tested = pins("requirements-dev.txt")
        for requirement in map(Requirement, EXTRAS[extra]):
            assert requirement.specifier.contains(version(tested[requirement.name]))

    @pytest.mark.parametrize("extra", EXTRAS.keys())
    def test_it_is_named_where_readers_look_for_it(self, extra: str) -> None:
        assert f"`{extra}`" in (ROOT / "README.md").read_text("utf-8")


class TestTools:
    def test_the_type_checkers_are_those_of_make_lint(self) -> None:
        ours, theirs = pins("requirements-dist.txt"), pins("requirements-dev.txt")
        for name in ("basedpyright", "maturin", "mypy"):
            assert version(ours[name]) == version(theirs[name])

    def test_maturin_is_one_that_builds_take(self) -> None:
        settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
        (builder,) = map(Requirement, settings["build-system"]["requires"])
        assert builder.specifier.contains(version(pins("requirements-dist.txt")[builder.name]))


def test_pypi_knows_each_classifier() -> None:
    assert sorted(classifiers.intersection(CLASSIFIERS)) == CLASSIFIERS
    assert not deprecated_classifiers.keys() & set(CLASSIFIERS)


class TestPythonVersions:
    def test_each_that_is_claimed_is_tried(self) -> None:
        claimed = [name.removeprefix("Programming Language :: Python :: ") for name in CLASSIFIERS]
        assert [name for name in claimed if name.startswith("3.")] == list(dist.VERSIONS)

    def test_the_oldest_is_the_one_that_is_required(self) -> None:
        required = SpecifierSet(PROJECT["requires-python"])
        minor = int(dist.VERSIONS[0].removeprefix("3."))
        assert required.contains(dist.VERSIONS[0])
        assert not required.contains(f"3.{minor - 1}")

    def test_the_extension_is_built_for_the_oldest(self) -> None:
        manifest = tomllib.loads((ROOT / "Cargo.toml").read_text("utf-8"))
        features = manifest["dependencies"]["pyo3"]["features"]
        assert f"abi3-py{dist.VERSIONS[0].replace('.', '')}" in features


class TestSourceDistribution:
    @pytest.fixture(scope="class")
    @classmethod
    def archive(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tarfile.TarFile]:
        folder = tmp_path_factory.mktemp("sdist")
        command = [sys.executable, "-m", "maturin", "sdist", "--out", str(folder)]
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
        (path,) = folder.iterdir()
        with tarfile.open(path) as archive:
            yield archive

    @pytest.fixture
    def names(self, archive: tarfile.TarFile) -> set[str]:
        return {name.partition("/")[2] for name in archive.getnames()}

    def test_it_has_what_a_wheel_is_made_of(self, names: set[str]) -> None:
        made = dist.MADE
        folders = (ROOT / "src", ROOT / "python")
        files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
        ours = {path.relative_to(ROOT).as_posix() for path in files if path.suffix not in made}
        assert {name for name in names if name.startswith(("src/", "python/"))} == ours
        assert ours > {f"python/{NAME}/{name}" for name in ("py.typed", "_core.pyi")}

    def test_it_has_nothing_else(self, names: set[str]) -> None:
        top = {name for name in names if "/" not in name}
        build = {"Cargo.lock", "Cargo.toml", "pyproject.toml"}
        assert top == build | {"CHANGELOG.md", "LICENSE", "PKG-INFO", "README.md"}
        assert {name.partition("/")[0] for name in names} == top | {"python", "src"}

    @pytest.fixture
    def metadata(self, archive: tarfile.TarFile) -> Message:
        (member,) = [item for item in archive.getmembers() if item.name.endswith("/PKG-INFO")]
        file = archive.extractfile(member)
        assert file
        return BytesParser().parse(file)

    def test_its_metadata_are_complete(self, metadata: Message) -> None:
        assert metadata["Requires-Python"] == PROJECT["requires-python"]
        assert metadata["License-Expression"] == "MIT"
        assert metadata.get_all("License-File") == ["LICENSE"]
        assert metadata["Summary"] == PROJECT["description"]
        assert metadata["Description-Content-Type"].startswith("text/markdown")
        assert set(metadata["Keywords"].split(",")) == set(PROJECT["keywords"])
        assert metadata.get_all("Classifier") == CLASSIFIERS

    def test_nothing_is_required_but_by_an_extra(self, metadata: Message) -> None:
        assert set(metadata.get_all("Provides-Extra", [])) == EXTRAS.keys()
        required = [Requirement(text) for text in metadata.get_all("Requires-Dist", [])]
        assert required
        assert all("extra ==" in str(requirement.marker) for requirement in required)


class TestRelease:
    @pytest.fixture
    def jobs(self) -> dict[str, Any]:
        text = (ROOT / ".github" / "workflows" / "release.yml").read_text("utf-8")
        jobs: dict[str, Any] = yaml.safe_load(text)["jobs"]
        return jobs

    def test_there_are_wheels_for_each_platform(self, jobs: dict[str, Any]) -> None:
        matrix = jobs["wheels"]["strategy"]["matrix"]
        assert {name.partition("-")[0] for name in matrix["name"]} == SYSTEMS.keys()
        assert [row["name"] for row in matrix["include"]] == matrix["name"]

    def test_a_wheel_is_built_on_the_system_it_is_for(self, jobs: dict[str, Any]) -> None:
        for row in jobs["wheels"]["strategy"]["matrix"]["include"]:
            system = row["name"].partition("-")[0]
            assert row["runner"].startswith(SYSTEMS[system])
            assert row.get("manylinux", "").startswith("musllinux") == (system == "musllinux")
            assert ("manylinux" in row) == (SYSTEMS[system] == "ubuntu")

    def test_there_is_the_stable_interface_and_free_threaded_python(
        self, jobs: dict[str, Any]
    ) -> None:
        oldest, free_threaded = jobs["wheels"]["strategy"]["matrix"]["python"]
        assert oldest == dist.VERSIONS[0]
        assert free_threaded.endswith("t")
        assert {*dist.VERSIONS, free_threaded} < set(jobs["check"]["strategy"]["matrix"]["python"])

    def test_it_is_used_wherever_it_was_built(self, jobs: dict[str, Any]) -> None:
        built = {row["runner"] for row in jobs["wheels"]["strategy"]["matrix"]["include"]}
        assert set(jobs["check"]["strategy"]["matrix"]["runner"]) == built

    def test_nothing_is_published_that_was_not_used(self, jobs: dict[str, Any]) -> None:
        checks = {name for name, job in jobs.items() if "tests/installed.py" in str(job)}
        assert checks == set(jobs["publish"]["needs"]) == {"check", "check-musl"}
        assert all(set(jobs[name]["needs"]) == {"sdist", "wheels"} for name in checks)
        assert {"run": "make dist"} in jobs["sdist"]["steps"]

    def test_publishing_needs_no_secret(self, jobs: dict[str, Any]) -> None:
        assert jobs["publish"]["permissions"] == {"id-token": "write"}
        assert "secrets." not in str(jobs)

    def test_the_builder_is_the_one_of_make_dist(self, jobs: dict[str, Any]) -> None:
        (given,) = [
            step["with"]
            for step in jobs["wheels"]["steps"]
            if "maturin-version" in step.get("with", {})
        ]
        assert given["maturin-version"] == f"v{version(pins('requirements-dist.txt')['maturin'])}"
