"""The latency of an authority hour by hour: a picture, and the same as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from gateway.domain.authority_figures import BOUNDS_MS, CallSlot, added
from gateway.web.console.authority_health import seconds
from gateway.web.templates_in_language import Templates
from gateway.web.times import Times

WIDTH, HEIGHT = 720, 140
_HOURS = 24
_STEP = WIDTH / _HOURS
_PLACES = len(BOUNDS_MS) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyHour:
    """One hour with calls: as a row, and as a column of the picture."""

    time: str
    utc: str
    calls: int
    failures: int
    half: str
    most: str
    x: str
    width: str
    half_y: str
    half_height: str
    most_y: str
    most_height: str
    failed_y: str
    failed_height: str
    """How high the share of its calls is that brought no answer."""
    is_out: bool
    """Whether none of its calls was answered: how fast they failed is no latency."""


def latency_hours(
    slots: Sequence[CallSlot], now: datetime, times: Times, templates: Templates
) -> Sequence[LatencyHour]:
    """Return the hours with calls, the newest first; heights go by the bounds, so that milliseconds and minutes fit into one picture."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=_HOURS - 1)
    hours: dict[int, list[CallSlot]] = {}
    for slot in slots:
        place = int((slot.at - first) / timedelta(hours=1))
        if slot.at >= first and place < _HOURS:
            hours.setdefault(place, []).append(slot)
    return [
        _hour(place, added(first + timedelta(hours=place), hours[place]), times, templates)
        for place in sorted(hours, reverse=True)
    ]


def clock_labels(now: datetime, times: Times) -> Sequence[str]:
    """Return what stands below the picture, at equal distances: the hours at which its quarters begin, and now."""
    first = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=_HOURS - 1)
    return [times.clock(first + timedelta(hours=place)) for place in range(0, _HOURS, _HOURS // 4)]


def _hour(place: int, hour: CallSlot, times: Times, templates: Templates) -> LatencyHour:
    half, most = hour.latency_ms(0.5), hour.latency_ms(0.95)
    half_height, most_height = _height(half), _height(most)
    failed = round(hour.failures / hour.calls * HEIGHT, 1)
    shown = times.moment(hour.at)
    return LatencyHour(
        time=shown.text,
        utc=shown.utc,
        calls=hour.calls,
        failures=hour.failures,
        half=_words(half, templates),
        most=_words(most, templates),
        x=f"{place * _STEP + 3:g}",
        width=f"{_STEP - 6:g}",
        half_y=f"{HEIGHT - half_height:g}",
        half_height=f"{half_height:g}",
        most_y=f"{HEIGHT - most_height:g}",
        most_height=f"{most_height:g}",
        failed_y=f"{HEIGHT - failed:g}",
        failed_height=f"{failed:g}",
        is_out=hour.failures == hour.calls,
    )


def _height(milliseconds: int | None) -> float:
    place = _PLACES if milliseconds is None else BOUNDS_MS.index(milliseconds) + 1
    return round(place / _PLACES * HEIGHT, 1)


def _words(milliseconds: int | None, templates: Templates) -> str:
    if milliseconds is None:
        return templates.text("authority.longer", seconds=seconds(BOUNDS_MS[-1], templates))
    return templates.text("authority.within", seconds=seconds(milliseconds, templates))
