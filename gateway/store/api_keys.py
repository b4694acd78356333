"""Keys kept in the database: made and revoked with an event each, and found by their digest at each call."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from psycopg.rows import DictRow

from gateway.domain.actor import Actor, actors_body
from gateway.domain.calendar import in_utc
from gateway.domain.errors import Conflict
from gateway.domain.events import EventKind
from gateway.domain.permission import Role
from gateway.domain.seals import salted_digest
from gateway.domain.storable import is_storable
from gateway.domain.stored_key import KeyScope, StoredKey
from gateway.store import covered_rows as covering
from gateway.store import installation, rows
from gateway.store.covered_rows import CoveredRows, place, utc
from gateway.store.database import Connection, Database, rows_of
from gateway.store.personal_words import new_salt, personal_text

USED_AGAIN = timedelta(minutes=1)
"""The age at which the note of a key's last use is written again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _KeyStatement:
    """The person who made or revoked a key, and the reason: kept as the text of a step."""

    by: Actor
    reason: str | None = None


class StoredKeys:
    """The keys of all replicas. Every call raises `StoreUnavailable` without a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, key_id: str, digest: str, scope: KeyScope, *, by: Actor, most: int | None = None) -> StoredKey:
        """Store a key, which counts on all replicas from now on, and note who made it.

        Args:
            key_id: a new id.
            digest: SHA-256 of the key in hexadecimal.
            scope: its name, and what it is for.
            by: who makes it.
            most: so many keys of theirs may count at the same time; None: any number.

        Raises:
            Conflict: there is or was a key of this name, or they have as many as they may.
        """
        # Empty where it names nobody, so that a name which is put there later does not fit the digest.
        person, salt = scope.person or "", new_salt()
        eoris, offices = sorted(scope.eoris) or None, sorted(scope.offices) if scope.offices is not None else None
        values = {
            "id": key_id,
            "digest": digest,
            "name": scope.name,
            "role": scope.role.value,
            "person": person,
            "salt": salt,
            "eoris": eoris,
            "authority": scope.authority,
            "asserts_officers": scope.asserts_officers,
            "offices": offices,
            "made_by": by.id,
            "expires_at": scope.expires_at,
        }
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            if most is not None:
                (counted,) = await rows_of(connection, "keys_that_count", values)
                if counted["keys"] >= most:
                    raise Conflict(f"There are {most} keys of yours that count already: revoke one.")
            made = await rows_of(connection, "make_key", values)
            if not made:
                raise Conflict(f"There is or was a key with the name {scope.name!r}: take another name.")
            row = {
                **{name: values[name] for name in ("name", "role", "authority", "asserts_officers", "made_by")},
                "digest": covering.digest(digest),
                "person": salted_digest(salt, person),
                "eoris": covering.digest(" ".join(eoris)) if eoris is not None else None,
                "offices": covering.digest(" ".join(offices)) if offices is not None else None,
                "made_at": utc(made[0]["made_at"]),
                "expires_at": utc(scope.expires_at) if scope.expires_at is not None else None,
            }
            body = {"key": key_id, "name": scope.name, "role": scope.role.value, **actors_body(by)}
            text = personal_text(_KeyStatement(by=by))
            await installation.add_event(connection, EventKind.KEY_MADE, body, {place("api_key", key_id): row}, text)
            return await _the_key(connection, key_id)

    async def revoke(self, key: StoredKey, *, by: Actor, reason: str) -> StoredKey:
        """Revoke a key, which counts on no replica from now on, and note who did it and why; a second time changes nothing."""
        salt = new_salt()
        values = {"id": key.id, "by": by.id, "reason": reason, "salt": salt}
        async with self._database.transaction() as connection:
            await installation.begin(connection)
            ended = await rows_of(connection, "end_key", values)
            if ended:
                row = {"at": utc(ended[0]["at"]), "by": by.id, "reason": salted_digest(salt, reason)}
                body = {"key": key.id, "name": key.scope.name, **actors_body(by)}
                rows_written: CoveredRows = {place("api_key_end", key.id): row}
                text = personal_text(_KeyStatement(by=by, reason=reason))
                await installation.add_event(connection, EventKind.KEY_REVOKED, body, rows_written, text)
            return await _the_key(connection, key.id)

    async def by_digest(self, digest: str) -> StoredKey | None:
        """Return the key with a digest, read now."""
        return _read(await self._database.row("key_by_digest", {"digest": digest}))

    async def among(self, digests: Collection[str]) -> frozenset[str]:
        """Return those of some digests that are of keys that count."""
        return frozenset(row["digest"] for row in await self._database.rows("keys_among", {"digests": list(digests)}))

    async def by_name(self, name: str) -> StoredKey | None:
        """Return the key with a name, read now."""
        return _read(await self._database.row("key_by_name", {"name": name})) if is_storable(name) else None

    async def by_id(self, key_id: str) -> StoredKey | None:
        """Return the key with an id, read now."""
        return _read(await self._database.row("key_by_id", {"id": key_id})) if rows.is_id(key_id) else None

    async def page(self, *, made_by: str | None, after: str | None = None, limit: int = 50) -> tuple[StoredKey, ...]:
        """Return keys, the newest first, behind the one with an id; of one maker if one is given."""
        values = {"made_by": made_by, "after": after, "limit": limit}
        return tuple(_key(row) for row in await self._database.rows("keys", values))

    async def used(self, key_id: str) -> None:
        """Note that a key was used now, unless that was noted within the minute."""
        await self._database.run("key_used", {"id": key_id})


async def _the_key(connection: Connection, key_id: str) -> StoredKey:
    (row,) = await rows_of(connection, "key_by_id", {"id": key_id})
    return _key(row)


def _read(row: DictRow | None) -> StoredKey | None:
    return _key(row) if row is not None else None


def _key(row: DictRow) -> StoredKey:
    return StoredKey(
        id=str(row["id"]),
        scope=KeyScope(
            name=row["name"],
            role=Role(row["role"]),
            person=row["person"] or None,
            eoris=tuple(row["eoris"] or ()),
            authority=row["authority"],
            asserts_officers=row["asserts_officers"],
            offices=tuple(row["offices"]) if row["offices"] is not None else None,
            expires_at=in_utc(row["expires_at"]),
        ),
        made_at=in_utc(row["made_at"]),
        made_by=row["made_by"],
        expired=row["expired"],
        used_at=in_utc(row["used_at"]),
        revoked_at=in_utc(row["revoked_at"]),
        revoked_by=row["revoked_by"],
        revoked_because=row["revoked_because"],
    )
