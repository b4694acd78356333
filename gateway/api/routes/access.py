"""Calls about access: who one is here, and who may do what, from the one table."""

from typing import Any

from fastapi import FastAPI, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import OFFICE_REACH, WHO_MAY, Call, Caller, OfficeReach, Proof
from gateway.api.context import ApiContext, documented, json
from gateway.domain.codec import encode
from gateway.domain.permission import Role


class MeBody(BaseModel):
    """The caller, as the gateway knows them."""

    name: str
    """Of the key, the certificate or the subject: what the trail names them by."""
    person: str | None
    """None: nobody said whose it is."""
    is_person: bool
    """Whether a person calls, and no machine."""
    roles: list[Role]
    eoris: list[str] | None
    """Whose declarations they see; None: everybody's."""
    offices: list[str] | None
    """The customs offices whose declarations they see and act on; None: all."""
    authority: str | None
    proven: Proof
    asserts_officers: bool
    language: str
    calls: list[Call]
    """What they may do."""


class NamedRole(BaseModel):
    """A role with its name."""

    role: Role
    name: str


class PermittedCall(BaseModel):
    """A call, and the roles that may make it."""

    call: Call
    name: str
    roles: list[Role]
    offices: OfficeReach
    """Whether it reaches the declarations of all customs offices, or of the caller's own alone."""


class AccessBody(BaseModel):
    """Who may do what."""

    roles: list[NamedRole]
    items: list[PermittedCall]


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""

    @app.get("/v1/me", tags=["access"], **documented({200: MeBody}))
    async def me(request: Request) -> Response:
        """Gives who the caller is here: name, roles, EORIs, offices, how they were proven, and what they may do."""
        caller = context.caller(request, Call.ME)
        wording = context.wording(request)
        return json(encode(_me(caller, wording.language)), wording=wording)

    @app.get("/v1/access", tags=["access"], **documented({200: AccessBody}))
    async def access(request: Request) -> Response:
        """Gives who may do what: every call with its roles, in the caller's language."""
        context.caller(request, Call.ACCESS)
        wording = context.wording(request)
        roles = [{"role": role, "name": wording.name("role", role.value)} for role in Role]
        items = [
            {
                "call": one,
                "name": wording.name("call", one.value),
                "roles": [role for role in Role if role in WHO_MAY[one]],
                "offices": OFFICE_REACH[one],
            }
            for one in Call
        ]
        wording.use()
        return json(encode({"roles": roles, "items": items}), wording=wording)


def _me(caller: Caller, language: str) -> dict[str, Any]:
    return {
        "name": caller.name,
        "person": caller.person,
        "is_person": caller.is_person,
        "roles": [role for role in Role if role in caller.roles],
        "eoris": None if caller.eoris is None else sorted(caller.eoris),
        "offices": None if caller.offices is None else sorted(caller.offices),
        "authority": caller.authority,
        "proven": caller.proof,
        "asserts_officers": caller.asserts_officers,
        "language": language,
        "calls": [one for one in Call if caller.may(one)],
    }
