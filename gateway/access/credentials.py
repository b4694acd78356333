"""The keys by which callers are identified."""

import hmac
import secrets
from hashlib import sha256

from gateway.access.callers import ANYBODY, Caller
from gateway.access.calls import WHO_MAY, Call
from gateway.domain.actor import COMMAND_LINE, GATEWAY, Actor
from gateway.domain.errors import NotAuthenticated
from gateway.domain.permission import Role
from gateway.settings import ApiKey, Security, SecurityMode


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


def _caller(key: ApiKey) -> Caller:
    return Caller(
        name=key.name,
        roles=frozenset({key.role}),
        eoris=frozenset(key.eoris) if key.role is Role.TRADER else None,
        authority=key.authority,
        person=key.person,
        asserts_officers=key.asserts_officers,
    )
