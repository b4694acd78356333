"""The views of time limits: those that the gateway keeps itself, and those of the law that run while goods are held."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from gateway.api.localization import Wording
from gateway.decisions.turn import nature_of, turn_of_finding
from gateway.domain.calendar import in_utc
from gateway.domain.clocks import Deadline, LegalPeriod, NotCovered, TimeLimit
from gateway.domain.decision import Decision, Finding, Mode
from gateway.domain.declaration import Kind
from gateway.domain.matter import Matter, application_of, request_ends_at
from gateway.domain.record import Detail, Record, State
from gateway.domain.suspension import Awaited, Suspended
from gateway.domain.tables.time_limits import FirstDay, HoldCause
from gateway.domain.turn import Turn, first_turn
from gateway.lifecycle.time_limits import DECIDE_WITHIN, LAPSE_AFTER, RunningLimit, TimeLimits

_LAPSE = "Regulation (EU) No 952/2013 Art. 171"
_APPLICATION = "Regulation (EU) No 952/2013 Art. 22(3)"
_ENDED = frozenset({State.INVALIDATED, State.LAPSED, State.RELEASED})
_NOT_HELD = _ENDED | {State.SUPERSEDED}
_NO_DAY = datetime.max.replace(tzinfo=UTC)
_TURNS = {Awaited.PARTY: Turn.AUTHORITY, Awaited.DECLARANT: Turn.DECLARANT, Awaited.OFFICER: Turn.OFFICER}
Body = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLimits:
    """The values kept by the gateway itself on which the time limits depend."""

    kind: Kind
    state: State
    lodged_at: datetime
    accepted_at: datetime | None
    matters: Sequence[Matter]
    """The open ones that the reader is told of."""
    office: str | None
    suspended: Sequence[Suspended] = ()
    """The suspensions of which the reader is told."""


def kept(found: KeptLimits, limits: TimeLimits, wording: Wording) -> list[Body]:
    """Return the time limits that the gateway keeps itself, as JSON objects, the next one first.

    Those are the lapse of a declaration whose goods are not presented, an approval that waits, the last day to decide on an
    application, and the clocks of suspensions. Where the State lists no holidays none of the law ends: they are behind the others, and say so.
    """
    bodies: list[Body] = []
    if found.kind is Kind.PRE_LODGED and found.accepted_at is None and found.state not in _ENDED:
        end = limits.lapse(found.office, found.lodged_at)
        bodies.append(
            _kept("lapse", end, LAPSE_AFTER, found, limits, wording)
            | {"legal_basis": wording.cited(_LAPSE), "turn": Turn.DECLARANT, "first_day": FirstDay.LODGED}
        )
    if (ends := request_ends_at(found.matters)) is not None:
        ends_at = in_utc(ends)
        bodies.append({**_body("approval"), "ends_at": ends_at, "turn": Turn.OFFICER})
    if (applied := application_of(found.matters)) is not None and applied.since is not None:
        end = limits.decision(found.office, in_utc(applied.since))
        bodies.append(
            _kept("application", end, DECIDE_WITHIN, found, limits, wording)
            | {"legal_basis": wording.cited(_APPLICATION), "turn": Turn.OFFICER}
        )
    bodies += [_suspension(one, wording) for one in found.suspended if one.ends_at is not None]
    return ordered(bodies)


def _suspension(one: Suspended, wording: Wording) -> Body:
    return {
        **_body("suspension"),
        "name": one.regime,
        "ends_at": one.ends_at,
        "until": one.deadline,
        "legal_basis": wording.cited(one.legal_basis),
        "turn": _TURNS[one.awaits],
    }


def of_hold(record: Record, wording: Wording, *, confirmed: bool) -> Iterator[Body]:
    """Yield the time limits of the law that run while a declaration is held, as JSON objects.

    They follow from what the reader is shown of the decision, so that nothing that is not told changes them. Goods that are released
    are not held, nor is a version that another one superseded.

    Args:
        record: as the reader is shown it.
        wording: the texts of the answer.
        confirmed: whether a refusal is told to the trader.
    """
    detail, numbered = record.detail, record.decision
    if numbered is None or not numbered.decision.effect.stops or record.state in _NOT_HELD:
        return
    if detail is None or detail.declared is None or wording.limits is None:
        return
    causes = tuple(_causes(record, numbered.decision, wording, confirmed=confirmed, gave_up=detail.gave_up))
    if not causes:
        return
    told = detail.refusal_told if record.confirmed else None
    known = {FirstDay.LODGED: _lodged(record, detail), FirstDay.ACCEPTED: record.accepted_at}
    known[FirstDay.REFUSAL_TOLD] = told.at if told is not None else None
    # A refusal that is not told begins nothing, nor does one to whoever was heard before it.
    to_be_heard = confirmed and (told is None or not told.heard)
    for one in wording.limits.while_held(detail.declared, causes, known):
        if to_be_heard or one.row.first_day is not FirstDay.REFUSAL_TOLD:
            yield _of_row(one, wording)


def ordered(bodies: Iterable[Body]) -> list[Body]:
    """Return time limits, the next one first, those without a day last."""
    return sorted(bodies, key=lambda one: one["ends_at"] or one["not_before"] or _NO_DAY)


def next_one(bodies: Sequence[Body]) -> Body | None:
    """Return the time limit of a list's row: the next one that has a day."""
    return next((one for one in bodies if (one["ends_at"] or one["not_before"]) is not None), None)


def _lodged(record: Record, detail: Detail) -> datetime | None:
    """Return when a declaration was lodged; one that customs had accepted before it was received here was lodged nobody knows when."""
    lodged_at = detail.lodged_at
    if lodged_at is None or (record.accepted_at is not None and record.accepted_at < lodged_at):
        return None
    return lodged_at


def _causes(
    record: Record, decision: Decision, wording: Wording, *, confirmed: bool, gave_up: bool
) -> Iterator[HoldCause]:
    """Yield what holds goods that are not released; where no finding says so, that they are held."""
    released = record.released
    if released is not None and released.whole:
        return
    gone = {one.goods_item for one in released.items if one.quantity is None} if released is not None else set()
    holding = [one for one in decision.findings if one.mode is Mode.ACTIVE and one.effect.stops]
    for one in holding:
        if one.goods_item is None or one.goods_item not in gone:
            yield _cause(one, wording, confirmed=confirmed, gave_up=gave_up)
    if not holding:
        yield HoldCause(code="", effect=decision.effect, nature=None, turn=None)


def _cause(finding: Finding, wording: Wording, *, confirmed: bool, gave_up: bool) -> HoldCause:
    if finding.code == wording.held.code:
        return HoldCause(code="", effect=finding.effect, nature=None, turn=None)
    return HoldCause(
        code=finding.code,
        effect=finding.effect,
        nature=nature_of(finding),
        turn=turn_of_finding(finding, confirmed=confirmed, gave_up=gave_up),
        type=finding.document.type if finding.document is not None else None,
        goods_item=finding.goods_item,
    )


def _of_row(one: RunningLimit, wording: Wording) -> Body:
    row = one.row
    turns = [cause.turn for cause in one.causes if cause.turn is not None]
    what = wording.limit(row.name, row.period)
    end = row.first_day.value if not one.begun else None
    return {
        **_body("hold"),
        "name": row.name,
        **_end(one.end),
        "legal_basis": wording.cited(row.legal_basis),
        "turn": row.turn or (first_turn(turns) if turns else None),
        "period": _period(row.period),
        "first_day": row.first_day,
        "counting": one.counting,
        "findings": sorted({cause.code for cause in one.causes if cause.code}),
        "words": f"{what} {_said(end, one.end, one.state, wording, is_over=one.is_over)}",
    }


def _kept(
    kind: str, end: TimeLimit | None, period: LegalPeriod, found: KeptLimits, limits: TimeLimits, wording: Wording
) -> Body:
    state = limits.state(found.office)
    return {
        **_body(kind),
        **_end(end),
        "period": _period(period),
        "counting": limits.counting(state),
        "words": f"{wording.phrase('clock', kind)} {_said(None, end, state, wording)}",
    }


def _body(kind: str) -> Body:
    return {
        "kind": kind,
        "name": None,
        "ends_at": None,
        "not_before": None,
        "until": None,
        "legal_basis": None,
        "turn": None,
        "period": None,
        "first_day": None,
        "counting": None,
        "findings": (),
        "words": None,
    }


def _period(period: LegalPeriod) -> Mapping[str, Any]:
    return {"number": period.number, "unit": period.unit}


def _end(end: TimeLimit | None) -> Body:
    if isinstance(end, Deadline):
        return {"ends_at": end.ends_at, "until": end.last_day}
    return {"not_before": end.not_before_at} if end is not None else {}


def _said(
    unknown: str | None, end: TimeLimit | None, state: str | None, wording: Wording, *, is_over: bool = False
) -> str:
    """Say until when a limit runs; `unknown` is the event whose day is not known here."""
    if unknown is not None:
        return wording.phrase("limit_end", unknown)
    if isinstance(end, Deadline):
        return wording.phrase("limit_end", "over" if is_over else "until", day=end.last_day.isoformat())
    if isinstance(end, NotCovered):
        return wording.phrase("limit_end", "not_before", day=end.not_before.isoformat(), state=state or "")
    return (
        wording.phrase("limit_end", "nowhere")
        if state is None
        else wording.phrase("limit_end", "unlisted", state=state)
    )
