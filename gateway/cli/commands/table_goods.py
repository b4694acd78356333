"""`gateway tables diff --by-goods`: in words, which goods newly need which documents, need others, or need them no more."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from msgspec.structs import asdict
from rich.console import Console
from rich.text import Text

from gateway.domain.tables.in_force import Tables
from gateway.settings.tables.document_changes import DocumentChange
from gateway.settings.tables.goods_changes import ChangeWay, GoodsChange
from gateway.settings.tables.goods_sentences import document_sentence, goods_sentence

_COLOURS = {ChangeWay.LOOSENS: "red", ChangeWay.TIGHTENS: "", ChangeWay.OTHER: "yellow"}


def print_goods(console: Console, goods: Sequence[GoodsChange], documents: Sequence[DocumentChange]) -> None:
    """Print a line for each chapter and measure, and for documents of which something else is asked."""
    for one in goods:
        ways = {part.change.way for part in one.parts}
        console.print(Text(goods_sentence(one), style=_COLOURS[ways.pop() if len(ways) == 1 else ChangeWay.OTHER]))
    for other in documents:
        console.print(Text(document_sentence(other), style=_COLOURS[other.way]))
    for way in ChangeWay:
        parts = sum(1 for one in goods for part in one.parts if part.change.way is way)
        parts += sum(1 for one in documents if one.way is way)
        console.print(f"{way}: {parts}")


def goods_body(
    before: Tables, after: Tables, day: date, goods: Sequence[GoodsChange], documents: Sequence[DocumentChange]
) -> dict[str, Any]:
    """Return the same as values, each with its line."""
    sets = {name: {"version": one.version, "digest": one.digest} for name, one in (("from", before), ("to", after))}
    return sets | {
        "on": day,
        "goods": [asdict(one) | {"sentence": goods_sentence(one)} for one in goods],
        "documents": [asdict(one) | {"sentence": document_sentence(one)} for one in documents],
    }
