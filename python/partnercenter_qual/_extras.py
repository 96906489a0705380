"""How to get what an extra brings."""

from __future__ import annotations


def install(*extras: str) -> str:
    """Give the command for any one of some extras: of the package as published, and of a clone."""
    published = " or ".join(f"'partnercenter_qual[{extra}]'" for extra in extras)
    cloned = " or ".join(f"'.[{extra}]'" for extra in extras)
    return f"pip install {published} (in a clone: {cloned})"
