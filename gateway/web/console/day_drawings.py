"""The drawings of the day: each is told apart without colour, and stands beside the same as a table."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from gateway.domain.authority_figures import CallSlot, added
from gateway.domain.hour_figures import HourFigures
from gateway.domain.work_list import HeldAge, Summary, Turn
from gateway.web.console.authority_health import SLOW_MS
from gateway.web.console.day_span import DaySpan
from gateway.web.console.queue import ALL, QUEUE
from gateway.web.console.rows import SECOND_OFFICER
from gateway.web.times import Times

WIDTH, HEIGHT = 640, 140
HOURS = 24
_LABELS_OF_A_DAY = 4
_HOUR = timedelta(hours=1)
UNTOLD = "untold"
"""The part of what is held although no decision says whose turn it is."""
TURNS: tuple[str, ...] = (Turn.OFFICER, SECOND_OFFICER, Turn.DECLARANT, Turn.AUTHORITY, Turn.NOBODY, UNTOLD)
_RARE = frozenset({SECOND_OFFICER, UNTOLD})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a bar, in percent of the longest one, or of a column: how many, where it is drawn, and where it leads."""

    kind: str
    count: int
    href: str
    at: str
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldBar:
    """What has been held for about as long: as a bar, and as a row."""

    age: str
    count: int
    parts: Sequence[Part]
    counts: Mapping[str, int]
    href: str


def held_bars(summary: Summary, office: str) -> Sequence[HeldBar]:
    """Return what is held by how long and by whose turn it is, the shortest first; what is refused has a figure of its own."""
    counts: dict[HeldAge, Counter[str]] = defaultdict(Counter)
    for one in summary.counts:
        if one.filled and one.held and not one.refused:
            counts[one.age][SECOND_OFFICER if one.own_request else one.turn or UNTOLD] += one.declarations
    longest = max((found.total() for found in counts.values()), default=0)
    return [_bar(age, counts[age], longest, office) for age in HeldAge]


def turns_of(bars: Sequence[HeldBar]) -> Sequence[str]:
    """Return whose turns are drawn: what is rare where it is so."""
    return [turn for turn in TURNS if turn not in _RARE or any(bar.counts[turn] for bar in bars)]


def _bar(age: HeldAge, counts: Counter[str], longest: int, office: str) -> HeldBar:
    parts, at = [], 0.0
    for turn in TURNS:
        if many := counts[turn]:
            size = many / longest * 100
            parts.append(
                Part(
                    kind=turn,
                    count=many,
                    href=_queue(ALL if turn == UNTOLD else turn, age, office),
                    at=f"{at:.1f}",
                    size=f"{size:.1f}",
                )
            )
            at += size
    return HeldBar(
        age=age.value,
        count=counts.total(),
        parts=parts,
        counts={turn: counts[turn] for turn in TURNS},
        href=_queue(ALL, age, office),
    )


def _queue(turn: str, age: HeldAge, office: str) -> str:
    asked = {"turn": turn, "age": age.value, **({"office": office} if office else {})}
    return f"{QUEUE}?{urlencode(asked)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidedColumn:
    """What was decided in an hour or on a day: as a column, and as a row."""

    label: str
    utc: str
    x: str
    width: str
    free: int
    held: int
    refused: int
    released: int
    parts: Sequence[Part]
    href: str


def columns(
    span: DaySpan, hours: Sequence[HourFigures], times: Times, address: str, office: str
) -> Sequence[DecidedColumn]:
    """Return the parts of a span, each as high as much was decided in it; `address` is that of the released goods."""
    parts = span.parts
    found = [_sum(part, hours) for part in parts]
    highest = max((one.decided for one in found), default=0)
    step, is_day = WIDTH / len(parts), len(parts) > 7
    made = []
    for place, (part, one) in enumerate(zip(parts, found, strict=True)):
        day = part.first if not is_day else span.first
        asked = {
            "day": day.isoformat(),
            **({"hour": str(place)} if is_day else {}),
            **({"office": office} if office else {}),
        }
        made.append(
            DecidedColumn(
                label=times.clock(part.since) if is_day else times.day(part.first),
                utc=part.since.isoformat(),
                x=f"{place * step + 2:.1f}",
                width=f"{step - 4:.1f}",
                free=one.free,
                held=one.held,
                refused=one.refused,
                released=one.released,
                parts=_stacked(one, highest),
                href=f"{address}?{urlencode(asked)}",
            )
        )
    return made


def total(since: datetime, hours: Sequence[HourFigures]) -> HourFigures:
    """Return hours as one: a declaration that was decided in several counts in each."""
    return HourFigures(
        hour=since,
        free=sum(one.free for one in hours),
        held=sum(one.held for one in hours),
        refused=sum(one.refused for one in hours),
        released=sum(one.released for one in hours),
    )


def _sum(part: DaySpan, hours: Sequence[HourFigures]) -> HourFigures:
    return total(part.since, [one for one in hours if part.since <= one.hour < part.until])


def _stacked(one: HourFigures, highest: int) -> Sequence[Part]:
    made, below = [], 0.0
    for kind, count in (("free", one.free), ("held", one.held), ("refused", one.refused)):
        if count:
            size = count / highest * HEIGHT
            below += size
            made.append(Part(kind=kind, count=count, href="", at=f"{HEIGHT - below:.1f}", size=f"{size:.1f}"))
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class CallHour:
    """How the calls of one hour to an authority went: none, answered, slow, some or out."""

    kind: str
    x: int


def call_hours(slots: Sequence[CallSlot], now: datetime) -> Sequence[CallHour]:
    """Return the last 24 hours of an authority, the oldest first: none where it was not asked, out where no call was answered."""
    first = now.replace(minute=0, second=0, microsecond=0) - (HOURS - 1) * _HOUR
    found: dict[int, list[CallSlot]] = defaultdict(list)
    for slot in slots:
        if slot.at >= first:
            found[int((slot.at - first) / _HOUR)].append(slot)
    return [CallHour(kind=_kind(added(now, found.get(place, ()))), x=place * 16) for place in range(HOURS)]


def _kind(hour: CallSlot) -> str:
    if not hour.calls:
        return "none"
    if hour.failures == hour.calls:
        return "out"
    if hour.failures:
        return "some"
    half = hour.latency_ms(0.5)
    return "slow" if half is None or half > SLOW_MS else "answered"


def labels(shown: Sequence[DecidedColumn]) -> Sequence[str]:
    """Return what stands below columns, at equal distances: of a day four of its hours."""
    step = 1 if len(shown) <= 7 else max(1, len(shown) // _LABELS_OF_A_DAY)
    return [one.label for one in shown[::step]]
