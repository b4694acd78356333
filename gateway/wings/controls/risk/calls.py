"""Calls about packs of risk criteria: published by two analysts, and listed for analysts alone."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.requests import call
from gateway.api.schemas.bodies import CallBody
from gateway.domain.actor import Actor
from gateway.domain.codec import encode
from gateway.wings.controls.risk.analysts import analyst_of
from gateway.wings.controls.risk.ledger import EntryKind, KeptEntry
from gateway.wings.controls.risk.publication import Publication
from gateway.wings.controls.risk.room import KeptMatch


class NewPack(CallBody):
    """A pack of risk criteria is published: once two analysts have done so with the same text, it counts."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=16_000_000)]
    """Its file, TOML."""


class PackBody(BaseModel):
    """A pack of risk criteria as it was published last."""

    name: str
    kind: str
    state: Annotated[EntryKind, Field(description="`proposed`: another analyst has to publish it, too")]
    valid_from: date
    valid_to: date | None
    at: datetime


class PackPage(BaseModel):
    """The packs of risk criteria, by name."""

    items: list[PackBody]


class MatchBody(BaseModel):
    """A declaration that met a row of an alert. It is no finding: whoever reads it acts by acts of their own."""

    alert: str
    criterion: str
    declaration: str
    version: int
    goods_items: list[int]
    released: Annotated[bool, Field(description="Whether its goods were released by then")]
    at: datetime


class MatchPage(BaseModel):
    """The matches of alerts, the newest first."""

    items: list[MatchBody]


def register(app: FastAPI, context: ApiContext, publication: Callable[[], Publication]) -> None:
    """Add the calls to the application; `publication` is opened with the first of them."""
    limit_bytes = context.settings.limits.body_bytes

    def analyst(request: Request) -> Actor:
        caller = context.caller(request, Call.PACKS)
        return analyst_of(caller, context.settings)

    async def published(request: Request) -> Response:
        """Publishes a pack of risk criteria, once another analyst has done so with the same text; it is kept under seal."""
        by = analyst(request)
        payload = await call(request, limit_bytes, NewPack)
        return json(encode(_body(await publication().publish(payload.text, by=by))))

    async def listed(request: Request) -> Response:
        """Gives the packs of risk criteria without what they say, each as it was published last."""
        analyst(request)
        return json(encode({"items": [_body(one) for one in await publication().listed()]}))

    async def matches(request: Request) -> Response:
        """Gives the newest 200 declarations that met an alert, for analysts alone."""
        analyst(request)
        found = await publication().matches()
        return json(encode({"items": [match_body(one) for one in found]}))

    tagged: dict[str, Any] = {"tags": ["controls"]}
    app.add_api_route(
        "/v1/risk/packs", published, methods=["POST"], **tagged, **documented({200: PackBody}, body=NewPack)
    )
    app.add_api_route("/v1/risk/matches", matches, methods=["GET"], **tagged, **documented({200: MatchPage}))
    app.add_api_route("/v1/risk/packs", listed, methods=["GET"], **tagged, **documented({200: PackPage}))


def _body(kept: KeptEntry) -> dict[str, Any]:
    pack = kept.entry.pack
    assert pack is not None, "only packs are listed"
    return {
        "name": pack.name,
        "kind": pack.kind,
        "state": kept.entry.kind,
        "valid_from": pack.valid_from,
        "valid_to": pack.valid_to,
        "at": kept.at,
    }


def match_body(kept: KeptMatch) -> dict[str, Any]:
    """Return a match as it is read."""
    one = kept.match
    return {
        "alert": one.alert,
        "criterion": one.criterion,
        "declaration": one.declaration,
        "version": one.version,
        "goods_items": one.goods_items,
        "released": one.released,
        "at": kept.at,
    }
