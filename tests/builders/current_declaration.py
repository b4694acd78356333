"""A declaration as it stands, for what is laid over it or compared with it."""

from decimal import Decimal

from gateway.domain.declaration import Declaration, Direction, GoodsItem, Kind, SupportingDocument

MILK = SupportingDocument(type="N853", reference="CHEDP.FR.2026.0000001")
LICENCE = SupportingDocument(type="X060", reference="DU-1", quantity=Decimal(10), unit="KGM")
CURRENT = Declaration(
    lrn="LRN1",
    version=3,
    declarant="FR12345678901234",
    direction=Direction.IMPORT,
    kind=Kind.STANDARD,
    declaration_type="IM",
    customs_office="FR000001",
    mrn="26FR00000000000010",
    items=(
        GoodsItem(number=1, commodity_code="0401201100", net_mass=Decimal(100), documents=(MILK,)),
        GoodsItem(number=2, commodity_code="0406100000", documents=(LICENCE,)),
    ),
)
