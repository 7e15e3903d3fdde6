"""Self-signed certificates for the simulators."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import hashlib
from ipaddress import ip_address
from pathlib import Path
import ssl
import tempfile
from typing import Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NAMES = ("127.0.0.1", "localhost")


def fingerprint(certificate_der: bytes) -> str:
    """Return the SHA-256 of a certificate in DER, as lower-case pairs with colons."""
    return hashlib.sha256(certificate_der).digest().hex(":")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its private key, both in PEM."""

    certificate_pem: bytes
    key_pem: bytes

    @property
    def fingerprint(self) -> str:
        """Return the SHA-256 fingerprint of the certificate."""
        return fingerprint(ssl.PEM_cert_to_DER_cert(self.certificate_pem.decode()))

    @classmethod
    def create(
        cls,
        common_name: str,
        names: tuple[str, ...] = NAMES,
        *,
        authority: Self | None = None,
        is_authority: bool = False,
        days: int = 825,
    ) -> Self:
        """Make a certificate, signed by `authority` or else by itself.

        Without names it has a common name only; with 0 days it is over already.
        """
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        issuer, signing_key = subject, key
        if authority is not None:
            issuer = x509.load_pem_x509_certificate(authority.certificate_pem).subject
            loaded = serialization.load_pem_private_key(authority.key_pem, None)
            assert isinstance(loaded, ec.EllipticCurvePrivateKey)
            signing_key = loaded
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=days))
            .add_extension(
                x509.BasicConstraints(ca=is_authority, path_length=None), critical=True
            )
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()),
                critical=False,
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(
                    signing_key.public_key()
                ),
                critical=False,
            )
            .add_extension(_key_usage(is_authority), critical=True)
        )
        if names:
            builder = builder.add_extension(
                x509.SubjectAlternativeName([_general_name(name) for name in names]),
                critical=False,
            )
        certificate = builder.sign(signing_key, hashes.SHA256())
        return cls(
            certificate.public_bytes(serialization.Encoding.PEM),
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            ),
        )

    def server_context(self) -> ssl.SSLContext:
        """Return a TLS context for a server with this certificate."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        # The standard library loads a chain from files only.
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = Path(folder, "cert.pem"), Path(folder, "key.pem")
            certificate.write_bytes(self.certificate_pem)
            key.write_bytes(self.key_pem)
            context.load_cert_chain(certificate, key)
        return context

    @classmethod
    def load_or_create(cls, folder: Path | None, common_name: str) -> Self:
        """Return the certificate kept in `folder`, or a new one, kept there."""
        if folder is None:
            return cls.create(common_name)
        try:
            return cls(
                (folder / "cert.pem").read_bytes(), (folder / "key.pem").read_bytes()
            )
        except FileNotFoundError:
            made = cls.create(common_name)
            made.save(folder)
            return made

    def save(self, folder: Path) -> None:
        """Keep the certificate and its key in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "cert.pem").write_bytes(self.certificate_pem)
        key = folder / "key.pem"
        key.touch(mode=0o600)
        key.write_bytes(self.key_pem)


async def server_context(certificate: Certificate) -> ssl.SSLContext:
    """Return `certificate.server_context()` without holding up the event loop."""
    return await asyncio.to_thread(certificate.server_context)


def _key_usage(is_authority: bool) -> x509.KeyUsage:
    """Return what the key may be used for."""
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )


def _general_name(name: str) -> x509.GeneralName:
    """Return the alternative name of an address or a host."""
    try:
        return x509.IPAddress(ip_address(name))
    except ValueError:
        return x509.DNSName(name)
