"""The differences between two loads of TARIC: what is taken out as a whole loosens, what TARIC itself ends does not."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple, TypeVar

from gateway.domain.tables.change import TableChange
from gateway.domain.tables.taric import (
    Applicability,
    CheckContent,
    MeasureContent,
    MeasuresByCode,
    Taric,
    TaricPart,
    prefix,
)

_TABLE = "TARIC"

C = TypeVar("C", bound=MeasureContent | CheckContent)


class ChapterChange(NamedTuple):
    """The measures on a chapter that one load has otherwise than another."""

    chapter: str
    new: tuple[str, ...]
    """Measures that come, each by its number, type and goods."""
    gone: tuple[str, ...]
    changed: tuple[str, ...]


def taric_loosened(before: Taric | None, after: Taric | None) -> Iterator[TableChange]:
    """Yield what another load takes out: all of TARIC, what it covers, or days that are known already.

    A measure that TARIC ends or changes is law and no loosening of an administration: `changed_chapters` lists it.
    """
    if before is None:
        return
    begins, place = before.coverage.as_of, "taric/manifest.json"
    if after is None:
        yield _change("no measure of TARIC is asked for any more", begins, place, _known(before), "")
        return
    if before.coverage.whole and not after.coverage.whole:
        yield _change("it does not state any more that all of TARIC is known", begins, place, "whole", "part")
    if after.coverage.as_of < before.coverage.as_of:
        yield _change("an older state of TARIC counts again", begins, place, _known(before), _known(after))


def changed_chapters(before: Taric | None, after: Taric | None) -> Iterator[ChapterChange]:
    """Yield the chapters whose parts differ, with their measures."""
    old, new = (before.parts if before else {}), (after.parts if after else {})
    for chapter in sorted(old.keys() | new.keys()):
        one, other = old.get(chapter), new.get(chapter)
        if one is None or other is None or one.digest != other.digest:
            was, now = _measures(one), _measures(other)
            yield ChapterChange(
                chapter,
                tuple(_named(number, now[number]) for number in sorted(now.keys() - was.keys())),
                tuple(_named(number, was[number]) for number in sorted(was.keys() - now.keys())),
                tuple(
                    _named(number, now[number])
                    for number in sorted(now.keys() & was.keys())
                    if now[number] != was[number]
                ),
            )


class _Measure(NamedTuple):
    """What is known of one measure on one line of goods: what it asks, or one of its checks."""

    goods: int
    title: str
    where: Applicability
    content: MeasureContent | CheckContent
    legal_basis: str


def _measures(part: TaricPart | None) -> dict[int, tuple[_Measure, ...]]:
    """Return the measures of a part by number; one on a line between stands on each of the lines below it."""
    found: dict[int, list[_Measure]] = defaultdict(list)
    if part is not None:
        _add(found, part.measures, lambda content: content.title)
        _add(found, part.checks, lambda content: "credibility check")
    return {number: tuple(on_goods) for number, on_goods in found.items()}


def _add(found: dict[int, list[_Measure]], measures: MeasuresByCode[C], title: Callable[[C], str]) -> None:
    for index, number in enumerate(measures.numbers):
        where = measures.applicabilities[measures.applying[index]]
        content = measures.contents[where.content]
        goods, basis = measures.goods[index], measures.basis(index)
        found[number].append(_Measure(goods, title(content), where._replace(content=0), content, basis))


def _named(number: int, measures: tuple[_Measure, ...]) -> str:
    _, title, where, content, _ = measures[-1]
    until = f" until {where.valid_to}" if where.valid_to else ""
    goods = ", ".join(dict.fromkeys(prefix(one.goods) for one in measures))
    return f"{number}: {title} ({content.type}) on {goods}, {where.area}, from {where.valid_from}{until}"


def _known(taric: Taric) -> str:
    return f"as of {taric.coverage.as_of}, {taric.coverage.measures} measures"


def _change(means: str, begins: date, place: str, before: str, after: str) -> TableChange:
    return TableChange(
        table=_TABLE,
        keys=("measures",),
        means=means,
        field="load",
        before=before,
        after=after,
        valid_from=begins,
        place=place,
    )
