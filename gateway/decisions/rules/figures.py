"""Figures that stand in the place of a document's reference: whether each is a number, is there, and can be."""

from collections.abc import Iterator, Mapping

from gateway.decisions.case import OpenedCase, Raised
from gateway.decisions.positions import plain
from gateway.domain.declaration import GoodsItem
from gateway.domain.document import DocumentKey
from gateway.domain.figures import figure, stated_figures
from gateway.domain.tables.figures import FigureCode

NO_FIGURE = "SW-DEC-270"
BEYOND_MASS = "SW-DEC-271"


def figures_stated(file: OpenedCase) -> Iterator[Raised]:
    """A figure is stated once on a goods item: a number above zero with a decimal point, and no unit."""
    for item, stated in _items(file):
        for kind, (row, texts) in stated.items():
            if len(texts) > 1:
                yield _raised("twice", kind, row, item)
            elif figure(texts[0]) is None:
                yield _raised("no_number", kind, row, item, texts[0])


def figure_within_mass(file: OpenedCase) -> Iterator[Raised]:
    """A figure that is a part of the goods' net mass is no more than that."""
    for item, stated in _items(file):
        for kind, (row, texts) in stated.items():
            value = figure(texts[0]) if row.within_net_mass and len(texts) == 1 else None
            if value is not None and item.net_mass is not None and value > item.net_mass:
                params = {"figure_code": kind, "item": str(item.number)}
                params |= {"declared": plain(value), "limit": plain(item.net_mass)}
                yield Raised(
                    code=BEYOND_MASS,
                    goods_item=item.number,
                    document=DocumentKey(kind, texts[0]),
                    params=params,
                    legal_basis=row.legal_basis,
                )


def one_account(file: OpenedCase) -> Iterator[Raised]:
    """A goods item names one account, and the figure that it takes from it."""
    known = file.tables.figures
    if known.accounts.isdisjoint(file.types):
        return
    for item in file.items:
        found = {
            one.key: row for one in file.declared[item.number] if (row := known.account(one.document.type)) is not None
        }
        for kind in dict.fromkeys(row.figure for row in found.values()):
            figure_row = known.code(kind) if kind is not None else None
            if kind is None or figure_row is None:
                continue
            if len(found) > 1:
                named = ", ".join(sorted(f"{one.type} {one.reference}".rstrip() for one in found))
                yield _raised("quotas", named, figure_row, item, right="one")
            if kind not in stated_figures(item, known):
                yield missing(kind, figure_row, item)


def missing(kind: str, row: FigureCode, item: GoodsItem) -> Raised:
    """Return the finding of a figure that is not stated on a goods item, whatever asks for it."""
    return _raised("missing", kind, row, item)


def _items(file: OpenedCase) -> Iterator[tuple[GoodsItem, Mapping[str, tuple[FigureCode, list[str]]]]]:
    known = file.tables.figures
    if known.types.isdisjoint(file.types):
        return
    for item in file.items:
        if stated := stated_figures(item, known):
            yield item, stated


def _raised(
    wrong: str, kind: str, row: FigureCode, item: GoodsItem, text: str | None = None, *, right: str | None = None
) -> Raised:
    """Return the finding of a figure; `text` is what is stated in its place, which is no number."""
    params = {"figure_code": kind, "item": str(item.number), "figure_wrong": wrong, "cited": text or "-"}
    params |= {"figure_right": right or row.counts_in.value, "example": row.example}
    return Raised(
        code=NO_FIGURE,
        goods_item=item.number,
        document=DocumentKey(kind, text) if text is not None else None,
        params=params,
        legal_basis=row.legal_basis,
    )
