"""Rows about documents of single formalities of which none is delivered."""

from datetime import date

from gateway.contract import Direction
from gateway.domain.tables.formality_rows import DesignatedOffices


def designated(*offices: str) -> DesignatedOffices:
    """The offices that may clear ozone-depleting substances."""
    return DesignatedOffices(
        types=("L100",),
        directions=(Direction.IMPORT,),
        offices=offices,
        legal_basis="test",
        valid_from=date(2020, 1, 1),
        source="test",
    )
