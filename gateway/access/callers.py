"""The callers of the gateway, and what they may do and see."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.access.calls import WHO_MAY, Call
from gateway.domain.actor import ANYBODYS_ID, Actor
from gateway.domain.errors import NotAllowed, OfficerNamed
from gateway.domain.permission import Asker, Role
from gateway.domain.record import Record


class Proof(StrEnum):
    """How a caller was proven."""

    KEY = "key"
    TOKEN = "token"
    CERTIFICATE = "certificate"
    SESSION = "session"
    NONE = "none"
    """They were not: nobody is asked for anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller who is known by what they showed, or anybody where nothing is asked for."""

    name: str
    """Of the key, or the subject: it stands in events, so it is no person's own name unless that is what the key is called."""
    roles: frozenset[Role]
    eoris: frozenset[str] | None = None
    """Whose declarations it may see and lodge; None: everybody's."""
    authority: str | None = None
    """The adapter whose notifications it may send."""
    person: str | None = None
    """Whose key it is; None: the key's name is the person."""
    is_person: bool = False
    """Whether a person calls, and no machine: what persons read of a case is written down."""
    offices: frozenset[str] | None = None
    """The customs offices whose declarations it may see and act on; None: all."""
    asserts_officers: bool = False
    """Whether it may name the person on whose behalf it calls."""
    proof: Proof = Proof.KEY
    """How it was proven."""

    @property
    def proven(self) -> bool:
        """Whether it showed anything by which it is known."""
        return self.proof is not Proof.NONE

    def actor(self, named: str | None = None) -> Actor:
        """Return who acts, where the call names a person or none.

        Raises:
            OfficerNamed: a person is named, and the person is whoever the key belongs to.
        """
        role = "anybody" if len(self.roles) != 1 else next(iter(self.roles)).value
        person = self.person or self.name
        if named is None:
            return Actor(id=self.name, person=person, role=role, proven=self.proven)
        if not self.proven:
            return Actor(id=self.name, person=named, role=role, proven=False)
        if not self.asserts_officers:
            raise OfficerNamed
        return Actor(id=self.name, person=named, role=role, asserted_by=self.name)

    def must_be_allowed(self, call: Call) -> None:
        """Require that the caller's role may do this.

        Raises:
            NotAllowed: the role may not.
        """
        if self.roles.isdisjoint(WHO_MAY[call]):
            raise NotAllowed

    @property
    def asker(self) -> Asker:
        """The asker that this caller is to a declaration's steps."""
        return Asker(roles=self.roles, eoris=self.eoris)

    def may_see(self, record: Record) -> bool:
        """Whether the declaration is this caller's to see."""
        return self.eoris is None or not self.eoris.isdisjoint(record.eoris)

    def speaks_for(self, adapter: str) -> bool:
        """Whether an adapter's notifications are this caller's to send."""
        return self is ANYBODY or self.authority == adapter

    @property
    def sees_as_trader(self) -> bool:
        """Whether it gets a trader's view: no findings in shadow or for officers alone, no refusal that customs has not confirmed."""
        return self.eoris is not None


ANYBODY = Caller(
    name=ANYBODYS_ID,
    proof=Proof.NONE,
    roles=frozenset({Role.CUSTOMS, Role.OFFICER, Role.AUDITOR, Role.OPERATOR, Role.AUTHORITY}),
)
"""Who calls where the security mode asks nobody for a key."""
