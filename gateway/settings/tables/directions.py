"""The directions of loosening: for each field of each kind of row what counts as laxer, and what follows from it.

A field is `NEUTRAL` if it decides nothing: names, sources, legal bases. Every field of every kind has to be here: a test finds
one that was forgotten.
"""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType

from gateway.domain.decision import Disclosure
from gateway.domain.laxer import KindDirections
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
_IDENTIFIERS: Mapping[str, KindDirections] = {}

DIRECTIONS: Mapping[str, KindDirections] = MappingProxyType(
    {**_IDENTIFIERS, **FORMALITIES, **_CREDIBILITY}
    | {into: kind.directions for into, kind in KINDS.items() if kind.files and not kind.decides_nothing}
)
"""By the field of `Tables` that holds the rows."""

DECIDE_NOTHING = frozenset() | {into for into, kind in KINDS.items() if kind.decides_nothing}
"""Texts, and what is shown: no row of theirs makes a decision another one."""

LATER = frozenset({}) | {into for into, kind in KINDS.items() if kind.later}
"""Kinds that earlier sets have no row of at all, although what they say held: a set without any is not compared by them."""
