"""How a value stands on the wire: which members hold its fields, and how to read and write them.

A dataclass says it once, in its fields' metadata; this module does the rest. It knows JSON objects
as `dict`s and nothing of what they mean.
"""

import re
import reprlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, NamedTuple, Self, TypeVar

from . import _exceptions
from ._exceptions import InvalidArgumentError, PartnerCenterError

_T = TypeVar("_T")


class Member(NamedTuple):
    """Where one field stands on the wire.

    Attributes:
        names: wire names of the field, the one that wins first; `a.b` is member `b` of object `a`.
        read: makes the field's value from JSON; `ValueError` means that it cannot.
        write: makes JSON from the field's value.
        fallback: a name to look under when none of `names` is there; otherwise a member like any.
        cure: what to pass instead, for a member that must be there.
    """

    names: tuple[str, ...]
    read: Callable[[Any], Any]
    write: Callable[[Any], Any]
    fallback: str
    cure: str


def read_text(value: object) -> str:
    """Read a string."""
    if isinstance(value, str):
        return value
    raise ValueError


def read_id(value: object) -> str:
    """Read a string, or a whole number as its digits: ids come as either."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return read_text(value)


def read_integer(value: object) -> int:
    """Read a whole number."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError


def read_flag(value: object) -> bool:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    raise ValueError


def read_date(value: object) -> datetime:
    """Read an ISO 8601 date and time, UTC where it names no zone, to the microsecond.

    Nothing is guessed: who knows whether `07/09/2020: 00:00:00` is in July or in September?
    """
    # Compiled at first use: importing the package should cost little.
    if not isinstance(value, str) or not re.fullmatch(_ISO_8601, value, re.ASCII):
        raise ValueError
    date = datetime.fromisoformat(value)
    try:
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except OverflowError as error:
        raise ValueError from error


# `fromisoformat` takes more: dates alone, weeks, the hour 24, offsets to the second.
_ISO_8601 = (
    r"\d{4}-\d\d-\d\d[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d+)?)?"
    r"(Z|[+-]([01]\d|2[0-3]):?[0-5]\d)?"
)


def read_pairs(value: object) -> dict[str, Any]:
    """Read `[{"key": k, "value": v}, ...]` as a mapping."""
    if not isinstance(value, list):
        raise ValueError  # noqa: TRY004 - of the data, not of the program
    return dict(map(_read_pair, value))


def _read_pair(item: object) -> tuple[str, Any]:
    pair = dict(_mapping(item))
    key = _take(pair, "key", read_text)
    value = _key(pair, "value")
    if key is None or value is None:
        raise ValueError
    return key, pair[value]


def write_pairs(pairs: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Write a mapping as `[{"key": k, "value": v}, ...]`."""
    return [{"key": key, "value": value} for key, value in pairs.items()]


def read_error(value: object) -> PartnerCenterError:
    """Read `{"type": t, "message": m}` as an exception of that type, or of the base."""
    error = _mapping(value)
    kind = getattr(_exceptions, read_text(error.get("type")), None)
    message = read_text(error.get("message"))
    if isinstance(kind, type) and issubclass(kind, PartnerCenterError):
        return kind(message)
    return PartnerCenterError(message)


def write_error(error: PartnerCenterError) -> dict[str, str]:
    """Write an exception as its type and message."""
    return {"type": type(error).__name__, "message": error.args[0]}


def _as_it_is(value: object) -> object:
    return value


def _mapping(value: object) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise ValueError


def wire(
    *names: str,
    read: Callable[[Any], Any] = read_text,
    write: Callable[[Any], Any] = _as_it_is,
    fallback: str = "",
    cure: str = "",
) -> dict[str, Member]:
    """Make the metadata of a field; the parameters are those of `Member`."""
    return {"wire": Member(names, read, write, fallback, cure)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Base of the values that have a wire form."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make the value from a JSON object.

        Names match in any case, the documented spelling first; null counts as absent. What is
        unknown, or known and unreadable, is kept verbatim in `extra`.

        Args:
            data: the object, with wire names.

        Raises:
            InvalidArgumentError: when a member that the value cannot do without is missing or
                unreadable; where there is no `extra`, when a member is unknown or unreadable.
        """
        if not isinstance(data, Mapping):
            raise _refused(cls, "data", reprlib.repr(data), "pass a JSON object, as a mapping")
        rest = dict(data)
        members = _members(cls)
        parents = _parents(members)
        for parent in parents:
            if (inner := _take(rest, parent, _mapping)) is not None:
                rest[parent] = dict(inner)
        values = {name: _read(cls, rest, member) for name, member in members.items()}
        values = {name: value for name, value in values.items() if value is not None}
        rest = {key: value for key, value in rest.items() if key not in parents or value != {}}
        if any(field.name == "extra" for field in fields(cls)):
            values["extra"] = rest
        elif rest:
            known = ", ".join(member.names[0] for member in members.values())
            name, value = next(iter(rest.items()))
            raise _refused(cls, name, reprlib.repr(value), f"it takes {known}")
        make: Callable[..., Self] = cls
        return make(**values)

    def to_dict(self) -> dict[str, Any]:
        """Make the JSON object: wire names, what is absent left out, `extra` merged back in."""
        data = dict(getattr(self, "extra", {}))
        for name, member in _members(type(self)).items():
            value = getattr(self, name)
            if value is None or value == {}:
                continue
            parent, _, key = member.names[0].rpartition(".")
            holder = data
            if parent:
                inner = data.get(parent)
                holder = data[parent] = dict(inner) if isinstance(inner, Mapping) else {}
            holder[key] = member.write(value)
        return data


def _members(cls: type[Value]) -> dict[str, Member]:
    """Get the members of a class by the names of its fields."""
    return {field.name: field.metadata["wire"] for field in fields(cls) if "wire" in field.metadata}


def _parents(members: Mapping[str, Member]) -> set[str]:
    """Get the objects inside the object that hold fields."""
    names = (name for member in members.values() for name in member.names)
    return {name.rpartition(".")[0] for name in names} - {""}


def _read(cls: type[Value], rest: dict[str, Any], member: Member) -> object:
    """Take a field's value out of `rest`, under whichever name it has one."""
    # All of the names are taken, so that a second date does not come up as an unknown member.
    found = [_take(rest, name, member.read) for name in member.names]
    if found == [None] and member.fallback:
        found = [_take(rest, member.fallback, member.read)]
    value = next((value for value in found if value is not None), None)
    if value is None and member.cure:
        name = member.names[0]
        key = _key(rest, name)
        shown = "missing" if key is None else reprlib.repr(rest[key])
        raise _refused(cls, name, shown, member.cure)
    return value


def _refused(cls: type[Value], field: str, value: str, cure: str) -> InvalidArgumentError:
    message = f"{cls.__name__} cannot be read: {field} is {value}; {cure}"
    return InvalidArgumentError(message, field=field, value=value, cure=cure)


def _take(rest: dict[str, Any], path: str, read: Callable[[Any], _T]) -> _T | None:
    """Take out a member that `read` understands; one that it does not stays where it is."""
    parent, _, name = path.rpartition(".")
    holder = rest.get(parent) if parent else rest
    if not isinstance(holder, dict) or (key := _key(holder, name)) is None:
        return None
    value = holder[key]
    try:
        taken = None if value is None else read(value)
    except ValueError:
        return None
    del holder[key]
    return taken


def _key(holder: Mapping[str, Any], name: str) -> str | None:
    """Find the key as it stands in the object: the exact name before one in another case."""
    if name in holder:
        return name
    return min((key for key in holder if key.lower() == name.lower()), default=None)
