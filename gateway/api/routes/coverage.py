"""The call that reports which law the tables in force cover, as `gateway tables coverage` does."""

from datetime import date
from typing import Annotated

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.schemas.bodies import Day
from gateway.contract import Direction
from gateway.decisions.table_coverage import Origins
from gateway.domain.codec import encode


class TaricLoadBody(BaseModel):
    """A load of TARIC: what it was made from, and what became of it."""

    as_of: date
    sources: list[str]
    whole: bool
    """Whether its files hold all measures of TARIC."""
    goods: list[str]
    """Prefixes of goods of which they hold all measures."""
    asked: dict[str, date]
    """By prefix the day of which a tariff service said so: of other days nobody knows."""
    measures: int
    left_out: dict[str, int]
    by_officer: dict[str, int]


class ChapterCoverageBody(BaseModel):
    """What is known of the goods of a chapter."""

    chapter: str
    own_measures: int
    formalities: list[str]
    taric_measures: dict[Direction, int]
    by_officer: int
    origins: Origins
    areas: list[str]
    taric: bool


class FormalityBody(BaseModel):
    """Documents of one authority, and whether it is asked."""

    types: list[str]
    authority: str
    adapter: str | None
    directions: list[Direction]
    legal_basis: str
    valid_from: date
    valid_to: date | None
    source: str


class CoverageBody(BaseModel):
    """What the tables in force cover on a day; `taric` is null where the gateway's own rows are all that is known."""

    version: str
    digest: str
    on: date
    taric: TaricLoadBody | None
    chapters: list[ChapterCoverageBody]
    formalities: list[FormalityBody]


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application."""

    @app.get("/v1/coverage", tags=["checks"], **documented({200: CoverageBody}))
    async def coverage(
        request: Request, on: Annotated[Day | None, Query(description="As 2026-11-24; else today")] = None
    ) -> Response:
        """Reports which chapters, origins, directions and formalities the tables in force cover, and from which source."""
        context.caller(request, Call.COVERAGE)
        return json(encode(await context.lifecycle.coverage(on)))
