"""What becomes of a released goods item in Surveillance, by dated rows of data."""

from datetime import date
from enum import StrEnum
from functools import cache
from importlib.resources import files

import tomli
from msgspec import Struct, convert

from gateway.domain.declaration import Declaration, Direction, GoodsItem


class SurveillanceAnswer(StrEnum):
    """What becomes of the record of a goods item."""

    SEND = "send"
    WAIT = "wait"
    EXCLUDE = "exclude"
    UNKNOWN = "unknown"
    """No row fits: it is neither sent nor said to be excluded."""


class SurveillanceRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename={"since": "from"}):
    """A row; what it leaves empty fits everything."""

    since: date
    answer: SurveillanceAnswer
    reason: str
    source: str
    directions: tuple[Direction, ...] = ()
    datasets: tuple[str, ...] = ()
    additional_types: tuple[str, ...] = ()
    procedures: tuple[str, ...] = ()


UNKNOWN = SurveillanceRow(
    since=date.min, answer=SurveillanceAnswer.UNKNOWN, reason="no row knows its procedure", source=""
)


class _SurveillanceFile(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    mandatory: tuple[str, ...]
    row: tuple[SurveillanceRow, ...]


@cache
def _file() -> _SurveillanceFile:
    text = files("gateway.wings.reporting").joinpath("rows.toml").read_text("utf-8")
    return convert(tomli.loads(text), _SurveillanceFile)


def surveillance_rows() -> tuple[SurveillanceRow, ...]:
    """Return the rows in their order."""
    return _file().row


def mandatory_columns() -> tuple[str, ...]:
    """Return the columns, by data element, without which a record is not sent."""
    return _file().mandatory


def row_of(direction: Direction, declaration: Declaration, item: GoodsItem, day: date) -> SurveillanceRow:
    """Return the row for an item that was released on a day; `UNKNOWN` where none fits."""

    def fits(row: SurveillanceRow) -> bool:
        return (
            row.since <= day
            and (not row.directions or direction in row.directions)
            and (not row.datasets or declaration.dataset in row.datasets)
            and (not row.additional_types or declaration.additional_type in row.additional_types)
            and (not row.procedures or item.requested_procedure in row.procedures)
        )

    return next(filter(fits, surveillance_rows()), UNKNOWN)
