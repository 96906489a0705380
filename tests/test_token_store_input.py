"""What a store is taken for: files made by hand, of others, open to others, and what is none."""

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from partnercenter_qual import (
    AuthenticationError,
    ConfigurationError,
    DeviceCodeCredential,
    Emulator,
    RefreshTokenCredential,
)

from .rotating import kept, rotate, signed_in, stored, token_requests, works, write

OTHER_CLIENT_ID = "5f6f2c1e-0d6b-4d0b-8f56-7a5f7d1a9d11"
TOKEN = "0.a-refresh-token"  # noqa: S105 - opens nothing
LARGEST = 32 * 1024

unix = pytest.mark.skipif(os.name != "posix", reason="the system has other rights")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "refresh-token"


def refused(emulator: Emulator, store: Any, refresh_token: str | None = None) -> ConfigurationError:  # noqa: ANN401 - the wrong types are the point
    with pytest.raises(ConfigurationError) as caught:
        signed_in(emulator, refresh_token, store=store)
    assert token_requests(emulator) == []
    return caught.value


class TestTaking:
    def test_one_in_json_may_leave_the_application_out(
        self, emulator: Emulator, path: Path
    ) -> None:
        write(path, json.dumps({"refresh_token": emulator.refresh_token}))
        assert rotate(signed_in(emulator, None, store=path))

    def test_a_stored_token_goes_before_the_one_that_was_passed(
        self, emulator: Emulator, path: Path
    ) -> None:
        rotate(signed_in(emulator, emulator.refresh_token, store=path))
        rotate(signed_in(emulator, "0.long-forgotten", store=path))
        assert [entry.status for entry in token_requests(emulator)] == [200, 200]
        assert works(emulator, kept(path))

    def test_the_one_that_was_passed_helps_out_a_stale_store(
        self, emulator: Emulator, path: Path
    ) -> None:
        write(path, stored(TOKEN))
        credential = signed_in(emulator, emulator.refresh_token, store=path)
        for _ in range(2):
            assert rotate(credential)
        assert [entry.status for entry in token_requests(emulator)] == [400, 200, 200]
        assert works(emulator, kept(path))

    def test_what_others_stored_goes_before_what_came_last(
        self, emulator: Emulator, path: Path
    ) -> None:
        credential = signed_in(emulator, emulator.refresh_token, store=path)
        rotate(credential)
        write(path, stored(unknown := TOKEN))
        rotate(credential)
        assert [entry.status for entry in token_requests(emulator)] == [200, 400, 200]
        assert kept(path) != unknown

    @pytest.mark.parametrize("text", ["", " \n"], ids=repr)
    def test_an_empty_file_waits_for_its_first_token(
        self, emulator: Emulator, path: Path, text: str
    ) -> None:
        write(path, text)
        assert refused(emulator, path).field == "store"
        rotate(signed_in(emulator, emulator.refresh_token, store=path))
        assert works(emulator, kept(path))

    def test_no_token_at_all_is_refused_at_once(self, emulator: Emulator, path: Path) -> None:
        for store, field, value in [(None, "refresh_token", ""), (path, "store", str(path))]:
            error = refused(emulator, store)
            assert (error.field, error.value) == (field, value)
            assert "DeviceCodeCredential" in error.cure
        assert not path.exists()

    def test_a_stored_token_that_is_refused_has_a_hint(
        self, emulator: Emulator, path: Path
    ) -> None:
        write(path, expired := stored(emulator.refresh_token))
        emulator.advance(91 * 24 * 3600)
        with pytest.raises(AuthenticationError) as caught:
            rotate(signed_in(emulator, None, store=path))
        assert caught.value.error == "invalid_grant"
        assert "DeviceCodeCredential" in str(caught.value.hint)
        assert path.read_text() == expired, "another one may still be able to use it"

    def test_a_file_that_went_away_is_told_of(self, emulator: Emulator, path: Path) -> None:
        credential = signed_in(emulator, None, store=write(path, stored(TOKEN)))
        path.unlink()
        with pytest.raises(AuthenticationError, match="no refresh token") as caught:
            rotate(credential)
        assert "DeviceCodeCredential" in str(caught.value.hint)
        write(path, stored(emulator.refresh_token))
        assert rotate(credential)


class TestRefusing:
    @unix
    @pytest.mark.parametrize("bit", [0o040, 0o020, 0o010, 0o004, 0o002, 0o001], ids=oct)
    @pytest.mark.parametrize("refresh_token", [None, TOKEN], ids=["stored", "passed"])
    def test_what_others_may_touch(
        self, emulator: Emulator, path: Path, refresh_token: str | None, bit: int
    ) -> None:
        write(path, stored(TOKEN), mode=0o600 | bit)
        error = refused(emulator, path, refresh_token)
        assert (error.field, error.value) == ("store", str(path))
        assert "chmod 600" in error.cure
        assert TOKEN not in repr(error)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600 | bit, "that is for its owner to mend"

    @unix
    def test_rights_that_were_given_later(self, emulator: Emulator, path: Path) -> None:
        credential = signed_in(emulator, emulator.refresh_token, store=path)
        rotate(credential)
        path.chmod(0o644)
        with pytest.raises(ConfigurationError, match="chmod 600"):
            rotate(credential)
        assert len(token_requests(emulator)) == 1, "it was not used any more"
        path.chmod(0o600)
        assert rotate(credential)

    @pytest.mark.parametrize(
        "text",
        [
            "{",
            "{}",
            '{"refresh_token": ""}',
            '{"refresh_token": null}',
            '{"refresh_token": 7}',
            '{"refresh_token": "0.two words"}',
            "0.two words",
            "0.one\n0.two",
            "0.über",
            "[]\0",
        ],
        ids=repr,
    )
    def test_what_has_no_refresh_token(self, emulator: Emulator, path: Path, text: str) -> None:
        for refresh_token in (None, TOKEN):
            error = refused(emulator, write(path, text), refresh_token)
            assert error.field == "store"
            assert "0." not in error.cure, "what looked like a token is not shown"

    def test_what_is_no_text(self, emulator: Emulator, path: Path) -> None:
        write(path, "")
        path.write_bytes(b"0.\xff\xfe")
        assert refused(emulator, path).field == "store"

    def test_what_is_too_large(self, emulator: Emulator, path: Path) -> None:
        assert signed_in(emulator, None, store=write(path, stored("0" * LARGEST)))
        for text in (stored("0" * (LARGEST + 1)), stored("0") + " " * LARGEST * 2):
            assert refused(emulator, write(path, text)).field == "store"

    def test_what_is_no_store_is_neither_sent_nor_changed(
        self, emulator: Emulator, path: Path
    ) -> None:
        for text in ("my-only-password", "[]", '"a"', "7", "null"):
            assert refused(emulator, write(path, text), emulator.refresh_token).field == "store"
            assert path.read_text() == text

    def test_what_another_application_keeps(self, emulator: Emulator, path: Path) -> None:
        write(path, json.dumps({"client_id": OTHER_CLIENT_ID, "refresh_token": TOKEN}))
        error = refused(emulator, path)
        assert error.field == "store"
        assert OTHER_CLIENT_ID in error.cure
        same = RefreshTokenCredential(emulator.tenant_id, OTHER_CLIENT_ID.upper(), None, store=path)
        assert OTHER_CLIENT_ID in repr(same).lower()

    def test_folders_and_what_is_in_none(self, emulator: Emulator, path: Path) -> None:
        for store in (path.parent, ".", path / "there-is-no-such-folder"):
            for refresh_token in (None, TOKEN):
                assert refused(emulator, store, refresh_token).field == "store"
        assert list(path.parent.iterdir()) == []

    @pytest.mark.parametrize("store", ["", "nul\0"], ids=repr)
    def test_what_names_no_file(
        self, emulator: Emulator, path: Path, monkeypatch: pytest.MonkeyPatch, store: str
    ) -> None:
        monkeypatch.chdir(path.parent)
        assert refused(emulator, store, TOKEN).field == "store"

    @unix
    def test_a_pipe_without_waiting_for_it(
        self, path: Path, run_python: Callable[[str], str]
    ) -> None:
        os.mkfifo(path, 0o600)
        application = (OTHER_CLIENT_ID, OTHER_CLIENT_ID, None)
        printed = run_python(
            "import signal; signal.alarm(5)\n"
            "from partnercenter_qual import ConfigurationError, RefreshTokenCredential\n"
            f"try: RefreshTokenCredential(*{application!r}, store={str(path)!r})\n"
            "except ConfigurationError as error: print(error.field)"
        )
        assert printed == "store\n"

    @pytest.mark.parametrize(
        "make",
        [
            lambda _: 7,
            os.fsencode,
            lambda path: [path],
            lambda _: type("LoadAlone", (), {"load": lambda _: None})(),
            lambda _: type("SaveAlone", (), {"save": lambda *_: None})(),
        ],
        ids=["int", "bytes", "list", "load alone", "save alone"],
    )
    def test_what_is_neither_path_nor_store(
        self, emulator: Emulator, path: Path, make: Callable[[Path], object]
    ) -> None:
        error = refused(emulator, make(path), TOKEN)
        assert error.field == "store"
        assert "load and save" in error.cure

    def test_a_device_code_credential_is_as_strict(self, emulator: Emulator, path: Path) -> None:
        application = emulator.tenant_id, emulator.client_id
        write(path, "{")
        for store in (path, path.parent, path / "none", 7):
            with pytest.raises(ConfigurationError) as caught:
                DeviceCodeCredential(*application, store=store)  # type: ignore[arg-type]
            assert caught.value.field == "store"
