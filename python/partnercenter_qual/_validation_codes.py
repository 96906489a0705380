"""The partner's validation codes, as a list and as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _core
from ._table import ValidationCodeTable

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa

    from ._models import ValidationCode


class ValidationCodes(list["ValidationCode"]):
    """Validation codes for the Government Community Cloud: a list that can become a table."""

    __slots__ = ()

    def to_table(self) -> ValidationCodeTable:
        """Make a table of one row for each code.

        Returns:
            A table of what the list has now.
        """
        fields = [
            (
                code.validation_id,
                code.partner_id,
                code.organization_name,
                code.max_creates,
                code.remaining_creates,
                code.etag,
            )
            for code in self
        ]
        return ValidationCodeTable(_core.Table.of_validation_codes(fields))

    def to_pandas(self) -> pd.DataFrame:
        """Make a pandas data frame: `to_table().to_pandas()`."""
        return self.to_table().to_pandas()

    def to_polars(self) -> pl.DataFrame:
        """Make a polars data frame: `to_table().to_polars()`."""
        return self.to_table().to_polars()

    def to_pyarrow(self) -> pa.Table:
        """Make a pyarrow table: `to_table().to_pyarrow()`."""
        return self.to_table().to_pyarrow()
