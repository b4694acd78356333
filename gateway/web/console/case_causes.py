"""The causes for which a case is held: obstacles that are alike as one, and what only follows from another below it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.web.console.case_view import CaseReading, Key, capitalized

_FOLLOWS = "SW-DEC-112"
"""A quantity is not reserved: it is no cause of its own where all goods items of its document are refused for something else."""
BY_HAND = "SW-DEC-132"
"""An officer verifies a document under a contingency window, which says already that its authority could not tell."""
_MOST = 60
"""The obstacles of one cause that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStopper:
    """One obstacle to release, or several that are alike."""

    kind: str
    message: str
    where: str
    turn: str
    remedy: str
    again: str
    """The time at which its authority is asked again by itself; empty: that is not known."""
    why: str
    """The place on the page that says why."""
    has_quantity: bool
    document: Key | None = None
    nature: str = ""
    """What an officer does about it; empty: it is not an officer's turn."""
    waits: str = ""
    """Why the declarant cannot move yet, `amended` or `examined`; empty: nothing of customs comes first."""
    code: str = ""
    title: str = ""
    authority: str = ""
    items: frozenset[int] = frozenset()
    """The goods items that it is about; empty: the whole declaration."""
    alike: Sequence["CaseStopper"] = ()
    """The obstacles that it stands for; empty: it is one alone."""
    follows: Sequence["CaseStopper"] = ()
    """The obstacles that go away with it."""
    left_out: int = 0
    """The obstacles that are alike, or follow, and are not named."""


def causes(reading: CaseReading, stoppers: Sequence[CaseStopper]) -> Sequence[CaseStopper]:
    """Return the causes of obstacles, in the order of the first of each."""
    stoppers = _without_doubles(stoppers)
    consequences = following(stoppers)
    grouped: dict[tuple[object, ...], list[CaseStopper]] = {}
    for one in stoppers:
        if one not in consequences:
            grouped.setdefault(_cause(one), []).append(one)
    below: dict[tuple[object, ...], list[CaseStopper]] = {}
    for consequence, cause in consequences.items():
        below.setdefault(_cause(cause), []).append(consequence)
    return [_as_one(reading, alike, below.get(cause, ())) for cause, alike in grouped.items()]


def _without_doubles(stoppers: Sequence[CaseStopper]) -> Sequence[CaseStopper]:
    """Return obstacles without those that one of an officer's tells of as well, which takes the time of the next question."""
    by_hand = {one.document for one in stoppers if one.code == BY_HAND}
    again = {one.document: one.again for one in stoppers if one.turn == "nobody" and one.document in by_hand}
    return [
        replace(one, again=again.get(one.document, "")) if one.code == BY_HAND else one
        for one in stoppers
        if one.turn != "nobody" or one.document not in by_hand
    ]


def _cause(one: CaseStopper) -> tuple[object, ...]:
    """Return what obstacles of one cause have in common: what a declarant corrects on a document may differ by the amount alone."""
    remedy = "" if one.document is not None and one.turn == "declarant" else one.remedy
    return one.code or one.message, one.kind, one.turn, one.nature, one.waits, one.authority, remedy


def following(stoppers: Sequence[CaseStopper]) -> Mapping[CaseStopper, CaseStopper]:
    """Return the obstacles that only follow, each with the first refusal that it follows from."""
    refusals = [one for one in stoppers if one.kind == "refuse"]
    of_all = next((one for one in refusals if not one.items), None)
    by_item: dict[int, CaseStopper] = {}
    for one in refusals:
        for item in one.items:
            by_item.setdefault(item, one)
    found = {}
    for one in stoppers:
        from_items = [by_item.get(item, of_all) for item in sorted(one.items)]
        if one.code == _FOLLOWS and from_items and None not in from_items:
            found[one] = next(cause for cause in from_items if cause is not None)
    return found


def _as_one(reading: CaseReading, alike: Sequence[CaseStopper], follows: Sequence[CaseStopper]) -> CaseStopper:
    first, many = alike[0], len(alike)
    below = follows if reading.opened == "documents" else follows[:_MOST]
    if many == 1:
        return replace(first, follows=below, left_out=len(follows) - len(below))
    named = alike if reading.opened == "documents" else alike[:_MOST]
    texts = {_without_name(one) for one in alike}
    is_of_documents = all(one.document is not None for one in alike)
    counted = reading.text("case.cause_documents" if is_of_documents else "case.cause_things", count=many)
    items = frozenset[int]().union(*(one.items for one in alike)) if all(one.items for one in alike) else frozenset()
    return replace(
        first,
        message=reading.text("frame.pair", head=counted, rest=capitalized(first.title or first.message)),
        where=capitalized(reading.items(items)),
        remedy=first.remedy if len({one.remedy for one in alike}) == 1 else "",
        has_quantity=any(one.has_quantity for one in alike),
        again=max(one.again for one in alike),
        items=items,
        # Where they say the same of each document its name is enough.
        alike=[replace(one, message="") for one in named] if is_of_documents and len(texts) == 1 else named,
        follows=below,
        left_out=many - len(named) + len(follows) - len(below),
    )


def _without_name(one: CaseStopper) -> str:
    return one.message if one.document is None else one.message.replace(one.document[1], "")
