"""Calls about keys that are kept in the database: which there are, and a trader's own ones."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request
from msgspec import structs
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.body import Body
from gateway.api.context import ApiContext, documented, json
from gateway.api.requests import call
from gateway.api.schemas import bodies
from gateway.domain.codec import encode
from gateway.domain.errors import NotKnown
from gateway.domain.permission import Role
from gateway.domain.stored_key import StoredKey

BASE = "/v1/keys"
Id = Annotated[str, Path(description="The key's id")]
WITHDRAWN = "withdrawn by who made it"
"""Why a trader's own key is revoked, where nothing else is said."""


class KeyBody(Body):
    """A key as it stands now; the key itself is shown once, by the call that makes it."""

    id: str
    name: str
    role: Role
    person: str | None
    eoris: Sequence[str]
    authority: str | None
    asserts_officers: bool
    offices: Sequence[str] | None
    """None: all."""
    made_at: datetime
    made_by: str
    expires_at: datetime | None
    used_at: datetime | None
    """When it was last used, to the minute."""
    revoked_at: datetime | None
    revoked_by: str | None
    reason: str | None
    counts: bool
    """Neither revoked nor expired."""

    @classmethod
    def of(cls, key: StoredKey) -> "KeyBody":
        """Return a key, without the key itself."""
        scope = key.scope
        return KeyBody(
            id=key.id,
            name=scope.name,
            role=scope.role,
            person=scope.person,
            eoris=scope.eoris,
            authority=scope.authority,
            asserts_officers=scope.asserts_officers,
            offices=scope.offices,
            made_at=key.made_at,
            made_by=key.made_by,
            expires_at=scope.expires_at,
            used_at=key.used_at,
            revoked_at=key.revoked_at,
            revoked_by=key.revoked_by,
            reason=key.revoked_because,
            counts=key.counts,
        )


class NewKeyBody(KeyBody):
    """A key that was made now."""

    key: str
    """It is shown this once."""


class KeyPage(Body):
    """A page of keys, the newest first."""

    items: Sequence[KeyBody]
    next: str | None


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    limit_bytes = context.settings.limits.body_bytes

    @app.get(BASE, tags=["access"], **documented({200: KeyPage}))
    async def keys(
        request: Request,
        cursor: Annotated[str | None, Query(max_length=36, description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Gives the keys that are kept in the database, the newest first; a trader's are the ones of its own making."""
        caller = context.caller(request, Call.KEYS)
        found = await context.lifecycle.keys.page(made_by=_maker(caller), after=cursor, limit=limit + 1)
        following = found[limit - 1].id if len(found) > limit else None
        return json(encode(KeyPage(items=[KeyBody.of(key) for key in found[:limit]], next=following)))

    @app.post(BASE, tags=["access"], **documented({201: NewKeyBody}, body=bodies.OwnKey))
    async def make(request: Request) -> Response:
        """Makes a key of one's own, for one's own EORIs at most, and shows it this once; it ends with the caller's access."""
        caller = context.caller(request, Call.OWN_KEYS)
        must_be_asked_for(context)
        order = await call(request, limit_bytes, bodies.OwnKey)
        made = await context.lifecycle.keys.make_own(
            order.name,
            eoris=order.eoris,
            of=caller.eoris or frozenset(),
            by=caller.actor(),
            expires_at=order.expires_at,
        )
        answer = json(encode({**structs.asdict(KeyBody.of(made.key)), "key": made.secret}), HTTPStatus.CREATED)
        answer.headers["Location"] = f"{BASE}/{made.key.id}"
        return answer

    @app.delete(f"{BASE}/{{key_id}}", tags=["access"], **documented({200: KeyBody}))
    async def revoke(request: Request, key_id: Id) -> Response:
        """Revokes a key of one's own making, at once and everywhere; doing it again changes nothing."""
        caller = context.caller(request, Call.OWN_KEYS)
        must_be_asked_for(context)
        key = await context.lifecycle.keys.get(key_id, made_by=caller.name)
        return json(encode(KeyBody.of(await context.lifecycle.keys.revoke(key, by=caller.actor(), reason=WITHDRAWN))))


def must_be_asked_for(context: ApiContext) -> None:
    """Require that callers are asked for a key here.

    Raises:
        NotKnown: nobody is, so there are none to make.
    """
    if context.authenticator.is_open:
        raise NotKnown("Nobody is asked for a key here, so there are none to make.")


def _maker(caller: Caller) -> str | None:
    return caller.name if caller.sees_as_trader else None
