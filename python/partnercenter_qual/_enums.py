"""The API's enumerations, left open: the service may answer with a value that no document lists."""

from enum import StrEnum
from typing import Self


class OpenEnum(StrEnum):
    """A string enumeration that keeps a value it does not know instead of refusing it.

    A member is a `str`: it equals, hashes and prints as it stands on the wire. Any documented
    spelling gives the documented member: case, underscores and spaces make no difference.
    Any other string gives a member of its own with `is_known == False`, made anew each time, so
    that a server's whims fill no memory; two of the same text are equal.

    Raises:
        ValueError: for anything that is neither a string nor, where documented, an integer.
    """

    @property
    def is_known(self) -> bool:
        """Whether the value is a documented one."""
        return any(self is member for member in type(self))

    def __repr__(self) -> str:
        # As it prints: a `Qualification` in a notebook cell stays readable.
        return str(self)

    def __reduce_ex__(self, proto: object) -> tuple[type[Self], tuple[str]]:
        # By value: an early 3.11 pickles and copies by name, and an unknown member has none there.
        return type(self), (str(self),)

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        folded = _fold(value)
        known = next((member for member in cls if _fold(member) == folded), None)
        return known if known is not None else cls._unknown(value)

    @classmethod
    def _unknown(cls, text: str) -> Self:
        unknown = str.__new__(cls, text)
        unknown._name_ = unknown._value_ = str(text)
        return unknown


def _fold(text: str) -> str:
    """Drop what the spellings of one value differ in."""
    return text.replace("_", "").replace(" ", "").lower()


class QualificationType(OpenEnum):
    """What a customer may be qualified as.

    The integers of the retired synchronous call are taken too: 0 is `NONE`, 4 `STATE_OWNED_ENTITY`.
    An integer beyond these becomes an unknown member with its digits as text.

    Members:
        NONE: no qualification.
        EDUCATION: education, vetted.
        NONPROFIT: non-profit; obtained outside the API, readable in it.
        GOVERNMENT_COMMUNITY_CLOUD: US Government Community Cloud (GCC); needs a validation code.
        STATE_OWNED_ENTITY: state-owned entity, not vetted.
    """

    NONE = "None"
    EDUCATION = "Education"
    NONPROFIT = "Nonprofit"
    GOVERNMENT_COMMUNITY_CLOUD = "GovernmentCommunityCloud"
    STATE_OWNED_ENTITY = "StateOwnedEntity"

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, int) or isinstance(value, bool):
            return super()._missing_(value)
        # The documented integer of a value is its place above.
        return dict(enumerate(cls)).get(value) or cls._unknown(str(int(value)))


class VettingStatus(OpenEnum):
    """How far the vetting of a qualification has come.

    Members:
        IN_REVIEW: not decided yet.
        APPROVED: granted.
        DENIED: refused; `Qualification.vetting_reason` says why.
    """

    IN_REVIEW = "InReview"
    APPROVED = "Approved"
    DENIED = "Denied"


class EducationSegment(OpenEnum):
    """The kind of school, asked for with `QualificationType.EDUCATION`.

    Members:
        K12: primary and secondary education.
        HIGHER_EDUCATION: colleges and universities.
    """

    K12 = "K12"
    HIGHER_EDUCATION = "HigherEducation"
