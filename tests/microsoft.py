"""Microsoft's own clients, set up for an emulator: azure-identity's credentials and MSAL.

They are told what their users tell them for an authority that Microsoft does not know: where it is,
whom to trust, and not to ask whether it is genuine.
"""

from datetime import datetime, timedelta
from typing import Any

import azure.identity
import msal

from partnercenter_qual import Emulator

SCOPE = "https://api.partnercenter.microsoft.com/.default"


def place(emulator: Emulator) -> dict[str, Any]:
    """Give what every credential of azure-identity has to be told."""
    return {
        "authority": emulator.authority,
        "disable_instance_discovery": True,
        "connection_verify": emulator.ca_bundle,
    }


def by_secret(
    emulator: Emulator, secret: str | None = None
) -> azure.identity.ClientSecretCredential:
    secret = secret or emulator.client_secret
    ids = (emulator.tenant_id, emulator.client_id)
    return azure.identity.ClientSecretCredential(*ids, secret, **place(emulator))


def by_device_code(emulator: Emulator, *, mfa: bool = True) -> azure.identity.DeviceCodeCredential:
    """Make a credential whose user enters the code at once."""

    def prompt(url: str, user_code: str, expires_on: datetime) -> None:
        assert url == f"{emulator.authority}/devicelogin"
        assert expires_on > datetime.now(expires_on.tzinfo) + timedelta(seconds=800)
        emulator.approve_device_code(user_code, mfa=mfa)

    return azure.identity.DeviceCodeCredential(
        emulator.client_id,
        tenant_id=emulator.tenant_id,
        prompt_callback=prompt,
        **place(emulator),
    )


def confidential(emulator: Emulator, credential: object) -> Any:  # noqa: ANN401 - MSAL is untyped
    return msal.ConfidentialClientApplication(
        emulator.client_id,
        client_credential=credential,
        authority=f"{emulator.authority}/{emulator.tenant_id}",
        instance_discovery=False,
        verify=emulator.ca_bundle,
    )


def public(emulator: Emulator, tenant: str | None = None) -> Any:  # noqa: ANN401 - as above
    return msal.PublicClientApplication(
        emulator.client_id,
        authority=f"{emulator.authority}/{tenant or emulator.tenant_id}",
        instance_discovery=False,
        verify=emulator.ca_bundle,
    )
