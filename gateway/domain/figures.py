"""The figures that goods items state in the place of a document's reference."""

from collections.abc import Mapping
from decimal import Decimal

from gateway.contract.reading import exact_decimal
from gateway.domain.declaration import AdditionalReference, GoodsItem, SupportingDocument
from gateway.domain.tables.figures import FigureCode, FiguresInForce


def figure(text: str) -> Decimal | None:
    """Return the figure that a reference states; None: it states none above zero."""
    value = exact_decimal(text)
    return value if value is not None and value > 0 else None


def stated_figures(item: GoodsItem, known: FiguresInForce) -> Mapping[str, tuple[FigureCode, list[str]]]:
    """Return what a goods item states under codes of figures, each with its row and every text."""
    found: dict[str, tuple[FigureCode, list[str]]] = {}
    cited: tuple[AdditionalReference | SupportingDocument, ...] = (*item.references, *item.documents)
    for one in cited:
        row = known.code(one.type)
        if row is not None:
            found.setdefault(one.type, (row, []))[1].append(one.reference or "")
    return found


def figures_of(item: GoodsItem, known: FiguresInForce) -> dict[str, Decimal]:
    """Return the figures of a goods item by their codes; what is stated twice, or is no number, is none."""
    found = {}
    for kind, (_, texts) in stated_figures(item, known).items():
        value = figure(texts[0]) if len(texts) == 1 else None
        if value is not None:
            found[kind] = value
    return found
