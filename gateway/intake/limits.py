"""The limits of how much of a message is read before it is refused."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeLimits:
    """Bounds of time and memory for one message."""

    max_bytes: int = 8 * 1024 * 1024
    """Bytes of the message as it came."""
    max_elements: int = 400_000
    """Elements, or JSON values: four times what a declaration of 9,999 goods items with a document each needs."""
    max_goods_items: int = 9_999
    """Goods items of one declaration."""
    max_documents: int = 30_000
    """The number of times that one declaration may cite documents: three times at each of 9,999 goods items. What the shipment cites counts for each
    goods item."""
    max_references: int = 10_000
    """Different documents that one declaration cites: so many questions may it cost the authorities."""
    max_depth: int = 40
    """Elements, or JSON values, inside each other."""
    max_violations: int = 200
    """Violations that are collected; the refusal says so when there are more."""
