"""What changes the course of an emulator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from . import _arguments as arguments
from . import _emulator_arguments as checks
from ._emulator_snapshot import Snapshot, snapshot_of
from ._whole_file import whole_file

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from os import PathLike
    from uuid import UUID

    from . import _core
    from ._enums import QualificationType, VettingStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A rule that `inject` made.

    Attributes:
        id: what `inject` returned.
        enabled: whether it is switched on.
        matched: how many requests it was for.
        fired: how many of them it befell.
        rule: the arguments that `inject` was given, those at their defaults excepted; a body of
            JSON is text.
    """

    id: int
    enabled: bool
    matched: int
    fired: int
    rule: Mapping[str, Any]


def _fault(row: dict[str, Any]) -> Fault:
    named = {name: row.pop(name) for name in ("id", "enabled", "matched", "fired")}
    return Fault(**named, rule=_arguments(row))


def _arguments(rule: dict[str, Any]) -> dict[str, Any]:
    encoded = rule.pop("body_base64")
    if encoded is not None:
        rule["body"] = checks.decoded(encoded)
    defaults = dict(Levers.inject.__kwdefaults__ or {}, status=None, headers={})
    return {name: value for name, value in rule.items() if value != defaults[name]}


class Levers:
    """The clock, the decisions, the faults, and the way back."""

    _core: _core.Emulator

    @property
    def now(self) -> datetime:
        """The virtual time in UTC: the real one plus what it was advanced by, unless frozen."""
        return self._core.now

    @property
    def is_frozen(self) -> bool:
        """Whether the virtual clock stands still."""
        return self._core.is_frozen

    def advance(self, seconds: float) -> None:
        """Move the virtual clock forward. Tokens, vetting, windows and waits follow.

        Args:
            seconds: by how much.

        Raises:
            InvalidArgumentError: `seconds` is negative, or leads past the year 9998.
        """
        self._core.advance(checks.number("seconds", seconds))

    def freeze(self) -> None:
        """Stop the virtual clock; only `advance` moves it then."""
        self._core.freeze()

    def unfreeze(self) -> None:
        """Let the virtual clock run again, from where it stood."""
        self._core.unfreeze()

    def decide(
        self,
        customer_id: str | UUID,
        qualification: QualificationType | str,
        status: VettingStatus | str,
        reason: str | None = None,
    ) -> None:
        """Decide a qualification at once; where the customer has none of the kind, create it.

        Args:
            customer_id: one of `customer_ids`.
            qualification: any but `None`.
            status: `InReview`, `Approved` or `Denied`.
            reason: the vetting reason, such as "No longer an Education Customer".

        Raises:
            InvalidArgumentError: there is no such customer, qualification or status.
        """
        self._core.decide(
            arguments.guid("customer_id", customer_id),
            arguments.qualification(qualification),
            arguments.text("status", status),
            arguments.optional_text("reason", reason),
        )

    def inject(
        self,
        status: int | None = None,
        *,
        method: str | None = None,
        path: str | None = None,
        customer_id: str | UUID | None = None,
        nth: int | None = None,
        times: int | None = 1,
        probability: float = 1.0,
        after_effect: bool = False,
        retry_after: float | str | None = None,
        delay: float | None = None,
        reset: bool = False,
        cut: int | None = None,
        body: str | bytes | Mapping[str, Any] | Sequence[Any] | None = None,
        code: int | None = None,
        headers: Mapping[str, str] | None = None,
        size: int | None = None,
        gzip_size: int | None = None,
        slow_headers: float | None = None,
        slow_body: float | None = None,
    ) -> int:
        """Make requests fail. Rules are tried in their order; the first that fires is the only one.

        With a `status`, a `code` or a `reset`, the request is not carried out unless
        `after_effect`; with the other faults it is.

        Args:
            status: answer this, 200 to 599; without a `body`, with its documented body, and for 429
                with a Retry-After.
            method: only requests with this method.
            path: only requests whose path, query included, contains this, in any case. Requests to
                Entra are picked by a path alone, such as "/oauth2/".
            customer_id: only requests whose path names this customer.
            nth: fire on this matching request alone, the first being 1.
            times: fire this often; None is for ever.
            probability: fire on this share of the matching requests, 0 to 1, drawn from the seed.
            after_effect: carry the request out first.
            retry_after: the Retry-After to answer: seconds, or the header's value, such as a date.
            delay: hold the answer back for so many seconds of real time.
            reset: reset the connection instead of answering.
            cut: send only so many bytes of the body, then close; never all of it.
            body: answer this; text and bytes are sent as they are, anything else as JSON.
            code: answer this documented error code, such as 900421, with its status and text.
            headers: further headers of the answer. A redirect is
                `inject(307, headers={"Location": "https://elsewhere.example/"})`.
            size: pad the body with blanks to so many bytes; JSON stays JSON.
            gzip_size: answer a gzip body that unpacks to so many bytes of blanks.
            slow_headers: send the head of the answer bit by bit over so many seconds of real time.
            slow_body: send the body bit by bit over so many seconds of real time.

        Returns:
            The rule's id, for `switch_fault` and `remove_fault`.

        Raises:
            InvalidArgumentError: an argument is of the wrong type or out of range, or nothing was
                said of what is to happen.
        """
        rule = {
            "status": checks.optional_whole("status", status),
            "method": arguments.optional_text("method", method),
            "path": arguments.optional_text("path", path),
            "customer_id": checks.optional_guid("customer_id", customer_id),
            "nth": checks.optional_whole("nth", nth),
            "probability": checks.number("probability", probability),
            "after_effect": arguments.flag("after_effect", after_effect),
            "retry_after": checks.retry_after(retry_after),
            "delay": checks.optional_number("delay", delay),
            "reset": arguments.flag("reset", reset),
            "cut": checks.optional_whole("cut", cut),
            "code": checks.optional_whole("code", code),
            "headers": checks.optional_json_object("headers", headers),
            "size": checks.optional_whole("size", size),
            "gzip_size": checks.optional_whole("gzip_size", gzip_size),
            "slow_headers": checks.optional_number("slow_headers", slow_headers),
            "slow_body": checks.optional_number("slow_body", slow_body),
        }
        given = {name: value for name, value in rule.items() if value is not None}
        times = checks.optional_whole("times", times)
        return self._core.inject(given | {"times": times} | checks.body(body))

    @property
    def faults(self) -> list[Fault]:
        """The rules that were injected, oldest first; those that are spent stay among them."""
        return [_fault(row) for row in self._core.faults()]

    def switch_fault(self, fault_id: int, *, enabled: bool) -> None:
        """Switch a rule on or off.

        Args:
            fault_id: what `inject` returned.
            enabled: whether it is to befall requests.

        Raises:
            InvalidArgumentError: there is no such rule.
        """
        self._core.switch_fault(
            arguments.whole("fault_id", fault_id), arguments.flag("enabled", enabled)
        )

    def remove_fault(self, fault_id: int) -> None:
        """Remove a rule.

        Args:
            fault_id: what `inject` returned.

        Raises:
            InvalidArgumentError: there is no such rule.
        """
        self._core.remove_fault(arguments.whole("fault_id", fault_id))

    def clear_faults(self) -> None:
        """Remove all rules."""
        self._core.clear_faults()

    def reset(self) -> None:
        """Go back to the start: qualifications, counters, faults, records, clock and windows.

        Refresh tokens and device codes are forgotten too; registered certificates stay.
        """
        self._core.reset()

    def snapshot(self) -> Snapshot:
        """Keep all there is: customers, requests, faults, clock, journal, and the settings.

        Returns:
            What `restore` takes, of this emulator and of any other. It holds no token or secret.
        """
        return Snapshot(self._core.snapshot())

    def restore(self, snapshot: Snapshot | str | PathLike[str]) -> None:
        """Bring back all that a snapshot keeps, its settings and its tenant too.

        The virtual clock is again as far ahead of the real one as it was, or frozen where it was.

        Args:
            snapshot: what `snapshot` returned, or the path of a file that `save` wrote.

        Raises:
            InvalidArgumentError: it is none, or cannot be read; nothing was changed.
        """
        self._core.restore(snapshot_of(snapshot))

    def save(self, path: str | PathLike[str]) -> None:
        """Write a snapshot to a file, in one step: whole or not at all.

        Args:
            path: the file, which is replaced.

        Raises:
            InvalidArgumentError: it is no path.
            OSError: it cannot be written.
        """
        with whole_file(checks.path("path", path)) as file:
            file.write(self._core.snapshot())
