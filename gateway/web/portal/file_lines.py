"""The lines of a file with the remarks on them: two around each such line, the rest folded."""

import codecs
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

AROUND = 2
"""The lines shown on either side of one with a remark."""
_FOLDED_FROM = 4
"""Fewer lines are shown as they are: to fold them would save nothing."""
_WIDEST = 1_000
"""Characters of a line that are shown."""
_MOST_LINES = 1_000
"""Lines of a file that are shown, folded ones too; of those beyond only their numbers are."""
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """Something that is said of a file, or of one of its lines."""

    line: int | None
    message: str
    small: str
    is_fault: bool = True
    """Whether the file cannot be taken because of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLine:
    """One line."""

    number: int
    text: str
    remarks: Sequence[Remark] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Consecutive lines; folded where nothing is said of them."""

    first: int
    last: int
    is_folded: bool
    lines: Sequence[ShownLine]
    """Empty: they are only numbered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLines:
    """A whole file."""

    count: int
    stretches: Sequence[Stretch]


def file_lines(content: bytes, remarks: Iterable[Remark]) -> FileLines:
    """Arrange a file's lines around the remarks on them."""
    lines = _lines(content)
    by_line: dict[int, list[Remark]] = {}
    for remark in remarks:
        if remark.line is not None:
            by_line.setdefault(min(max(1, remark.line), len(lines)), []).append(remark)
    return FileLines(count=len(lines), stretches=_stretches(lines, by_line))


def _stretches(lines: Sequence[str], by_line: Mapping[int, Sequence[Remark]]) -> Sequence[Stretch]:
    found: list[Stretch] = []
    left, following = _MOST_LINES, 1
    for first, last in _spans(sorted(by_line), len(lines)):
        if following < first:
            found.append(_stretch(lines, following, first - 1, by_line, folded=True, whole=first - following <= left))
            left -= first - following if found[-1].lines else 0
        found.append(_stretch(lines, first, last, by_line, folded=False, whole=True))
        following = last + 1
    if following <= len(lines):
        behind = len(lines) - following + 1
        found.append(_stretch(lines, following, len(lines), by_line, folded=True, whole=behind <= left))
    return found


def _spans(said: Sequence[int], count: int) -> Sequence[tuple[int, int]]:
    """Return the lines that are shown open, with those around them and short gaps between."""
    spans: list[tuple[int, int]] = []
    for number in said:
        first, last = max(1, number - AROUND), min(count, number + AROUND)
        if spans and first - spans[-1][1] <= _FOLDED_FROM:
            spans[-1] = (spans[-1][0], last)
        else:
            spans.append((first if first > _FOLDED_FROM else 1, last))
    if spans and count - spans[-1][1] < _FOLDED_FROM:
        spans[-1] = (spans[-1][0], count)
    return spans


def _stretch(
    lines: Sequence[str], first: int, last: int, by_line: Mapping[int, Sequence[Remark]], *, folded: bool, whole: bool
) -> Stretch:
    shown = [
        ShownLine(number=number, text=_cut(lines[number - 1]), remarks=by_line.get(number, ()))
        for number in (range(first, last + 1) if whole else ())
    ]
    return Stretch(first=first, last=last, is_folded=folded, lines=shown)


def _cut(line: str) -> str:
    line = line.expandtabs(2)
    return line if len(line) <= _WIDEST else f"{line[:_WIDEST]} …"


def _lines(content: bytes) -> Sequence[str]:
    encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
    text = content.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = text.split("\n")
    return lines[:-1] if len(lines) > 1 and not lines[-1] else lines
