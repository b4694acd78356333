"""A suspension as pages show it: by the API's answer, in the reader's words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.api.localization import Wording
from gateway.domain.suspension import SuspensionState
from gateway.web.console.authorities import times_of
from gateway.web.console.goods_items import spans
from gateway.web.times import ShownMoment, Times
from gateway.web.visit import Visit


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionRow:
    """A suspension in a list."""

    number: int
    regime: str
    basis: str
    items: str
    """The numbers of its goods items; those in a row as "1–3"."""
    state: str
    is_over: bool
    deadline: str
    """Empty: none is known."""
    turn: str
    """Empty: nobody has to speak any more."""
    opened: ShownMoment
    duties: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspensionView:
    """The writer of suspensions on one page."""

    visit: Visit
    wording: Wording
    times: Times

    @classmethod
    def of(cls, visit: Visit) -> "SuspensionView":
        """Make the writer of a page."""
        return cls(visit=visit, wording=visit.web.cases.wording([visit.language]), times=times_of(visit))

    def row(self, body: Mapping[str, Any]) -> SuspensionRow:
        """Return a suspension as lists have it."""
        state: SuspensionState = body["state"]
        return SuspensionRow(
            number=body["number"],
            regime=self.wording.name("suspension", body["title"]),
            basis=self.wording.cited(body["legal_basis"]),
            items=spans(body["goods_items"]),
            state=self.visit.text(f"suspensions.state_{state}"),
            is_over=state.is_over,
            deadline=self._deadline(body),
            turn="" if state.is_over else self.visit.text(f"suspensions.turn_{body['awaits']}"),
            opened=self.times.moment(body["opened_at"]),
            duties=[self.duty(one) for one in body["duties"] or ()],
        )

    def word(self, name: str) -> str:
        """Return the name of a word or duty."""
        return self._named("word", name)

    def clock(self, body: Mapping[str, Any]) -> str:
        """Return a clock that runs, with its last day."""
        name = self._named("clock", body["name"])
        if body["last_day"] is not None:
            return self.visit.text("suspensions.clock", clock=name, day=self.times.day(body["last_day"]))
        if body["not_before"] is None:
            return name
        end = self.visit.text("times.not_before", time=self.times.day(body["not_before"]))
        return self.visit.text("suspensions.clock", clock=name, day=end)

    def need(self, name: str) -> str:
        """Return the name of what has to be stated."""
        return self._named("need", name)

    def value(self, name: str) -> str:
        """Return one of the values that are meant."""
        return self._named("value", name)

    def duty(self, body: Mapping[str, Any]) -> str:
        """Return a duty that is owed, with its day."""
        name, due = self.word(body["name"]), body["due"]
        return self.visit.text("suspensions.due", duty=name, day=self.times.day(due)) if due is not None else name

    def _named(self, kind: str, name: str) -> str:
        """Return a name of the rows in the reader's language; one of an administration's own regime stands as it is."""
        try:
            return self.visit.text(f"suspensions.{kind}_{name.replace('.', '_')}")
        except KeyError:
            return name

    def _deadline(self, body: Mapping[str, Any]) -> str:
        if body["deadline"] is not None:
            return self.times.day(body["deadline"])
        earliest = [one["not_before"] for one in body["clocks"] or () if one["not_before"] is not None]
        return self.visit.text("times.not_before", time=self.times.day(min(earliest))) if earliest else ""
