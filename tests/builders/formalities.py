"""Rows about documents of single formalities."""

from datetime import date
from decimal import Decimal
from typing import Any

from gateway.contract import Direction
from gateway.domain.tables.formality_rows import DesignatedOffices, DocumentsTogether, LicenceDeviation, ServesOnce

_EVERY: dict[str, Any] = {"legal_basis": "test", "valid_from": date(2020, 1, 1), "source": "test"}
_IMPORT = (Direction.IMPORT,)


def together(**more: Any) -> DocumentsTogether:
    """A permit that goes with another one."""
    return DocumentsTogether(types=("C638",), directions=_IMPORT, beside=("C402",), **_EVERY, **more)


def designated(*offices: str) -> DesignatedOffices:
    """The offices that may clear ozone-depleting substances."""
    return DesignatedOffices(types=("L100",), directions=_IMPORT, offices=offices, **_EVERY)


def serves_once(*statuses: str) -> ServesOnce:
    """An authorisation that serves once."""
    return ServesOnce(types=("L135",), statuses=statuses, **_EVERY)


def deviation(up: str = "10", down: str = "10") -> LicenceDeviation:
    """A timber licence from which a quantity may deviate."""
    return LicenceDeviation(types=("C690",), up=Decimal(up), down=Decimal(down), **_EVERY)
