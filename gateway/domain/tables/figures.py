"""Rows about figures that stand in the place of a document's reference, and the accounts that they are taken from."""

from collections.abc import Collection, Iterable
from enum import StrEnum
from typing import Annotated

from gateway.domain.laxer import NEUTRAL, always, changed, fewer, replaced, switched_off
from gateway.domain.row_kind import row_kind
from gateway.domain.tables.consulted import AnsweringRows
from gateway.domain.tables.rows import Codes, Row


class FigureUnit(StrEnum):
    """The unit that a code's figures count in, which nobody writes beside them."""

    TCE = "TCE"
    """Tonnes of CO2 equivalent: a unit of TARIC, which converts to no other."""
    KILOGRAMS = "KGM"
    OZONE_DEPLETING = "ODP"
    """Kilograms by ozone-depleting potential."""


SHIPMENTS = "C62"
"""The unit of an account that counts shipments: each declaration takes one."""
SHIPMENT = "SHPT"
"""What sentences call it, which know `C62` as pieces."""
_ACCOUNT_UNITS = frozenset({FigureUnit.TCE.value, FigureUnit.OZONE_DEPLETING.value})
_YEARS = 1900
"""From here on a line is a year."""


def is_account(unit: str | None, line: int | None) -> bool:
    """Whether a line is a year of an account: no certificate's line counts in its unit, or what has so high a number."""
    return unit in _ACCOUNT_UNITS or (unit == SHIPMENTS and line is not None and line >= _YEARS)


@row_kind(
    "figure", "requirements.toml requirements/**/*.toml", key="types", removed=always("the figure is not read any more")
)
class FigureCode(Row):
    """Codes whose reference is a figure of the goods item."""

    types: Codes
    counts_in: Annotated[FigureUnit, NEUTRAL]
    """The unit of the figure."""
    beside: Annotated[Codes, fewer("where the figure alone is missing, the measure says it, as of any document")] = ()
    """Documents with which the goods item states it: where a measure asks for it and one of them is cited, the figure alone is missing."""
    within_net_mass: Annotated[bool, switched_off("the figure is not compared with the goods' net mass any more")] = (
        False
    )
    """Whether it is a part of the goods' net mass (18 01)."""
    example: Annotated[str, NEUTRAL]
    """A figure, to show."""
    legal_basis: Annotated[str, NEUTRAL]


@row_kind(
    "account",
    "requirements.toml requirements/**/*.toml",
    key="types",
    removed=always("the code draws on no account any more"),
)
class AccountKind(Row):
    """Codes that draw on an account which an authority keeps for a holder and a year."""

    types: Codes
    kind: Annotated[str, changed("another account counts")]
    """The authority's account, by the name that its adapter gives it."""
    figure: Annotated[str | None, changed("another figure is taken from the account, or shipments are counted")] = None
    """The code of the figure that a goods item takes from it; without it the account counts shipments: each declaration takes one of it."""
    mass: Annotated[str | None, replaced("the goods' mass is not compared with what is left any more")] = None
    """The authority's account beside it that counts tonnes or kilograms, by its name: the goods' mass is compared with what is left of it. Nothing is told of it."""
    legal_basis: Annotated[str, NEUTRAL]


class FiguresInForce(AnsweringRows):
    """The figures and accounts of one day. It never changes."""

    def __init__(self, codes: Iterable[FigureCode], accounts: Iterable[AccountKind]) -> None:
        self._codes = {kind: row for row in codes for kind in row.types}
        self._accounts = {kind: row for row in accounts for kind in row.types}
        self.types = frozenset(self._codes)
        """The codes of figures."""
        self.accounts = frozenset(self._accounts)
        """The codes that draw on accounts."""
        self.weighing = any(row.mass is not None for row in self._accounts.values())
        """Whether the goods' mass is compared with an account of any of them."""

    def code(self, kind: str) -> FigureCode | None:
        """Return the row of a code whose reference is a figure; None: it is none."""
        return self._row(self._codes, kind)

    def account(self, kind: str) -> AccountKind | None:
        """Return the account that a code draws on; None: it draws on none."""
        return self._row(self._accounts, kind)

    def missing(self, group: Iterable[str], declared: Collection[str]) -> tuple[str, FigureCode] | None:
        """Return the figure that a group asks for and that alone is missing beside what is declared; None: it is not that."""
        for kind in group:
            if kind in self._codes and not set(self._codes[kind].beside).isdisjoint(declared):
                row = self.code(kind)
                assert row is not None
                return kind, row
        return None
