"""Places in the tree of a native declaration."""

from typing import Any

ITEM = "/Declaration/GoodsShipment/GoodsItem"


def item(declaration: dict[str, Any], number: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = declaration["GoodsShipment"]["GoodsItem"][number - 1]
    return found


def document(declaration: dict[str, Any], number: int = 1) -> dict[str, Any]:
    found: dict[str, Any] = item(declaration, number)["SupportingDocument"][0]
    return found


def put(declaration: dict[str, Any], **values: Any) -> None:
    declaration.update(values)
