"""Profiles of the configuration file, and `pcq auth`: which service, as whom."""

import json
import re
import stat
import tomllib
from pathlib import Path

import pytest

from partnercenter_qual import Emulator, RefreshTokenCredential

from .commands import Pcq, ended

NO_TOKEN = {"PARTNERCENTER_ACCESS_TOKEN": ""}
COUNT = ["customers", "--fields", "customer_id"]


def configure(pcq: Pcq, name: str, values: dict[str, str]) -> None:
    lines = "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
    with pcq.configuration.open("a") as file:
        file.write(f"[profiles.{name}]\n{lines}")


@pytest.fixture
def application(emulator: Emulator) -> dict[str, str]:
    return {"tenant_id": emulator.tenant_id, "client_id": emulator.client_id}


class TestProfiles:
    def test_a_secret_stands_in_a_variable(
        self, pcq: Pcq, emulator: Emulator, application: dict[str, str]
    ) -> None:
        configure(pcq, "contoso", application | {"client_secret_env": "CONTOSO_SECRET"})
        env = NO_TOKEN | {"CONTOSO_SECRET": emulator.client_secret}
        done = pcq.run("--profile", "contoso", "auth", "check", "-o", "jsonl", **env)
        assert (done.code, json.loads(done.out)["kind"]) == (0, "App-only")
        unset = pcq.run("--profile", "contoso", *COUNT, **NO_TOKEN)
        assert (unset.code, unset.out) == (3, "")
        assert "set CONTOSO_SECRET, which the profile names" in unset.err

    def test_the_service_and_the_ledger_of_a_profile(self, pcq: Pcq, emulator: Emulator) -> None:
        configure(pcq, "other", {"base_url": emulator.url, "ledger": "mine.db", "output": "jsonl"})
        env = {"PCQ_PROFILE": "other", "PARTNERCENTER_BASE_URL": "http://127.0.0.1:9"}
        done = pcq.run("sweep", "--fields", "customer_id", **env)
        assert done.code == 0, done.err
        assert len([json.loads(line) for line in done.out.splitlines()]) == 5
        assert (pcq.folder / "mine.db").exists()

    def test_the_default_one_is_for_who_has_nothing_in_the_environment(
        self, pcq: Pcq, emulator: Emulator
    ) -> None:
        configure(pcq, "default", {"access_token_env": "MINE"})
        env = {"MINE": emulator.access_token()}
        told = pcq.run("-v", *COUNT, **NO_TOKEN, **env)
        assert told.code == 0
        assert "credential of the profile default" in told.err
        assert "credential of the environment" in pcq.run("-v", *COUNT, **env).err

    def test_the_emulator_needs_no_configuration(self, pcq: Pcq, emulator: Emulator) -> None:
        done = pcq.run("--profile", "emulator", *COUNT, "--base-url", emulator.url, **NO_TOKEN)
        assert (done.code, len(done.out.split())) == (0, 6)
        absent = pcq.run("--profile", "emulator", *COUNT, "--base-url", "http://127.0.0.1:9")
        assert (absent.code, absent.out) == (4, "")
        assert "start one with `pcq emulator` in another terminal" in absent.err
        away = pcq.run("--profile", "emulator", *COUNT, "--base-url", "https://example.com")
        assert (away.code, away.out) == (2, "")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("[profiles.a", "mend its TOML"),
            ("[profile.a]\n", "profile was refused: write profiles, as [profiles.NAME]"),
            ("profiles = 3", "write each profile as [profiles.NAME]"),
            (
                "[profiles.a]\nclient_secret = 'x'",
                "name a variable that has it, as client_secret_env",
            ),
            (
                "[profiles.a]\nclud = 'x'",
                "profiles.a.clud was refused: write one of cloud, base_url",
            ),
            ("[profiles.a]\ncloud = 3", "profiles.a.cloud was refused: write a text in quotes"),
            ("[profiles.a]\nmax_concurrency = 'x'", "write a whole number"),
            ("[profiles.b]\n", "name one of its profiles, or add it; there are b, emulator"),
            ("[profiles.a]\nclient_secret_env = 'X'", "add tenant_id and client_id to profile a"),
        ],
    )
    def test_a_file_that_is_not_in_order(self, pcq: Pcq, text: str, told: str) -> None:
        pcq.configuration.write_text(text)
        done = pcq.run("--profile", "a", *COUNT)
        assert (done.code, done.out) == (2, "")
        assert told in done.err

    def test_no_credential_at_all(self, pcq: Pcq) -> None:
        done = pcq.run(*COUNT, **NO_TOKEN)
        assert (done.code, done.out) == (3, "")
        assert "no credential: set PARTNERCENTER_ACCESS_TOKEN" in done.err
        assert "sign in with `pcq auth login`" in done.err


class TestCheck:
    def test_a_report_for_people_and_one_for_programs(self, pcq: Pcq) -> None:
        assert "CredentialReport: no problems" in pcq.on_terminal("auth", "check").out
        (row,) = json.loads(pcq.result("auth", "check", "-o", "json"))
        assert (row["ok"], row["kind"], row["problems"]) == (True, "App+User", [])

    def test_what_is_wrong_and_its_cure(self, pcq: Pcq, emulator: Emulator) -> None:
        old = {"PARTNERCENTER_ACCESS_TOKEN": emulator.access_token(mfa=False)}
        done = pcq.run("auth", "check", "--fields", "ok,mfa", **old)
        assert (done.code, done.out) == (3, "ok,mfa\nfalse,false\n")
        assert "pcq: error: " in done.err
        assert " -> " in done.err


class TestLogin:
    def test_from_then_on_every_command_is_signed_in(
        self, pcq: Pcq, emulator: Emulator, application: dict[str, str]
    ) -> None:
        options = ["--tenant-id", application["tenant_id"], "--client-id", application["client_id"]]
        process = pcq.start("auth", "login", *options, "--base-url", emulator.url, **NO_TOKEN)
        assert process.stderr
        prompt = process.stderr.readline().decode()
        code = re.search(r"enter the code (\w+)", prompt)
        assert code
        emulator.approve_device_code(code[1])
        done = ended(process)
        assert (done.code, done.out) == (0, "")
        assert "Signed in as admin@partner.example; the refresh token is in " in done.err
        written = tomllib.loads(pcq.configuration.read_text())["profiles"]["default"]
        store = Path(written["token_store"])
        assert store.parent.parent == pcq.folder / "xdg"
        assert stat.S_IMODE(store.stat().st_mode) == 0o600
        assert "secret" not in pcq.configuration.read_text()
        assert pcq.run(*COUNT, **NO_TOKEN).code == 0
        tenant_id, client_id = application.values()
        credential = RefreshTokenCredential(tenant_id, client_id, None, store=store)
        with emulator.client(credential=credential) as client:
            assert client.check_credentials().ok

    def test_other_profiles_stay_as_they_are(
        self, pcq: Pcq, emulator: Emulator, application: dict[str, str]
    ) -> None:
        configure(pcq, "contoso", application | {"token_store": "contoso.json"})
        before = pcq.configuration.read_text()
        nobody = pcq.run("--profile", "contoso", *COUNT)
        assert nobody.code == 2
        assert "sign in with `pcq auth login --profile contoso`" in nobody.err
        process = pcq.start("auth", "login", "--profile", "contoso")
        assert process.stderr
        code = re.search(r"enter the code (\w+)", process.stderr.readline().decode())
        assert code
        emulator.decline_device_code(code[1])
        done = ended(process)
        assert (done.code, done.out) == (3, "")
        assert done.err.startswith("pcq: error: ")
        assert pcq.configuration.read_text() == before

    def test_without_an_application(self, pcq: Pcq) -> None:
        done = pcq.run("auth", "login")
        assert (done.code, done.out) == (2, "")
        assert "Pass --tenant-id and --client-id" in done.err
