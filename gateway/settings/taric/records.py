"""Records of TARIC as they are read, whatever the format of the file: one kind for each record of the TARIC3 schema that is kept."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple


class Update(IntEnum):
    """What a record does (`update.type` of TARIC3)."""

    PUT = 0
    """Inserts it, or puts it in the place of the one that is there: of formats that have no updates."""
    UPDATE = 1
    DELETE = 2
    INSERT = 3


class TaricRecord(NamedTuple):
    """One record of a file."""

    kind: str
    """Its element in the TARIC3 schema: `measure.condition`."""
    update: Update
    values: Mapping[str, str]
    """By element; what is absent is empty."""
    number: int
    """The line, or the count of the record in its file, from 1."""


Check = Callable[[str], str | None]
"""Returns what is wrong with a value that is not empty; None: nothing."""


def _matches(pattern: str, what: str) -> Check:
    compiled = re.compile(pattern, re.ASCII)
    return lambda text: None if compiled.fullmatch(text) else f"{text[:40]!r} is no {what}"


def _day(text: str) -> str | None:
    # Days are compared as texts, so none of the other forms of ISO 8601 is one.
    try:
        read = date.fromisoformat(text).isoformat()
    except ValueError:
        read = ""
    return None if read == text else f"{text[:40]!r} is no day, such as 2026-01-31"


_NUMBER = _matches(r"-?[0-9]{1,18}", "number")
_AREA = _matches(r"[A-Z0-9]{2}|[A-Z0-9]{4}", "geographical area")
_GOODS = _matches(r"[0-9]{10}", "goods code of ten digits")
_AMOUNT = _matches(r"-?[0-9]{1,10}(\.[0-9]{1,3})?", "amount with at most three decimals")
_UNIT = _matches(r"[A-Z0-9]{2,3}", "measurement unit")
# A tariff service has types of its own with three letters.
_TYPE = _matches(r"[0-9]{3}|[0-9]{6}|[A-Z]{3}", "measure type")
_TEXT = _matches(r"(?s).{1,20000}", "text")
_ADDITIONAL = _matches(r"[A-Z0-9]{4}", "additional code (an4)")
_CERTIFICATE = _matches(r"[A-Z0-9]{4}", "document code (an4), such as C640")
_CODE = _matches(r"[A-Z0-9]{1,9}", "code")
_DIRECTIONS = _matches(r"import|export|import export", "direction")
DIRECTIONS = "directions"
"""The directions in which a measure is listed, where a format says them of the measure: no element of TARIC3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordKind:
    """A kind of record that is kept."""

    table: str
    key: tuple[str, ...]
    """Columns that identify a record of this kind."""
    columns: Mapping[str, tuple[str, ...]]
    """For each column the elements whose texts make it up."""
    checks: Mapping[str, Check]
    needed: tuple[str, ...]
    """Columns that no record leaves empty."""
    strict: bool = True
    """Whether it is a fault to insert one that is there, or to change one that is not."""
    alone: tuple[str, str] | None = None
    """An element that has a text, and one that has none, of the records of the kind that are kept; None: all are."""

    def keeps(self, values: Mapping[str, str]) -> bool:
        """Whether a record is one of those that are kept."""
        return self.alone is None or bool(values.get(self.alone[0]) and not values.get(self.alone[1]))


def _kind(
    table: str,
    key: str,
    *,
    strict: bool = True,
    needed: str = "",
    alone: tuple[str, str] | None = None,
    **columns: tuple[str, Check],
) -> RecordKind:
    return RecordKind(
        table=table,
        key=tuple(key.split()),
        columns={name: tuple(elements.split()) for name, (elements, _) in columns.items()},
        checks={name: check for name, (_, check) in columns.items()},
        needed=(*key.split(), *needed.split()),
        strict=strict,
        alone=alone,
    )


_BEGINS = ("validity.start.date", _day)
_ENDS = ("validity.end.date", _day)


def _regulation(kind: str) -> RecordKind:
    """Return the kind of record of regulations; not strict, since whoever has measures alone can follow them all the same."""
    return _kind(
        "regulation",
        "role id",
        strict=False,
        role=(f"{kind}.regulation.role", _CODE),
        id=(f"{kind}.regulation.id", _TEXT),
        ends=_ENDS,
        effective=("effective.end.date", _day),
        abrogating=("explicit.abrogation.regulation.role explicit.abrogation.regulation.id", _TEXT),
    )


KINDS: Mapping[str, RecordKind] = MappingProxyType(
    {
        "measure.type": _kind(
            "measure_type",
            "id",
            id=("measure.type.id", _TYPE),
            series=("measure.type.series.id", _CODE),
            movement=("trade.movement.code", _CODE),
            begins=_BEGINS,
            ends=_ENDS,
        ),
        "measure.type.description": _kind(
            "type_title", "id", strict=False, id=("measure.type.id", _TYPE), title=("description", _TEXT)
        ),
        "geographical.area": _kind(
            "area",
            "sid",
            needed="id begins",
            sid=("geographical.area.sid", _NUMBER),
            id=("geographical.area.id", _AREA),
            begins=_BEGINS,
            ends=_ENDS,
        ),
        "geographical.area.membership": _kind(
            "membership",
            "member area begins",
            member=("geographical.area.sid", _NUMBER),
            area=("geographical.area.group.sid", _NUMBER),
            begins=_BEGINS,
            ends=_ENDS,
        ),
        "certificate": _kind(
            "certificate", "code", code=("certificate.type.code certificate.code", _CODE), begins=_BEGINS, ends=_ENDS
        ),
        "goods.nomenclature": _kind(
            "goods",
            "sid",
            needed="item suffix begins",
            sid=("goods.nomenclature.sid", _NUMBER),
            item=("goods.nomenclature.item.id", _GOODS),
            suffix=("producline.suffix", _CODE),
            begins=_BEGINS,
            ends=_ENDS,
        ),
        "goods.nomenclature.indents": _kind(
            "indent",
            "sid",
            needed="goods_sid begins indents",
            sid=("goods.nomenclature.indent.sid", _NUMBER),
            goods_sid=("goods.nomenclature.sid", _NUMBER),
            begins=_BEGINS,
            indents=("number.indents", _NUMBER),
        ),
        "measure": _kind(
            "measure",
            "sid",
            needed="type area begins",
            sid=("measure.sid", _NUMBER),
            type=("measure.type", _TYPE),
            area=("geographical.area", _AREA),
            goods=("goods.nomenclature.item.id", _GOODS),
            goods_sid=("goods.nomenclature.sid", _NUMBER),
            additional_code=("additional.code.type additional.code", _ADDITIONAL),
            role=("measure.generating.regulation.role", _CODE),
            regulation=("measure.generating.regulation.id", _TEXT),
            begins=_BEGINS,
            ends=_ENDS,
            directions=(DIRECTIONS, _DIRECTIONS),
        ),
        "base.regulation": _regulation("base"),
        "modification.regulation": _regulation("modification"),
        "explicit.abrogation.regulation": _kind(
            "abrogation",
            "regulation",
            strict=False,
            regulation=("explicit.abrogation.regulation.role explicit.abrogation.regulation.id", _TEXT),
            day=("abrogation.date", _day),
        ),
        "prorogation.regulation.action": _kind(
            "prorogation",
            "prolonging regulation",
            strict=False,
            prolonging=("prorogation.regulation.role prorogation.regulation.id", _TEXT),
            regulation=("prorogated.regulation.role prorogated.regulation.id", _TEXT),
            until=("prorogated.date", _day),
        ),
        "measure.condition": _kind(
            "condition",
            "sid",
            needed="measure code number",
            sid=("measure.condition.sid", _NUMBER),
            measure=("measure.sid", _NUMBER),
            code=("condition.code", _CODE),
            number=("component.sequence.number", _NUMBER),
            amount=("condition.duty.amount", _AMOUNT),
            currency=("condition.monetary.unit.code", _UNIT),
            unit=("condition.measurement.unit.code", _UNIT),
            qualifier=("condition.measurement.unit.qualifier.code", _CODE),
            action=("action.code", _CODE),
            certificate=("certificate.type.code certificate.code", _CERTIFICATE),
        ),
        # A unit without an amount, as measures of supplementary units have it; of duties there are very many, which are not judged.
        "measure.component": _kind(
            "component",
            "measure expression",
            strict=False,
            alone=("measurement.unit.code", "duty.amount"),
            measure=("measure.sid", _NUMBER),
            expression=("duty.expression.id", _CODE),
            unit=("measurement.unit.code", _UNIT),
            qualifier=("measurement.unit.qualifier.code", _CODE),
        ),
        "measure.excluded.geographical.area": _kind(
            "exclusion", "measure area", measure=("measure.sid", _NUMBER), area=("excluded.geographical.area", _AREA)
        ),
    }
)
"""The kinds of records that are kept, by their element. Others are counted and passed over."""


def read_values(kind: RecordKind, values: Mapping[str, str]) -> tuple[dict[str, str | None], list[str]]:
    """Return the columns of a record, and what is wrong with them."""
    row: dict[str, str | None] = {}
    faults = []
    for column, elements in kind.columns.items():
        text = "".join(values.get(element, "") for element in elements)
        row[column] = text or None
        if not text:
            if column in kind.needed:
                faults.append(f"{' and '.join(elements)} is missing")
        elif (fault := kind.checks[column](text)) is not None:
            faults.append(f"{' and '.join(elements)}: {fault}")
    begins, ends = row.get("begins"), row.get("ends")
    if not faults and begins and ends and ends < begins:
        faults.append(f"validity.end.date {ends} lies before validity.start.date {begins}")
    return row, faults
