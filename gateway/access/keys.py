"""The reader of keys: those of the configuration."""

import hmac
import secrets
from hashlib import sha256

from gateway.access.callers import Caller, Proof
from gateway.access.readers import CallHead
from gateway.domain.errors import NotAuthenticated
from gateway.domain.permission import Role
from gateway.settings import ApiKey, Security


class KeyReader:
    """The reader of keys: `X-API-Key: KEY`, else `Authorization: Bearer KEY`."""

    proof = Proof.KEY

    def __init__(self, security: Security) -> None:
        self.renew(security)

    def renew(self, security: Security) -> None:
        """Use these keys from now on, and no other."""
        self._by_name = {key.name: _caller(key) for key in security.keys}
        self._by_hash = tuple((key.hash.encode(), self._by_name[key.name]) for key in security.keys)

    def configured(self, head: CallHead) -> Caller | None:
        """Return the caller by a key of the configuration, which takes nothing but comparing digests."""
        key = _given(head)
        if not key:
            return None
        given, found = key_hash(key).encode(), None
        for known, caller in self._by_hash:
            # Every key is compared, each in constant time: the time says nothing about which one was nearly right.
            if hmac.compare_digest(known, given):
                found = caller
        return found

    def is_configured(self, caller: Caller) -> bool:
        """Whether a caller was found by a key of the configuration."""
        return self._by_name.get(caller.name) is caller

    async def read(self, head: CallHead) -> Caller | None:
        """Return the caller whose key it is; None: there is no key, or the bearer is for another reader.

        Raises:
            NotAuthenticated: the key is not known.
        """
        if not _given(head):
            return None
        if (found := self.configured(head)) is not None:
            return found
        if head.api_key is None and is_token(head.bearer or ""):
            return None
        raise NotAuthenticated("The key is not known.")

    async def known(self, name: str) -> Caller | None:
        """Return the caller whose key has this name."""
        return self._by_name.get(name)


def is_token(bearer: str) -> bool:
    """Whether a bearer has the shape of a signed token (RFC 7515): three parts between dots. No key that is made here has a dot."""
    parts = bearer.split(".")
    return len(parts) == 3 and all(parts[:2])


def key_hash(key: str) -> str:
    """Return what is kept of a key: SHA-256 in hexadecimal."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def new_key() -> str:
    """Make a key of 256 random bits."""
    return secrets.token_urlsafe(32)


def _given(head: CallHead) -> str | None:
    """Return the key that a call brings."""
    key = head.api_key
    return head.bearer if key is None else key


def _caller(key: ApiKey) -> Caller:
    return Caller(
        name=key.name,
        roles=frozenset({key.role}),
        eoris=frozenset(key.eoris) if key.role is Role.TRADER else None,
        authority=key.authority,
        person=key.person,
        is_person=key.person is not None,
        asserts_officers=key.asserts_officers,
    )
