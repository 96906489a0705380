"""The open enumerations: every spelling, every integer, and what nobody has documented."""

import copy
import gc
import json
import pickle
import weakref
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partnercenter_qual import EducationSegment, QualificationType, VettingStatus

Json = Any  # what JSON can hold
OpenEnum = type[QualificationType] | type[VettingStatus] | type[EducationSegment]
ENUMS: list[OpenEnum] = [QualificationType, VettingStatus, EducationSegment]

texts = st.text()


@pytest.mark.parametrize("enum", ENUMS)
def test_every_documented_spelling_gives_the_member(enum: OpenEnum) -> None:
    for member in enum:
        spellings = {str(member), member.lower(), member.upper(), member.name, member.name.lower()}
        for spelling in spellings | {member.name.replace("_", " ").capitalize()}:
            assert enum(spelling) is member, spelling


def test_the_members_are_their_wire_strings() -> None:
    assert [list(enum) for enum in ENUMS] == [
        ["None", "Education", "Nonprofit", "GovernmentCommunityCloud", "StateOwnedEntity"],
        ["InReview", "Approved", "Denied"],
        ["K12", "HigherEducation"],
    ]
    for enum in ENUMS:
        for member in enum:
            assert member.is_known
            assert {member: 1} == {member.value: 1}
            assert json.dumps(member) == f'"{member}"' == f'"{member.value}"'
            assert f"{member:>30}" == member.value.rjust(30)


def test_the_integers_of_qualifications() -> None:
    integers: Json = range(-1, 6)
    expected = ["-1", *QualificationType, "5"]
    assert [QualificationType(integer) for integer in integers] == expected
    assert [QualificationType(integer).is_known for integer in integers] == [
        False,
        *[True] * 5,
        False,
    ]


@pytest.mark.parametrize("enum", ENUMS)
@pytest.mark.parametrize("value", [None, True, False, 1.0, b"Education", [], {}])
def test_what_is_neither_text_nor_integer_is_refused(enum: OpenEnum, value: Json) -> None:
    with pytest.raises(ValueError, match="is not a valid"):
        enum(value)


@pytest.mark.parametrize("enum", [VettingStatus, EducationSegment])
def test_only_qualifications_have_integers(enum: OpenEnum) -> None:
    with pytest.raises(ValueError, match="1 is not a valid"):
        enum(1)  # type: ignore[arg-type]


@given(st.sampled_from(ENUMS), texts.map("?".__add__))
def test_an_unknown_value_is_kept_as_it_came(enum: OpenEnum, text: str) -> None:
    unknown = enum(text)
    assert isinstance(unknown, enum)
    assert not unknown.is_known
    assert unknown == text == unknown.value == str(unknown) == f"{unknown}"
    assert hash(unknown) == hash(text)
    assert {unknown: 1} == {text: 1}
    assert json.loads(json.dumps(unknown)) == text
    assert repr(unknown) == text
    assert unknown not in list(enum)
    assert unknown == enum(text) != enum(text + "?")


@given(st.sampled_from(ENUMS), texts)
def test_members_survive_pickle_and_copy(enum: OpenEnum, text: str) -> None:
    for member in [*enum, enum(text)]:
        for again in (pickle.loads(pickle.dumps(member)), copy.copy(member), copy.deepcopy(member)):  # noqa: S301 - our own pickle
            assert (again, type(again), again.is_known) == (member, enum, member.is_known)
            assert again is member or not member.is_known


def test_an_unknown_value_is_not_remembered() -> None:
    reference = weakref.ref(QualificationType("Foo"))
    gc.collect()
    assert reference() is None
