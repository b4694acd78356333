"""The call that reports what goods need before anything is declared."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from fastapi import FastAPI, Request
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.context import ApiContext, documented, json
from gateway.api.localization import Wording
from gateway.api.schemas.requirements import RequirementQuery, RequirementsBody
from gateway.decisions.lookup import StatedGoods
from gateway.domain.codec import encode
from gateway.domain.declaration import Direction
from gateway.domain.errors import CallInvalid, Violation
from gateway.domain.tables.identifiers_in_force import IdentifiersInForce
from gateway.domain.texts.sentences import Texts

T = TypeVar("T")

_PARAMETERS = tuple(RequirementQuery.model_fields)
MOST_CODES = 20
"""So many additional codes, or additional procedures, may be stated."""
_STRANGE = 10
"""So many parameters that there are not are named."""
_STRANGE_NAME = 40

_CODE = re.compile(r"[0-9]{6,10}")
_COUNTRIES = ("origin", "dispatch", "destination")
_COUNTRY = re.compile(r"[A-Z]{2}")
_PROCEDURE = re.compile(r"([0-9]{2})(?:[0-9]{2})?")
_REPEATED: Mapping[str, re.Pattern[str]] = {
    "additional_code": re.compile(r"[A-Z0-9]{4}"),
    "additional_procedure": re.compile(r"[A-Z0-9]{3}"),
}
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application."""

    described = documented({200: RequirementsBody}, query=RequirementQuery)

    @app.get("/v1/requirements", tags=["checks"], **described)
    async def requirements(request: Request) -> Response:
        """Reports every measure on goods: documents with their authority, waivers, limits, conditions, legal basis, coverage."""
        caller = context.caller(request, Call.REQUIREMENTS)
        wording = context.wording(request)
        return json(
            encode(await reported(context, caller, request.query_params.multi_items(), wording)), wording=wording
        )


async def reported(
    context: ApiContext, caller: Caller, query: Iterable[tuple[str, str]], wording: Wording
) -> Mapping[str, Any]:
    """Return what goods need, as a query asks about them.

    Raises:
        CallInvalid: it is no such query; with every violation.
    """
    goods, day = stated(query, context.catalogue.english)
    found, tables = await context.lifecycle.requirements(goods, day)
    must_be_countries(goods, tables.identifiers, context.catalogue.english)
    view = context.requirement_view(tables, wording, caller, await context.lifecycle.contingency.in_force())
    return view.body(found)


def stated(query: Iterable[tuple[str, str]], texts: Texts) -> tuple[StatedGoods, date | None]:
    """Return the goods that a query asks about, and the day that it names.

    Raises:
        CallInvalid: it is no such query; with every violation.
    """
    read = _Query(query, texts)
    code = read.one("code", _matching(_CODE), needed=True)
    direction = read.one("direction", _direction, needed=True)
    procedure = read.one("procedure", _procedure)
    countries = {name: read.one(name, _matching(_COUNTRY), kind="country") for name in _COUNTRIES}
    day = read.one("on", _day, kind="day")
    codes, procedures = (read.several(name) for name in _REPEATED)
    if direction is Direction.TRANSIT and procedure is not None:
        read.refuse("procedure", "no_procedure")
    if read.faults or code is None or direction is None:
        raise CallInvalid(violations=tuple(read.faults))
    goods = StatedGoods(
        commodity_code=code,
        direction=direction,
        procedure=procedure,
        additional_codes=codes,
        additional_procedures=procedures,
        **countries,
    )
    return goods, day


def must_be_countries(goods: StatedGoods, known: IdentifiersInForce, texts: Texts) -> None:
    """Require that the countries that goods are stated with are in customs' list of the day.

    Raises:
        CallInvalid: some are not; with each of them.
    """
    if not known.judged:
        return
    stated_ones = {name: getattr(goods, name) for name in _COUNTRIES}
    strange = {name: code for name, code in stated_ones.items() if code is not None and not known.is_country(code)}
    if strange:
        faults = (_violation(texts, name, "country_unknown", value=code) for name, code in strange.items())
        raise CallInvalid(violations=tuple(faults))


def _violation(texts: Texts, name: str, rule: str, **params: str) -> Violation:
    sentence = f"requirements.{rule}"
    return Violation(
        code=CallInvalid.code,
        message=texts.sentence(sentence, params),
        path=f"/query/{name}",
        rule=rule,
        sentence=sentence,
        params=params,
    )


class _Query:
    """The parameters of a query, each read once, and the faults found so far."""

    def __init__(self, query: Iterable[tuple[str, str]], texts: Texts) -> None:
        self.faults: list[Violation] = []
        self._texts = texts
        self._given: dict[str, list[str]] = {}
        strange: dict[str, None] = {}
        for name, value in query:
            if name in _PARAMETERS:
                self._given.setdefault(name, []).append(value)
            else:
                strange[name] = None
        for name in list(strange)[:_STRANGE]:
            self.refuse(name[:_STRANGE_NAME], "unknown", known=", ".join(_PARAMETERS))

    def refuse(self, name: str, rule: str, **params: str) -> None:
        """Add a fault of a parameter."""
        self.faults.append(_violation(self._texts, name, rule, **params))

    def one(self, name: str, read: Callable[[str], T | None], *, kind: str = "", needed: bool = False) -> T | None:
        """Return the value of a parameter; None without one, or where it is faulty."""
        given = self._given.get(name, [])
        if not given:
            if needed:
                self.refuse(name, "missing")
            return None
        if len(given) > 1:
            self.refuse(name, "repeated")
            return None
        value = read(given[0])
        if value is None:
            self.refuse(name, kind or name)
        return value

    def several(self, name: str) -> tuple[str, ...]:
        """Return the values of a parameter that may be given several times, each once."""
        given = self._given.get(name, [])
        if len(given) > MOST_CODES:
            self.refuse(name, "many", limit=str(MOST_CODES))
        elif not all(_REPEATED[name].fullmatch(one) for one in given):
            self.refuse(name, name)
        return tuple(dict.fromkeys(given))


def _matching(form: re.Pattern[str]) -> Callable[[str], str | None]:
    return lambda text: text if form.fullmatch(text) else None


def _direction(text: str) -> Direction | None:
    return _DIRECTIONS.get(text)


def _procedure(text: str) -> str | None:
    found = _PROCEDURE.fullmatch(text)
    return found[1] if found else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


_DIRECTIONS: Mapping[str, Direction] = {one.value: one for one in Direction}
