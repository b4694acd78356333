"""Figures: how the gateway performs at its reader's offices, indicator by indicator, down to the declarations; and the same as a file."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import partial
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.access import Call
from gateway.domain.errors import CallInvalid, NotKnown
from gateway.domain.subject import Room
from gateway.web.console.authorities import known_parameters, times_of
from gateway.web.context import WebContext
from gateway.web.csv_file import csv_file
from gateway.web.route import route
from gateway.web.visit import Visit
from gateway.wings.reporting.indicators.counts import COUNTS
from gateway.wings.reporting.indicators.days import IndicatorDays
from gateway.wings.reporting.indicators.pages import indicator_view as drawings
from gateway.wings.reporting.indicators.pages.indicator_view import IndicatorView
from gateway.wings.reporting.indicators.period_figures import Period, PeriodFigures, in_force
from gateway.wings.reporting.indicators.rows import OFFICE, Indicator
from gateway.wings.reporting.indicators.small_cells import ALL, CellState, GivenCell

FIGURES = "/console/figures"
_PERIODS = 12
_DAY = timedelta(days=1)
Rows = Callable[[], Sequence[Indicator]]


def register(app: Starlette, web: WebContext, days: IndicatorDays, rows: Rows) -> None:
    """Serve the list of indicators, each of them, and the files."""
    route(app, web, FIGURES, partial(_all, days, rows), room=Room.CONSOLE)
    route(app, web, f"{FIGURES}.csv", partial(_file, PeriodFigures(days), rows), room=Room.CONSOLE)
    route(app, web, f"{FIGURES}/{{name}}", partial(_one, days, rows), room=Room.CONSOLE)


async def _all(days: IndicatorDays, rows: Rows, visit: Visit) -> Response:
    until = _until(visit)
    view, offices = _view(visit), visit.caller.offices_for(Call.FIGURES)
    shown = []
    known = in_force(rows(), until)
    for name in sorted({row.period for row in known}):
        period = Period.over(name, until)
        counted = await days.counted(period.first, period.behind) == period.days
        sums = await days.figures(COUNTS, name, period.first, period.behind, offices=offices, whole=True)
        for row in (row for row in known if row.period is name):
            number = sum(one.number for one in sums if one.count == row.numerator)
            of = sum(one.number for one in sums if one.count == row.denominator)
            shown.append(
                {
                    "title": view.title(row),
                    "href": _address(f"{FIGURES}/{row.name}", visit),
                    "period": view.label(period),
                    "counted": counted,
                    "number": number,
                    "is_share": row.denominator is not None and row.denominator != row.numerator,
                    "of": of,
                    "share": view.percent(number, of),
                }
            )
    return visit.page(
        "reporting/figures.html",
        current="figures",
        zone=visit.web.calendar.zone,
        until=until.isoformat(),
        rows=sorted(shown, key=lambda one: str(one["title"])),
        csv=_address(f"{FIGURES}.csv", visit),
        places=_places(visit),
    )


async def _one(days: IndicatorDays, rows: Rows, visit: Visit) -> Response:
    until = _until(visit)
    row = next((one for one in in_force(rows(), until) if one.name == visit.request.path_params["name"]), None)
    if row is None:
        raise NotKnown("There is no such indicator.")
    view, offices = _view(visit), visit.caller.offices_for(Call.FIGURES)
    last = Period.over(row.period, until)
    periods = [last]
    while len(periods) < _PERIODS:
        periods.insert(0, Period.of(row.period, periods[0].first - _DAY))
    counted = await days.counted(periods[0].first, last.behind)
    counts = {one for one in (row.numerator, row.denominator) if one is not None}
    sums = await days.figures(counts, row.period, periods[0].first, last.behind, offices=offices, whole=True)
    found = await days.figures(counts, row.period, last.first, last.behind, offices=offices)
    parts, lines = view.lines(row, last, found) if last.days <= counted else ((), ())
    return visit.page(
        "reporting/figure.html",
        current="figures",
        zone=visit.web.calendar.zone,
        title=view.title(row),
        row=row,
        is_share=row.denominator is not None and row.denominator != row.numerator,
        last=view.label(last),
        last_counted=last.days <= counted,
        columns=view.columns(row, periods, lambda one: one.days <= counted, sums),
        parts=[view.part(row, part) for part in parts],
        lines=lines if OFFICE in row.by else (),
        drawings=drawings,
        csv=_address(f"{FIGURES}.csv", visit, indicator=row.name),
        back=_address(FIGURES, visit),
        places=_places(visit),
    )


async def _file(figures: PeriodFigures, rows: Rows, visit: Visit) -> Response:
    until = _until(visit, "indicator")
    name = visit.asked("indicator")
    known = [row for row in in_force(rows(), until) if name in {"", row.name}]
    if name and not known:
        raise NotKnown("There is no such indicator.")
    view = _view(visit)
    head = [visit.text(f"figures.{one}") for one in ("indicator", "first", "last", "office", "part", "number", "of", "share")]  # fmt: skip
    lines: list[tuple[object, ...]] = []
    for one in await figures.given(known, until, offices=visit.caller.offices_for(Call.FIGURES)):
        begin = (view.title(one.row), one.period.first.isoformat(), one.period.last.isoformat())
        if not one.counted:
            lines.append((*begin, "", "", visit.text("figures.not_counted"), "", ""))
        for cell in one.cells:
            office = visit.text("figures.all") if cell.office == ALL else cell.office
            part = visit.text("figures.all") if cell.part == ALL else view.part(one.row, cell.part)
            number, of = _given(visit, one.row, cell.number), _given(visit, one.row, cell.of)
            lines.append((*begin, office, part, number, of, "" if cell.share is None else str(cell.share)))
    return csv_file(visit, f"figures-{until.isoformat()}", head, lines)


def _given(visit: Visit, row: Indicator, one: GivenCell | None) -> object:
    if one is None:
        return ""
    if one.number is not None:
        return one.number
    return f"< {row.least}" if one.state is CellState.SMALL else visit.text("figures.hidden")


def _view(visit: Visit) -> IndicatorView:
    titles = {row.name: row.title for row in visit.web.lifecycle.tables.rows_of("regime")}
    wording = visit.web.cases.wording([visit.language])
    return IndicatorView(visit=visit, times=times_of(visit), wording=wording, titles=titles)


def _until(visit: Visit, *names: str) -> date:
    """Return before which day periods have to be over, today where the address asks for none.

    Raises:
        CallInvalid: there is no such parameter, or it is no day.
    """
    visit.caller.must_be_allowed(Call.FIGURES)
    known_parameters(visit, "until", *names)
    today = visit.web.lifecycle.now().astimezone(visit.web.calendar.zone).date()
    try:
        asked = date.fromisoformat(visit.asked("until")) if visit.asked("until") else today
    except ValueError as error:
        raise CallInvalid("until: it is a day, as 2026-12-01.") from error
    if asked < date(1970, 1, 1):
        raise CallInvalid("until: no figures are of so long ago.")
    return min(asked, today)


def _address(path: str, visit: Visit, **more: str) -> str:
    asked = {**more, **({"until": visit.asked("until")} if visit.asked("until") else {})}
    return f"{path}?{urlencode(asked)}" if asked else path


def _places(visit: Visit) -> str:
    offices = visit.caller.offices_for(Call.FIGURES)
    return ", ".join(sorted(offices or ())) or visit.text("queue.all_offices" if offices is None else "queue.no_office")
