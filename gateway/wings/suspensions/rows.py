"""Rows about suspensions: a regime with its words, its clocks, what its words come to, and the notices that it owes."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from gateway.contract import Direction
from gateway.domain.clocks import LegalPeriod, PeriodUnit
from gateway.domain.laxer import NEUTRAL, always, changed, fewer, fewer_of_all, lower, more, row, smaller, switched_off
from gateway.domain.row_kind import row_kind
from gateway.domain.suspension import SuspensionState
from gateway.domain.tables.rows import Codes, Row

FILE = "suspensions.toml"
OPENED = "opened"
"""The word that every suspension begins with."""
REQUESTED = "requested"
"""The word that it has, too, where its authority asked for it."""
ANNULLED = "annulled"
"""The word by which two officers lift what was suspended by mistake, under every regime."""
NOTHING_CAME = "nothing_came"
"""The word by which an officer confirms that no word came before the clock ran out, under every regime."""
SCOPE = "scope"
"""The word by which an officer sets the goods items once an amendment changed them, under every regime."""
SUPPLIED = "supplied"
"""The word by which an officer states what a notice has to tell and nobody stated, under every regime."""
AUTHORITY = "authority"
"""To whom a notice is owed that the gateway gives itself, where an adapter takes it."""
REQUESTED_WORD = "request"
"""What an authority says that asks customs to suspend goods."""
OF_EVERY_REGIME = frozenset({OPENED, REQUESTED, ANNULLED, NOTHING_CAME, SCOPE, SUPPLIED})


class Opener(StrEnum):
    """Who may open a suspension."""

    OFFICER = "officer"
    CUSTOMS = "customs"
    """The declaration system."""
    REQUEST = "request"
    """The authority of the regime, whose request customs or an officer records."""


class Speaker(StrEnum):
    """Who says a word of a suspension."""

    AUTHORITY = "authority"
    HOLDER = "holder"
    """The right-holder."""
    DECLARANT = "declarant"
    OFFICER = "officer"
    COURT = "court"


class ToldWhen(StrEnum):
    """When the parties of the declaration are told of a suspension."""

    AT_ONCE = "at_once"
    ONCE_NOTIFIED = "once_notified"
    """Once a duty towards the declarant is done."""
    NEVER = "never"


class SilenceProof(StrEnum):
    """What a clock that ran out says."""

    KNOWN = "known"
    """The speaker's adapter answers for it that no word came; without such an adapter it is as `confirmed`."""
    CONFIRMED = "confirmed"
    """An officer says that nothing came."""


class HolidaysOf(StrEnum):
    """The State by whose public holidays a clock runs."""

    OFFICE = "office"
    GRANTING = "granting"
    """The State that granted what the goods are declared with."""


class Then(StrEnum):
    """What a clock that ran out does."""

    LIFTS = "lifts"
    OFFICER = "officer"
    """An officer decides: a word of theirs says what."""


class Does(StrEnum):
    """What a word does by itself."""

    RECORDS = "records"
    """It counts with others, in clocks and outcomes."""
    LIFTS = "lifts"
    MAINTAINS = "maintains"
    REFUSES = "refuses"


STATES = {
    Does.LIFTS: SuspensionState.LIFTED,
    Does.MAINTAINS: SuspensionState.MAINTAINED,
    Does.REFUSES: SuspensionState.REFUSED,
}
Words = tuple[tuple[str, ...], ...]
"""Groups of words: one of them has to be said as a whole."""


@row_kind("regime", FILE, later=True, key="name", removed=always("goods are not suspended under it any more"))
class Regime(Row):
    """A regime under which goods are suspended."""

    name: str
    title: Annotated[str, NEUTRAL]
    """As sentences name it, in English; in other languages a word of `table_names` for `suspension`."""
    directions: Annotated[tuple[Direction, ...], fewer("goods are suspended in fewer directions")]
    procedures: Annotated[Codes, fewer_of_all("goods are suspended under fewer procedures")] = ()
    """Requested procedures; empty: all."""
    opens: Annotated[tuple[Opener, ...], fewer("fewer may suspend goods")]
    needs: Annotated[Codes, NEUTRAL] = ()
    """What has to be stated when it is opened: a name, or `name=one|another` where only these are meant."""
    variants: Annotated[Codes, more("goods are suspended under shorter clocks")] = ()
    """Kinds of goods for which clocks are others; the one that is named is said as a word."""
    told: Annotated[ToldWhen, NEUTRAL]
    """When the parties are told."""
    speakers: Annotated[Codes, more("further adapters say words that free goods")] = ()
    """The adapters by which words come that are not said to an office."""
    waits_days: Annotated[int, smaller("what is asked for before the declaration is there is given up sooner")] = 30
    """For how long a pushed word waits for a declaration of its MRN to be accepted."""
    silence: Annotated[
        SilenceProof, lower((SilenceProof.KNOWN, SilenceProof.CONFIRMED), "nobody confirms that no word came")
    ]
    blocks_invalidation: Annotated[bool, switched_off("suspended goods are invalidated on a party's wish")] = False
    """Whether an invalidation that a party wants waits for its end."""
    legal_basis: Annotated[str, NEUTRAL]


@row_kind(
    "regime_clock",
    FILE,
    later=True,
    key="regime name",
    added=row(lambda row: row.then is Then.LIFTS, "a further clock lifts"),
)
class RegimeClock(Row):
    """A clock of a regime, and what happens once it has run out."""

    regime: str
    name: str
    start: Annotated[str, changed("the clock runs from something else")]
    """The word whose moment begins it."""
    days: Annotated[int, smaller("the suspension ends sooner")] = 0
    """One of the two is said."""
    working_days: Annotated[int, smaller("the suspension ends sooner")] = 0
    calendar: Annotated[HolidaysOf, changed("other holidays count")] = HolidaysOf.OFFICE
    when: Annotated[Words, changed("the clock runs under other conditions")] = ()
    """It runs only if one of these groups of words was said; empty: in any case."""
    unless: Annotated[Words, changed("other words stop the clock")] = ()
    """It does nothing once one of these groups of words was said in time."""
    then: Annotated[Then, lower((Then.LIFTS, Then.OFFICER), "the clock lifts by itself")]

    @property
    def period(self) -> LegalPeriod:
        """Its length."""
        if self.working_days:
            return LegalPeriod(self.working_days, PeriodUnit.WORKING_DAYS)
        return LegalPeriod(self.days, PeriodUnit.DAYS)


@row_kind(
    "regime_word",
    FILE,
    later=True,
    key="regime name",
    added=row(lambda row: row.does is Does.LIFTS, "a further word lifts"),
)
class RegimeWord(Row):
    """A word that may be said under a regime."""

    regime: str
    name: str
    by: Annotated[Speaker, changed("somebody else says it")]
    does: Annotated[
        Does, lower((Does.LIFTS, Does.RECORDS, Does.MAINTAINS, Does.REFUSES), "the word holds goods less strictly")
    ] = Does.RECORDS
    needs: Annotated[Codes, fewer("less has to be stated")] = ()
    """As in `regime`."""
    after: Annotated[Codes, fewer("it may be said sooner")] = ()
    """Words that have to be said before."""
    before: Annotated[Codes, fewer("it may be said beside others")] = ()
    """Words after which it is not said any more."""
    extends: Annotated[str | None, NEUTRAL] = None
    """The clock that it makes longer, once; None: none."""
    most: Annotated[int, smaller("the suspension is extended less")] = 0
    """The longest that the clock may be in all, in its own unit."""
    persons: Annotated[int, smaller("one person is enough")] = 1
    """So many persons have to say it."""
    notice: Annotated[Codes, NEUTRAL] = ()
    """What then has to stand on the papers, in the words of the law: `value=sentence` of each value that may be stated with it."""

    def sentence(self, stated: Mapping[str, str]) -> str | None:
        """Return what has to stand on the papers for what was stated with the word; None: nothing."""
        sentences = {value: sentence for value, _, sentence in (one.partition("=") for one in self.notice)}
        return next((sentences[one] for one in stated.values() if one in sentences), None)


@row_kind(
    "regime_outcome",
    FILE,
    later=True,
    key="regime name",
    added=row(lambda row: row.becomes is SuspensionState.LIFTED, "further words lift together"),
    removed=row(lambda row: row.becomes is not SuspensionState.LIFTED, "words hold together no more"),
)
class RegimeOutcome(Row):
    """What some words come to together."""

    regime: str
    name: str
    words: Annotated[Codes, changed("other words come to it")]
    """All of them were said."""
    without: Annotated[Codes, changed("other words stand against it")] = ()
    """None of them was said."""
    becomes: Annotated[SuspensionState, changed("the suspension becomes something else")]


@row_kind("regime_duty", FILE, later=True, key="regime name", removed=always("a notice is not owed any more"))
class RegimeDuty(Row):
    """A notice that is owed under a regime: once it is done, its name is a word."""

    regime: str
    name: str
    on: Annotated[str, changed("it is owed for something else")]
    """The word on which it is owed."""
    to: Annotated[str, NEUTRAL]
    """To whom: `authority`, `holder`, `declarant`, `customs`."""
    working_days: Annotated[int, NEUTRAL] = 0
    """By when; 0: at once."""
    needs: Annotated[Codes, fewer("less has to be stated")] = ()
    """What it has to tell, by the names of what was stated."""
    after: Annotated[Codes, fewer("it may be done sooner")] = ()
    """Words that have to be said before."""
