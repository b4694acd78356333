"""Client certificates as a proxy passes them on, and who they belong to."""

from base64 import b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

ISSUER = "CN=Customs CA,O=Example,C=FR"
BROKER = "CN=broker.example,O=Example,C=FR"


@cache
def signing_key() -> EllipticCurvePrivateKey:
    """The key of all certificates here."""
    return generate_private_key(SECP256R1())


def certificate(
    subject: str = BROKER,
    *,
    issuer: str = ISSUER,
    since: datetime | None = None,
    until: datetime | None = None,
    hosts: Sequence[str] = (),
) -> x509.Certificate:
    """A certificate of this subject, for a server of these names if any; valid since yesterday until tomorrow, unless it is said."""
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name.from_rfc4514_string(subject))
        .issuer_name(x509.Name.from_rfc4514_string(issuer))
        .public_key(signing_key().public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(since or now - timedelta(days=1))
        .not_valid_after(until or now + timedelta(days=1))
    )
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        made = made.add_extension(names, critical=False)
        made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    return made.sign(signing_key(), SHA256())


def self_signed(key: EllipticCurvePrivateKey, name: str, *hosts: str) -> x509.Certificate:
    """A certificate of a key of its own, as `openssl req -x509` makes it; hosts as openssl writes them: `DNS:...`, `IP:...`."""
    now, subject = datetime.now(UTC), x509.Name.from_rfc4514_string(f"CN={name}")
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=2))
        .add_extension(identifier, critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    )  # fmt: skip
    if hosts:
        made = made.add_extension(x509.SubjectAlternativeName([_host(one) for one in hosts]), critical=False)
    return made.sign(key, SHA256())


def _host(text: str) -> x509.GeneralName:
    kind, _, value = text.partition(":")
    return x509.IPAddress(ip_address(value)) if kind == "IP" else x509.DNSName(value)


def written(made: x509.Certificate, file: Path) -> Path:
    """The certificate in a file, as PEM."""
    file.write_bytes(made.public_bytes(Encoding.PEM))
    return file


def written_key(file: Path, *, another: bool = False) -> Path:
    """The key of all these certificates in a file, as PEM, or another one."""
    key = generate_private_key(SECP256R1()) if another else signing_key()
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


def passed_on(made: x509.Certificate) -> bytes:
    """The header's value by RFC 9440."""
    return b":" + b64encode(made.public_bytes(Encoding.DER)) + b":"


def fingerprint(made: x509.Certificate) -> str:
    """SHA-256 as openssl writes it."""
    return made.fingerprint(SHA256()).hex(":").upper()
