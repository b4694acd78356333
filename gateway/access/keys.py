"""The reader of keys: those of the configuration, which are compared in memory, and those that are kept in the database."""

import hmac
import re
from datetime import UTC, datetime

import structlog

from gateway.access.callers import Caller, Proof, caller_of
from gateway.access.gathered import GatheredLookups
from gateway.access.readers import CallHead
from gateway.domain.errors import NotAuthenticated, StoreError
from gateway.domain.permission import Role
from gateway.domain.stored_key import StoredKey
from gateway.lifecycle.api_keys import key_hash
from gateway.settings import Security
from gateway.store import USED_AGAIN, StoredKeys

log = structlog.get_logger(__name__)

_MADE_HERE = re.compile(r"[A-Za-z0-9_-]{43}")
"""The shape of every key that is made here: nothing else is looked for in the database."""


class KeyReader:
    """The reader of keys: `X-API-Key: KEY`, else `Authorization: Bearer KEY`."""

    proof = Proof.KEY

    def __init__(self, security: Security, stored: StoredKeys | None = None) -> None:
        """Take the configured keys, and those of the database; None: no other than the configured ones count."""
        self._stored = stored
        self._guesses = None if stored is None else GatheredLookups(stored.among)
        self.renew(security)

    def renew(self, security: Security) -> None:
        """Use these configured keys from now on, and no other."""
        self._by_name = {key.name: caller_of(key) for key in security.keys}
        self._by_hash = tuple((key.hash.encode(), self._by_name[key.name]) for key in security.keys)
        self._taken = frozenset(one.name for one in (*security.keys, *security.certificates))

    @property
    def taken(self) -> frozenset[str]:
        """The names that callers have by the configuration: no other key has one of them."""
        return self._taken

    def configured(self, head: CallHead) -> Caller | None:
        """Return the caller by a key of the configuration, which takes nothing but comparing digests."""
        key = head.secret
        return self._of_digest(key_hash(key)) if key else None

    def is_configured(self, caller: Caller) -> bool:
        """Whether a caller was found by a key of the configuration."""
        return self._by_name.get(caller.name) is caller

    async def read(self, head: CallHead) -> Caller | None:
        """Return the caller whose key it is; None: there is no key, or the bearer is for another reader.

        Raises:
            NotAuthenticated: the key is not known, or it was revoked or has expired.
            StoreUnavailable: the database does not answer, and the key is none of the configuration.
        """
        key = head.secret
        if not key:
            return None
        digest = key_hash(key)
        if (found := self._of_digest(digest)) is not None:
            return found
        if self._stored is not None and _MADE_HERE.fullmatch(key):
            stored = await self._stored.by_digest(digest)
            if stored is not None:
                return await self._counted(stored, self._stored)
        if head.api_key is None and is_token(key):
            return None
        raise NotAuthenticated("The key is not known.")

    async def is_worth_reading(self, head: CallHead) -> bool:
        """Whether a call's secret is a key that is kept in the database, or a token, which nobody looks up before it is verified.

        However many guesses there are, they take no more of the database than one statement now and then.

        Raises:
            StoreUnavailable, Overloaded: it cannot be found out now.
        """
        key = head.secret or ""
        if head.api_key is None and is_token(key):
            return True
        return self._guesses is not None and bool(_MADE_HERE.fullmatch(key)) and await self._guesses.has(key_hash(key))

    async def known(self, name: str) -> Caller | None:
        """Return the caller whose key has this name, if it counts now."""
        if name in self._taken or self._stored is None:
            return self._by_name.get(name)
        stored = await self._stored.by_name(name)
        is_one = stored is not None and stored.counts and stored.scope.role is not Role.RISK
        return _caller(stored) if stored is not None and is_one else None

    async def ended(self, name: str) -> bool:
        """Whether there was a key of this name in the database that counts no more."""
        stored = None if self._stored is None else await self._stored.by_name(name)
        return stored is not None and not stored.counts

    async def _counted(self, key: StoredKey, stored: StoredKeys) -> Caller:
        if fault := self._fault(key):
            raise NotAuthenticated(fault)
        if key.used_at is None or datetime.now(UTC) - key.used_at >= USED_AGAIN:
            try:
                await stored.used(key.id)
            except StoreError as error:
                # Nobody is turned away because a note cannot be written.
                log.warning("key_use_not_noted", error=type(error).__name__)
        return _caller(key)

    def _fault(self, key: StoredKey) -> str | None:
        if key.revoked_at is not None:
            return "The key was revoked: ask whoever gave it to you for a new one."
        if key.expired:
            return "The key has expired: ask whoever gave it to you for a new one."
        if key.scope.role is Role.RISK:
            return "A risk analyst is named by the configuration or by an issuer: a key that is kept in the database is none."
        if key.scope.name in self._taken:
            return "The configuration has a caller of the same name: ask the operator to give one of them another."
        return None

    def _of_digest(self, digest: str) -> Caller | None:
        given, found = digest.encode(), None
        for known, caller in self._by_hash:
            # Every key is compared, each in constant time: the time says nothing about which one was nearly right.
            if hmac.compare_digest(known, given):
                found = caller
        return found


def is_token(bearer: str) -> bool:
    """Whether a bearer has the shape of a signed token (RFC 7515): three parts between dots. No key that is made here has a dot."""
    parts = bearer.split(".")
    return len(parts) == 3 and all(parts[:2])


def _caller(key: StoredKey) -> Caller:
    scope = key.scope
    return Caller(
        name=scope.name,
        roles=frozenset({scope.role}),
        eoris=frozenset(scope.eoris) if scope.role is Role.TRADER else None,
        authority=scope.authority,
        person=scope.person,
        is_person=scope.person is not None and key.maker is None,
        offices=frozenset(scope.offices) if scope.offices is not None else None,
        asserts_officers=scope.asserts_officers,
        maker=key.maker,
    )
