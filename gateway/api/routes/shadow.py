"""The call that reports what the shadow rules would have changed, as `gateway replay --shadow` does."""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any

from fastapi import FastAPI, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.case import CaseAnswers
from gateway.api.context import ApiContext, documented, json
from gateway.api.requests import must_stand_once
from gateway.domain.calendar import Calendar
from gateway.domain.codec import decode, encode
from gateway.domain.decision import Effect
from gateway.domain.errors import CallInvalid, Violation
from gateway.history.tally import Fault

MOST = 100_000
"""Decisions that one answer counts: some ten seconds of work."""
_WRITTEN = "a day is written as in 2026-11-24, a moment as in 2026-11-24T02:00:00Z (a + as %2B)"


class ShadowSpan(BaseModel):
    """Which decisions are counted; other parameters are refused, so that no mistyped one passes."""

    model_config = ConfigDict(extra="forbid")

    since: str = Field(max_length=40, description="A day of the administration, or a moment with its time zone")
    until: str | None = Field(
        default=None, max_length=40, description="The last day, or the moment before which; without, up to now"
    )


class CountedBody(BaseModel):
    """How many decisions, and some of them as ID/NUMBER."""

    count: int
    examples: list[str]


class EffectChange(CountedBody):
    """Decisions by the effect that was decided and the one that it would be."""

    from_: Effect = Field(alias="from")
    to: Effect


class FindingStep(BaseModel):
    """How many findings, by what they were and would be; null: there was none."""

    from_: str | None = Field(alias="from")
    to: str | None
    count: int


class RuleChange(BaseModel):
    """What would change about one rule's findings; `flips`: the decisions whose effect it carries to another one."""

    code: str
    decisions: CountedBody
    flips: CountedBody
    findings: list[FindingStep]


class ShareBody(BaseModel):
    """How many of a part of all decisions would change."""

    name: str
    decisions: int
    changed: int
    effect_changed: int


class Unreserved(CountedBody):
    """Decisions that lack only a reservation which nobody had a reason to make."""

    to: Effect
    once_reserved: Effect


class ShadowReport(BaseModel):
    """What would have changed had the shadow rules counted: the figures of `gateway replay --shadow --json`."""

    since: datetime
    until: datetime | None
    decisions: int
    same: int
    changed: CountedBody
    wording_only: CountedBody
    effects: list[EffectChange]
    rules: list[RuleChange]
    without_finding: CountedBody
    nobody_was_asked: dict[str, CountedBody]
    nobody_reserved: list[Unreserved]
    not_recomputed: dict[Fault, CountedBody]
    directions: list[ShareBody]
    authorities: list[ShareBody]
    days: list[ShareBody]
    decided_under: dict[str, int]
    tables_not_stored: dict[str, int]


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the call to the application."""
    calendar = Calendar(zone=context.settings.zone())

    @app.get("/v1/shadow", tags=["operations"], **documented({200: ShadowReport}))
    async def shadow(request: Request, query: Annotated[ShadowSpan, Query()]) -> Response:
        """Counts what the shadow rules would have changed about the decisions of a span; nothing is made again."""
        caller = context.caller(request, Call.SHADOW)
        must_stand_once(request)
        since, until = span(query, calendar)
        tally = await context.lifecycle.shadows.counted(since=since, until=until, most=MOST)
        counted = await told(context.case, caller, tally.as_json())
        return json(encode({"since": since, "until": until, **counted}))


async def told(cases: CaseAnswers, caller: Caller, counted: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what was counted without the names of declarations that are not at the caller's offices."""
    own: Mapping[str, Any] = decode(encode(counted), dict)
    named = {example.partition("/")[0] for example in _examples(own)}
    _leave_out(own, named - await cases.at_their_offices(caller, named))
    return own


def _examples(counted: Any) -> Iterator[str]:
    """Yield the decisions that a report names."""
    if isinstance(counted, dict):
        yield from counted.get("examples", ())
        counted = list(counted.values())
    if isinstance(counted, list):
        for one in counted:
            yield from () if isinstance(one, str) else _examples(one)


def _leave_out(counted: Any, others: Collection[str]) -> None:
    """Leave out of a report the names of declarations that are not at the caller's offices: they are counted, and not named."""
    if isinstance(counted, dict):
        if "examples" in counted:
            counted["examples"] = [one for one in counted["examples"] if one.partition("/")[0] not in others]
        counted = list(counted.values())
    if isinstance(counted, list):
        for one in counted:
            _leave_out(one, others)


def span(query: ShadowSpan, calendar: Calendar) -> tuple[datetime, datetime | None]:
    """Return the first moment of a span and the one that it ends before.

    Raises:
        CallInvalid: a parameter is no day and no moment, or the end lies before the beginning; with every fault.
    """
    faults: list[Violation] = []
    since = _boundary("since", query.since, calendar.start, faults)
    until = None
    if query.until is not None:
        # A day that is named as the last one counts whole.
        until = _boundary("until", query.until, lambda day: calendar.start(day + timedelta(days=1)), faults)
    if since is not None and until is not None and until <= since:
        faults.append(_fault("until", f"{query.until} does not lie behind since {query.since}: name a later one"))
    if faults or since is None:
        raise CallInvalid(violations=tuple(faults))
    return since, until


def _boundary(name: str, text: str, of_day: Callable[[date], datetime], faults: list[Violation]) -> datetime | None:
    try:
        if len(text) <= len("2026-11-24"):
            return of_day(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    faults.append(_fault(name, _WRITTEN))
    return None


def _fault(name: str, message: str) -> Violation:
    return Violation(code=CallInvalid.code, message=message, path=f"/query/{name}", rule="span")
