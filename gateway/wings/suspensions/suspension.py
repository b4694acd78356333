"""A suspension as it is kept: the rows of its day, its words, and the clocks that they began."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TypeVar

from msgspec import Struct

from gateway.domain.suspension import SuspendedItem
from gateway.wings.suspensions.rows import Regime, RegimeClock, RegimeDuty, RegimeOutcome, RegimeWord

N = TypeVar("N", RegimeClock, RegimeWord, RegimeOutcome, RegimeDuty)


class Terms(Struct, frozen=True, kw_only=True):
    """The rows of a regime on the day on which a suspension was opened: they count for its life."""

    regime: Regime
    clocks: tuple[RegimeClock, ...] = ()
    words: tuple[RegimeWord, ...] = ()
    outcomes: tuple[RegimeOutcome, ...] = ()
    duties: tuple[RegimeDuty, ...] = ()

    def word(self, name: str) -> RegimeWord | None:
        """Return the row of a word; None: the regime has none of this name."""
        return _named(self.words, name)

    def duty(self, name: str) -> RegimeDuty | None:
        """Return the row of a duty; None: the regime has none of this name."""
        return _named(self.duties, name)

    def clock(self, name: str) -> RegimeClock | None:
        """Return the row of a clock; None: the regime has none of this name."""
        return _named(self.clocks, name)


class SaidWord(Struct, frozen=True, kw_only=True):
    """A word that was said, or a duty that was done; what is personal of it stands with its step."""

    name: str
    seq: int
    """The number of its event."""
    at: datetime
    """When it was entered."""
    received_at: datetime | None = None
    """When the office had it; None: as it was entered."""
    stated: Mapping[str, str] = {}
    """What was stated with it of which only certain values are meant."""
    given: tuple[str, ...] = ()
    """The names of all that was stated with it."""
    extends_to: int | None = None
    """The length in all of the clock that it makes longer."""
    goods_items: tuple[int, ...] = ()
    """Those to which the word `scope` sets the suspension."""
    version: int | None = None
    """The version of the declaration of which these are; None: it names none, or that was not kept."""
    counts: bool = True
    """False: another person has to say it, too."""

    @property
    def counts_at(self) -> datetime:
        """The moment that counts against clocks."""
        return self.received_at or self.at


class ClockTime(Struct, frozen=True, kw_only=True):
    """When a clock that was begun ends, by the holidays that were listed."""

    name: str
    start: datetime
    number: int
    """Its length, in the unit of its row."""
    last_day: date | None = None
    ends_at: datetime | None = None
    """The first moment after it; None: not known."""
    not_before: date | None = None
    """The earliest last day, where the last one is not known; None: its State lists no holidays."""
    tables: str = ""
    """The digest of the set of tables by which that was counted."""


class Suspension(Struct, frozen=True, kw_only=True):
    """A suspension of goods items of a declaration."""

    number: int
    """From 1 in its declaration."""
    terms: Terms
    reference: str | None = None
    """Its number at its opener."""
    items: tuple[SuspendedItem, ...]
    version: int
    """The version of the declaration of which these are."""
    state_of_office: str | None = None
    """The State whose holidays count, of the customs office; None: none is listed for it."""
    granting_state: str | None = None
    variant: str | None = None
    words: tuple[SaidWord, ...]
    """In the order in which they were entered; the first one opened it."""
    clocks: tuple[ClockTime, ...] = ()
    dues: tuple[ClockTime, ...] = ()
    """By when duties are due that are not done at once."""
    known_silence: bool = False
    """Whether a speaker's adapter answers for it that no word came."""
    until: datetime
    """Clocks that ended by then have acted: set by what was committed last, by the database's time."""

    @property
    def opened_at(self) -> datetime:
        """When it was opened."""
        return self.words[0].at


def _named(rows: Iterable[N], name: str) -> N | None:
    return next((one for one in rows if one.name == name), None)
