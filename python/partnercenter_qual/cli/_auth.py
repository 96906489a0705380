"""The commands `auth check` and `auth login`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import click

from . import _columns as columns
from . import _configuration as configuration
from ._command import Command, Group
from ._connection import Connection
from ._failures import Exit, here
from ._formats import Records
from ._messages import error, note, warn
from ._output import Output

if TYPE_CHECKING:
    from partnercenter_qual import CredentialReport

    from ._settings import Settings

_LOGIN = """
pcq auth login --tenant-id TENANT --client-id APPLICATION
pcq auth login --profile contoso --tenant-id TENANT --client-id APPLICATION
pcq auth login --profile contoso              # again, after 90 days without use
"""


@click.group(cls=Group, examples="pcq auth check\n" + _LOGIN.strip().splitlines()[0])
def auth() -> None:
    """Look at the credentials, or sign in."""


@auth.command(
    cls=Command,
    examples="pcq auth check\npcq auth check --output json",
    columns=columns.CREDENTIALS,
)
@click.option("--no-probe", is_flag=True, help="Only look at the token; do not ask the service.")
@click.pass_obj
def check(settings: Settings, *, no_probe: bool) -> int:
    """Say what the token is, whether the service takes it, and what to do about what is wrong."""
    connection = Connection(settings)
    output = Output(connection, columns.CREDENTIALS)
    with connection.client() as client:
        report = client.check_credentials(probe=not no_probe)
    if output.format == "table" and output.is_screen and not output.fields:
        click.echo(here(repr(report)))
    else:
        output.write(Records(columns.CREDENTIALS, [_row(report)]))
        for each in report.problems:
            error(here(f"{each.problem} -> {each.cure}"))
    return Exit.OK if report.ok else Exit.AUTHENTICATION


def _row(report: CredentialReport) -> dict[str, Any]:
    row = {name: getattr(report, name) for name in columns.CREDENTIALS}
    return row | {"problems": [f"{each.problem} -> {each.cure}" for each in report.problems]}


@auth.command(cls=Command, examples=_LOGIN)
@click.option("--tenant-id", metavar="ID", help="The partner's tenant: a GUID or a domain.")
@click.option("--client-id", metavar="ID", help="The application, which allows public clients.")
@click.option("--store", type=click.Path(dir_okay=False), help="Where to keep the refresh token.")
@click.pass_obj
def login(
    settings: Settings, tenant_id: str | None, client_id: str | None, store: str | None
) -> None:
    """Sign in on another device, and stay signed in.

    It prints a page and a code, and keeps the refresh token in a file that only you can read. The
    profile (default, if none is named) is written to the
    configuration file if it is not there; from then on every command uses it.
    """
    from partnercenter_qual import Client, DeviceCodeCredential  # noqa: PLC0415 - help needs none

    name = settings.profile or os.environ.get("PCQ_PROFILE") or configuration.DEFAULT
    known = _known(settings, name)
    _must_agree(name, known, {"tenant_id": tenant_id, "client_id": client_id})
    tenant = tenant_id or known.get("tenant_id") or os.environ.get("PARTNERCENTER_TENANT_ID")
    application = client_id or known.get("client_id") or os.environ.get("PARTNERCENTER_CLIENT_ID")
    if not tenant or not application:
        raise click.UsageError(
            "Pass --tenant-id and --client-id: docs/cli.md says how to register the application."
        )
    path = _store(store, known, name)
    configuration.make_private_folder(path)
    credential = DeviceCodeCredential(tenant, application, store=path)
    service = {
        each: getattr(settings, each, None) or known.get(each)
        for each in ("cloud", "base_url", "authority", "proxy", "ca_bundle")
    }
    passed = {each: value for each, value in service.items() if value}
    with Client(credential, **passed) as client:
        report = client.check_credentials(probe=False)
    if report.error is not None:
        raise report.error
    note(
        settings,
        f"Signed in{f' as {report.user}' if report.user else ''}; the refresh token is in {path}",
    )
    values = {"tenant_id": tenant, "client_id": application, "token_store": path}
    values |= {each: passed[each] for each in ("cloud", "base_url", "authority") if each in passed}
    _keep_profile(settings, name, values)


def _known(settings: Settings, name: str) -> dict[str, Any]:
    if name == configuration.EMULATOR:
        return Connection(settings).profile
    return configuration.profiles(may_be_new=True).get(name, {})


def _must_agree(name: str, known: dict[str, Any], passed: dict[str, str | None]) -> None:
    """Refuse to put the token of one tenant or application where that of another is looked for."""
    for key, value in passed.items():
        if value and value.lower() != known.get(key, value).lower():
            raise click.UsageError(
                f"The {key} of profile {name} is {known[key]}: name another profile with --profile."
            )


def _store(passed: str | None, known: dict[str, Any], name: str) -> str:
    """Give where the refresh token goes, as a path that leads there from every directory."""
    if passed is not None:
        return os.path.abspath(os.path.expanduser(passed))  # noqa: PTH100, PTH111 - it is a text
    beside = configuration.file().absolute().parent / f"{name}.json"
    return str(known.get("token_store") or beside)


def _keep_profile(settings: Settings, name: str, values: dict[str, str]) -> None:
    """Write the profile, unless there is one: that one stays as its owner wrote it."""
    known = configuration.profiles(may_be_new=True).get(name)
    if known is not None:
        lacks = [f'{key} = "{value}"' for key, value in values.items() if known.get(key) != value]
        if lacks:
            warn(f"profile {name} stays as it is; to use this there, write {', '.join(lacks)}")
        return
    if name == configuration.EMULATOR:
        return
    configuration.add_profile(name, values)
    use = "" if name == configuration.DEFAULT else f": use it with --profile {name}"
    note(settings, f"Profile {name} was written to {configuration.file()}{use}")
