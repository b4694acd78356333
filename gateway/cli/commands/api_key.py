"""`gateway api-key`: make keys of 256 random bits, of which only the digests are kept, list and revoke them."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from pydantic import ValidationError

from gateway.domain.actor import at_the_command_line
from gateway.domain.errors import ConfigurationError, NotKnown
from gateway.domain.permission import Role
from gateway.domain.stored_key import KeyScope, StoredKey
from gateway.lifecycle.api_keys import KeySteps, key_hash, new_key
from gateway.settings import ApiKey, Security, load
from gateway.store import Store
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.database import database
from gateway.terminal.moments import moment, printed
from gateway.terminal.user import user

T = TypeVar("T")
_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyOptions:
    """The name of a key and what it is for, as the command line says it."""

    name: str
    role: str
    person: str | None
    asserts_officers: bool
    eoris: tuple[str, ...]
    authority: str | None
    offices: tuple[str, ...] | None


def print_row(options: KeyOptions) -> None:
    """Make a key and print it, with the table that goes into the configuration.

    Raises:
        ConfigurationError: the role and its scope do not go together.
    """
    key = new_key()
    made = _sound(options, key)
    print(f"# The key, shown this once: {key}")
    print("[[security.keys]]")
    print(f"name = {_toml(made.name)}")
    print(f'hash = "{made.hash}"')
    print(f'role = "{made.role}"')
    if made.person:
        print(f"person = {_toml(made.person)}")
    if made.asserts_officers:
        print("asserts_officers = true")
    if made.eoris:
        print(f"eoris = [{', '.join(map(_toml, made.eoris))}]")
    if made.authority:
        print(f"authority = {_toml(made.authority)}")
    if made.offices:
        print(f"offices = [{', '.join(map(_toml, made.offices))}]")


def store_key(environment: Mapping[str, str], options: KeyOptions, *, expires: str | None, officer: str | None) -> None:
    """Make a key that counts on all replicas at once, and print it.

    Raises:
        ConfigurationError: the role and its scope do not go together.
        CallInvalid: the name cannot be shown, or it would end before it begins.
        Conflict: a key of the configuration or of the database has the name.
        StoreError: the database cannot be used.
    """
    _sound(options, "")
    scope = KeyScope(
        name=options.name,
        role=Role(options.role),
        person=options.person,
        eoris=options.eoris,
        authority=options.authority,
        asserts_officers=options.asserts_officers,
        offices=options.offices,
        expires_at=moment("--expires", expires) if expires is not None else None,
    )
    settings = load(environment)
    taken = _names(settings.security)
    by = at_the_command_line(officer or user())
    made = _with_keys(environment, lambda keys: keys.make(scope, by=by, taken=taken), makes=True)
    print(f"# The key, shown this once: {made.secret}")
    print(f"# Stored as {_toml(scope.name)} ({scope.role}): it counts on all replicas now, {_until(scope.expires_at)}.")


def list_keys(environment: Mapping[str, str], *, everything: bool) -> None:
    """Print the keys of the configuration and of the database.

    Raises:
        ConfigurationError, StoreError: the settings or the database cannot be used.
    """
    security = load(environment).security
    table = WholeTable("name", "role", "person", "for", "kept in", "made", "until", "last used", expand=False)
    for key in security.keys:
        scope = KeyScope(**{name: getattr(key, name) for name in _SCOPE})
        table.add_row(key.name, key.role.value, key.person or "", _for(scope), "configuration", "", "", "")
    for stored in _with_keys(environment, _all):
        if everything or stored.counts:
            scope = stored.scope
            used = printed(stored.used_at) if stored.used_at is not None else "never"
            made = f"{printed(stored.made_at)} by {stored.made_by}"
            row = (scope.name, scope.role.value, scope.person or "", _for(scope), "database", made, _end(stored), used)
            table.add_row(*row)
    output_console().print(table)


def revoke_key(environment: Mapping[str, str], name: str, *, reason: str, officer: str | None) -> None:
    """Revoke a key of the database, which counts nowhere from now on.

    Raises:
        NotKnown: the database has no such key.
        StoreError: the database cannot be used.
    """
    settings = load(environment)
    if name in _names(settings.security):
        raise NotKnown(
            f"{name!r} is a key or certificate of the configuration: take its table out of it, and send SIGHUP to the gateway."
        )
    by = at_the_command_line(officer or user())

    async def order(keys: KeySteps) -> StoredKey:
        return await keys.revoke(await keys.named(name), by=by, reason=reason)

    key = _with_keys(environment, order)
    print(f"{name} is revoked since {printed(key.revoked_at) if key.revoked_at is not None else ''}")


_SCOPE = ("name", "role", "person", "eoris", "authority", "asserts_officers", "offices")


async def _all(keys: KeySteps) -> list[StoredKey]:
    found: list[StoredKey] = []
    while page := await keys.page(made_by=None, after=found[-1].id if found else None, limit=_PAGE):
        found += page
    return found


def _with_keys(environment: Mapping[str, str], order: Callable[[KeySteps], Awaitable[T]], *, makes: bool = False) -> T:
    async def run(url: str) -> T:
        async with Store.opened(url) as store:
            return await order(KeySteps(store.keys, new_id=lambda: str(uuid.uuid4())))

    with database(load(environment), makes=makes) as found:
        return asyncio.run(run(found.url))


def _names(security: Security) -> frozenset[str]:
    return frozenset(one.name for one in (*security.keys, *security.certificates))


def _sound(options: KeyOptions, key: str) -> ApiKey:
    row: dict[str, object] = {name: getattr(options, name) for name in _SCOPE}
    try:
        return ApiKey.model_validate({**row, "hash": key_hash(key)})
    except ValidationError as error:
        faults = (f"{'.'.join(map(str, one['loc'])) or 'role'}: {one['msg']}" for one in error.errors())
        raise ConfigurationError(tuple(fault.replace("Value error, ", "") for fault in faults)) from error


def _for(scope: KeyScope) -> str:
    parts = [*scope.eoris, scope.authority or "", "its officers" if scope.asserts_officers else ""]
    parts += [f"office {office}" for office in scope.offices or ()]
    return ", ".join(part for part in parts if part)


def _until(expires_at: datetime | None) -> str:
    return "until it is revoked" if expires_at is None else f"until {printed(expires_at)}"


def _end(key: StoredKey) -> str:
    if key.revoked_at is not None:
        return f"revoked {printed(key.revoked_at)} by {key.revoked_by}: {key.revoked_because or 'erased'}"
    until = "" if key.scope.expires_at is None else printed(key.scope.expires_at)
    return f"expired {until}" if key.expired else until


def _toml(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
