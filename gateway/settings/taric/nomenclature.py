"""The goods of measures on lines of the nomenclature: by their digits on lines that are declared, by indents on the lines between.

A line has a code and a suffix. One with suffix 80 stands for all goods whose codes begin as it does. Any other is a title between
(0101210000 with 10, "Horses"), which shares its code with the first line below it: its goods are those of the lines that follow it
with a deeper indent (010121 and 010129), as they are on each day.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise, takewhile
from typing import NamedTuple

from msgspec.structs import replace

from gateway.domain.tables.taric import DIGITS, CheckContent, MeasureContent, prefix
from gateway.settings.taric.extraction import OTHER_GOODS, Extraction
from gateway.settings.taric.interpretation import Interpreted
from gateway.settings.taric.report import Report

DECLARED = "80"
"""The suffix of lines that can be declared, or that stand above such with the same digits."""
_CHAPTER, _HEADING = 2, 4
"""Digits."""
_DAY = timedelta(days=1)
_LINES = "SELECT sid, item, suffix, begins, ends FROM goods WHERE item BETWEEN ? AND ? ORDER BY item, suffix, sid"
_INDENTS = """
SELECT i.goods_sid, i.begins, CAST(i.indents AS INTEGER) FROM goods g JOIN indent i ON i.goods_sid = g.sid
WHERE g.item BETWEEN ? AND ? ORDER BY i.goods_sid, i.begins
"""


class _Line(NamedTuple):
    sid: int
    item: str
    suffix: str
    begins: date
    ends: date


class _Heading(NamedTuple):
    """The lines of a heading in their order, with the indents that each has had."""

    lines: tuple[_Line, ...]
    indents: Mapping[int, Sequence[tuple[date, int]]]

    def indent(self, line: _Line, day: date) -> int | None:
        """Return the indent of a line on a day; None: it is not known."""
        found = [number for begins, number in self.indents.get(line.sid, ()) if begins <= day]
        return found[-1] if found else None

    def days(self, first: date, last: date) -> list[date]:
        """Return the days from `first` to `last` on which something of it is otherwise than the day before, `first` among them."""
        changes = {one.begins for one in self.lines} | {one.ends + _DAY for one in self.lines if one.ends < date.max}
        changes |= {begins for of_line in self.indents.values() for begins, _ in of_line}
        return sorted({first} | {day for day in changes if first < day <= last})


class NomenclatureLines:
    """The lines that an extraction lists, as far as measures are on them."""

    def __init__(self, extraction: Extraction, report: Report) -> None:
        """Find the lines of measures that are none to declare."""
        self.unknown: set[str] = set()
        """Chapters with measures on lines that are in no file: whether they are read right, nobody can say."""
        self._extraction = extraction
        self._report = report
        named = " UNION ".join(
            f"SELECT goods_sid FROM {table} WHERE goods_sid IS NOT NULL" for table in ("measure", OTHER_GOODS)
        )
        self._between: dict[int | None, tuple[str, str]] = {
            sid: (item, suffix)
            for sid, item, suffix in extraction.rows(f"SELECT sid, item, suffix FROM goods WHERE sid IN ({named})")
            if suffix != DECLARED
        }
        self._missing = {sid for (sid,) in extraction.rows(f"{named} EXCEPT SELECT sid FROM goods")}
        self._headings: dict[str, _Heading] = {}

    def on_goods(self, found: Interpreted) -> Iterator[Interpreted]:
        """Yield a measure as it is on goods: once, or for each of the lines below a line between.

        Where nobody can tell which these are, an officer decides about all goods of the heading, or of the chapter where the line stands
        between headings.
        """
        sid = found.line.goods_sid
        if sid in self._missing:
            self.unknown.add(str(found.line.goods)[:_CHAPTER])
            self._report.note("on a line of the nomenclature that is in no file: read by its digits", found.line.place)
        if sid not in self._between:
            yield found
            return
        item, suffix = self._between[sid]
        for begins, ends, below in self._below(sid, found.valid_from, found.valid_to or date.max):
            last = None if ends == date.max else ends
            if below:
                for goods in below:
                    yield found._replace(line=found.line._replace(goods=goods), valid_from=begins, valid_to=last)
                continue
            what = f"the goods below line {item} ({suffix}) of the nomenclature are not known"
            self._report.note(what, found.line.place, by_officer=True)
            content = _by_officer(found.content)
            line = found.line._replace(goods=self._widest(sid, begins).ljust(DIGITS, "0"))
            yield found._replace(line=line, content=content, valid_from=begins, valid_to=last)

    def _below(self, sid: int | None, first: date, last: date) -> list[tuple[date, date, tuple[str, ...]]]:
        """Return the lines below one, for each of the spans in which they are the same; without any: nobody knows."""
        heading = self._heading(self._between[sid][0][:_HEADING])
        days = [*heading.days(first, last), last]
        spans: list[tuple[date, date, tuple[str, ...]]] = []
        for begins, following in pairwise(days):
            ends = last if following == last else following - _DAY
            below = _below_on(heading, sid, begins)
            if spans and spans[-1][2] == below:
                spans[-1] = (spans[-1][0], ends, below)
            else:
                spans.append((begins, ends, below))
        return spans

    def _widest(self, sid: int | None, day: date) -> str:
        """Return the digits of all goods that can stand below a line: its heading, or its chapter where it has no indent."""
        item, _ = self._between[sid]
        heading = self._heading(item[:_HEADING])
        line = next(one for one in heading.lines if one.sid == sid)
        return item[:_HEADING] if heading.indent(line, day) else item[:_CHAPTER]

    def _heading(self, digits: str) -> _Heading:
        if digits not in self._headings:
            codes = (digits.ljust(DIGITS, "0"), digits.ljust(DIGITS, "9"))
            indents: dict[int, list[tuple[date, int]]] = defaultdict(list)
            for goods, begins, number in self._extraction.rows(_INDENTS, *codes):
                indents[goods].append((date.fromisoformat(begins), number))
            lines = tuple(
                _Line(sid, item, suffix, date.fromisoformat(begins), date.fromisoformat(ends) if ends else date.max)
                for sid, item, suffix, begins, ends in self._extraction.rows(_LINES, *codes)
            )
            self._headings[digits] = _Heading(lines, indents)
        return self._headings[digits]


def _by_officer(content: MeasureContent | CheckContent) -> MeasureContent | CheckContent:
    if isinstance(content, CheckContent):
        return replace(content, condition=None)
    return replace(content, by_officer=(*content.by_officer, "goods"))


def _below_on(heading: _Heading, sid: int | None, day: date) -> tuple[str, ...]:
    """Return the codes of the uppermost lines below one that can be declared, on a day; empty: they are not known.

    A line without indent stands beside a heading: what is below it, is told by no indent.
    """
    lines = [(one, heading.indent(one, day)) for one in heading.lines if one.begins <= day <= one.ends]
    at = next((index for index, (one, _) in enumerate(lines) if one.sid == sid), None)
    own = lines[at][1] if at is not None else None
    if at is None or not own or any(indent is None for _, indent in lines[at + 1 :]):
        return ()
    below = [one for one, _ in takewhile(lambda line: (line[1] or 0) > own, lines[at + 1 :])]
    found: list[str] = []
    for code in (one.item for one in below if one.suffix == DECLARED):
        if not any(code.startswith(prefix(int(other))) for other in found):
            found.append(code)
    return tuple(found)
