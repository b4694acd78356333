"""The directions of loosening: for each field of each kind of row what counts as laxer, and what follows from it.

A field is `NEUTRAL` if it decides nothing: names, sources, legal bases. Every field of every kind has to be here: a test finds
one that was forgotten.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from gateway.domain.contingency import WindowMode
from gateway.domain.decision import Advice, Disclosure, Effect, Mode
from gateway.domain.tables.applications import GoodsAre
from gateway.domain.tables.credibility import CheckOutcome, Judged
from gateway.domain.tables.identifiers import MrnAnswer, NumberOrigin
from gateway.domain.tables.required import Alternative, TypeLimit
from gateway.domain.tables.rows import Codes, Level, QuantityMode, Use
from gateway.domain.verification import DocumentClass
from gateway.settings.tables.formality_directions import FORMALITIES
from gateway.settings.tables.laxer import NEUTRAL, KindDirections, LooseningDirection
from gateway.settings.tables.laxer import always as _always
from gateway.settings.tables.laxer import changed as _changed
from gateway.settings.tables.laxer import fewer as _fewer
from gateway.settings.tables.laxer import fewer_of_all as _fewer_of_all
from gateway.settings.tables.laxer import larger as _larger
from gateway.settings.tables.laxer import longer as _longer
from gateway.settings.tables.laxer import lower as _lower
from gateway.settings.tables.laxer import more as _more
from gateway.settings.tables.laxer import replaced as _replaced
from gateway.settings.tables.laxer import row as _row
from gateway.settings.tables.laxer import smaller as _smaller
from gateway.settings.tables.laxer import switched_off as _switched_off
from gateway.settings.tables.laxer import switched_on as _switched_on


def _covers_less(before: Codes, after: Codes) -> bool:
    return not all(one.startswith(after) for one in before)


def _excepts_more(before: Codes, after: Codes) -> bool:
    return not all(one.startswith(before) for one in after)


def _tells_a_secret(before: Disclosure | None, after: Disclosure | None) -> bool:
    return before is not None and before.is_secret and (after is None or not after.is_secret)


def _asks_less(before: tuple[Codes, ...], after: tuple[Codes, ...]) -> bool:
    """Whether some earlier group is not met by what meets one of the present groups."""
    return not all(any(set(now) <= set(group) for now in after) for group in before)


def _reaches_further(before: Codes, after: Codes) -> bool:
    """Whether destinations are added; none at all stands for every one."""
    return bool(before) and (not after or not set(after) <= set(before))


def _limits_less(before: tuple[TypeLimit, ...], after: tuple[TypeLimit, ...]) -> bool:
    """Whether some type meets a measure for more goods than before, or for any quantity."""

    def least(limits: tuple[TypeLimit, ...], kind: str) -> Decimal | None:
        return min((one.net_mass for one in limits if kind in one.types), default=None)

    for kind in {kind for one in before for kind in one.types}:
        old, new = least(before, kind), least(after, kind)
        if old is not None and (new is None or new > old):
            return True
    return False


def _admits_more(before: tuple[Alternative, ...], after: tuple[Alternative, ...]) -> bool:
    return not all(
        any(
            one.to == other.to
            and set(one.types) <= set(other.types)
            and not _covers_less(one.commodities, other.commodities)
            for other in before
        )
        for one in after
    )


_USE = (Use.NO, Use.WHEN_NAMED, Use.REQUIRED)

_DOCUMENT = KindDirections(
    fields={
        "authority": NEUTRAL,
        "system": NEUTRAL,
        "adapter": _replaced("the authority that was asked is not asked any more"),
        "legal_basis": NEUTRAL,
        "quantity": _lower(
            (QuantityMode.NONE, QuantityMode.OWN, QuantityMode.ACCOUNT, QuantityMode.USAGE, QuantityMode.LEDGER),
            "quantities are compared less strictly",
        ),
        "procedures": _fewer_of_all("the document is judged under fewer procedures"),
        "reserves": _changed("quantities count under other procedures"),
        "verifies": _more("quantities do not count under further procedures"),
        "report": _switched_off("the authority is not told of releases any more"),
        "decided": _switched_off("the authority's decision does not have to fit the procedure any more"),
        "commodity": _lower(_USE, "the goods of the record are compared less strictly"),
        "holder": _lower(_USE, "the holder of the record is compared less strictly"),
        "party": _replaced("another party is the document's holder"),
        "destination": _lower(_USE, "the destination of the record is compared less strictly"),
        "dispatch": _lower(_USE, "the country of dispatch of the record is compared less strictly"),
        "level": _lower((Level.ANY, Level.ITEM), "the document may be cited for the whole shipment"),
        "waivers": _changed("other statements go with the document"),
        "form": _replaced("references are not compared with the authority's form any more, or with another one"),
        "example": NEUTRAL,
        "form_unasked": _switched_off("references that nobody is asked about are not compared with the form any more"),
    },
    removed=_always("the document is not known any more, and nobody is asked about it"),
)


def _needs_no_officer(before: DocumentClass, after: DocumentClass) -> bool:
    return before.needs_officer and not after.needs_officer


_NOT_REFUSED = "what was refused is only held: under other procedures, or for a decision that is a refusal"
"""What fits some procedures is refused under all others; what nobody knows is only held."""
_UNVERIFIED = "such a document is not verified by an officer any more"

_REQUIREMENT = KindDirections(
    fields={
        "commodities": LooseningDirection(_covers_less, "fewer goods come under the measure"),
        "excepted": LooseningDirection(_excepts_more, "further goods are left out of the measure"),
        "directions": _fewer("the measure holds in fewer directions"),
        "procedures": _fewer_of_all("the measure holds under fewer procedures"),
        "excepted_additional_procedures": _more("further additional procedures leave goods out of the measure"),
        "at_entry": _switched_on(
            "in transit only goods that depart where they entered the Union come under the measure"
        ),
        "origins": _fewer_of_all("the measure holds for fewer origins"),
        "excepted_origins": _more("further origins are left out of the measure"),
        "destinations": _fewer_of_all("the measure holds for fewer destinations"),
        "excepted_destinations": _more("further destinations are left out of the measure"),
        "declared_country": _switched_on("goods whose country is not declared do not come under the measure"),
        "described": _fewer_of_all("fewer words of the description bring goods under the measure"),
        "all_of": LooseningDirection(_asks_less, "less is asked for, or more is enough"),
        "banned": _switched_off("the goods are not told as banned any more"),
        "only_told": _switched_on("the measure is only told, and holds no goods"),
        "alternatives": LooseningDirection(_admits_more, "further documents are enough"),
        "limits": LooseningDirection(_limits_less, "a document or statement is enough for more goods"),
        "legal_basis": NEUTRAL,
    },
    removed=_always("the measure is given up"),
)

_BOUNDS = "figures are compared with other bounds"
_READS = "traders read the bounds of the check"

_CREDIBILITY: Mapping[str, KindDirections] = {
    "credibility_checks": KindDirections(
        fields={
            "measure_type": _changed("the check is judged as one of another measure type"),
            "commodities": LooseningDirection(_covers_less, "fewer goods come under the check"),
            "excepted": LooseningDirection(_excepts_more, "further goods are left out of the check"),
            "directions": _fewer("the check holds in fewer directions"),
            "origins": _fewer_of_all("the check holds for fewer origins"),
            "excepted_origins": _more("further origins are left out of the check"),
            "thresholds": _changed(_BOUNDS),
            "otherwise": _changed("another action follows where no bound is met"),
            "documents": _more("further documents are enough"),
            "taric_unit": _changed(_BOUNDS),
            "per": _changed(_BOUNDS),
            "currency": _changed(_BOUNDS),
            "description": _changed("whether the check is judged by an officer depends on the description"),
            "published": _switched_on(_READS),
            "legal_basis": NEUTRAL,
        },
        added=_row(lambda row: row.published, _READS),
        removed=_always("the check is given up"),
    ),
    "credibility_types": KindDirections(
        fields={
            "judged": _lower((Judged.BY_CONDITIONS, Judged.WHEN_DESCRIBED), "checks are judged that were an officer's")
        },
        added=_always("checks are judged that were an officer's"),
    ),
    "credibility_actions": KindDirections(
        fields={"outcome": _changed("the action has another outcome")},
        added=_row(
            lambda row: row.outcome in (CheckOutcome.ALLOWED, CheckOutcome.NOT_APPLICABLE, CheckOutcome.SUSPICIOUS),
            "an action that was not known holds no goods any more",
        ),
        removed=_row(lambda row: row.outcome is CheckOutcome.SUSPICIOUS, "traders learn of the check"),
    ),
    "equalities": KindDirections(
        fields={"counts": _changed(_BOUNDS)}, added=_always("a figure at the bound itself is judged")
    ),
    "deferred": KindDirections(added=_always("figures are not judged before the supplementary declaration")),
    "exchange_rates": KindDirections(fields={"per_euro": _changed("values of the currency count otherwise")}),
    "currencies": KindDirections(
        fields={"currency": _changed("values that state no currency count otherwise")},
        added=_always("values that state no currency are compared"),
    ),
}
"""An exchange rate that comes loosens nothing: whoever publishes a month's rates gives no reason for them (docs/decisions/0041)."""

_TAKEN = "an MRN that cannot be one is taken from traders"
_NOT_CHECKED = "the check character of the MRN is not looked at any more"
_IDENTIFIERS: Mapping[str, KindDirections] = {
    "own_mrns": KindDirections(
        fields={"traders": _lower((MrnAnswer.TOLD, MrnAnswer.REFUSED), _TAKEN), "legal_basis": NEUTRAL},
        removed=_always(_NOT_CHECKED),
    ),
    "previous_mrns": KindDirections(
        fields={
            "always": _switched_off("only what has the form of an MRN is taken for one"),
            "traders": _lower((MrnAnswer.TOLD, MrnAnswer.REFUSED), _TAKEN),
            "legal_basis": NEUTRAL,
        },
        removed=_always(_NOT_CHECKED),
    ),
    "union_customs": KindDirections(added=_always("EORI numbers and offices of further countries are taken")),
    "transit_customs": KindDirections(
        fields={"legal_basis": NEUTRAL},
        added=_always("offices, and in transit traders' numbers, of further countries are taken"),
    ),
    "party_numbers": KindDirections(
        fields={
            "data_element": NEUTRAL,
            "others": _lower(
                (NumberOrigin.ANY, NumberOrigin.COMMON_TRANSIT, NumberOrigin.NONE),
                "numbers of further countries are taken",
            ),
            "legal_basis": NEUTRAL,
        },
        removed=_always("the number of the party is not judged any more"),
    ),
    "figures": KindDirections(
        fields={
            "counts_in": NEUTRAL,
            "beside": _fewer("where the figure alone is missing, the measure says it, as of any document"),
            "within_net_mass": _switched_off("the figure is not compared with the goods' net mass any more"),
            "example": NEUTRAL,
            "legal_basis": NEUTRAL,
        },
        removed=_always("the figure is not read any more"),
    ),
    "account_kinds": KindDirections(
        fields={
            "kind": _changed("another account counts"),
            "figure": _changed("another figure is taken from the account, or shipments are counted"),
            "legal_basis": NEUTRAL,
        },
        removed=_always("the code draws on no account any more"),
    ),
}

DIRECTIONS: Mapping[str, KindDirections] = MappingProxyType(
    {
        **_IDENTIFIERS,
        **FORMALITIES,
        "routes": _DOCUMENT,
        "required": _REQUIREMENT,
        "classes": KindDirections(
            fields={
                "name": LooseningDirection(_needs_no_officer, _UNVERIFIED),
                "covered_by": _more("further documents show that the authority has checked it already"),
                "legal_basis": NEUTRAL,
            },
            added=_row(
                lambda row: not row.name.needs_officer or bool(row.covered_by),
                "a code that was not known does not hold any more, or not beside another document",
            ),
            removed=_row(lambda row: row.name.needs_officer, "the code has no class of its own any more"),
        ),
        "prefix_classes": KindDirections(
            fields={"name": LooseningDirection(_needs_no_officer, _UNVERIFIED), "legal_basis": NEUTRAL},
            added=_row(lambda row: not row.name.needs_officer, "codes that were not known do not hold any more"),
            removed=_row(lambda row: row.name.needs_officer, "such codes have no class of their own any more"),
        ),
        "code_elements": KindDirections(
            fields={"elements": _more("the code may stand in further data elements")},
            removed=_always("nothing says any more in which data elements the code may stand"),
        ),
        "undivided": KindDirections(
            fields={"elements": _more("the format does not tell further data elements apart")},
            added=_always("in this format a code in the wrong data element is no finding"),
        ),
        "listed_codes": KindDirections(fields={"element": NEUTRAL}),
        "statements": KindDirections(
            fields={
                "waives": _changed("the statement stands in for other documents"),
                "directions": _more("the statement stands in for documents in further directions"),
                "self_declared": _switched_on("the declarant's word is enough"),
                "origins": NEUTRAL,
            },
            added=_always("a further statement of the declarant's is known"),
            removed=_always("a document beside the statement does not contradict it any more"),
        ),
        "decisions": KindDirections(
            fields={
                "procedures": _more("the decision fits further procedures"),
                "transit": _switched_on("the decision fits transit"),
                "refused": _switched_off("the decision is no refusal any more"),
                "monitored": _switched_off("the goods are not monitored to their destination any more"),
                "derived": _switched_on(_NOT_REFUSED),
                "legal_basis": NEUTRAL,
                "note": NEUTRAL,
                "described": _fewer("fewer words of the description contradict the decision"),
                "unless": _more("further words of the description do not contradict the decision"),
                "extracts": _switched_off("the document serves itself, and not its extracts alone"),
            },
            added=_row(lambda row: bool(row.procedures or row.transit), "a decision that was not known fits"),
            removed=_always(_NOT_REFUSED),
        ),
        "authority_statuses": KindDirections(
            fields={
                "opens": _changed("whether the decision counts under this status is another"),
                "procedures": _more("the status fits further procedures"),
                "transit": _switched_on("the status fits transit"),
                "pending": _more("under further procedures a decision is awaited, instead of a refusal"),
                "derived": _switched_on(_NOT_REFUSED),
                "legal_basis": NEUTRAL,
            },
            added=_row(
                lambda row: bool(row.opens or row.procedures or row.transit), "a status that was not known is usable"
            ),
            removed=_always(_NOT_REFUSED),
        ),
        "accompanied": KindDirections(
            fields={
                "fact": _changed("other documents have to be accompanied"),
                "value": _changed("other documents have to be accompanied"),
                "by": _changed("other documents accompany them"),
                "legal_basis": NEUTRAL,
            },
            added=_always("what accompanies such a document is not compared with the goods"),
            removed=_always("nothing has to accompany such a document any more"),
        ),
        "validated": KindDirections(fields={"fact": NEUTRAL, "legal_basis": NEUTRAL}),
        "simplifications": KindDirections(
            fields={
                "types": _changed("another authorisation shows that the simplification is used"),
                "one_country": _switched_on("two offices of one country need no authorisation"),
                "datasets": _fewer("fewer datasets are those of an entry in the declarant's records"),
                "legal_basis": NEUTRAL,
            },
            removed=_always("the simplification is not recognised any more"),
        ),
        "processed": KindDirections(fields={"legal_basis": NEUTRAL}),
        "statuses": KindDirections(
            fields={"rule": _changed("the status gives another finding")},
            removed=_always("the status gives no finding of its own any more"),
        ),
        "causes": KindDirections(
            fields={
                "rule": _changed("the fault gives another finding"),
                "outage": _switched_on("a contingency window covers this fault"),
            },
            added=_row(lambda row: row.outage, "a contingency window covers this fault"),
        ),
        "refusals": KindDirections(
            fields={"rule": _changed("the refusal of a reservation gives another finding")},
            removed=_always("the refusal of a reservation gives no finding of its own any more"),
        ),
        "rules": KindDirections(
            fields={
                "effect": _lower(
                    (Effect.NONE, Effect.RELEASE, Effect.HOLD, Effect.REFUSE), "the finding has a weaker effect"
                ),
                "nature": _changed("the finding is of another kind, so that customs is advised otherwise"),
                "told": LooseningDirection(_tells_a_secret, "the declarant is told what was for customs alone"),
                "legal_basis": NEUTRAL,
            },
            removed=_row(lambda row: row.effect is Effect.REFUSE, "what was refused is only held"),
        ),
        "modes": KindDirections(
            fields={"mode": _lower((Mode.OFFICERS, Mode.SHADOW, Mode.ACTIVE), "the finding does not count")},
            added=_row(lambda row: row.mode is not Mode.ACTIVE, "the finding does not count"),
        ),
        "second_officers": KindDirections(removed=_always("one officer's word is enough")),
        "advice": KindDirections(
            fields={
                "advice": _lower(
                    (Advice.NONE, Advice.DOCUMENTS, Advice.CONTROL, Advice.REJECT, Advice.NO_RELEASE),
                    "customs is advised to do less",
                )
            }
        ),
        "tolerances": KindDirections(
            fields={"percent": _larger("more may be declared than is left")},
            added=_row(lambda row: row.percent > 0, "more may be declared than is left"),
            removed=_row(lambda row: bool(row.types), "the tolerance of all documents of the authority counts"),
        ),
        "units": KindDirections(
            fields={
                "unit": _changed("the declared unit is another one"),
                "factor": _smaller("a declared quantity counts for less"),
            },
            added=_always("what could not be compared is compared"),
        ),
        "conversions": KindDirections(
            fields={
                "base": _changed("quantities are converted otherwise"),
                "factor": _changed("quantities are converted otherwise"),
            },
            added=_always("what could not be converted is converted"),
        ),
        "supplementary": KindDirections(
            fields={
                "unit": _changed("the supplementary unit is another one"),
                "factor": _smaller("a declared quantity counts for less"),
            },
            added=_always("what could not be compared is compared"),
        ),
        "windows": KindDirections(
            fields={
                "modes": LooseningDirection(
                    lambda before, after: WindowMode.RELEASE in after and WindowMode.RELEASE not in before,
                    "a contingency window releases such documents without verification",
                ),
                "legal_basis": NEUTRAL,
            },
            added=_row(
                lambda row: WindowMode.RELEASE in row.modes,
                "a contingency window releases such documents without verification",
            ),
        ),
        "countries": KindDirections(
            added=_always("goods from and to further countries are not held as unknown any more"),
            removed=_always("a destination that is in no list is held, and not refused"),
        ),
        **_CREDIBILITY,
        "grounds": KindDirections(
            fields={
                "days": _longer("an application is taken for longer"),
                "years": _longer("an application is taken for longer"),
                # A set that says nothing comes from before this was said, when all was given back: nothing it has is loosened by saying it.
                "goods": LooseningDirection(
                    lambda before, after: before is GoodsAre.OUT and after is not GoodsAre.OUT,
                    "what was written off for goods that are out is given back without an officer",
                ),
                "legal_basis": NEUTRAL,
            },
            added=_always("applications are taken on further grounds"),
        ),
        "state_calendars": KindDirections(
            fields={
                "zone": _changed("time limits end at another moment"),
                "covered_from": _smaller("time limits end where nobody knew which days count"),
                "covered_to": _larger("time limits end where nobody knew which days count"),
                "counting": _changed("other days count in time limits"),
            },
            added=_always("time limits end where none did"),
        ),
        "public_holidays": KindDirections(removed=_always("time limits end a day earlier")),
        "acceptance_periods": KindDirections(
            fields={
                "days": _larger("acceptance may lie further back"),
                "stated_days": _larger("acceptance may lie further back"),
            },
            removed=_always("how far back acceptance may lie has no limit"),
        ),
        "old_codes": KindDirections(
            fields={"instead": NEUTRAL}, removed=_always("a code that was replaced is taken like any other")
        ),
        "foreign_forms": KindDirections(
            fields={"whose": NEUTRAL}, removed=_always("a foreign reference is not recognised as one any more")
        ),
        "marks": KindDirections(
            fields={
                "directions": _fewer("the mark of market surveillance counts in fewer directions"),
                "refused": _fewer("marked goods are only held under further procedures"),
            },
            removed=_always("a mark of market surveillance does not count any more"),
        ),
        "datasets": KindDirections(
            fields={"instead": NEUTRAL}, removed=_always("a dataset that cannot carry such a document is taken")
        ),
        "general_authorisations": KindDirections(
            fields={
                "destinations": LooseningDirection(_reaches_further, "the authorisation covers further destinations"),
                "excluded": _fewer("the authorisation covers further destinations"),
                "legal_basis": NEUTRAL,
            },
            removed=_always("the destinations of the authorisation are not compared any more"),
        ),
        "offices": KindDirections(
            fields={"entry": _switched_off("goods do not enter the Union at the office any more")},
            added=_row(lambda row: not row.entry, "an office that was not known is no place of entry"),
        ),
        "union_transit": KindDirections(
            fields={"legal_basis": NEUTRAL},
            added=_always("no authority is asked any more about what such declarations cite"),
        ),
        "judged_by_officer": KindDirections(
            fields={"legal_basis": NEUTRAL},
            added=_always("a missing document of such goods is for an officer, and not to be corrected"),
        ),
        "ask_again": KindDirections(
            fields={
                "first_minutes": _larger("the authority is asked again later"),
                "longest_minutes": _larger("the authority is asked again less often"),
                "for_days": _smaller("the authority is asked again for fewer days"),
            },
            removed=_always("the authority is not asked again as it was"),
        ),
        "before_release": KindDirections(
            fields={"minutes": _larger("goods are released on older answers")},
            added=_always("answers have an age of their own for goods to be released on them"),
        ),
    }
)
"""By the field of `Tables` that holds the rows."""

DECIDE_NOTHING = frozenset({"messages", "words", "names", "time_limits"})
"""Texts, and what is shown: no row of theirs makes a decision another one."""

LATER = frozenset(
    {
        "classes",
        "code_elements",
        "undivided",
        "listed_codes",
        "windows",
        "countries",
        "grounds",
        "acceptance_periods",
        "state_calendars",
        "public_holidays",
        "before_release",
        "offices",
        "credibility_types",
        "credibility_actions",
        "equalities",
        "deferred",
        "currencies",
        "union_customs",
        "transit_customs",
    }
)
"""Kinds that earlier sets have no row of at all, although what they say held: a set without any is not compared by them."""
