"""The directions of loosening: for each field of each kind of row what counts as laxer, and what follows from it.

A field is `NEUTRAL` if it decides nothing: names, sources, legal bases. Every field of every kind has to be here: a test finds
one that was forgotten.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from gateway.domain.contingency import WindowMode
from gateway.domain.decision import Advice, Disclosure, Effect, Mode
from gateway.domain.laxer import NEUTRAL, KindDirections, LooseningDirection
from gateway.domain.laxer import always as _always
from gateway.domain.laxer import changed as _changed
from gateway.domain.laxer import fewer as _fewer
from gateway.domain.laxer import larger as _larger
from gateway.domain.laxer import longer as _longer
from gateway.domain.laxer import lower as _lower
from gateway.domain.laxer import more as _more
from gateway.domain.laxer import row as _row
from gateway.domain.laxer import smaller as _smaller
from gateway.domain.laxer import switched_off as _switched_off
from gateway.domain.laxer import switched_on as _switched_on
from gateway.domain.tables.applications import GoodsAre
from gateway.domain.tables.identifiers import MrnAnswer, NumberOrigin
from gateway.domain.tables.required import Alternative, TypeLimit
from gateway.domain.tables.rows import Codes, Use
from gateway.domain.verification import DocumentClass
from gateway.settings.tables.formality_directions import FORMALITIES
from gateway.settings.tables.kinds import KINDS


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


def _needs_no_officer(before: DocumentClass, after: DocumentClass) -> bool:
    return before.needs_officer and not after.needs_officer


_NOT_REFUSED = "what was refused is only held: under other procedures, or for a decision that is a refusal"
"""What fits some procedures is refused under all others; what nobody knows is only held."""
_UNVERIFIED = "such a document is not verified by an officer any more"


_BOUNDS = "figures are compared with other bounds"
_READS = "traders read the bounds of the check"

_CREDIBILITY: Mapping[str, KindDirections] = {}
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
}

DIRECTIONS: Mapping[str, KindDirections] = MappingProxyType(
    {
        **_IDENTIFIERS,
        **FORMALITIES,
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
        "offices": KindDirections(
            fields={"entry": _switched_off("goods do not enter the Union at the office any more")},
            added=_row(lambda row: not row.entry, "an office that was not known is no place of entry"),
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
    | {into: kind.directions for into, kind in KINDS.items() if kind.files and not kind.decides_nothing}
)
"""By the field of `Tables` that holds the rows."""

DECIDE_NOTHING = frozenset({"messages", "words", "names", "time_limits"}) | {
    into for into, kind in KINDS.items() if kind.decides_nothing
}
"""Texts, and what is shown: no row of theirs makes a decision another one."""

LATER = frozenset(
    {
        "windows",
        "countries",
        "grounds",
        "acceptance_periods",
        "state_calendars",
        "public_holidays",
        "before_release",
        "offices",
        "union_customs",
        "transit_customs",
    }
) | {into for into, kind in KINDS.items() if kind.later}
"""Kinds that earlier sets have no row of at all, although what they say held: a set without any is not compared by them."""
