"""Calls about packs of risk criteria: published by two analysts, and listed for analysts alone."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import FastAPI, Request
from msgspec import structs
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.requests import call
from gateway.api.schemas.bodies import CallBody
from gateway.beside import beside
from gateway.domain.actor import Actor
from gateway.domain.codec import encode
from gateway.wings.controls.risk.analysts import analyst_of
from gateway.wings.controls.risk.figures import counted_in_shadow
from gateway.wings.controls.risk.ledger import EntryKind, KeptEntry
from gateway.wings.controls.risk.publication import Publication
from gateway.wings.controls.risk.room import KeptMatch, SealedAssessment


class NewPack(CallBody):
    """A pack of risk criteria is published: once two analysts have done so with the same text, it counts."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=16_000_000)]
    """Its file, TOML."""


class EndedShadow(CallBody):
    """A pack in shadow that is assessed no more."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=40)]


class PackBody(BaseModel):
    """A pack of risk criteria as it was published last."""

    name: str
    kind: str
    state: Annotated[EntryKind, Field(description="`proposed`: another analyst has to publish it, too")]
    valid_from: date
    valid_to: date | None
    at: datetime


class PackNoticeBody(BaseModel):
    """A pack in force that ends within 14 days, or is to be reviewed."""

    name: str
    review: Annotated[bool, Field(description="Whether it is to be reviewed then; false: it ends")]
    on: date


class PackPage(BaseModel):
    """The packs of risk criteria, by name."""

    items: list[PackBody]
    notices: list[PackNoticeBody]


class RowFiguresBody(BaseModel):
    """What a row of a pack came to in the newest 2,000 assessments, in declarations."""

    criterion: str
    in_band: int
    chosen: int
    not_assessable: int


class ShadowBody(BaseModel):
    """A pack in shadow: it is assessed, and nothing follows. Its figures are of the newest 2,000 assessments, in declarations."""

    name: str
    kind: str
    valid_from: date
    valid_to: date | None
    at: Annotated[datetime, Field(description="Since when it is in shadow")]
    assessed: int
    in_band: int
    chosen: int
    not_assessable: int
    controlled_already: Annotated[int, Field(description="Of the chosen ones, those that packs in force chose, too")]
    rows: list[RowFiguresBody]


class ShadowPage(BaseModel):
    """The packs in shadow, by name."""

    items: list[ShadowBody]


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
        found = publication()
        items = [_body(one) for one in await found.listed()]
        return json(encode({"items": items, "notices": await found.notices()}))

    async def shadowed(request: Request) -> Response:
        """Puts a pack in shadow: from now on it is assessed with each declaration, and nothing follows. One analyst is enough."""
        by = analyst(request)
        payload = await call(request, limit_bytes, NewPack)
        found = publication()
        kept = await found.put_in_shadow(payload.text, by=by)
        return json(encode(_shadow_body(kept, await found.newest())))

    async def shadows(request: Request) -> Response:
        """Gives the packs in shadow, each with what it came to lately."""
        analyst(request)
        found = publication()
        kept = await found.shadows()
        newest = await found.newest() if kept else ()
        return json(encode({"items": await beside(lambda: [_shadow_body(one, newest) for one in kept])}))

    async def unshadowed(request: Request) -> Response:
        """Has a pack in shadow assessed no more."""
        by = analyst(request)
        payload = await call(request, limit_bytes, EndedShadow)
        await publication().end_shadow(payload.name, by=by)
        return json(encode({"name": payload.name}))

    async def matches(request: Request) -> Response:
        """Gives the newest 200 declarations that met an alert, for analysts alone."""
        analyst(request)
        found = await publication().matches()
        return json(encode({"items": [match_body(one) for one in found]}))

    tagged: dict[str, Any] = {"tags": ["controls"]}
    app.add_api_route(
        "/v1/risk/packs", published, methods=["POST"], **tagged, **documented({200: PackBody}, body=NewPack)
    )
    app.add_api_route(
        "/v1/risk/shadows", shadowed, methods=["POST"], **tagged, **documented({200: ShadowBody}, body=NewPack)
    )
    app.add_api_route("/v1/risk/shadows", shadows, methods=["GET"], **tagged, **documented({200: ShadowPage}))
    app.add_api_route(
        "/v1/risk/shadows/end",
        unshadowed,
        methods=["POST"],
        **tagged,
        **documented({200: EndedShadow}, body=EndedShadow),
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


def _shadow_body(kept: KeptEntry, newest: Sequence[SealedAssessment]) -> dict[str, Any]:
    pack = kept.entry.pack
    assert pack is not None, "only packs are in shadow"
    figures = counted_in_shadow(newest, pack.name)
    return {
        "name": pack.name,
        "kind": pack.kind,
        "valid_from": pack.valid_from,
        "valid_to": pack.valid_to,
        "at": kept.at,
        "assessed": figures.assessed,
        "in_band": figures.in_band,
        "chosen": figures.chosen,
        "not_assessable": figures.not_assessable,
        "controlled_already": figures.controlled_already,
        "rows": [structs.asdict(one) for one in figures.rows],
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
