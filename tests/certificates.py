"""Certificates and private keys, in every form that people have them in."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self, TypeAlias

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import NameOID

Key: TypeAlias = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def rsa_key(size: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=size)


@dataclass(frozen=True)
class Identity:
    """A private key and its certificate."""

    key: Key
    certificate: x509.Certificate

    @classmethod
    def make(cls, key: Key | None = None, name: str = "an application") -> Self:
        """Issue a certificate for a key, by itself."""
        key = key or rsa_key()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(issuer_name=subject, subject_name=subject)
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1))
        builder = builder.not_valid_after(now + timedelta(days=1))
        return cls(key, builder.sign(key, hashes.SHA256()))

    def certificate_pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    def public_pem(self) -> bytes:
        key = self.certificate.public_key()
        return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def key_pem(
        self, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes | None = None
    ) -> bytes:
        protection = BestAvailableEncryption(password) if password else NoEncryption()
        return self.key.private_bytes(Encoding.PEM, form, protection)

    def pem(self) -> bytes:
        return self.key_pem() + self.certificate_pem()

    def pfx(self, password: bytes | None = None, *chain: x509.Certificate) -> bytes:
        protection = BestAvailableEncryption(password) if password else NoEncryption()
        return serialize_key_and_certificates(
            b"an application", self.key, self.certificate, [*chain] or None, protection
        )
