"""Profiles of the configuration file, and `pcq auth check`: which service, as whom."""

import json
import subprocess

import pytest

from partnercenter_qual import Emulator

from .commands import COMMAND, COUNT, NO_TOKEN, Pcq


class TestProfiles:
    def test_a_secret_stands_in_a_variable(
        self, pcq: Pcq, emulator: Emulator, application: dict[str, str]
    ) -> None:
        pcq.configure("contoso", application | {"client_secret_env": "CONTOSO_SECRET"})
        env = NO_TOKEN | {"CONTOSO_SECRET": emulator.client_secret}
        done = pcq.run("--profile", "contoso", "auth", "check", "-o", "jsonl", **env)
        assert (done.code, json.loads(done.out)["kind"]) == (0, "App-only")
        unset = pcq.run("--profile", "contoso", *COUNT, **NO_TOKEN)
        assert (unset.code, unset.out) == (3, "")
        assert "set CONTOSO_SECRET, which the profile names" in unset.err

    def test_the_service_and_the_ledger_of_a_profile(self, pcq: Pcq, emulator: Emulator) -> None:
        pcq.configure("other", {"base_url": emulator.url, "ledger": "mine.db", "output": "jsonl"})
        env = {"PCQ_PROFILE": "other", "PARTNERCENTER_BASE_URL": "http://127.0.0.1:9"}
        done = pcq.run("sweep", "--fields", "customer_id", **env)
        assert done.code == 0, done.err
        assert len([json.loads(line) for line in done.out.splitlines()]) == 5
        assert (pcq.folder / "mine.db").exists()

    def test_the_default_one_is_for_who_has_nothing_in_the_environment(
        self, pcq: Pcq, emulator: Emulator
    ) -> None:
        pcq.configure("default", {"access_token_env": "MINE"})
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

    def test_an_emulator_of_ones_own(self, pcq: Pcq, emulator: Emulator) -> None:
        pcq.configure("emulator", {"base_url": "http://127.0.0.1:9", "access_token_env": "MINE"})
        mine = {"MINE": "x", "PARTNERCENTER_BASE_URL": emulator.url}
        done = pcq.run("--profile", "emulator", *COUNT, **mine)
        assert (done.code, done.out, emulator.journal) == (4, "", [])
        assert "no emulator answers" not in done.err

    def test_a_ledger_stands_beside_its_file(self, pcq: Pcq, emulator: Emulator) -> None:
        pcq.configure("p", {"base_url": emulator.url, "ledger": "mine.db"})
        elsewhere = pcq.folder / "elsewhere"
        elsewhere.mkdir()
        for configuration in (str(pcq.configuration), "../config.toml"):
            done = subprocess.run(
                [*COMMAND, "--profile", "p", "sweep", "-q"],
                cwd=elsewhere,
                env=pcq.env | {"PCQ_CONFIG": configuration},
                capture_output=True,
                check=False,
                timeout=40,
            )
            assert done.returncode == 0, done.stderr
        assert (pcq.folder / "mine.db").exists()
        assert list(elsewhere.iterdir()) == []

    def test_a_ledger_that_is_a_url_stays_one(self, pcq: Pcq, emulator: Emulator) -> None:
        pcq.configure("p", {"base_url": emulator.url, "ledger": "foo://x"})
        done = pcq.run("--profile", "p", "sweep")
        assert (done.code, done.out) == (2, "")
        assert 'pcq: error: --ledger: "foo://x" was refused' in done.err

    def test_a_file_that_is_named_has_to_be_there(self, pcq: Pcq, emulator: Emulator) -> None:
        for arguments in (COUNT, ["--profile", "emulator", *COUNT]):
            done = pcq.run(*arguments, PCQ_CONFIG="none.toml", **NO_TOKEN)
            assert (done.code, done.out, emulator.journal) == (2, "", [])
            assert "none.toml was refused: set PCQ_CONFIG to a file that is there" in done.err

    @pytest.mark.parametrize("arguments", [[], ["--profile", "default"]])
    def test_what_a_profile_lacks(self, pcq: Pcq, arguments: list[str]) -> None:
        pcq.configure("default", {"tenant_id": "contoso.example"})
        done = pcq.run(*arguments, *COUNT, **NO_TOKEN)
        assert (done.code, done.out) == (3, "")
        told = "no credential in the profile default: add client_id and one of token_store, "
        assert told in done.err

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            (None, "nobody has signed in yet: sign in with `pcq auth login --profile a`"),
            ("", "sign in with `pcq auth login`: it holds none yet"),
            ("{garbage", "remove it and sign in with `pcq auth login`"),
            ('{"client_id": "other"}', "with `pcq auth login --store FILE`: this one is other's"),
        ],
    )
    def test_no_refresh_token_is_no_credential(
        self, pcq: Pcq, application: dict[str, str], text: str | None, told: str
    ) -> None:
        pcq.configure("a", application | {"token_store": "a.json"})
        if text is not None:
            (pcq.folder / "a.json").write_text(text)
            (pcq.folder / "a.json").chmod(0o600)
        done = pcq.run("--profile", "a", *COUNT, **NO_TOKEN)
        assert (done.code, done.out) == (3, "")
        assert told in done.err
        assert "DeviceCodeCredential" not in done.err

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
        assert "as `pcq auth login` lets you" in done.err
