"""Keys that are made and revoked while the gateway serves: checked, stored by their digest, and shown once."""

import math
import re
import secrets
import unicodedata
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256

from pydantic import ValidationError

from gateway.domain.actor import Actor
from gateway.domain.errors import CallInvalid, Conflict, NotKnown
from gateway.domain.permission import Role
from gateway.domain.stored_key import KeyScope, StoredKey
from gateway.resources import Resource
from gateway.settings import CallerScope
from gateway.store import StoredKeys
from gateway.store.rows import is_id

OWN_KEYS = 50
"""The number of keys of one trader's own making that may count at the same time."""
_NAME = re.compile(r"[^\W_][\w .,@()-]*")
"""The form of a key's name in lists, logs and exports: nothing that is markup, a formula, a path, or turns the direction of reading."""
_PERSON = re.compile(r"[^\W_][\w .,@()'’-]*")
_LONGEST = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStoredKey:
    """A key that was made now, with its secret, which is shown this once and kept nowhere."""

    key: StoredKey
    secret: str


class KeySteps:
    """The keys that are kept in the database."""

    def __init__(
        self, keys: StoredKeys, *, new_id: Callable[[], str], clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._keys = keys
        self._own = Resource("keys_of_trader", math.inf, share=OWN_KEYS)
        self._new_id = new_id
        self._clock = clock

    async def make(self, scope: KeyScope, *, by: Actor, taken: Collection[str]) -> NewStoredKey:
        """Make a key, which counts on all replicas from now on.

        Args:
            scope: its name and what it is for.
            by: who makes it.
            taken: the names that callers have by the configuration.

        Raises:
            CallInvalid: the name cannot be shown, role and scope do not go together, or it would end before it begins.
            Conflict: something has the name already.
        """
        self._must_be_sound(scope)
        if scope.name in taken:
            raise Conflict(f"A key or certificate of the configuration has the name {scope.name!r}: take another name.")
        return await self._stored(scope, by=by)

    async def make_own(
        self, name: str, *, eoris: Collection[str] | None, of: frozenset[str], by: Actor, expires_at: datetime | None
    ) -> NewStoredKey:
        """Make a trader's own key, which has at most the EORIs of who makes it and ends with that one's access.

        Args:
            name: unlike that of any other key of theirs.
            eoris: whose declarations it is for; None: those of who makes it.
            of: the EORIs of who makes it.
            by: who makes it; under that name the key's name stands.
            expires_at: when it ends by itself; None: never.

        Raises:
            CallInvalid: the name cannot be shown, an EORI is not theirs, or it would end before it begins.
            Conflict: they have such a key already, or as many as they may.
        """
        wanted = of if eoris is None else frozenset(eoris)
        if not wanted <= of:
            raise CallInvalid(
                "A key of your own is for your own EORIs at most: name EORIs of yours, or none for all of them."
            )
        scope = KeyScope(
            name=name, role=Role.TRADER, person=by.person, eoris=tuple(sorted(wanted)), expires_at=expires_at
        )
        self._must_be_sound(replace(scope, person=None))
        # Another trader's names are not told by a conflict: a name stands under its maker's.
        return await self._stored(replace(scope, name=f"{by.id}/{name}"), by=by, most=int(self._own.share))

    async def revoke(self, key: StoredKey, *, by: Actor, reason: str) -> StoredKey:
        """Revoke a key, which counts nowhere from now on; a second time changes nothing."""
        return await self._keys.revoke(key, by=by, reason=reason)

    async def named(self, name: str) -> StoredKey:
        """Return the key with a name.

        Raises:
            NotKnown: there is none.
        """
        return _found(await self._keys.by_name(name))

    async def get(self, key_id: str, *, made_by: str | None = None) -> StoredKey:
        """Return the key with an id; of one maker if one is given.

        Raises:
            NotKnown: there is none, or it is another one's: the two look the same.
        """
        key = _found(await self._keys.by_id(key_id))
        return _found(key if made_by in {None, key.made_by} else None)

    async def page(self, *, made_by: str | None, after: str | None = None, limit: int = 50) -> tuple[StoredKey, ...]:
        """Return keys, the newest first, behind the one with an id; of one maker if one is given.

        Raises:
            CallInvalid: what should be an id is none.
        """
        if after is not None and not is_id(after):
            raise CallInvalid("`cursor` is the `next` of the page before, as it was given.")
        return await self._keys.page(made_by=made_by, after=after, limit=limit)

    async def _stored(self, scope: KeyScope, *, by: Actor, most: int | None = None) -> NewStoredKey:
        secret = new_key()
        key = await self._keys.make(self._new_id(), key_hash(secret), scope, by=by, most=most)
        return NewStoredKey(key=key, secret=secret)

    def _must_be_sound(self, scope: KeyScope) -> None:
        faults = [*_name_faults("name", scope.name, _NAME)]
        if scope.person is not None:
            faults += _name_faults("person", scope.person, _PERSON)
        if scope.expires_at is not None and scope.expires_at <= self._clock():
            faults.append(("expires_at", "it is over already: name a time that comes"))
        if scope.role is Role.RISK:
            faults.append(("role", "a risk analyst is named by the configuration or by an issuer"))
        faults = faults or _scope_faults(scope)
        if faults:
            raise CallInvalid("; ".join(f"{member}: {text}" for member, text in faults))


def key_hash(key: str) -> str:
    """Return what is kept of a key: SHA-256 in hexadecimal."""
    return sha256(key.encode("utf-8", "surrogateescape")).hexdigest()


def new_key() -> str:
    """Make a key of 256 random bits."""
    return secrets.token_urlsafe(32)


def _name_faults(member: str, text: str, pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    if not 1 <= len(text) <= _LONGEST:
        return [(member, f"1 to {_LONGEST} characters")]
    if not pattern.fullmatch(text) or text != text.strip() or unicodedata.normalize("NFC", text) != text:
        return [(member, "letters, digits, blanks and . , @ ( ) - _ only, and first a letter or digit")]
    return []


def _scope_faults(scope: KeyScope) -> list[tuple[str, str]]:
    values = {name: getattr(scope, name) for name in CallerScope.model_fields}
    try:
        CallerScope.model_validate(values)
    except ValidationError as error:
        return [
            (".".join(map(str, one["loc"])) or "role", one["msg"].replace("Value error, ", ""))
            for one in error.errors()
        ]
    return []


def _found(key: StoredKey | None) -> StoredKey:
    if key is None:
        raise NotKnown("There is no such key.")
    return key
