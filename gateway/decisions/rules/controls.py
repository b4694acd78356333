"""The findings on goods in which a control found something: they stay until an officer settles it."""

from collections.abc import Iterator

from gateway.decisions.case import OpenedCase, Raised

TOLD = "SW-DEC-310"
NOT_TOLD = "SW-DEC-311"


def adverse_controls(file: OpenedCase) -> Iterator[Raised]:
    """Goods in which a control found something are not released before an officer has settled it."""
    left = [item.number for item in file.items if item.number not in file.items_out]
    for one in file.facts.controls:
        for number in left:
            if not one.goods_items or number in one.goods_items:
                code = TOLD if one.told else NOT_TOLD
                yield Raised(code=code, goods_item=number, params={"control_result": one.found or ""})
