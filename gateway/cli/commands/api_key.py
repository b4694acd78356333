"""`gateway api-key`: make keys of 256 random bits, of which only the digests are kept, list and revoke them."""

import os
import uuid
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

import typer
from pydantic import ValidationError

from gateway.domain.actor import at_the_command_line
from gateway.domain.errors import ConfigurationError, NotKnown
from gateway.domain.permission import Role
from gateway.domain.stored_key import KeyScope, StoredKey
from gateway.lifecycle.api_keys import KeySteps, key_hash, new_key
from gateway.settings import ApiKey, Security, Settings, load
from gateway.store import Store
from gateway.terminal.console import WholeTable, output_console
from gateway.terminal.moments import moment, printed
from gateway.terminal.opened_store import in_store
from gateway.terminal.options import Reason
from gateway.terminal.user import user

T = TypeVar("T")
_PAGE = 200


Officer = Annotated[str | None, typer.Option(help="Who orders it, for the trail; else the user of this machine.")]


def new(
    name: Annotated[str, typer.Argument(help="Who calls, as it stands in the trail: no other key ever has this name.")],
    role: Annotated[
        str, typer.Option(help="customs, trader, officer, auditor, operator or authority; with --print-only also risk.")
    ],
    person: Annotated[
        str | None, typer.Option(help="Whose key it is, of all the keys of one person the same; else the key's name.")
    ] = None,
    asserts_officers: Annotated[
        bool, typer.Option("--asserts-officers", help="For a system that knows its officers: it may name them.")
    ] = False,
    eori: Annotated[
        list[str] | None, typer.Option(help="For a trader: whose declarations; may be given often.")
    ] = None,
    authority: Annotated[str | None, typer.Option(help="For an authority: the name of its adapter.")] = None,
    office: Annotated[
        list[str] | None,
        typer.Option(help="For an officer or auditor: a customs office; may be given often. Without: all offices."),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="As 2027-11-26T18:00:00Z; without: until it is revoked.")
    ] = None,
    officer: Officer = None,
    print_only: Annotated[
        bool,
        typer.Option(
            "--print-only", help="Store nothing: print the table for config/gateway.toml that holds its digest."
        ),
    ] = False,
) -> None:
    """Makes a key, stores its digest in the database and prints the key this once. It counts on all replicas at once."""
    row: dict[str, Any] = {
        "name": name,
        "role": role,
        "person": person,
        "asserts_officers": asserts_officers,
        "eoris": tuple(eori or ()),
        "authority": authority,
        "offices": tuple(office) if office else None,
    }
    if print_only:
        if expires is not None:
            raise typer.BadParameter("--expires: a key of the configuration ends when it is taken out of it")
        key = new_key()
        _print_table(_sound(row, key), key)
        return
    _sound(row, "")
    until = moment("--expires", expires) if expires is not None else None
    scope = KeyScope(**{**row, "role": Role(role)}, expires_at=until)
    settings = load(os.environ)
    taken = _names(settings.security)
    by = at_the_command_line(officer or user())
    made = _with_keys(lambda keys: keys.make(scope, by=by, taken=taken), settings, makes=True)
    print(f"# The key, shown this once: {made.secret}")
    print(f"# Stored as {_toml(scope.name)} ({scope.role}): it counts on all replicas now, {_until(scope.expires_at)}.")


def _print_table(made: ApiKey, key: str) -> None:
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


def list_keys(
    everything: Annotated[bool, typer.Option("--all", help="Also those that were revoked or have expired.")] = False,
) -> None:
    """Prints the keys of the configuration and of the database: what for, until when, last used. No key is ever shown."""
    settings = load(os.environ)
    table = WholeTable("name", "role", "person", "for", "kept in", "made", "until", "last used", expand=False)
    for key in settings.security.keys:
        scope = KeyScope(**{name: getattr(key, name) for name in _SCOPE})
        table.add_row(key.name, key.role.value, key.person or "", _for(scope), "configuration", "", "", "")
    for stored in _with_keys(_all, settings):
        if everything or stored.counts:
            scope = stored.scope
            used = printed(stored.used_at) if stored.used_at is not None else "never"
            made = f"{printed(stored.made_at)} by {stored.made_by}"
            row = (scope.name, scope.role.value, scope.person or "", _for(scope), "database", made, _end(stored), used)
            table.add_row(*row)
    output_console().print(table)


def revoke_key(
    name: Annotated[str, typer.Argument(help="The key's name.")], reason: Reason, officer: Officer = None
) -> None:
    """Revokes a key of the database: it counts on no replica from now on. What it ordered and nobody approved yet is void."""
    settings = load(os.environ)
    if name in _names(settings.security):
        raise NotKnown(
            f"{name!r} is a key or certificate of the configuration: take its table out of it, and send SIGHUP to the gateway."
        )
    by = at_the_command_line(officer or user())

    async def order(keys: KeySteps) -> StoredKey:
        return await keys.revoke(await keys.named(name), by=by, reason=reason)

    key = _with_keys(order, settings)
    print(f"{name} is revoked since {printed(key.revoked_at) if key.revoked_at is not None else ''}")


_SCOPE = ("name", "role", "person", "eoris", "authority", "asserts_officers", "offices")


async def _all(keys: KeySteps) -> list[StoredKey]:
    found: list[StoredKey] = []
    while page := await keys.page(made_by=None, after=found[-1].id if found else None, limit=_PAGE):
        found += page
    return found


def _with_keys(order: Callable[[KeySteps], Awaitable[T]], settings: Settings, *, makes: bool = False) -> T:
    def kept(store: Store) -> Awaitable[T]:
        return order(KeySteps(store.keys, new_id=lambda: str(uuid.uuid4())))

    return in_store(kept, settings, makes=makes)


def _names(security: Security) -> frozenset[str]:
    return frozenset(one.name for one in (*security.keys, *security.certificates))


def _sound(row: Mapping[str, Any], key: str) -> ApiKey:
    """Return the row of a key, if its role and its scope go together.

    Raises:
        ConfigurationError: they do not.
    """
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
