"""What a set of tables asks otherwise of goods, in sentences: which newly need which documents, need others, or need them no more."""

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import groupby

from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Codes
from gateway.settings.tables.document_changes import DocumentChange, changed_documents
from gateway.settings.tables.goods_changes import (
    AT_ENTRY,
    ChangeWay,
    DemandChange,
    GoodsChange,
    GoodsPart,
    Selection,
    changed_goods,
)
from gateway.settings.tables.goods_demands import Demand

_NAMED = 12
"""Prefixes that are named one by one: more of them are counted by heading."""
_PROCEDURES = 6
"""Procedures that are named one by one."""
_HEADING = 4
_WORDS = 3
"""Words of a description that are named."""
_MOVEMENTS = {
    "import": "imports",
    "export": "exports",
    "transit": "transit",
    AT_ENTRY: "transit from the place of entry",
}


def loosened_goods(before: Tables, after: Tables, day: date) -> tuple[str, ...]:
    """Return in sentences of which goods a set asks less, or something else, than another one from a day on."""
    goods = (
        GoodsChange(chapters=one.chapters, measure=one.measure, parts=parts)
        for one in changed_goods(before, after, day)
        if (parts := tuple(part for part in one.parts if part.change.way is not ChangeWay.TIGHTENS))
    )
    documents = (one for one in changed_documents(before, after, day) if one.way is not ChangeWay.TIGHTENS)
    return (*map(goods_sentence, goods), *map(document_sentence, documents))


def goods_sentence(change: GoodsChange) -> str:
    """Say in a line what a measure asks otherwise of goods of a chapter."""
    parts = "; ".join(f"{way}: {'; '.join(map(part_sentence, of))}" for way, of in _by_way(change.parts))
    return f"{_chapters(change.chapters)}, {change.measure}: {parts}"


def document_sentence(change: DocumentChange) -> str:
    """Say what is asked otherwise about documents."""
    documents = "; ".join(change.documents)
    return (
        f"{documents} (goods of {_chapters(change.chapters)}): {change.way}: {change.what}, from {change.valid_from}"
        + (f" to {change.valid_to}" if change.valid_to is not None else "")
    )


def part_sentence(part: GoodsPart) -> str:
    """Say what some goods need otherwise."""
    change = part.change
    where = [f"{' and '.join(_MOVEMENTS[one] for one in change.movements)} of {_goods(part)}"]
    where += _selected("of origin", "of any origin", change.origins)
    where += _selected("to", "to anywhere", change.destinations)
    where += _selected("under", "under any procedure", change.procedures, at_most=_PROCEDURES)
    return f"{' '.join(where)} {_asked(change)}{_days(change.valid_from, change.valid_to)}"


def _by_way(parts: Sequence[GoodsPart]) -> Iterable[tuple[ChangeWay, list[GoodsPart]]]:
    return [(way, list(of)) for way, of in groupby(parts, key=lambda part: part.change.way)]


def _asked(change: DemandChange) -> str:
    if not change.after:
        return _demands(change.before, "no longer ")
    before = f" (before: {_demands(change.before)})" if change.before else ""
    return _demands(change.after, "now ") + before


def _demands(demands: Iterable[Demand], when: str = "") -> str:
    return " and ".join(_verb(one, when) for one in demands)


def _verb(demand: Demand, when: str) -> str:
    limits = dict(demand.limits)
    documents = " or ".join(
        f"{kind} (up to {limits[kind]:f} kg)" if kind in limits else kind for kind in demand.documents
    )
    if demand.banned:
        verb = "told as banned" if demand.only_told else "banned"
        verb = f"are {when}{verb}{' without ' if documents else ''}{documents}"
    elif demand.only_told:
        verb = f"are {when}told that they may need {documents}"
    else:
        verb = f"{when}need {documents}"
    return verb + "".join(_limited(demand))


def _limited(demand: Demand) -> Iterable[str]:
    if demand.described:
        more = f" and {len(demand.described) - _WORDS} words more" if len(demand.described) > _WORDS else ""
        yield f" where described as {', '.join(demand.described[:_WORDS])}{more}"
    if demand.at_entry:
        yield " where they depart from the place at which they entered the Union"
    if demand.declared_country:
        yield " where their country is declared"
    if demand.excepted_additional_procedures:
        yield f" (additional procedures {', '.join(demand.excepted_additional_procedures)} apart)"


def _selected(title: str, all_but: str, some: Selection, at_most: int | None = None) -> list[str]:
    named = ", ".join(some.named)
    if at_most is not None and len(some.named) > at_most:
        named = f"{len(some.named)} procedures, {some.named[0]} to {some.named[-1]}"
    if some.all_but:
        return [f"{all_but} but {named}"] if named else []
    return [f"{title} {named}"]


def _goods(part: GoodsPart) -> str:
    named = "all goods" if part.whole else _folded(part.prefixes)
    named += f" but {_folded(part.but)}" if part.but else ""
    return f"{named} and of {_folded(part.prefixes)}" if part.whole and part.prefixes else named


def _folded(prefixes: Codes) -> str:
    if len(prefixes) <= _NAMED:
        return ", ".join(prefixes)
    headings = sorted({one[:_HEADING] for one in prefixes})
    of = (
        ", ".join(headings) if len(headings) <= _NAMED else f"{len(headings)} headings, {headings[0]} to {headings[-1]}"
    )
    return f"{len(prefixes)} codes of {of}"


def _chapters(chapters: Codes) -> str:
    runs: list[list[str]] = []
    for one in chapters:
        if runs and int(runs[-1][-1]) + 1 == int(one):
            runs[-1].append(one)
        else:
            runs.append([one])
    named = ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)
    return f"chapter{'s' if len(chapters) > 1 else ''} {named}"


def _days(begins: date | None, ends: date | None) -> str:
    return (f" from {begins}" if begins else "") + (f" to {ends}" if ends else "")
