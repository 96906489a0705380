"""Snapshots outside of an emulator: files, other processes, pickles, and what is none."""

import copy
import json
import os
import pickle
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import urlopen

import pytest

from partnercenter_qual import Client, Emulator, InvalidArgumentError, RefreshTokenCredential
from partnercenter_qual.emulator import Snapshot

State = dict[str, Any]

SCOPE = "https://api.partnercenter.microsoft.com/.default offline_access"


def state(emulator: Emulator) -> State:
    """Give all that a snapshot keeps, but for the time it was made at."""
    kept: State = json.loads(emulator.snapshot().json)
    del kept["now"]
    return kept


def device(emulator: Emulator) -> dict[str, str]:
    """Ask for a device code, as a device does."""
    url = f"{emulator.authority}/{emulator.tenant_id}/oauth2/v2.0/devicecode"
    form = urlencode({"client_id": emulator.client_id, "scope": SCOPE})
    with urlopen(url, form.encode()) as answer:  # noqa: S310 - our own
        codes: dict[str, str] = json.loads(answer.read())
        return codes


def redeem(emulator: Emulator, device_code: str) -> str:
    """Give the access token that a device gets once its user has signed in."""
    url = f"{emulator.authority}/{emulator.tenant_id}/oauth2/v2.0/token"
    form = {
        "client_id": emulator.client_id,
        "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        "device_code": device_code,
    }
    with urlopen(url, urlencode(form).encode()) as answer:  # noqa: S310 - our own
        token: str = json.loads(answer.read())["access_token"]
        return token


@pytest.fixture
def lived(emulator: Emulator) -> Emulator:
    """Give an emulator with a bit of everything in its past."""
    school = emulator.customer_ids[0]
    with emulator.client() as client:
        client.update_qualification(school, "Education", education_segment="K12")
        list(client.list_customers(page_size=2))
    emulator.inject(503, path="/qualifications", probability=0.5, times=None)
    emulator.inject(429, headers={"X-Anything": "1"}, body=b"\xff", retry_after=5)
    emulator.refresh_token  # noqa: B018 - a sign-in
    device(emulator)
    emulator.advance(3600)
    return emulator


class TestSnapshot:
    def test_it_is_a_value(self, lived: Emulator) -> None:
        lived.freeze()
        snapshot = lived.snapshot()
        assert repr(snapshot) == "Snapshot()"
        for twin in (
            pickle.loads(pickle.dumps(snapshot)),  # noqa: S301 - our own
            copy.deepcopy(snapshot),
            Snapshot(snapshot.json),
        ):
            assert twin == snapshot
            assert hash(twin) == hash(snapshot)

    def test_what_comes_back_is_all_there_was(self, lived: Emulator) -> None:
        lived.freeze()
        with Emulator(1) as other:
            other.restore(pickle.loads(pickle.dumps(lived.snapshot())))  # noqa: S301 - our own
            assert json.loads(other.snapshot().json) == json.loads(lived.snapshot().json)

    def test_a_device_that_waits_gets_its_token_elsewhere(self, emulator: Emulator) -> None:
        codes = device(emulator)
        with Emulator(1) as other:
            other.restore(emulator.snapshot())
            other.approve_device_code(codes["user_code"].lower())
            token = redeem(other, codes["device_code"])
            with Client(token, base_url=other.url) as client:
                assert client.get_qualifications(other.customer_ids[0]) == []
        with pytest.raises(HTTPError, match="400") as caught:
            redeem(emulator, codes["device_code"])
        caught.value.close()

    def test_it_holds_no_secret(self, lived: Emulator) -> None:
        codes = device(lived)
        refresh_token = lived.refresh_token
        credential = RefreshTokenCredential(
            lived.tenant_id,
            lived.client_id,
            refresh_token,
            lived.client_secret,
            authority=lived.authority,
        )
        access_token = credential.get_token().token
        lived.approve_device_code(codes["user_code"])
        secrets = [
            lived.client_secret,
            refresh_token,
            access_token,
            lived.access_token(),
            codes["device_code"],
            codes["user_code"],
            redeem(lived, codes["device_code"]),
        ]
        snapshot = lived.snapshot()
        shown = [snapshot.json, pickle.dumps(snapshot), repr(snapshot).encode()]
        shown += [json.dumps(json.loads(snapshot.json)).encode()]
        for secret in secrets:
            assert not [form for form in forms(secret) if any(form in text for text in shown)]


def forms(secret: str) -> set[bytes]:
    """Give what a secret may show as: itself, a good part of it, and its encodings."""
    encoded = b64encode(secret.encode())[:-4]
    parts = {secret, quote(secret, safe=""), secret[:24], secret[-24:]}
    return {part.encode() for part in parts} | {encoded}


class TestFile:
    def test_another_process_goes_on_from_it(
        self, lived: Emulator, tmp_path: Path, run_python: Callable[[str], str]
    ) -> None:
        file, refresh_token = tmp_path / "state.json", lived.refresh_token
        lived.clear_faults()
        lived.save(file)
        code = f"""
from pathlib import Path
from partnercenter_qual import Emulator, RefreshTokenCredential
with Emulator(0) as emulator:
    emulator.restore({str(file)!r})
    token, application = {refresh_token!r}, (emulator.tenant_id, emulator.client_id)
    credential = RefreshTokenCredential(*application, token, emulator.client_secret)
    with emulator.client(credential=credential) as client:
        print(*client.get_qualifications(emulator.customer_ids[0]))
    emulator.save(Path({str(file)!r}))
"""
        before = len(lived.journal)
        assert "vetting_status=InReview" in run_python(code)
        lived.restore(file)
        assert lived.journal[-1].path.endswith("/qualifications")
        assert len(lived.journal) > before

    def test_saving_replaces_the_file_and_leaves_no_other(
        self, emulator: Emulator, tmp_path: Path
    ) -> None:
        file = tmp_path / "state.json"
        file.write_text("what was there before")
        emulator.save(str(file))
        first = file.read_bytes()
        emulator.advance(60)
        emulator.save(file)
        assert first != file.read_bytes()
        assert [each.name for each in tmp_path.iterdir()] == ["state.json"]
        emulator.restore(os.fspath(file))

    def test_a_file_that_cannot_be_written_is_left_as_it_was(
        self, emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(descriptor: int) -> None:
            raise OSError(28, f"No space left for {descriptor}")

        file = tmp_path / "state.json"
        emulator.save(file)
        before = file.read_bytes()
        emulator.advance(60)
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            emulator.save(file)
        assert file.read_bytes() == before
        assert [each.name for each in tmp_path.iterdir()] == ["state.json"]

    @pytest.mark.parametrize("name", ["missing/state.json", "folder", "file/state.json"])
    def test_where_nothing_can_be_written_it_says_so(
        self, emulator: Emulator, tmp_path: Path, name: str
    ) -> None:
        (tmp_path / "folder").mkdir()
        (tmp_path / "file").write_text("")
        with pytest.raises(OSError, match=name.split("/", maxsplit=1)[0]):
            emulator.save(tmp_path / name)
        assert {each.name for each in tmp_path.iterdir()} == {"folder", "file"}

    @pytest.mark.parametrize("path", [5, None, object])
    def test_what_is_no_path_is_refused(self, emulator: Emulator, path: Any) -> None:  # noqa: ANN401 - anything
        with pytest.raises(InvalidArgumentError) as caught:
            emulator.save(path)
        assert (caught.value.field, caught.value.cure) == ("path", "pass a path")


Edit = Callable[[State], object]


class TestNonsense:
    @pytest.mark.parametrize(
        ("snapshot", "field", "cure"),
        [
            (Snapshot(b""), "snapshot", "unchanged"),
            (Snapshot(b"[]"), "format", "emulator 1"),
            (Snapshot(b'{"format": "somebody else\'s"}'), "format", "emulator 1"),
            (Snapshot("{}"), "snapshot", "save()"),  # type: ignore[arg-type]
            (b"{}", "snapshot", "save()"),
            ({}, "snapshot", "save()"),
            (None, "snapshot", "save()"),
            ("/nowhere/state.json", "snapshot", "No such file"),
            ("/", "snapshot", "save()"),
            ("no\0path", "snapshot", "save()"),
        ],
    )
    def test_what_is_no_snapshot_changes_nothing(
        self,
        lived: Emulator,
        snapshot: Any,  # noqa: ANN401 - anything
        field: str,
        cure: str,
    ) -> None:
        before = state(lived)
        with pytest.raises(InvalidArgumentError) as caught:
            lived.restore(snapshot)
        assert caught.value.field == field
        assert cure in caught.value.cure
        assert state(lived) == before

    @pytest.mark.parametrize(
        ("edit", "field"),
        [
            (lambda kept: kept.update(format="emulator 0"), "format"),
            (lambda kept: kept.update(colour="red"), "colour"),
            (lambda kept: kept["state"].update(colour="red"), "state.colour"),
            (lambda kept: kept["state"].pop("faults"), "state"),
            (lambda kept: kept["state"].update(clock="noon"), "state.clock"),
            (lambda kept: kept["state"]["config"].update(window=0), "window"),
            (lambda kept: kept["state"]["config"].update(seed=-1), "state.config.seed"),
            (
                lambda kept: kept["state"]["customers"][1].update(customer_id="me"),
                "state.customers[1].customer_id",
            ),
            (
                lambda kept: kept["state"]["faults"]["rules"][0].update(status=5),
                "state.faults.rules[0]",
            ),
            (
                lambda kept: kept["state"]["entra"].update(certificates=["AAAA"]),
                "state.entra.certificates",
            ),
        ],
    )
    def test_one_that_was_edited_badly_changes_nothing(
        self, lived: Emulator, tmp_path: Path, edit: Edit, field: str
    ) -> None:
        before = state(lived)
        kept = json.loads(lived.snapshot().json)
        edit(kept)
        file = tmp_path / "state.json"
        file.write_text(json.dumps(kept))
        for snapshot in (file, Snapshot(file.read_bytes())):
            with pytest.raises(InvalidArgumentError) as caught:
                lived.restore(snapshot)
            assert caught.value.field == field
            assert caught.value.cure
        assert state(lived) == before

    def test_one_that_was_cut_short_changes_nothing(self, lived: Emulator) -> None:
        before = state(lived)
        whole = lived.snapshot().json
        for length in range(0, len(whole), 97):
            with pytest.raises(InvalidArgumentError):
                lived.restore(Snapshot(whole[:length]))
        assert state(lived) == before
