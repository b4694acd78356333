"""The files of certificates that a configuration names, and how long they are valid."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from gateway.domain.certificate_validity import CertificateValidity
from gateway.settings.model import Settings
from gateway.wing_files import wing_files


class CertificateFile(NamedTuple):
    """A file of certificates, under the key that names it."""

    name: str
    path: Path
    key: Path | None = None
    """The file of the private key that belongs to its first certificate; None: there is none to be had."""


def certificate_files(settings: Settings) -> Iterator[CertificateFile]:
    """Find all that the settings name: of adapters that are enabled, issuers, wings and the database."""
    for config in settings.enabled_adapters():
        place = f"adapters.{config.name}"
        if config.client_certificate is not None:
            certificate = Path(config.client_certificate)
            yield CertificateFile(f"{place}.client_certificate", certificate, Path(config.client_key or certificate))
        if config.ca_file is not None:
            yield CertificateFile(f"{place}.ca_file", Path(config.ca_file))
    for issuer in settings.security.issuers:
        if issuer.ca_file is not None:
            yield CertificateFile(f"security.issuers.{issuer.name}.ca_file", issuer.ca_file)
    for wing in wing_files():
        for name in wing.settings.certificates if wing.settings is not None else ():
            if (path := getattr(getattr(settings, wing.name), name)) is not None:
                yield CertificateFile(f"{wing.name}.{name}", path)
    for key in ("database_url", "database_direct_url"):
        url = getattr(settings, key)
        named = parse_qs(urlsplit(url).query) if url is not None else {}
        own = named.get("sslcert", [""])[0]
        if own:
            private = named.get("sslkey", [""])[0]
            yield CertificateFile(f"{key}.sslcert", Path(own), Path(private) if private else None)
        if (root := named.get("sslrootcert", [""])[0]) not in {"", "system"}:
            yield CertificateFile(f"{key}.sslrootcert", Path(root))


def validity(file: CertificateFile) -> CertificateValidity:
    """Read how long the certificates of a file are valid, and whether its key belongs to the first of them."""
    from cryptography.x509 import load_pem_x509_certificates

    try:
        found = load_pem_x509_certificates(file.path.read_bytes())
    except (OSError, ValueError) as error:
        return CertificateValidity(name=file.name, fault=f"it cannot be read ({type(error).__name__})")
    return CertificateValidity(
        name=file.name,
        begins=max(one.not_valid_before_utc for one in found),
        ends=min(one.not_valid_after_utc for one in found),
        fault=None if file.key is None else _key_fault(file.key, found[0].public_key()),
    )


def _key_fault(path: Path, public: object) -> str | None:
    """Return what is wrong with a private key, of which nothing is repeated."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        return f"its key cannot be read ({type(error).__name__})"
    return None if key.public_key() == public else "its key belongs to another certificate"


class ConfiguredCertificates:
    """The validity of all files of certificates that the settings name, as they were when the settings were read last."""

    def __init__(self, settings: Settings) -> None:
        self.read(settings)

    def read(self, settings: Settings) -> None:
        """Read them again: what serves takes its certificates from the files at that moment, too."""
        self._found = tuple(validity(file) for file in certificate_files(settings))

    def found(self) -> Sequence[CertificateValidity]:
        """Return them."""
        return self._found
