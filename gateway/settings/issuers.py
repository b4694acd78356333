"""The settings of who proves persons and machines by signed tokens: `[[security.issuers]]`, and of the sessions of persons."""

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from gateway.domain.permission import Role
from gateway.settings.addresses import is_loopback
from gateway.settings_table import SettingsTable

Claim = Annotated[str, Field(min_length=1, max_length=200)]
"""The name of a claim; one that begins with `/` is a JSON pointer into nested ones (RFC 6901)."""
RESERVED = frozenset({"callback", "demo", "back-channel-logout"})
"""What stands behind `/sign-in/` already."""
_POINTER = re.compile(r"(?:/(?:[^~/]|~[01])+)+")


class Algorithm(StrEnum):
    """The algorithms that a token may be signed with: asymmetric ones only, so nobody can sign with what is published."""

    RS256 = "RS256"
    RS384 = "RS384"
    RS512 = "RS512"
    PS256 = "PS256"
    PS384 = "PS384"
    PS512 = "PS512"
    ES256 = "ES256"
    ES384 = "ES384"
    ES512 = "ES512"
    ED25519 = "Ed25519"


class ClaimPaths(SettingsTable):
    """The places of what a token says of its subject."""

    roles: Claim = "roles"
    """A list of texts, or one text."""
    eoris: Claim = "eoris"
    """For traders: whose declarations they may see and lodge."""
    offices: Claim | None = None
    """For officers and auditors: their customs offices, `*` for all; None: the issuer does not say, and each has all."""
    person: Claim = "sub"
    """Who it is, as `person` of a key: what reads alike is one person."""
    machine: Claim | None = None
    """True or false; a token whose subject is its own client is a machine's in any case (RFC 9068, section 2.2)."""

    @field_validator("roles", "eoris", "offices", "person", "machine")
    @classmethod
    def _is_a_path(cls, path: str | None) -> str | None:
        if path is not None and path.startswith("/") and not _POINTER.fullmatch(path):
            raise ValueError("a claim is named as it is, a nested one by a JSON pointer such as /realm_access/roles")
        return path


class Issuer(SettingsTable):
    """An issuer of tokens, by which callers and persons prove who they are."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,30}$")]
    """In addresses and in the trail; it stays when the issuer's address changes."""
    title: Annotated[str, Field(min_length=1, max_length=80)]
    """What persons call it: `Sign in with ...`."""
    url: Annotated[str, Field(max_length=500)]
    """The issuer's identifier, as its tokens name it in `iss`; `https://...`, `http://` only to a loopback address."""
    audience: Annotated[str | None, Field(min_length=1, max_length=500)] = None
    """What its access tokens for this gateway name in `aud`; None: its access tokens are not taken."""
    client_id: Annotated[str | None, Field(min_length=1, max_length=200)] = None
    """As what the gateway is registered there for sign-in; None: nobody signs in by it."""
    client_secret: Annotated[str | None, Field(min_length=5, max_length=500, repr=False)] = None
    """`env:NAME` or `file:PATH`; None: a public client, by PKCE alone."""
    algorithms: Annotated[tuple[Algorithm, ...], Field(min_length=1)] = (Algorithm.RS256, Algorithm.ES256)
    scopes: tuple[Annotated[str, Field(pattern=r"^[!#-\[\]-~]+$", max_length=100)], ...] = ("openid",)
    """What is asked for at sign-in; `openid` is among it."""
    claims: ClaimPaths = ClaimPaths()
    roles: Annotated[Mapping[str, Role], Field(min_length=1)]
    """Which of its roles is which of ours; whoever has none of them is nobody here, and whoever has two different ones, too."""
    contact: Annotated[str, Field(min_length=1, max_length=200)]
    """Whom somebody asks who has no role here."""
    ca_file: Path | None = None
    """PEM file of the certification authorities that its certificate is checked with; None: the public ones."""

    @field_validator("name")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name in RESERVED:
            raise ValueError(f"{name!r} is an address of the gateway's own: give the issuer another name")
        return name

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        if fault := url_fault(url):
            raise ValueError(fault)
        return url

    @field_validator("scopes")
    @classmethod
    def _asks_for_an_id_token(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError("scopes need openid: without it there is no ID token")
        return scopes

    @field_validator("roles")
    @classmethod
    def _has_roles_to_give(cls, roles: Mapping[str, Role]) -> Mapping[str, Role]:
        if Role.AUTHORITY in roles.values():
            raise ValueError("an authority calls with a key: no issuer gives the role authority")
        return MappingProxyType(dict(roles))

    @model_validator(mode="after")
    def _is_of_use(self) -> "Issuer":
        if self.audience is None and self.client_id is None:
            raise ValueError("audience, client_id or both are needed: for access tokens, for sign-in")
        if self.client_secret is not None and self.client_id is None:
            raise ValueError("client_secret belongs beside client_id")
        return self


class SessionSettings(SettingsTable):
    """How long persons stay signed in."""

    idle_seconds: Annotated[int, Field(ge=60, le=86_400)] = 1_800
    """After so long without a page a session is over."""
    absolute_seconds: Annotated[int, Field(ge=60, le=604_800)] = 36_000
    """After so long since sign-in, in any case."""
    kept_days: Annotated[int, Field(ge=1, le=3_650)] = 30
    """After so many days a session that is over is forgotten."""
    sign_ins_per_minute: Annotated[int, Field(ge=1, le=1_000_000)] = 600
    """Beginnings and ends of sign-ins from one address, in one process: a whole office may have one."""

    @model_validator(mode="after")
    def _idle_within(self) -> "SessionSettings":
        if self.idle_seconds > self.absolute_seconds:
            raise ValueError("idle_seconds is longer than absolute_seconds")
        return self


def url_fault(url: str) -> str | None:
    """Return why an address of an issuer cannot be called or sent to; None: it can."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return "it is no URL"
    if not url.isascii() or not url.isprintable() or " " in url:
        return "it is no URL"
    if not host or parts.username is not None or parts.password is not None or parts.fragment:
        return "a URL with a host is needed, without user, password and fragment"
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)):
        return None
    return "https:// is needed; http:// goes to a loopback address only"
