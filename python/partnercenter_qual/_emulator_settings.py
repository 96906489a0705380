"""What an emulator is made from."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from . import _arguments as arguments
from . import _emulator_arguments as checks

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from os import PathLike

    Customers: TypeAlias = int | Sequence[Mapping[str, Any]] | str | PathLike[str]


@dataclass(frozen=True, slots=True)
class VettingRule:
    """How requests for Education are vetted.

    A decision waits for `after` and for `reads`, whichever takes longer; with neither, it comes
    half a day to three days after the request, as the seed has it.

    Attributes:
        after: decide this many seconds of virtual time after the request.
        reads: decide once the customer's qualifications were read this often: so many reads show
            `InReview`, the next one the decision.
        outcomes: how often `Approved`, `Denied` and `InReview`, which is never decided, come out,
            as weights; None is `{"Approved": 0.7, "Denied": 0.3}`.
        reason: the reason of every denial; None draws one of the documented ones.
        no_longer_after: so many seconds of virtual time after an approval, it becomes a denial:
            "No longer an Education Customer"; None is never.
        no_longer_share: which share of the approved that happens to, 0 to 1.
    """

    after: float | None = None
    _: KW_ONLY
    reads: int | None = None
    outcomes: Mapping[str, float] | None = None
    reason: str | None = None
    no_longer_after: float | None = None
    no_longer_share: float = 1.0


Vetting: TypeAlias = Literal["manual", "immediate", "seeded"] | VettingRule
"""How Education is vetted: by `decide` alone, at the next read, or as the seed has it after half a
day to three days; or by a `VettingRule`."""

Throttle: TypeAlias = Literal["window", "bucket"]
"""How limits are kept: so many requests in a window, or tokens that fill up evenly over it."""


class Wire(TypedDict, total=False):
    """In which of the forms that were seen, or documented, the service answers.

    Attributes:
        qualifications: the body of a customer's qualifications: an array (the default), an object
            around it, or the first one alone.
        created: the answer to a request: 201 and the qualification (the default), or 200 and an
            object around an array.
        none: the body for a customer without a qualification: an empty array (the default), or an
            item called `None`.
        members: `vettingStatus` (the default) or `VettingStatus`.
        date_member: the member that has the date of a request.
        dates: .NET's seven digits and offset (the default), milliseconds, seconds, or as in the
            API's change log.
        names: `GovernmentCommunityCloud` (the default), `government_community_cloud` or
            `governmentcommunitycloud`.
        bom: whether JSON starts with a byte order mark (it does).
        next_link: whether next links start with the version, `/v1` (they do), or not.
        error_code: whether error codes are numbers (they are) or strings.
        retired_pair: whether `GET` and `PUT customers/{id}/qualification` are served (no).
    """

    qualifications: Literal["array", "wrapper", "object"]
    created: Literal["object", "wrapper"]
    none: Literal["empty", "item"]
    members: Literal["camel", "pascal"]
    date_member: Literal["vettingCreateDate", "vettingCreatedDate"]
    dates: Literal["offset", "milliseconds", "seconds", "change_log"]
    names: Literal["pascal", "snake", "squashed"]
    bom: bool
    next_link: Literal["version", "plain"]
    error_code: Literal["number", "string"]
    retired_pair: bool


def read(customers: Customers, options: Mapping[str, object]) -> tuple[dict[str, Any], str | None]:
    """Take the options of an emulator as the core reads them, and the file with its customers."""
    settings = {name: _CHECKS[name](name, value) for name, value in options.items()}
    path = checks.optional_path("customers", customers)
    if path is None:
        settings["customers"] = _customers("customers", customers)
    return settings, path


def _customers(field: str, customers: object) -> int | list[Any]:
    if isinstance(customers, int):
        return arguments.whole(field, customers)
    cure = "pass a count, a list of dicts, or the path of a CSV or JSON file"
    return checks.json_list(field, customers, cure)


def _seed(field: str, seed: object) -> int:
    # The core's is unsigned.
    return arguments.whole(field, seed) % (1 << 64)


def _vetting(field: str, vetting: object) -> object:
    if vetting is None:
        return "seeded"
    if isinstance(vetting, VettingRule):
        rule = {each.name: getattr(vetting, each.name) for each in fields(VettingRule)}
        return checks.json_object(field, rule)
    if vetting not in ("manual", "immediate", "seeded"):
        cure = "pass 'seeded', 'manual', 'immediate' or a VettingRule"
        raise arguments.refused(field, vetting, cure)
    return vetting


def _wire(field: str, wire: object) -> object:
    return checks.json_object(field, {} if wire is None else wire)


_CHECKS: dict[str, Callable[[str, object], object]] = {
    "seed": _seed,
    "vetting": _vetting,
    "requests_per_window": checks.optional_whole,
    "window": checks.number,
    "dedupe": arguments.flag,
    "wire": _wire,
    "mix": checks.optional_json_object,
    "throttle": arguments.text,
    "customer_requests_per_window": checks.optional_whole,
    "token_lifetime": checks.number,
    "continuation_token_lifetime": checks.optional_number,
    "journal_size": arguments.whole,
}
