"""The gateway's certificates: an authority, and a server's certificate by it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.simulators.common_tls import Certificate

from .modes import CertificateMode

GATEWAY_NAME = "gateway.example"
_NAMES: dict[CertificateMode, tuple[str, ...]] = {
    "good": ("127.0.0.1", "localhost", GATEWAY_NAME),
    "wrong_ca": ("127.0.0.1", "localhost", GATEWAY_NAME),
    "expired": ("127.0.0.1", "localhost", GATEWAY_NAME),
    "wrong_name": (GATEWAY_NAME, "10.0.0.6"),
    "dns_only": (GATEWAY_NAME,),
    "cn_only": (),
}


@dataclass(slots=True)
class Authority:
    """A certificate authority with what it has signed."""

    own: Certificate

    @classmethod
    def create(cls) -> Self:
        """Make a new authority, as `device_gateway -c` does."""
        return cls(Certificate.create("G-SDK simulator CA", (), is_authority=True))

    @classmethod
    def load_or_create(cls, folder: Path | None) -> Self:
        """Return the authority kept in `folder`, or a new one, kept there."""
        if folder is None:
            return cls.create()
        try:
            return cls(
                Certificate(
                    (folder / "ca.crt").read_bytes(), (folder / "ca.key").read_bytes()
                )
            )
        except FileNotFoundError:
            made = cls.create()
            made.save(folder)
            return made

    def save(self, folder: Path) -> None:
        """Keep the authority and its key in `folder`."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "ca.crt").write_bytes(self.own.certificate_pem)
        key = folder / "ca.key"
        key.touch(mode=0o600)
        key.write_bytes(self.own.key_pem)

    @property
    def pem(self) -> str:
        """Return the authority's certificate, which clients are given."""
        return self.own.certificate_pem.decode()

    def server(self, mode: CertificateMode) -> Certificate:
        """Return a server's certificate, with the fault that the mode names."""
        signer = Authority.create().own if mode == "wrong_ca" else self.own
        return Certificate.create(
            GATEWAY_NAME,
            _NAMES[mode],
            authority=signer,
            days=0 if mode == "expired" else 825,
        )

    def client(self, name: str) -> Certificate:
        """Return a client's certificate, for a tenant of a master gateway."""
        return Certificate.create(name, (), authority=self.own)
