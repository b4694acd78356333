"""The call about indicators: how the gateway performs, without figures that are too small to be given."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from hashlib import sha256
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import JSON, ApiContext, documented
from gateway.api.preconditions import has_already
from gateway.domain.codec import encode
from gateway.wings.reporting.indicators.days import IndicatorDays
from gateway.wings.reporting.indicators.period_figures import IndicatorCell, PeriodFigures, PeriodOfIndicator, in_force
from gateway.wings.reporting.indicators.rows import Indicator, PeriodName
from gateway.wings.reporting.indicators.small_cells import ALL, CellState, GivenCell

_MOST = 100
_FIRST = date(1970, 1, 1)


class GivenFigureBody(BaseModel):
    """A figure, as far as it is given."""

    number: int | None
    """null: it is kept back."""
    state: Annotated[
        CellState,
        Field(
            description="`small`: it is below `least`; `hidden`: with the sums it would tell another that is kept back"
        ),
    ]


class IndicatorCellBody(BaseModel):
    """A figure of an indicator."""

    office: str | None
    """The customs office of lodging, empty where none was stated; null: all offices together."""
    part: str | None
    """What else it is told apart by, as an authority; empty: none of them; null: all together."""
    numerator: GivenFigureBody
    denominator: GivenFigureBody | None
    """Of that office; null: the indicator is no share."""
    share: str | None
    """The one by the other, with four decimals; null: one of them is not given, or there were fewer than 30 cases."""


class IndicatorBody(BaseModel):
    """An indicator in the last period that is over."""

    name: str
    title: str
    numerator: str
    denominator: str | None
    by: list[str]
    least: int
    period: PeriodName
    first: date
    last: date
    counted: bool
    """False: not all of its days were counted yet, so nobody knows its figures. They are not zero."""
    source: str
    cells: list[IndicatorCellBody]


class IndicatorPage(BaseModel):
    """Indicators, by name."""

    items: list[IndicatorBody]
    next: str | None
    """`after` of the next page; null: there are no more."""


def register(
    app: FastAPI,
    context: ApiContext,
    days: IndicatorDays,
    rows: Callable[[], Sequence[Indicator]],
    today: Callable[[], date],
) -> None:
    """Add the call to the application."""
    figures = PeriodFigures(days)

    async def listed(
        request: Request,
        until: Annotated[
            date | None,
            Query(
                ge=_FIRST,
                description="Of each indicator the last period that is over when this day begins; else when today does",
            ),
        ] = None,
        after: Annotated[str, Query(max_length=100, description="Only indicators behind this name")] = "",
        limit: Annotated[int, Query(ge=1, le=_MOST)] = 20,
    ) -> Response:
        """Gives indicators of how the gateway performs, each in its last period that is over, told apart by the caller's offices. The definitions are the administration's own."""
        caller = context.caller(request, Call.FIGURES)
        end = min(until or today(), today())
        known = [row for row in in_force(rows(), end) if row.name > after]
        found = await figures.given(known[:limit], end, offices=caller.offices_for(Call.FIGURES))
        following = known[limit - 1].name if len(known) > limit else None
        written = encode({"items": [_body(one) for one in found], "next": following})
        tag = f'"{sha256(written).hexdigest()[:32]}"'
        headers = {"ETag": tag}
        if has_already(request, tag):
            return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
        return Response(written, headers=headers, media_type=JSON)

    app.add_api_route(
        "/v1/indicators", listed, methods=["GET"], tags=["indicators"], **documented({200: IndicatorPage})
    )


def _body(one: PeriodOfIndicator) -> Mapping[str, Any]:
    row = one.row
    return {
        "name": row.name,
        "title": row.title,
        "numerator": row.numerator,
        "denominator": row.denominator,
        "by": row.by,
        "least": row.least,
        "period": row.period,
        "first": one.period.first,
        "last": one.period.last,
        "counted": one.counted,
        "source": row.source,
        "cells": [_cell(cell) for cell in one.cells],
    }


def _cell(cell: IndicatorCell) -> Mapping[str, Any]:
    return {
        "office": None if cell.office == ALL else cell.office,
        "part": None if cell.part == ALL else cell.part,
        "numerator": _figure(cell.number),
        "denominator": _figure(cell.of) if cell.of is not None else None,
        "share": str(cell.share) if cell.share is not None else None,
    }


def _figure(one: GivenCell) -> Mapping[str, Any]:
    return {"number": one.number, "state": one.state}
