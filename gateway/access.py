"""The callers of the gateway, and what they may do and see."""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from types import MappingProxyType

from gateway.domain.actor import ANYBODYS_ID, COMMAND_LINE, GATEWAY, Actor
from gateway.domain.errors import NotAllowed, NotAuthenticated, OfficerNamed
from gateway.domain.permission import Asker, PermittedAct, Role, roles_that_may
from gateway.domain.record import Record
from gateway.settings import ApiKey, Security, SecurityMode


class Call(StrEnum):
    """The calls that the gateway answers, one value per call of the API."""

    LODGE = "lodge"
    READ = "read"
    ACCEPT = "accept"
    AMEND = "amend"
    INVALIDATE = "invalidate"
    CONTROL = "control"
    """Announcing an examination, and saying that it took place."""
    APPLICATIONS = "applications"
    DECIDE_APPLICATION = "decide_application"
    RELEASE = "release"
    OVERRIDE = "override"
    """A release against the decision."""
    INTERVENE = "intervene"
    MOVEMENTS = "movements"
    VERIFY_DOCUMENT = "verify_document"
    CONFIRM = "confirm"
    EVENTS = "events"
    EVIDENCE = "evidence"
    EXPORT = "export"
    """A declaration with all that is stored of it, to take along."""
    EXPLANATION = "explanation"
    CHECK_DOCUMENT = "check_document"
    PREFLIGHT = "preflight"
    ADAPTERS = "adapters"
    ENABLE_ADAPTER = "enable_adapter"
    NOTIFY = "notify"
    NOTICES = "notices"
    METRICS = "metrics"
    CONTINGENCY = "contingency"
    """Opening and closing contingency windows."""
    CONTINGENCIES = "contingencies"
    ACTS = "acts"
    """What officers did by their own judgement, over all declarations."""
    APPROVALS = "approvals"
    """What waits for a second person."""
    APPROVE = "approve"
    """Approving or rejecting it; what the order itself needs is asked for besides."""
    APPROVE_TABLES = "approve_tables"
    """A set of tables that loosens what is in force."""
    SHADOW = "shadow"
    """What the shadow rules would have changed."""


_READING = frozenset({Role.CUSTOMS, Role.TRADER, Role.OFFICER, Role.AUDITOR})
_ASKING = frozenset({Role.CUSTOMS, Role.TRADER, Role.OFFICER})

WHO_MAY: Mapping[Call, frozenset[Role]] = MappingProxyType(
    {
        # Who may at all; which party may at which stage, the same table says (`domain.permission`).
        Call.LODGE: roles_that_may(PermittedAct.LODGE),
        Call.READ: roles_that_may(PermittedAct.READ),
        Call.ACCEPT: roles_that_may(PermittedAct.ACCEPT),
        Call.AMEND: roles_that_may(PermittedAct.AMEND),
        Call.INVALIDATE: roles_that_may(PermittedAct.INVALIDATE),
        Call.CONTROL: roles_that_may(PermittedAct.CONTROL),
        Call.APPLICATIONS: _READING,
        Call.DECIDE_APPLICATION: roles_that_may(PermittedAct.DECIDE_APPLICATION),
        Call.RELEASE: frozenset({Role.CUSTOMS, Role.OFFICER}),
        Call.OVERRIDE: frozenset({Role.OFFICER}),
        Call.INTERVENE: frozenset({Role.OFFICER}),
        Call.MOVEMENTS: _READING,
        Call.VERIFY_DOCUMENT: frozenset({Role.OFFICER}),
        Call.CONFIRM: frozenset({Role.CUSTOMS, Role.OFFICER}),
        Call.EVENTS: _READING,
        Call.EVIDENCE: frozenset({Role.OFFICER, Role.AUDITOR}),
        Call.EXPORT: frozenset({Role.OFFICER, Role.AUDITOR}),
        Call.EXPLANATION: _READING,
        Call.CHECK_DOCUMENT: _ASKING,
        Call.PREFLIGHT: _ASKING,
        Call.ADAPTERS: frozenset({Role.CUSTOMS, Role.OFFICER, Role.AUDITOR, Role.OPERATOR}),
        Call.ENABLE_ADAPTER: frozenset({Role.OPERATOR, Role.OFFICER}),
        Call.NOTIFY: frozenset({Role.AUTHORITY}),
        Call.NOTICES: _READING,
        Call.METRICS: frozenset({Role.OPERATOR}),
        Call.CONTINGENCY: frozenset({Role.OFFICER}),
        Call.CONTINGENCIES: frozenset({Role.OFFICER, Role.AUDITOR, Role.OPERATOR}),
        Call.ACTS: frozenset({Role.OFFICER, Role.AUDITOR}),
        Call.APPROVALS: frozenset({Role.CUSTOMS, Role.OFFICER, Role.AUDITOR, Role.OPERATOR}),
        Call.APPROVE: frozenset({Role.OFFICER, Role.OPERATOR}),
        Call.APPROVE_TABLES: frozenset({Role.OFFICER, Role.OPERATOR}),
        Call.SHADOW: frozenset({Role.OFFICER, Role.AUDITOR, Role.OPERATOR}),
    }
)
"""The whole of "who may do what". A trader's calls reach only the declarations of its own EORIs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A caller whose key is known, or anybody where none is asked for."""

    name: str
    roles: frozenset[Role]
    eoris: frozenset[str] | None = None
    """Whose declarations it may see and lodge; None: everybody's."""
    authority: str | None = None
    """The adapter whose notifications it may send."""
    person: str | None = None
    """Whose key it is; None: the key's name is the person."""
    asserts_officers: bool = False
    """Whether it may name the person on whose behalf it calls."""
    proven: bool = True
    """Whether it showed a key."""

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
        """Whether it gets a trader's view: no shadow findings, no refusal that customs has not confirmed."""
        return self.eoris is not None


ANYBODY = Caller(
    name=ANYBODYS_ID,
    proven=False,
    roles=frozenset({Role.CUSTOMS, Role.OFFICER, Role.AUDITOR, Role.OPERATOR, Role.AUTHORITY}),
)
"""Who calls where the security mode asks nobody for a key."""


class Authenticator:
    """The authenticator, which identifies callers by their keys."""

    def __init__(self, security: Security) -> None:
        self.renew(security)

    def renew(self, security: Security) -> None:
        """Use these keys from now on, and no other."""
        self._open = security.mode is SecurityMode.NONE
        self._callers = {key.name: _caller(key) for key in security.keys}
        self._known = tuple((key.hash.encode(), _caller(key)) for key in security.keys)

    def caller(self, key: str | None) -> Caller:
        """Return the caller that a key belongs to.

        Raises:
            NotAuthenticated: there is no key, or it is not known.
        """
        if self._open:
            return ANYBODY
        if not key:
            raise NotAuthenticated("A key is needed: `Authorization: Bearer KEY` or `X-API-Key: KEY`.")
        given = key_hash(key).encode()
        found = None
        for known, caller in self._known:
            # Every key is compared, each in constant time: the time says nothing about which one was nearly right.
            if hmac.compare_digest(known, given):
                found = caller
        if found is None:
            raise NotAuthenticated("The key is not known.")
        return found

    def knows(self, actor: Actor, call: Call) -> bool:
        """Whether an earlier actor could act now: the key is there still, is the same person's, and may make the call."""
        caller = ANYBODY if self._open else self._callers.get(actor.id)
        if actor.id in _OF_THIS_MACHINE:
            # No key has such a name.
            return True
        if caller is None or caller.proven is not actor.proven or caller.roles.isdisjoint(WHO_MAY[call]):
            return False
        if actor.asserted_by is not None:
            return caller.asserts_officers
        return not actor.proven or caller.actor() == actor


_OF_THIS_MACHINE = frozenset({GATEWAY.id, COMMAND_LINE})
"""Who acts without a call: whoever has the machine has the database, too."""


def key_hash(key: str) -> str:
    """Return what the configuration keeps of a key: SHA-256 in hexadecimal."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def new_key() -> str:
    """Make a key of 256 random bits."""
    return secrets.token_urlsafe(32)


class Budget:
    """The budget of each client for what costs others: so many calls per minute, refilled evenly."""

    def __init__(self, per_minute: int, clock: Callable[[], float], *, clients: int = 10_000) -> None:
        """Take the calls per minute, a clock in seconds that never goes back, and how many clients are remembered."""
        self._size = float(per_minute)
        self._per_second = per_minute / 60
        self._clock = clock
        self._clients = clients
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    @property
    def size(self) -> int:
        """The most that a client can ever have."""
        return int(self._size)

    def wait(self, client: str) -> float:
        """Return 0 if a client may do it once now, else the seconds until then; nothing is taken."""
        left, since = self._left.get(client, (self._size, 0.0))
        return max(0.0, (1 - left) / self._per_second - (self._clock() - since)) if left < 1 else 0.0

    def take(self, client: str, count: int = 1) -> float:
        """Take so much off a client's budget, all of it or nothing: 0, or the seconds until there is that much again."""
        now = self._clock()
        left, since = self._left.pop(client, (self._size, now))
        left = min(self._size, left + (now - since) * self._per_second)
        wait = 0.0 if left >= count else (count - left) / self._per_second
        self._left[client] = (left if wait else left - count, now)
        if len(self._left) > self._clients:
            # The client longest unseen is forgotten; its budget is the fullest there is.
            self._left.popitem(last=False)
        return wait


def _caller(key: ApiKey) -> Caller:
    return Caller(
        name=key.name,
        roles=frozenset({key.role}),
        eoris=frozenset(key.eoris) if key.role is Role.TRADER else None,
        authority=key.authority,
        person=key.person,
        asserts_officers=key.asserts_officers,
    )
