"""Rows on goods, found by commodity code: those of files, and those that are made of TARIC beside them."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from itertools import takewhile
from typing import Any, Generic, TypeVar

from gateway.domain.tables.credibility import CredibilityCheck, TaricCheck
from gateway.domain.tables.goods import Goods
from gateway.domain.tables.required import RequiredDocuments, TaricRequirement
from gateway.domain.tables.rows import Row
from gateway.domain.tables.taric import Taric

R = TypeVar("R", bound=Row)
T = TypeVar("T", bound=TaricRequirement | TaricCheck)
G = TypeVar("G", bound=RequiredDocuments | CredibilityCheck)

OfTaric = Callable[[Taric, str, date], Iterator[T]]
"""Yields rows of TARIC for a commodity code on a day."""

_HEADING = 4
"""Digits that every commodity code has."""
_REMEMBERED = 20_000
"""For how many kinds of goods their rows are kept at hand."""


class RowsByGoods(Generic[G, T]):
    """The rows of one day, of files and of TARIC, that goods come under."""

    def __init__(
        self,
        day: date,
        rows: Iterable[G],
        *,
        taric: Taric | None,
        whole: OfTaric[T],
        finer: OfTaric[T],
        concerns: Callable[[G | T, Goods], bool],
    ) -> None:
        """Take rows of files, and how TARIC has rows on all and on some goods of a code; `concerns` says whether a row is on goods."""
        self._day = day
        self._rows, self._prefixes = _index(tuple(rows))
        self._taric = taric
        self._of_taric, self._finer_of_taric = whole, finer
        self._concerns = concerns
        self._whole: dict[Goods, tuple[G | T, ...]] = {}
        self._finer: dict[Goods, tuple[G | T, ...]] = {}

    def whole(self, goods: Goods) -> tuple[G | T, ...]:
        """Return the rows that goods come under."""
        found = self._whole.get(goods)
        if found is None:
            code, taric = goods.commodity_code, self._taric
            rows: list[G | T] = [*self._of(code[:length] for length in range(1, len(code) + 1))]
            if taric is not None:
                rows += (row for row in self._of_taric(taric, code, self._day) if taric.has_code(goods, row) is True)
            found = self._keep(self._whole, goods, rows)
        return found

    def finer(self, goods: Goods) -> tuple[G | T, ...]:
        """Return further rows that goods may come under.

        Only some of the goods do whose codes start with this one, or those of an additional code that is not declared. Noughts at the
        end of a code that the nomenclature splits are no digits of it.
        """
        found = self._finer.get(goods)
        if found is None:
            code, taric = goods.commodity_code, self._taric
            stem = _without_noughts(code)
            begins = bisect_right(self._prefixes, stem)
            longer = takewhile(lambda prefix: prefix.startswith(stem), self._prefixes[begins:])
            known = {id(row) for row in self.whole(goods)}
            rows: list[G | T] = [row for row in self._of(longer) if id(row) not in known]
            if taric is not None:
                day = self._day
                rows += (row for row in self._of_taric(taric, code, day) if taric.has_code(goods, row) is None)
                rows += (
                    row for row in self._finer_of_taric(taric, stem, day) if taric.has_code(goods, row) is not False
                )
            found = self._keep(self._finer, goods, rows)
        return found

    def _of(self, prefixes: Iterable[str]) -> list[G]:
        return list({id(row): row for prefix in prefixes for row in self._rows.get(prefix, ())}.values())

    def _keep(self, kept: dict[Goods, tuple[G | T, ...]], goods: Goods, rows: Iterable[G | T]) -> tuple[G | T, ...]:
        if len(kept) >= _REMEMBERED:
            kept.clear()
        found = kept[goods] = tuple(row for row in rows if self._concerns(row, goods) and self._in_area(row, goods))
        return found

    def _in_area(self, row: G | T, goods: Goods) -> bool:
        """Whether goods come from, or on export go to, where a row of TARIC applies; where nobody can tell, they do."""
        if self._taric is None or not isinstance(row, TaricRequirement | TaricCheck):
            return True
        return self._taric.applies(row, goods.country, self._day)


def _without_noughts(code: str) -> str:
    """Return a commodity code without pairs of noughts at its end: 0904110000 has no other digits than 090411."""
    while len(code) > _HEADING and not len(code) % 2 and code.endswith("00"):
        code = code[:-2]
    return code


_KEPT = 8
_indexes: dict[tuple[int, ...], tuple[tuple[Row, ...], Mapping[str, tuple[Any, ...]], list[str]]] = {}
"""By the identities of the rows, which are kept beside: a set of tables that changes other rows has the same index."""


def _index(rows: tuple[G, ...]) -> tuple[Mapping[str, tuple[G, ...]], list[str]]:
    """Return rows by the beginnings of commodity codes that they have, and these beginnings in order."""
    key = tuple(map(id, rows))
    found = _indexes.get(key)
    if found is None:
        index = by_prefix(rows, lambda row: row.commodities)
        while len(_indexes) >= _KEPT:
            _indexes.pop(next(iter(_indexes)), None)
        found = _indexes[key] = (rows, index, sorted(index))
    return found[1:]


def by_prefix(rows: Iterable[R], prefixes: Callable[[R], Iterable[str]]) -> Mapping[str, tuple[R, ...]]:
    """Index rows by the beginnings of commodity codes that they have."""
    index: dict[str, list[R]] = {}
    for row in rows:
        for prefix in prefixes(row):
            index.setdefault(prefix, []).append(row)
    return {prefix: tuple(found) for prefix, found in index.items()}
