"""The findings for what the gateway does not know: no table turns them into anything but a hold."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType

from gateway.domain.decision import Effect, Mode, Nature
from gateway.domain.tables.in_force import Tables

ALWAYS_HELD: Mapping[str, Nature] = MappingProxyType(
    {
        "SW-DEC-015": Nature.UNDETERMINED,  # a certificate that nobody is asked about
        "SW-DEC-016": Nature.UNDETERMINED,  # a document code that nobody knows
        "SW-DEC-030": Nature.UNDETERMINED,  # the authority could not be reached, or did not answer in time
        "SW-DEC-031": Nature.UNDETERMINED,  # it refused the gateway access
        "SW-DEC-032": Nature.UNDETERMINED,  # it rejected the request
        "SW-DEC-033": Nature.UNDETERMINED,  # its answer was not understood
        "SW-DEC-034": Nature.UNDETERMINED,  # silence
        "SW-DEC-035": Nature.UNDETERMINED,  # a status without a row
        "SW-DEC-036": Nature.UNDETERMINED,  # a confirmation without its record
        "SW-DEC-037": Nature.UNDETERMINED,  # an answer about another document than was asked about
        "SW-DEC-038": Nature.UNDETERMINED,  # the authority was not asked properly
        "SW-DEC-039": Nature.UNDETERMINED,  # an answer with values that cannot be
        "SW-DEC-042": Nature.UNDETERMINED,  # the record names no goods
        "SW-DEC-052": Nature.UNDETERMINED,  # a decision without a row
        "SW-DEC-053": Nature.UNDETERMINED,  # an authority's own status without a row
        "SW-DEC-055": Nature.UNDETERMINED,  # status and decision contradict each other
        "SW-DEC-056": Nature.UNDETERMINED,  # a procedure without a row
        "SW-DEC-061": Nature.UNDETERMINED,  # the record names no holder
        "SW-DEC-063": Nature.UNDETERMINED,  # the destination is not known
        "SW-DEC-065": Nature.UNDETERMINED,  # the country of dispatch is not known
        "SW-DEC-071": Nature.UNDETERMINED,  # no position of the quantity
        "SW-DEC-110": Nature.UNDETERMINED,  # the authority could not judge a reservation
        "SW-DEC-111": Nature.UNDETERMINED,  # a movement in doubt
        "SW-DEC-112": Nature.UNDETERMINED,  # nothing could be reserved
        "SW-DEC-128": Nature.UNDETERMINED,  # an order was carried out while the status changed
        "SW-DEC-130": Nature.UNDETERMINED,  # not asked, under a contingency window
        "SW-DEC-143": Nature.UNDETERMINED,  # a write-off that was not made here
        "SW-DEC-145": Nature.UNDETERMINED,  # a write-off of an invalidated declaration whose goods are out
        "SW-DEC-162": Nature.UNDETERMINED,  # a document code that only a list of the Union knows, and no table classes
        "SW-DEC-163": Nature.UNDETERMINED,  # a document code that ended in the Union's lists, and that no table knows
        "SW-DEC-184": Nature.UNDETERMINED,  # a credibility check that cannot be made
        "SW-DEC-185": Nature.UNDETERMINED,  # a credibility check of which nobody knows what it compares
        "SW-DEC-201": Nature.UNDETERMINED,  # whether goods depart where they entered the Union
        "SW-DEC-220": Nature.UNDETERMINED,  # a decision that this type of document cannot have
        "SW-DEC-265": Nature.UNDETERMINED,  # a country that customs' list does not have
        "SW-DEC-306": Nature.UNDETERMINED,  # whether a word of a suspension came before its clock ran out
        "SW-DEC-900": Nature.UNDETERMINED,  # a rule failed
        "SW-DEC-901": Nature.UNDETERMINED,  # process after process ended over it
    }
)
"""The findings that always hold, each with its nature. A table says how it is worded, by what right it is raised and what customs is advised to do, and no more:
the way out is an answer, an officer's verification, an approved override or an open contingency window."""


OFFICERS_ONLY = frozenset({"SW-DEC-190", "SW-DEC-191", "SW-DEC-192"})
"""Findings for officers alone: no table gives them an effect, which a trader would see, nor a mode in which one is shown them."""


FAULTS_OF_OURS = frozenset({"SW-DEC-900", "SW-DEC-901"})
"""Findings for customs alone: which rule failed would tell that there is such a rule, and no table tells it to a declarant."""


class Way(StrEnum):
    """The way in which such a finding may become known, beside an officer or an amendment: it sets how often to ask."""

    ANSWER = "answer"
    """The authority's next answer."""
    MOVEMENT = "movement"
    """The order's next attempt, or its position: movements have pauses of their own."""
    ELSEWHERE = "elsewhere"
    """A table that comes into force, or an authority's books that somebody puts right: nothing that asking brings about."""


BECOMES_KNOWN: Mapping[str, Way] = MappingProxyType(
    dict.fromkeys(ALWAYS_HELD, Way.ANSWER)
    | dict.fromkeys(("SW-DEC-111", "SW-DEC-112"), Way.MOVEMENT)
    | dict.fromkeys(
        (
            "SW-DEC-015",
            "SW-DEC-016",
            "SW-DEC-056",
            "SW-DEC-063",
            "SW-DEC-065",
            "SW-DEC-128",
            "SW-DEC-143",
            "SW-DEC-145",
            "SW-DEC-162",
            "SW-DEC-163",
            "SW-DEC-184",
            "SW-DEC-185",
            "SW-DEC-201",
            "SW-DEC-265",
            "SW-DEC-306",
        ),
        Way.ELSEWHERE,
    )
)
"""The same findings, with the way in which each may become known: none is left as it was found once."""


def loosened(tables: Tables) -> Iterator[str]:
    """List the rows that would give such a finding another meaning, or would not count it, each with its place."""
    yield from _shown(tables)
    for row in tables.rules:
        for code in row.codes:
            nature = ALWAYS_HELD.get(code)
            if nature is None:
                continue
            if row.effect is not Effect.HOLD:
                yield f"{row.place}: {code} says that something is not determined, so its effect is hold, whatever the table"
            if row.nature is not nature:
                yield (
                    f"{row.place}: {code} says that something is not determined, so its nature is {nature.value}, "
                    "whatever the table"
                )
    for mode in tables.modes:
        if mode.rule in ALWAYS_HELD and mode.mode is Mode.SHADOW:
            yield f"{mode.place}: {mode.rule} says that something is not determined, so it is never in shadow"
    for cause in tables.causes:
        if cause.rule not in ALWAYS_HELD:
            yield f"{cause.place}: cause {cause.cause}: {cause.rule} is none of the findings that say that something is not determined"


def _shown(tables: Tables) -> Iterator[str]:
    """List the rows by which a trader would learn of what is for officers alone."""
    for row in tables.rules:
        for code in sorted(OFFICERS_ONLY & set(row.codes)):
            if row.effect is not Effect.NONE:
                yield f"{row.place}: {code} is for officers alone, so its effect is none, whatever the table"
        for code in sorted(FAULTS_OF_OURS & set(row.codes)):
            if row.told is not None and not row.told.is_secret:
                yield f"{row.place}: {code} is a fault of the gateway, and no declarant is told of it, whatever the table"
    for mode in tables.modes:
        if mode.mode is Mode.OFFICERS:
            yield f"{mode.place}: mode: only the gateway says which findings are for officers alone"
        elif mode.rule in OFFICERS_ONLY:
            yield f"{mode.place}: {mode.rule} is for officers alone, whatever the table"


def becomes_known(code: str) -> bool:
    """Whether a finding lasts only until an answer or a reading comes that the gateway asks for again by itself."""
    return BECOMES_KNOWN.get(code) in (Way.ANSWER, Way.MOVEMENT)
