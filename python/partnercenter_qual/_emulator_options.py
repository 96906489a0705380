"""The options of `python -m partnercenter_qual emulator`, read into what they stand for.

Only what a text must become is settled here; what a value may be is for the emulator to say.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

_T = TypeVar("_T")

# The same every time, so that other programs can be set up for it, and none that common servers
# take (3000, 5000, 8000, 8080, 8888).
PORT = 8765

# The options that are arguments of `Emulator`, under the same names.
SETTINGS = (
    "port",
    "customers",
    "seed",
    "mix",
    "vetting",
    "requests_per_window",
    "customer_requests_per_window",
    "window",
    "throttle",
    "dedupe",
    "wire",
    "token_lifetime",
    "continuation_token_lifetime",
    "journal_size",
    "tls",
)

_EXAMPLES = """\
examples:
  python -m partnercenter_qual emulator
      100 customers on port 8765; the page is at http://127.0.0.1:8765/_emulator/

  python -m partnercenter_qual emulator --customers 5000 --mix Education=0.2 \\
      --mix Education:Denied=0.05 --vetting manual --state partner.json
      a fifth has Education already, you decide the rest, and the next start goes on from there

  python -m partnercenter_qual emulator --customers school.csv --vetting '{"reads": 3}' \\
      --requests-per-window 60 --wire created=wrapper --wire bom=true
      your own customers, decisions at the fourth look, limits, and other forms of the answers

  python -m partnercenter_qual emulator --port 0 --json
      for a program that starts it: one line of JSON says where it listens
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the options of the command. One that is not given leaves no attribute behind."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.argument_default = argparse.SUPPRESS
    parser.epilog = _EXAMPLES
    _add_partner(parser.add_argument_group("the partner and its customers"))
    _add_service(parser.add_argument_group("how the service answers"))
    _add_process(parser.add_argument_group("where it is, and what it leaves"))


def _add_partner(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--customers",
        type=_customers,
        metavar="N|FILE",
        help="how many (100), or a .csv or .json file that lists them",
    )
    group.add_argument("--seed", type=_whole, help="where ids, names and chance come from (0)")
    group.add_argument(
        "--mix",
        action=_Pairs,
        type=_share,
        metavar="KEY=SHARE",
        help="share of customers that start with a qualification, as Education=0.2 or "
        "Education:Denied=0.1; can be repeated",
    )
    group.add_argument(
        "--vetting",
        type=_vetting,
        metavar="RULE",
        help="seeded, manual, immediate, or a rule as JSON, as "
        '\'{"after": 3600, "outcomes": {"Approved": 1}}\' (seeded)',
    )


def _add_service(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--requests-per-window", type=_whole, metavar="N", help="the rest gets 429 (no limit)"
    )
    group.add_argument(
        "--customer-requests-per-window",
        type=_whole,
        metavar="N",
        help="the same for each customer (no limit)",
    )
    group.add_argument("--window", type=_seconds, metavar="SECONDS", help="of those limits (60)")
    group.add_argument("--throttle", metavar="KIND", help="window or bucket (window)")
    group.add_argument(
        "--no-dedupe",
        dest="dedupe",
        action="store_const",
        const=False,
        help="judge a request repeated under its MS-RequestId like any other, instead of "
        "answering it as the first time",
    )
    group.add_argument(
        "--wire",
        action=_Pairs,
        type=_switch,
        metavar="NAME=VALUE",
        help="a form of the answers, as created=wrapper or bom=true; can be repeated",
    )
    group.add_argument(
        "--token-lifetime", type=_seconds, metavar="SECONDS", help="of access tokens (3600)"
    )
    group.add_argument(
        "--continuation-token-lifetime",
        type=_seconds_or_never,
        metavar="SECONDS",
        help="of the links to a next page; never is for ever (3600)",
    )
    group.add_argument("--frozen", action="store_true", help="start with the clock standing still")


def _add_process(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--port", type=_whole, default=PORT, help=f"to listen on; 0 picks a free one ({PORT})"
    )
    group.add_argument("--tls", action="store_true", help="serve https, under a CA made at start")
    group.add_argument(
        "--ca-file",
        type=Path,
        metavar="PATH",
        help="with --tls: put that CA's certificate here; it is removed at the end",
    )
    group.add_argument(
        "--state",
        type=Path,
        metavar="FILE",
        help="go on from this file if it is there, whatever the options about the partner, the "
        "service and the journal say, and save to it at the end",
    )
    group.add_argument(
        "--journal-size", type=_whole, metavar="N", help="how many requests it keeps (100000)"
    )
    group.add_argument("--show-secret", action="store_true", help="print the client secret too")
    group.add_argument("--json", action="store_true", help="print one line of JSON instead")


class _Pairs(argparse.Action):
    """Collects the pairs of an option that can be repeated."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse passes it
        namespace: argparse.Namespace,
        values: Any,  # noqa: ANN401 - the pair that `type` made
        option_string: str | None = None,  # noqa: ARG002 - as above
    ) -> None:
        key, value = values
        setattr(namespace, self.dest, {**getattr(namespace, self.dest, {}), key: value})


def _refused(text: str, cure: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(f"{text!r} was refused: {cure}")


def _number(text: str, kind: Callable[[str], _T], cure: str) -> _T:
    try:
        return kind(text)
    except ValueError:
        raise _refused(text, cure) from None


def _whole(text: str) -> int:
    return _number(text, int, "pass a whole number")


def _seconds(text: str) -> float:
    return _number(text, float, "pass a number of seconds, such as 60")


def _seconds_or_never(text: str) -> float | None:
    return None if text == "never" else _seconds(text)


def _customers(text: str) -> int | Path:
    try:
        return int(text)
    except ValueError:
        return Path(text)


def _pair(text: str, cure: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not (key and equals and value):
        raise _refused(text, cure)
    return key, value


def _share(text: str) -> tuple[str, float]:
    cure = "pass a qualification and its share, such as Education=0.2"
    key, value = _pair(text, cure)
    return key, _number(value, float, cure)


def _switch(text: str) -> tuple[str, str | bool]:
    key, value = _pair(text, "pass a switch and its value, such as created=wrapper")
    return key, {"true": True, "false": False}.get(value, value)


def _vetting(text: str) -> Any:  # noqa: ANN401 - a name or a rule
    if not text.lstrip().startswith("{"):
        return text
    from .emulator import VettingRule  # noqa: PLC0415 - a name needs no emulator

    cure = "pass seeded, manual, immediate, or a rule as JSON"
    try:
        return VettingRule(**json.loads(text))
    except json.JSONDecodeError as error:
        raise _refused(text, f"{cure} ({error})") from None
    except TypeError:
        members = ", ".join(VettingRule.__dataclass_fields__)
        raise _refused(text, f"{cure}, whose members are {members}") from None
