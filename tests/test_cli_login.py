"""`pcq auth login`: where the refresh token goes, and which profile finds it."""

import re
import stat
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from partnercenter_qual import Emulator, RefreshTokenCredential

from .commands import COUNT, NO_TOKEN, Done, Pcq, ended


def sign_in(
    pcq: Pcq, *options: str, decide: Callable[[str], None] | None = None, **env: str
) -> Done:
    """Sign in, and approve the code that is shown, unless something else is to be decided."""
    process = pcq.start("auth", "login", *options, **NO_TOKEN | env)
    assert process.stderr
    prompt = process.stderr.readline().decode()
    code = re.search(r"enter the code (\w+)", prompt)
    assert code, prompt + process.stderr.read().decode()
    (decide or pcq.emulator.approve_device_code)(code[1])
    return ended(process)


def options_of(emulator: Emulator) -> list[str]:
    service = ["--base-url", emulator.url, "--authority", emulator.authority]
    return ["--tenant-id", emulator.tenant_id, "--client-id", emulator.client_id, *service]


def default_profile(file: Path) -> dict[str, str]:
    found: dict[str, str] = tomllib.loads(file.read_text())["profiles"]["default"]
    return found


def test_from_then_on_every_command_is_signed_in(
    pcq: Pcq, emulator: Emulator, application: dict[str, str]
) -> None:
    done = sign_in(pcq, *options_of(emulator))
    assert (done.code, done.out) == (0, "")
    assert "Signed in as admin@partner.example; the refresh token is in " in done.err
    store = Path(default_profile(pcq.configuration)["token_store"])
    assert store == pcq.folder / "default.json"
    assert stat.S_IMODE(store.stat().st_mode) == 0o600
    assert "secret" not in pcq.configuration.read_text()
    assert pcq.run(*COUNT, **NO_TOKEN).code == 0
    tenant_id, client_id = application.values()
    credential = RefreshTokenCredential(tenant_id, client_id, None, store=store)
    with emulator.client(credential=credential) as client:
        assert client.check_credentials().ok


def test_a_store_of_ones_own_is_found_from_everywhere(pcq: Pcq, emulator: Emulator) -> None:
    pcq.configuration = pcq.folder / "conf" / "config.toml"
    pcq.env["PCQ_CONFIG"] = "conf/config.toml"
    done = sign_in(pcq, *options_of(emulator), "--store", "st.json")
    assert done.code == 0, done.err
    assert (pcq.folder / "st.json").exists()
    assert pcq.run(*COUNT, **NO_TOKEN).code == 0
    pcq.folder = pcq.folder / "conf"
    assert pcq.run(*COUNT, PCQ_CONFIG="config.toml", **NO_TOKEN).code == 0


def test_each_configuration_file_has_its_own_tokens(pcq: Pcq, emulator: Emulator) -> None:
    with Emulator(1) as other:
        for name, service in (("a", emulator), ("b", other)):
            pcq.emulator = service
            done = sign_in(pcq, *options_of(service), PCQ_CONFIG=f"{name}/config.toml")
            assert done.code == 0, done.err
            assert (pcq.folder / name / "default.json").exists()
        for name, count in (("a", 6), ("b", 2)):
            nothing = {"PARTNERCENTER_BASE_URL": "", "PARTNERCENTER_AUTHORITY": "", **NO_TOKEN}
            done = pcq.run(*COUNT, PCQ_CONFIG=f"{name}/config.toml", **nothing)
            assert len(done.out.split()) == count
        refused = pcq.run("auth", "login", *options_of(other), "--store", "a/default.json")
    assert (refused.code, refused.out) == (3, "")
    assert "use another file for each application, with `pcq auth login --store" in refused.err


def test_a_profile_that_is_there_is_told_what_it_lacks(
    pcq: Pcq, application: dict[str, str]
) -> None:
    pcq.configure("contoso", application)
    before = pcq.configuration.read_text()
    done = sign_in(pcq, "--profile", "contoso")
    assert (done.code, pcq.configuration.read_text()) == (0, before)
    line = f'token_store = "{pcq.folder / "contoso.json"}"'
    assert f"profile contoso stays as it is; to use this there, write {line}" in done.err
    pcq.configuration.write_text(f"{before}{line}\n")
    again = pcq.run("--profile", "contoso", "auth", "login", **NO_TOKEN)
    assert (again.code, "stays as it is" in again.err) == (0, False)
    assert pcq.run("--profile", "contoso", *COUNT, **NO_TOKEN).code == 0


@pytest.mark.parametrize("key", ["tenant_id", "client_id"])
def test_a_profile_is_of_one_tenant_and_one_application(
    pcq: Pcq, application: dict[str, str], key: str
) -> None:
    pcq.configure("default", application | {key: "other.example"})
    done = pcq.run("auth", "login", f"--{key.replace('_', '-')}", application[key])
    assert (done.code, done.out) == (2, "")
    assert f"The {key} of profile default is other.example: name another profile" in done.err


def test_other_profiles_stay_as_they_are(
    pcq: Pcq, emulator: Emulator, application: dict[str, str]
) -> None:
    pcq.configure("contoso", application | {"token_store": "contoso.json"})
    before = pcq.configuration.read_text()
    nobody = pcq.run("--profile", "contoso", *COUNT)
    assert nobody.code == 3
    assert "sign in with `pcq auth login --profile contoso`" in nobody.err
    done = sign_in(pcq, "--profile", "contoso", decide=emulator.decline_device_code)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("pcq: error: ")
    assert pcq.configuration.read_text() == before


def test_without_an_application(pcq: Pcq) -> None:
    done = pcq.run("auth", "login")
    assert (done.code, done.out) == (2, "")
    assert "Pass --tenant-id and --client-id" in done.err
