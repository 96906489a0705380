"""Tables as objects of other libraries, which are imported when they are asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeAlias

from ._exceptions import ConfigurationError
from ._extras import install
from ._whole_file import whole_file

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from . import _core

Library: TypeAlias = Any  # a module that may not be installed; its functions are typed by hand

# The extra that brings each library, and the first release that does right what is asked of it:
# pyproject.toml says why.
_EXTRAS = {
    "pandas": ("pandas", (2, 1)),
    "polars": ("polars", (1, 10)),
    "pyarrow": ("arrow", (14, 0)),
}


def to_pyarrow(table: _core.Table, purpose: str = "to_pyarrow()") -> pa.Table:
    """Make a pyarrow table."""
    made: pa.Table = needed("pyarrow", purpose).table(table)
    return made


def to_polars(table: _core.Table) -> pl.DataFrame:
    """Make a polars data frame."""
    made: pl.DataFrame = needed("polars", "to_polars()").DataFrame(table)
    return made


def to_pandas(table: _core.Table) -> pd.DataFrame:
    """Make a pandas data frame, by pyarrow if it is there. The columns are the same without."""
    pandas, arrow = needed("pandas", "to_pandas()"), _found("pyarrow")
    made: pd.DataFrame
    if arrow is None:
        kinds = zip(table.column_names, table.column_kinds, strict=True)
        columns = {
            name: _column(pandas, kind, table, place) for place, (name, kind) in enumerate(kinds)
        }
        made = pandas.DataFrame(columns)
    else:
        nullable = {
            arrow.int16(): pandas.Int16Dtype(),
            arrow.int64(): pandas.Int64Dtype(),
            arrow.bool_(): pandas.BooleanDtype(),
        }
        made = arrow.table(table).to_pandas(types_mapper=nullable.get)
    return made


def _column(pandas: Library, kind: str, table: _core.Table, place: int) -> object:
    text = object if _version(pandas) < (3, 0) else "str"  # what pandas itself makes of texts
    match kind:
        case "word":
            words, codes = table.words(place)
            # Without words there is nothing to tell their type by: as by pyarrow, it is object.
            categories = pandas.Index(words, dtype=text if words else object)
            return pandas.Categorical.from_codes(codes, categories)
        case "moment":
            return pandas.Series(table.column(place), dtype="datetime64[us, UTC]")
        case "int16" | "int64":
            return pandas.array(table.column(place), dtype=kind.capitalize())
        case "bool":
            return pandas.array(table.column(place), dtype="boolean")
        case _:
            return pandas.Series(table.column(place), dtype=text)


def write_parquet(table: _core.Table, path: str) -> None:
    """Write a Parquet file, by pyarrow or polars."""
    arrow, polars = _found("pyarrow"), _found("polars")
    parquet = _imported("pyarrow.parquet")  # pyarrow can be built without it
    if arrow is not None and parquet is not None:
        with whole_file(path) as file:
            parquet.write_table(arrow.table(table), file)
    elif polars is not None:
        with whole_file(path) as file:
            polars.DataFrame(table).write_parquet(file)
    else:
        raise _missing("write_parquet()", "pyarrow or polars", install("arrow", "polars"))


def needed(name: str, purpose: str) -> Library:
    """Import a library, or say how to get it."""
    extra, oldest = _EXTRAS[name]
    cure = install(extra)
    library = _imported(name)
    if library is None:
        raise _missing(purpose, name, cure)
    if _version(library) < oldest:
        wanted = ".".join(map(str, oldest))
        raise _missing(purpose, f"{name} {wanted} or newer, not {library.__version__}", cure)
    return library


def _found(name: str) -> Library | None:
    """Import a library that one can do without, where it is recent enough."""
    library = _imported(name)
    return None if library is None or _version(library) < _EXTRAS[name][1] else library


def _imported(name: str) -> Library | None:
    try:
        return import_module(name)
    except ImportError:
        return None


def _version(library: Library) -> tuple[int, int]:
    major, minor = library.__version__.split(".")[:2]
    return int(major), int(minor)


def _missing(purpose: str, needed: str, cure: str) -> ConfigurationError:
    message = f"{purpose} needs {needed}: {cure}"
    return ConfigurationError(message, field=purpose, value="", cure=cure)
