"""Moments and ages as a person writes them: in the administration's zone and in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any

from babel.dates import format_time

from gateway.api.days import day_in, days_in
from gateway.web.templates_in_language import Templates

_MINUTE_S, _HOUR_S, _DAY_S = 60, 3_600, 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMoment:
    """A moment on a page: for people, and for machines beside it."""

    text: str
    utc: str


@dataclass(frozen=True, slots=True)
class Times:
    """The writer of moments on one page, all seen from the same now."""

    now: datetime
    zone: tzinfo
    templates: Templates
    on_paper: bool = False
    """Whether they are read on another day: each with its date and the offset of its zone."""

    def moment(self, at: datetime) -> ShownMoment:
        """Return "today 09:41", "tomorrow 09:41" or "26 Nov 2026 09:41"; on paper "26 Nov 2026 09:41 +01:00"."""
        there, here = at.astimezone(self.zone), self.now.astimezone(self.zone)
        clock = self.clock(at)
        if self.on_paper:
            return ShownMoment(
                text=f"{self.day(there.date())} {clock} {there.isoformat()[-6:]}", utc=at.astimezone(UTC).isoformat()
            )
        days = (there.date() - here.date()).days
        if days in {0, 1}:
            text: str = self.templates.text("times.today" if days == 0 else "times.tomorrow", time=clock)
        else:
            text = f"{self.day(there.date())} {clock}"
        return ShownMoment(text=text, utc=at.astimezone(UTC).isoformat())

    def end(self, ends_at: datetime | None) -> ShownMoment:
        """Return the moment at which a request ends; one that waits until somebody answers has none for machines."""
        if ends_at is None:
            return ShownMoment(text=self.templates.text("approvals.no_end"), utc="")
        return self.moment(ends_at)

    def limit(self, ends_at: datetime) -> ShownMoment:
        """Return until when a time limit runs: one that ends with a day by that day, and not by the midnight behind it."""
        there = ends_at.astimezone(self.zone)
        if there.time() != time(0):
            return self.moment(ends_at)
        return ShownMoment(text=self.day(there.date() - timedelta(days=1)), utc=ends_at.astimezone(UTC).isoformat())

    def limit_of(self, text: str) -> ShownMoment:
        """Return a time limit that the API has written."""
        return self.limit(datetime.fromisoformat(text))

    def running(self, clock: Mapping[str, Any]) -> ShownMoment:
        """Return when a time limit ends that the API has written; of one whose end is not known, before when it does not."""
        if clock["ends_at"] is not None:
            return self.limit(_read(clock["ends_at"]))
        shown = self.limit(_read(clock["not_before"]))
        return ShownMoment(text=self.templates.text("times.not_before", time=shown.text), utc=shown.utc)

    def moment_of(self, text: str) -> ShownMoment:
        """Return a moment that the API has written."""
        return self.moment(datetime.fromisoformat(text))

    def day(self, day: date) -> str:
        """Return a day as the reader's language writes it."""
        return day_in(self.templates.language, day)

    def day_of(self, text: str) -> str:
        """Return a text of the API with each day in it, alone or as a period, written so."""
        return days_in(self.templates.language, text.replace("/", " – "))

    def clock(self, at: datetime) -> str:
        """Return the time of day: 09:41."""
        return str(format_time(at.astimezone(self.zone), "HH:mm", locale=self.templates.language))

    def age(self, since: datetime) -> str:
        """Return how long ago a moment was in its two greatest measures: "3 d 4 h", "22 h 15 min", "58 min"."""
        seconds = max(0, int((self.now - since).total_seconds()))
        days, hours, minutes = seconds // _DAY_S, seconds % _DAY_S // _HOUR_S, seconds % _HOUR_S // _MINUTE_S
        if days:
            return self.templates.text("times.days", days=days, hours=hours)
        if hours:
            return self.templates.text("times.hours", hours=hours, minutes=minutes)
        return self.templates.text("times.minutes", minutes=minutes)


def _read(at: datetime | str) -> datetime:
    return at if isinstance(at, datetime) else datetime.fromisoformat(at)
