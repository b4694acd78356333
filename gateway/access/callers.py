"""The callers of the gateway, and what they may do and see."""

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.access.calls import NOT_BY_MADE_KEYS, WHO_MAY, Call
from gateway.access.offices import OFFICE_REACH, OfficeReach
from gateway.domain.actor import ANYBODYS_ID, Actor
from gateway.domain.errors import NotAllowed, OfficerNamed
from gateway.domain.permission import Asker, Role
from gateway.domain.reading import Reader
from gateway.settings import CallerScope


class Proof(StrEnum):
    """How a caller was proven."""

    KEY = "key"
    TOKEN = "token"
    CERTIFICATE = "certificate"
    SESSION = "session"
    NONE = "none"
    """They were not: nobody is asked for anything."""


class RoleNotAllowed(NotAllowed):
    """The caller's role may not make this call."""

    def __init__(self, call: Call) -> None:
        super().__init__()
        self.call = call


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller who is known by what they showed, or anybody where nothing is asked for."""

    name: str
    """The name of the key, or the subject: events state it, so it is no person's own name unless that is what the key is called."""
    roles: frozenset[Role]
    eoris: frozenset[str] | None = None
    """The EORIs whose declarations it may see and lodge; None: everybody's."""
    authority: str | None = None
    """The adapter whose notifications it may send."""
    person: str | None = None
    """The person whose key it is; None: the key's name is the person."""
    is_person: bool = False
    """Whether a person calls, and no machine: what persons read of a case is written down."""
    offices: frozenset[str] | None = None
    """The customs offices whose declarations it may see and act on; None: all."""
    asserts_officers: bool = False
    """Whether it may name the person on whose behalf it calls."""
    proof: Proof = Proof.KEY
    """The way in which it was proven."""
    maker: str | None = None
    """The name of the caller whose key this is one more of: it has nothing that they have not, and can make no key."""
    of_maker: frozenset[str] | None = None
    """The EORIs whose declarations that one may see and lodge."""

    @property
    def proven(self) -> bool:
        """Whether it showed anything by which it is known."""
        return self.proof is not Proof.NONE

    @property
    def own_share(self) -> str:
        """The share of what can be used up that this caller has: by role and credential, whoever's it is; one that it made has no other."""
        return f"{'+'.join(sorted(self.roles))} {self.maker or self.name}"

    @property
    def share(self) -> str:
        """The share of what can be used up that the caller has part in: a trader's is its company's, whatever they call with."""
        company = self.of_maker or self.eoris
        return f"{Role.TRADER} {' '.join(sorted(company))}" if company else self.own_share

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

    def within(self, maker: "Caller | None") -> "Caller | None":
        """Return what is left of a caller inside what its maker has now; None: nothing."""
        if maker is None or self.roles != maker.roles or not maker.proven or maker.maker is not None:
            return None
        eoris, offices = _both(self.eoris, maker.eoris), _both(self.offices, maker.offices)
        if eoris == frozenset() or offices == frozenset():
            return None
        return replace(self, eoris=eoris, offices=offices, of_maker=maker.eoris)

    def must_be_allowed(self, call: Call) -> None:
        """Require that the caller's role may do this.

        Raises:
            NotAllowed: the role may not.
        """
        if self.maker is not None and call in NOT_BY_MADE_KEYS:
            raise NotAllowed(
                "A key that a caller made for itself makes and revokes no keys: use the one that it was made with."
            )
        if not self.may(call):
            raise RoleNotAllowed(call)

    def may(self, call: Call) -> bool:
        """Whether the caller's role may do this."""
        return not self.roles.isdisjoint(WHO_MAY[call]) and (self.maker is None or call not in NOT_BY_MADE_KEYS)

    def offices_for(self, call: Call) -> frozenset[str] | None:
        """Return the customs offices whose declarations a call reaches; None: those of all."""
        return self.offices if OFFICE_REACH[call] is OfficeReach.OWN else None

    @property
    def reader(self) -> Reader:
        """The person that this caller is to the list of who read a case."""
        roles = "anybody" if len(self.roles) != 1 else next(iter(self.roles)).value
        return Reader(name=self.name, person=self.person or self.name, role=roles, proven=self.proof.value)

    @property
    def asker(self) -> Asker:
        """The asker that this caller is to a declaration's steps."""
        return Asker(roles=self.roles, eoris=self.eoris)

    def speaks_for(self, adapter: str) -> bool:
        """Whether an adapter's notifications are this caller's to send."""
        return self is ANYBODY or self.authority == adapter

    @property
    def sees_as_trader(self) -> bool:
        """Whether it gets a trader's view: no findings in shadow or for officers alone, no refusal that customs has not confirmed."""
        return self.eoris is not None


def caller_of(scope: CallerScope, *, proof: Proof = Proof.KEY) -> Caller:
    """Return the caller that a row of the configuration names."""
    return Caller(
        name=scope.name,
        roles=frozenset({scope.role}),
        eoris=frozenset(scope.eoris) if scope.role is Role.TRADER else None,
        authority=scope.authority,
        person=scope.person,
        is_person=scope.person is not None,
        offices=frozenset(scope.offices) if scope.offices is not None else None,
        asserts_officers=scope.asserts_officers,
        proof=proof,
    )


def _both(mine: frozenset[str] | None, theirs: frozenset[str] | None) -> frozenset[str] | None:
    if mine is None or theirs is None:
        return mine if theirs is None else theirs
    return mine & theirs


ANYBODY = Caller(
    name=ANYBODYS_ID,
    proof=Proof.NONE,
    roles=frozenset({Role.CUSTOMS, Role.OFFICER, Role.AUDITOR, Role.OPERATOR, Role.AUTHORITY}),
)
"""The caller where the security mode asks nobody for a key."""
