"""The subjects of tokens: what an issuer says of somebody, read into a role and its scope. Whoever is in doubt is nobody."""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from gateway.access.callers import Caller, Proof
from gateway.domain.errors import NotAllowed
from gateway.domain.permission import Role
from gateway.domain.subject import Subject
from gateway.settings import Issuer

ALL_OFFICES = "*"
_MOST_VALUES = 1_000
_MOST_PERSON = 80
"""The longest `person`, as of a configured key."""
_EORI = re.compile(r"[A-Z]{2}[!-~]{1,15}")
_OFFICE = re.compile(r"[A-Z]{2}[A-Z0-9]{6}")
_MACHINE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}")
_OF_OFFICES = frozenset({Role.OFFICER, Role.AUDITOR})
"""The roles that are limited to offices."""
_OF_PERSONS = frozenset({Role.OFFICER, Role.RISK})


class NoRoleHere(NotAllowed):
    """Who it is was proven, but no role here is theirs."""

    def __init__(self, issuer: Issuer, subject: str, reason: str, claim: str = "") -> None:
        super().__init__(
            f"You are known at {issuer.title}, but no role here is yours. Ask {issuer.contact} and name: {subject}."
        )
        self.issuer_title = issuer.title
        self.contact = issuer.contact
        self.subject = subject
        self.reason = reason
        """The reason, for the log."""
        self.claim = claim
        """The claim that it is about, by its path in the token; empty: it is about none."""


def caller_of(subject: Subject, proof: Proof) -> Caller:
    """Return the caller that a subject is."""
    return Caller(
        name=subject.name,
        roles=frozenset({subject.role}),
        eoris=subject.eoris,
        person=subject.person,
        is_person=subject.is_person,
        offices=subject.offices,
        proof=proof,
    )


def subject_of(claims: Mapping[str, Any], issuer: Issuer) -> Subject:
    """Return who a verified token is about.

    Raises:
        NoRoleHere: it gives them no role, two, or one without its scope; or what it says cannot be made out.
    """
    sub = str(claims["sub"])
    reading = _Reading(claims, issuer, sub)
    machine = reading.is_machine()
    role = reading.role(machine=machine)
    person = reading.person()
    return Subject(
        issuer=issuer.name,
        subject=sub,
        name=f"{issuer.name}:{sub if machine and _MACHINE.fullmatch(sub) else _pseudonym(issuer, sub)}",
        person=person,
        is_person=not machine,
        role=role,
        eoris=reading.eoris() if role is Role.TRADER else None,
        offices=reading.offices() if role in _OF_OFFICES else None,
    )


def _pseudonym(issuer: Issuer, sub: str) -> str:
    """Return the pseudonym for events, which are never erased, in place of an identifier that may be an address."""
    return sha256(f"{issuer.url}\n{sub}".encode()).hexdigest()[:16]


class _Reading:
    """The reading of one token's claims."""

    def __init__(self, claims: Mapping[str, Any], issuer: Issuer, sub: str) -> None:
        self._claims = claims
        self._issuer = issuer
        self._sub = sub if sub.isprintable() and len(sub) <= 255 else ""
        if not self._sub:
            raise self._nobody("the subject is no identifier", "sub")

    def is_machine(self) -> bool:
        path = self._issuer.claims.machine
        told = self._at(path) if path is not None else None
        if told is not None and not isinstance(told, bool):
            raise self._nobody("the claim machine is neither true nor false", path or "")
        return bool(told) or self._claims.get("client_id") == self._sub

    def role(self, *, machine: bool) -> Role:
        given = self._texts(self._issuer.claims.roles, "roles")
        roles = {self._issuer.roles[one] for one in given if one in self._issuer.roles}
        if len(roles) != 1:
            raise self._nobody("more than one role" if roles else "no role", self._issuer.claims.roles)
        (role,) = roles
        if role is Role.CUSTOMS and not machine:
            raise self._nobody("the role customs is a machine's", self._issuer.claims.roles)
        if role in _OF_PERSONS and machine:
            raise self._nobody(f"the role {role} is a person's", self._issuer.claims.roles)
        return role

    def person(self) -> str:
        person = self._at(self._issuer.claims.person)
        if not isinstance(person, str) or not 0 < len(person.strip()) <= _MOST_PERSON or not person.isprintable():
            raise self._nobody("the claim person is no name", self._issuer.claims.person)
        return person.strip()

    def eoris(self) -> frozenset[str]:
        eoris = self._texts(self._issuer.claims.eoris, "eoris")
        if not eoris or not all(_EORI.fullmatch(one) for one in eoris):
            raise self._nobody(
                "an EORI that is none" if eoris else "a trader without an EORI", self._issuer.claims.eoris
            )
        return eoris

    def offices(self) -> frozenset[str] | None:
        path = self._issuer.claims.offices
        if path is None:
            return None
        offices = self._texts(path, "offices")
        if not offices or not all(one == ALL_OFFICES or _OFFICE.fullmatch(one) for one in offices):
            raise self._nobody("an office that is none" if offices else "no office", path)
        return None if ALL_OFFICES in offices else offices

    def _texts(self, path: str, what: str) -> frozenset[str]:
        value = self._at(path)
        values = [] if value is None else [value] if isinstance(value, str) else value
        if (
            not isinstance(values, list)
            or len(values) > _MOST_VALUES
            or not all(isinstance(one, str) for one in values)
        ):
            raise self._nobody(f"the claim {what} is no list of texts", path)
        return frozenset(values)

    def _at(self, path: str) -> Any:
        """Return a claim by its name, or a nested one by its pointer; None: it is not there."""
        if not path.startswith("/"):
            return self._claims.get(path)
        value: Any = self._claims
        for step in path[1:].split("/"):
            value = value.get(step.replace("~1", "/").replace("~0", "~")) if isinstance(value, dict) else None
        return value

    def _nobody(self, reason: str, claim: str) -> NoRoleHere:
        return NoRoleHere(self._issuer, self._sub, reason, claim)
