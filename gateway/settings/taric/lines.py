"""Measures and their conditions, as they are extracted."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from gateway.domain.tables.taric import prefix
from gateway.settings.taric.extraction import OTHER_GOODS, Extraction
from gateway.settings.taric.report import Place

_COLUMNS = "m.sid, m.type, m.area, m.goods, m.goods_sid, m.additional_code, m.regulation, m.begins, m.ends, m.place, m.directions, m.role"
_QUERY = f"""
SELECT {_COLUMNS},
       c.code, c.certificate, c.action, c.amount, c.unit, c.qualifier, c.currency, c.place
FROM measure m LEFT JOIN condition c ON c.measure = m.sid
ORDER BY m.sid, c.code, CAST(c.number AS INTEGER), c.sid
"""
_OTHERS = f"SELECT {_COLUMNS} FROM {OTHER_GOODS} m WHERE m.sid = ? ORDER BY m.goods, m.goods_sid"


class ConditionLine(NamedTuple):
    """A condition of a measure, as it is extracted."""

    code: str
    certificate: str | None
    action: str | None
    amount: str | None
    unit: str | None
    qualifier: str | None
    currency: str | None
    place: Place

    @property
    def measured_in(self) -> str:
        """The unit with its qualifier (`KGM`, `DTNE`); empty: it has none."""
        return (self.unit or "") + (self.qualifier or "")


class MeasureLine(NamedTuple):
    """A measure, as it is extracted."""

    sid: int
    type: str
    area: str
    goods: str | None
    goods_sid: int | None
    additional_code: str | None
    regulation: str | None
    begins: str
    ends: str | None
    place: Place
    directions: str | None
    """Those in which a format lists it; None: those of its type."""
    role: str | None
    """The role of its regulation."""


_OF_MEASURE = len(MeasureLine._fields)


def measure_lines(extraction: Extraction) -> Iterator[tuple[MeasureLine, tuple[ConditionLine, ...]]]:
    """Yield each measure with its conditions, in the order of their codes and numbers: once for each of the goods that it is on."""
    on_others = {sid for (sid,) in extraction.rows(f"SELECT DISTINCT sid FROM {OTHER_GOODS}")}
    for _, rows in groupby(extraction.rows(_QUERY), key=lambda row: row[0]):
        lines = list(rows)
        conditions = (row[_OF_MEASURE:] for row in lines if row[_OF_MEASURE] is not None)
        found = tuple(ConditionLine(*one) for one in conditions)
        measure = MeasureLine(*lines[0][:_OF_MEASURE])
        if measure.sid not in on_others:
            yield measure, found
            continue
        others = (MeasureLine(*row) for row in extraction.rows(_OTHERS, measure.sid))
        for one in _uppermost((measure, *others)):
            yield one, found


def _uppermost(lines: Sequence[MeasureLine]) -> Iterator[MeasureLine]:
    """Yield a measure's lines, without those that say of finer goods what another says of all."""
    for line in lines:
        if not any(_says_all(other, line) for other in lines if other is not line):
            yield line


def _says_all(other: MeasureLine, line: MeasureLine) -> bool:
    if other.goods is None or line.goods is None or other.goods_sid is not None:
        return False
    return line.goods.startswith(prefix(int(other.goods))) and line == other._replace(
        goods=line.goods, place=line.place
    )
