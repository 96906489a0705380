"""The rules of ARCHITECTURE.md that neither compiler nor linter knows."""

import ast
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

import partnercenter_qual

ROOT = Path(__file__).parent.parent
SRC = ROOT / "src"
PACKAGE = ROOT / "python" / "partnercenter_qual"

FACE = sorted(SRC.glob("python/**/*.rs"))
CORE = sorted(set(SRC.rglob("*.rs")) - set(FACE))

# The way of one call, read from its end: a module uses those of its own line and of those above.
LAYERS = (
    {"error", "model"},
    {"options", "query"},
    {"auth", "background", "http", "observer", "retry", "throttle"},
    {"transport"},
    {"client", "pages"},
    {"apply", "check", "ledger", "sweep", "table", "vetting", "watch"},
)

# The modules that Rust imports: plain Python, that imports nothing of ours but each other.
PLAIN = {"_enums", "_exceptions", "_help", "_models", "_report", "_wire"}


def code(path: Path) -> str:
    """Give a Rust file's text without its comments."""
    return re.sub(r"//.*", "", path.read_text())


def naming(pattern: str, paths: list[Path]) -> list[str]:
    """Give those files whose code has the pattern."""
    return [str(path.relative_to(ROOT)) for path in paths if re.search(pattern, code(path))]


def module_of(path: Path) -> str:
    return path.relative_to(SRC).parts[0].removesuffix(".rs")


def modules_used(path: Path) -> set[str]:
    """Give the modules of the core that a file uses, in `crate::a::B` as in `crate::{a, b::C}`."""
    at_top = path.parent == SRC or path.relative_to(SRC).parts[1:] == ("mod.rs",)
    root = "crate|super" if at_top else "crate"
    paths = re.findall(rf"\b(?:{root})::(\{{.*?\}};|\w+)", code(path), re.DOTALL)
    words = {word for path in paths for word in re.findall(r"\w+", path)}
    return words & set[str]().union(*LAYERS, {"emulator"}) - {module_of(path)}


def may_use(module: str) -> set[str]:
    """Give the modules that a module may use."""
    if module == "emulator":  # each end of the wire keeps the other honest
        return set()
    depth = next(n for n, layer in enumerate(LAYERS) if module in layer)
    return set[str]().union(*LAYERS[: depth + 1])


def imports(path: Path) -> set[str]:
    """Give the absolute names of all that a file of the package imports."""
    names = set[str]()
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import():
                names |= {alias.name for alias in node.names}
            case ast.ImportFrom(module=None):
                names |= {f"partnercenter_qual.{alias.name}" for alias in node.names}
            case ast.ImportFrom(level=0):
                names.add(str(node.module))
            case ast.ImportFrom():
                names.add(f"partnercenter_qual.{node.module}")
    return names


def test_a_default_build_needs_no_python() -> None:
    command = ["cargo", "tree", "--locked", "--edges", "normal", "--prefix", "none"]
    tree = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert "hyper v" in tree
    assert "pyo3" not in tree


def test_only_the_python_face_names_pyo3() -> None:
    assert naming(r"\b(pyo3|pythonize)", CORE) == []
    assert naming(r"\bpyo3", FACE) != []


def test_the_python_face_stands_behind_one_feature_gate() -> None:
    gated = re.findall(r'feature = "python"\)\]\s*(.*)', "".join(map(code, CORE)))
    assert gated == ["mod python;"]


def test_the_python_face_speaks_no_http() -> None:
    assert naming(r"\b(hyper\w*|axum)\b", FACE) == []


def test_imports_go_one_way() -> None:
    offences = [
        f"{path.relative_to(ROOT)} uses {module}"
        for path in CORE
        if path != SRC / "lib.rs"
        for module in sorted(modules_used(path) - may_use(module_of(path)))
    ]
    assert offences == []


def test_requests_are_sent_in_two_places() -> None:
    places = ["src/auth/entra/exchange.rs", "src/transport/attempt.rs"]
    assert naming(r"\bhttp\.send\(", CORE) == places


def test_no_code_is_unsafe() -> None:
    assert naming(r"\bunsafe\b", CORE + FACE) == []


def test_classes_of_the_python_face_are_frozen() -> None:
    classes = re.findall(r"#\[pyclass[^\]]*\]", "".join(map(code, FACE)))
    assert classes
    assert [attribute for attribute in classes if "frozen" not in attribute] == []


def test_all_names_just_what_is_public() -> None:
    ours = {
        name
        for name in dir(partnercenter_qual)
        if not name.startswith("_")
        and "partnercenter_qual" in getattr(getattr(partnercenter_qual, name), "__module__", "")
    }
    assert partnercenter_qual.__all__ == sorted(ours)


@pytest.mark.parametrize("name", sorted(PLAIN))
def test_values_and_exceptions_import_the_standard_library_only(name: str) -> None:
    imported = imports(PACKAGE / f"{name}.py")
    assert imported
    allowed = sys.stdlib_module_names | {f"partnercenter_qual.{other}" for other in PLAIN}
    assert {i for i in imported if i not in allowed and i.partition(".")[0] not in allowed} == set()


def test_importing_the_package_imports_no_other(run_python: Callable[[str], str]) -> None:
    loaded = run_python(
        "import sys; before = set(sys.modules); import partnercenter_qual;"
        "print(*{name.partition('.')[0] for name in sys.modules.keys() - before})"
    )
    assert set(loaded.split()) - sys.stdlib_module_names == {"partnercenter_qual"}
