"""What can be collected into a table, and so made into what a table can be made into."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from ._table import Table

TableT = TypeVar("TableT", bound="Table")


class Collectable(ABC, Generic[TableT]):
    """What can be collected into a table, blocking."""

    @abstractmethod
    def collect(self) -> TableT:
        """Take all that is left, as a table."""

    def to_pandas(self) -> pd.DataFrame:
        """Take all that is left, as a pandas data frame: `collect().to_pandas()`."""
        return self.collect().to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """Take all that is left, as a polars data frame: `collect().to_polars()`."""
        return self.collect().to_polars()

    def to_pyarrow(self) -> pa.Table:
        """Take all that is left, as a pyarrow table: `collect().to_pyarrow()`."""
        return self.collect().to_pyarrow()


class AsyncCollectable(ABC, Generic[TableT]):
    """What can be collected into a table, awaited."""

    @abstractmethod
    async def collect(self) -> TableT:
        """Take all that is left, as a table."""

    async def to_pandas(self) -> pd.DataFrame:
        """Take all that is left, as a pandas data frame: `(await collect()).to_pandas()`."""
        return (await self.collect()).to_pandas()

    async def to_polars(self) -> pl.DataFrame:
        """Take all that is left, as a polars data frame: `(await collect()).to_polars()`."""
        return (await self.collect()).to_polars()

    async def to_pyarrow(self) -> pa.Table:
        """Take all that is left, as a pyarrow table: `(await collect()).to_pyarrow()`."""
        return (await self.collect()).to_pyarrow()
