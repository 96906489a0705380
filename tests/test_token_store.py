"""A refresh token in a file: how it gets there, and that it stays when it must."""

import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import AuthenticationError, Emulator

from .rotating import kept, rotate, signed_in, stored, token_requests, works, write

unix = pytest.mark.skipif(os.name != "posix", reason="the system has other rights")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "refresh-token"


@pytest.fixture
def umask() -> Iterator[Callable[[int], int]]:
    before = os.umask(0o022)
    yield os.umask
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def beside(path: Path) -> set[str]:
    """Give what else there is, but for the lock, which stays."""
    return {entry.name for entry in path.parent.iterdir()} - {path.name, f"{path.name}.lock"}


class TestKeeping:
    def test_the_file_appears_with_a_token_to_keep(self, emulator: Emulator, path: Path) -> None:
        first = emulator.refresh_token
        credential = signed_in(emulator, first, store=path)
        assert not path.exists()
        rotate(credential)
        assert kept(path) not in {first, ""}
        assert works(emulator, kept(path))

    @unix
    @pytest.mark.parametrize("mask", [0o000, 0o022, 0o077], ids=oct)
    def test_it_is_its_owners_alone(
        self, emulator: Emulator, path: Path, umask: Callable[[int], int], mask: int
    ) -> None:
        umask(mask)
        credential = signed_in(emulator, emulator.refresh_token, store=path)
        for _ in range(2):
            rotate(credential)
            assert mode(path) == 0o600

    @unix
    def test_a_file_that_only_its_owner_can_read_may_have_fewer_rights(
        self, emulator: Emulator, path: Path
    ) -> None:
        write(path, stored(emulator.refresh_token), mode=0o400)
        rotate(signed_in(emulator, None, store=path))
        assert mode(path) == 0o600

    @unix
    def test_it_is_replaced_as_a_whole(self, emulator: Emulator, path: Path) -> None:
        credential = signed_in(emulator, emulator.refresh_token, store=path)
        rotate(credential)
        before, inode = kept(path), path.stat().st_ino
        with path.open() as open_before:
            rotate(credential)
            assert json.load(open_before)["refresh_token"] == before, "it was not written into"
        assert path.stat().st_ino != inode
        assert kept(path) != before
        assert beside(path) == set()

    @unix
    def test_a_link_stays_a_link(self, emulator: Emulator, path: Path) -> None:
        link = path.with_name("link")
        link.symlink_to(write(path, stored(emulator.refresh_token)))
        before, inode = path.read_text(), path.stat().st_ino
        rotate(signed_in(emulator, None, store=link))
        assert link.readlink() == path
        assert path.stat().st_ino != inode
        assert kept(path) != before

    @unix
    def test_a_link_that_leads_nowhere_yet_stays_a_link(
        self, emulator: Emulator, path: Path
    ) -> None:
        link = path.with_name("link")
        link.symlink_to(path)
        rotate(signed_in(emulator, emulator.refresh_token, store=link))
        assert link.readlink() == path
        assert works(emulator, kept(path))

    @pytest.mark.parametrize("there", [False, True], ids=["new", "there"])
    def test_a_relative_path_means_the_folder_of_the_start(
        self, emulator: Emulator, path: Path, monkeypatch: pytest.MonkeyPatch, *, there: bool
    ) -> None:
        elsewhere = path.parent / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(path.parent)
        first = emulator.refresh_token
        if there:
            write(path, stored(first))
        credential = signed_in(emulator, first, store=path.name)
        monkeypatch.chdir(elsewhere)
        rotate(credential)
        assert list(elsewhere.iterdir()) == []
        assert works(emulator, kept(path))

    @pytest.mark.parametrize("kind", [str, Path])
    def test_a_path_is_a_str_or_a_path(
        self, emulator: Emulator, path: Path, kind: Callable[[Path], Any]
    ) -> None:
        rotate(signed_in(emulator, emulator.refresh_token, store=kind(path)))
        assert works(emulator, kept(path))

    @unix
    def test_what_a_killed_process_left_is_overwritten(
        self, emulator: Emulator, path: Path
    ) -> None:
        unfinished = write(path.with_name(f"{path.name}.new"), '{"refresh_tok', mode=0o644)
        rotate(signed_in(emulator, emulator.refresh_token, store=path))
        assert works(emulator, kept(path))
        assert mode(path) == 0o600
        assert not unfinished.exists()


class TestFailing:
    def test_what_cannot_be_saved_is_saved_later(self, emulator: Emulator, path: Path) -> None:
        credential = signed_in(emulator, emulator.refresh_token, store=path)
        rotate(credential)
        before = path.read_bytes()
        in_the_way = path.with_name(f"{path.name}.new")
        in_the_way.mkdir()
        for _ in range(2):
            with pytest.raises(AuthenticationError, match=str(path)):
                rotate(credential)
            assert path.read_bytes() == before
        assert len(token_requests(emulator)) == 2, "the one that is not saved yet is not used"
        in_the_way.rmdir()
        rotate(credential)
        assert {entry.status for entry in token_requests(emulator)} == {200}
        assert works(emulator, kept(path))

    def test_without_the_lock_nothing_is_used(self, emulator: Emulator, path: Path) -> None:
        credential = signed_in(emulator, None, store=write(path, stored(emulator.refresh_token)))
        in_the_way = path.with_name(f"{path.name}.lock")
        in_the_way.mkdir()
        with pytest.raises(AuthenticationError, match=str(in_the_way)):
            rotate(credential)
        assert token_requests(emulator) == []
        in_the_way.rmdir()
        assert rotate(credential)

    def test_a_refusal_leaves_the_file_alone(self, emulator: Emulator, path: Path) -> None:
        credential = signed_in(emulator, emulator.refresh_token, store=path)
        rotate(credential)
        before = path.read_bytes()
        emulator.inject(400, path="/oauth2/", body={"error": "invalid_request"})
        with pytest.raises(AuthenticationError, match="invalid_request"):
            rotate(credential)
        assert path.read_bytes() == before
        assert rotate(credential)
