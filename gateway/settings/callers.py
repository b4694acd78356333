"""The settings of callers known by what they have: keys, of which only digests are kept, and client certificates."""

import re
from ipaddress import ip_network
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from gateway.domain.actor import NOT_KEYS
from gateway.domain.permission import Role
from gateway.settings_table import SettingsTable

Eori = Annotated[str, Field(pattern=r"^[A-Z]{2}[!-~]{1,15}$")]
OfficeNumber = Annotated[str, Field(pattern=r"^[A-Z]{2}[A-Z0-9]{6}$")]
"""The reference number of a customs office (an8)."""
_AT_OFFICES = frozenset({Role.OFFICER, Role.AUDITOR})


class CallerScope(SettingsTable):
    """A caller's name, and what it is for."""

    name: Annotated[str, Field(min_length=1, max_length=80)]
    role: Role
    person: Annotated[str | None, Field(min_length=1, max_length=80)] = None
    """Whose it is; None: the name is the person. Two keys of one person are one person."""
    asserts_officers: bool = False
    """For a system that knows its officers: whether it may name the person on whose behalf it calls."""
    eoris: tuple[Eori, ...] = ()
    """For a trader: whose declarations it may see and lodge."""
    authority: str | None = None
    """For an authority: the name of its adapter."""
    offices: Annotated[tuple[OfficeNumber, ...], Field(min_length=1)] | None = None
    """For officers and auditors: the customs offices whose declarations they see and act on; None: all."""

    @model_validator(mode="after")
    def _role_has_its_scope(self) -> "CallerScope":
        if (self.role is Role.TRADER) != bool(self.eoris):
            raise ValueError("eoris belong to the role trader, which needs at least one")
        if (self.role is Role.AUTHORITY) != bool(self.authority):
            raise ValueError("authority belongs to the role authority, which needs it")
        if self.name in NOT_KEYS:
            raise ValueError(f"{self.name!r} names whoever acts without a key: give the key another name")
        if self.asserts_officers and self.role not in {Role.CUSTOMS, Role.OFFICER}:
            raise ValueError("asserts_officers belongs to the keys of systems with the role customs or officer")
        if self.offices is not None and self.role not in _AT_OFFICES:
            raise ValueError("offices belong to the roles officer and auditor")
        return self


class ApiKey(CallerScope):
    """A caller's key: only its digest is kept."""

    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    """SHA-256 of the key in hexadecimal. Keys are made by the gateway with 256 random bits, so no salt is needed."""


class ClientCertificate(CallerScope):
    """A caller's certificate, known by its fingerprint or by who issued it to whom."""

    fingerprint: str | None = None
    """SHA-256 of the certificate (DER) in hexadecimal, colons or none; the next certificate needs a row of its own."""
    issuer: str | None = None
    """Distinguished name by RFC 4514, as `CN=Customs CA,O=Example,C=FR`; with `subject`, for certificates that are renewed."""
    subject: str | None = None

    @field_validator("fingerprint")
    @classmethod
    def _is_a_digest(cls, text: str | None) -> str | None:
        if text is None:
            return None
        plain = text.replace(":", "").lower()
        if not re.fullmatch(r"[0-9a-f]{64}", plain):
            raise ValueError(
                "SHA-256 of the certificate is needed: 64 hexadecimal digits, as `openssl x509 -fingerprint -sha256` says"
            )
        return plain

    @field_validator("issuer", "subject")
    @classmethod
    def _is_a_name(cls, text: str | None) -> str | None:
        return None if text is None else distinguished(text)

    @model_validator(mode="after")
    def _is_known_by_one(self) -> "ClientCertificate":
        by_name = (self.issuer is not None, self.subject is not None)
        if by_name not in {(True, True), (False, False)} or (self.fingerprint is not None) is any(by_name):
            raise ValueError("a certificate is known by its fingerprint, or by issuer and subject")
        return self


def distinguished(text: str) -> str:
    """Return a distinguished name in its one spelling.

    Raises:
        ValueError: it is none.
    """
    from cryptography.x509 import Name

    try:
        name = Name.from_rfc4514_string(text)
    except Exception:
        raise ValueError("a distinguished name is needed, as CN=Customs CA,O=Example,C=FR") from None
    if not list(name):
        raise ValueError("a distinguished name is needed, as CN=Customs CA,O=Example,C=FR")
    return name.rfc4514_string()


def network_fault(text: str) -> str | None:
    """Return why a text is no address and no network; None: it is one."""
    try:
        ip_network(text)
    except ValueError as error:
        return f"{text!r} is no address and no network: {error}"
    return None
