"""Goods and documents for which nothing but the documents' class counts."""

from msgspec import structs

from gateway.contract import Direction
from gateway.domain.declaration import GoodsItem, SupportingDocument

DIGEST_OF_79E38DB = "sha256:eef7ff8868e1df15667d09b21d3f8c91bf0290afa6a323ddf6bf58a007e17f3e"
PROCEDURES = {Direction.IMPORT: "40", Direction.EXPORT: "10", Direction.TRANSIT: None}


def goods(number: int = 1, direction: Direction = Direction.IMPORT, **more: object) -> GoodsItem:
    """Goods for which no measure asks for anything."""
    item = GoodsItem(number=number, commodity_code="39241000", requested_procedure=PROCEDURES[direction])
    return structs.replace(item, **more)


def citing(kind: str, reference: str = "X-1") -> tuple[SupportingDocument, ...]:
    return (SupportingDocument(type=kind, reference=reference),)
