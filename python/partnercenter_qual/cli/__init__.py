"""The command line `pcq`, over the public Python API. It needs the extra `cli`."""

from ._main import run

__all__ = ["run"]
