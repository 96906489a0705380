"""What an emulator is made from."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, TypeAlias, TypedDict

from . import _arguments as arguments
from . import _emulator_arguments as checks

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
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
        retired_pair: whether `GET` and `PUT customers/{id}/qualification` are served (they are not).
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


def vetting(vetting: Vetting | None) -> str | dict[str, Any]:
    """Take a rule or its short name, as the core reads it."""
    if vetting is None:
        return "seeded"
    if isinstance(vetting, VettingRule):
        rule = {field.name: getattr(vetting, field.name) for field in fields(VettingRule)}
        return checks.json_object("vetting", rule)
    if vetting not in ("manual", "immediate", "seeded"):
        cure = "pass 'seeded', 'manual', 'immediate' or a VettingRule"
        raise arguments.refused("vetting", vetting, cure)
    return vetting


def customers(customers: Customers) -> tuple[int | list[Any] | None, str | None]:
    """Take a count or a list, or the path of a file that the core reads."""
    if isinstance(customers, int):
        return arguments.whole("customers", customers), None
    path = checks.optional_path("customers", customers)
    if path is not None:
        return None, path
    cure = "pass a count, a list of dicts, or the path of a CSV or JSON file"
    return checks.json_list("customers", customers, cure), None
