"""The words that rules put into sentences, and where the catalogue lacks them."""

from collections.abc import Iterator, Mapping
from itertools import combinations
from types import MappingProxyType

from gateway.domain.decision import Unasked
from gateway.domain.tables.decision_rows import DecisionNote
from gateway.domain.tables.figures import FigureUnit
from gateway.domain.tables.identifiers import NumberedParty, NumberOrigin
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Codes, HolderParty
from gateway.domain.tables.taric import UNCLEAR
from gateway.domain.texts.listing import PHRASES
from gateway.domain.texts.sentences import OPEN, TextFault, names

WORDS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "party": frozenset(
            "_or_".join(party.value for party in parties)
            for size in range(1, len(HolderParty) + 1)
            for parties in combinations(HolderParty, size)
        ),
        "lacking": frozenset({"record", "party"}),
        "released_as": frozenset(note.value for note in DecisionNote),
        "extracts": frozenset({"named"}),
        "companions": frozenset({"named"}),
        "when": frozenset({"dated"}),
        "decision": frozenset({"named", "none", "status"}),
        "procedure": frozenset({"requested", "transit"}),
        "what": frozenset({"not_on_record", "not_declared", "dispatch_not_on_record", "dispatch_not_declared"}),
        "named_party": frozenset(party.value for party in NumberedParty),
        "numbers_of": frozenset({NumberOrigin.NONE.value, NumberOrigin.COMMON_TRANSIT.value}),
        "which_office": frozenset({"lodged", "presented"}),
        "offices_of": frozenset({"union", "transit"}),
        "which_country": frozenset({"origin", "dispatch", "destination"}),
        "looks": frozenset({"like"}),
        "ill_cited": frozenset({"form", "number"}),
        "cite_well": frozenset({"form", "number"}),
        "reach": frozenset({"only", "all_but"}),
        "departure": frozenset({"office", "missing"}),
        "mass": frozenset({"stated", "missing"}),
        "compared": frozenset({"lines", "rest"}),
        "most": frozenset(f"{of}{word}" for of in ("", "of_account_") for word in ("less", "at_most", "nothing")),
        "drawn_on": frozenset({"line", "account"}),
        "under": frozenset({"codes", "codes_and_others", "others"}),
        "rest": frozenset({"stated", "less"}),
        "movement": frozenset({"reserved", "written_off", "given_back", "corrected"}),
        "why": frozenset({"not_reached", "not_let_in", "not_taken", "not_understood", "other_findings", "part_owed"}),
        "now": frozenset(
            {
                "pending",
                "refused",
                "withdrawn",
                "suspended",
                "partially_refused",
                "not_found",
                "expired",
                "not_yet_valid",
                "otherwise",
            }
        ),
        "again": frozenset({"further"}),
        "owed": frozenset({"all", "item", "line"}),
        "unasked": frozenset(unasked.value for unasked in Unasked),
        "band": frozenset({"published"}),
        "elements": frozenset(
            {
                "mass_and_units",
                "gross_and_units",
                "value_and_mass",
                "value_and_gross",
                "value_and_units",
                "mass",
                "gross",
                "units",
                "value",
            }
        ),
        "uncompared": frozenset({"missing", "unit", "rate"}),
        "compare": frozenset({"declare", "officer"}),
        "missing": frozenset(
            {"net_mass", "gross_mass", "supplementary_units", "value", "invoice_currency", "origin", "destination"}
        ),
        "consequence": frozenset({"documents", "banned"}),
        "unjudged": frozenset(
            {
                "no_threshold",
                "unit",
                "qualifier",
                "unit_of_code",
                "equality",
                "action",
                "document",
                "currency",
                "rate",
                "by_officer",
                "digits",
                "failed",
            }
        ),
        "then": frozenset({"mend", "nothing"}),
        "listed": frozenset(PHRASES),
        "figure_wrong": frozenset({"no_number", "missing", "twice", "quotas"}),
        "figure_right": frozenset({*(unit.value for unit in FigureUnit), "one"}),
        "unclear": UNCLEAR,
    }
)
"""The words of each parameter, by its name. A parameter that is not here is data, or a word of the tables."""


_DOCUMENTS = frozenset({"type", "reference"})
"""The parameters of a finding's document, which the engine adds to those that it carries."""


def unworded(tables: Tables, carried: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """List the words that are missing, unknown, or have parameters that no finding carries beside them.

    `carried` names the parameters of each code's findings.
    """
    present = {(row.param, row.word) for row in tables.words}
    for param, wanted in WORDS.items():
        for word in sorted(wanted):
            if (param, word) not in present:
                yield f"messages/words.en.toml: the word {word!r} of {param} is missing"
    for row in tables.words:
        if row.word not in WORDS.get(row.param, ()) and row.param not in OPEN:
            yield f"{row.place}: {row.word!r} of {row.param!r} is no rule's word"
            continue
        beside = [params for params in carried.values() if row.param in params]
        if row.param == "listed":
            beside = [PHRASES[row.word]]
        try:
            unknown = names(row.text) - frozenset.intersection(*beside) - _DOCUMENTS if beside else frozenset()
        except TextFault as fault:
            yield f"{row.place}: {fault}"
            continue
        for name in sorted(unknown):
            yield f"{row.place}: {row.word} has no parameter {{{name}}}"


def unnamed(tables: Tables) -> Iterator[str]:
    """List the documents and waiver codes that goods need and that have no name."""
    named = {row.type for row in tables.names}
    seen: set[Codes] = set()
    for row in tables.required:
        for group in (*row.all_of, *(alternative.types for alternative in row.alternatives)):
            if group in seen:
                continue  # thousands of rows ask for few different groups
            seen.add(group)
            for kind in sorted(set(group) - named):
                named.add(kind)
                yield f"{row.place}: {kind} has no name: a [[code]] row in messages/codes.en.toml says what it stands for"
