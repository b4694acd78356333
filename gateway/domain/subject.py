"""The subjects whom issuers prove, persons and machines, and the sessions of persons who signed in."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from gateway.domain.permission import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Somebody whom an issuer proved, with what they are here."""

    issuer: str
    """The issuer's name here."""
    subject: str
    """The issuer's own identifier of them."""
    name: str
    """As what they stand in events: no person's own name."""
    person: str
    """Who it is. Personal data."""
    is_person: bool
    role: Role
    eoris: frozenset[str] | None = None
    """A trader's; None: not bound to any."""
    offices: frozenset[str] | None = None
    """None: all."""


class Room(StrEnum):
    """The two sets of pages; who is signed in in one is nobody in the other."""

    CONSOLE = "console"
    PORTAL = "portal"

    @classmethod
    def of(cls, role: Role) -> "Room":
        """Return the room whose pages a role sees."""
        return cls.PORTAL if role is Role.TRADER else cls.CONSOLE


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """The session of a person who signed in."""

    subject: Subject
    room: Room
    began_at: datetime
    ends_at: datetime
    """At the latest."""
    sid: str | None = None
    """The issuer's own name of its session."""
    id_token: str | None = None
    """By what the issuer knows, at sign-out, who signs out."""
    has_draft: bool = False
    """Whether something is kept that was typed when a session before it had ended."""


class Errand(StrEnum):
    """What a browser is sent to an issuer for."""

    SIGN_IN = "sign-in"
    SIGN_OUT = "sign-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunSignIn:
    """A sign-in, or a sign-out at the issuer, that was begun in a browser and waits for the issuer's answer."""

    kind: Errand
    issuer: str
    target: str
    """Where the person wanted to go, a path here."""
    nonce: str = ""
    verifier: str = ""
    """The secret behind the challenge (RFC 7636)."""
