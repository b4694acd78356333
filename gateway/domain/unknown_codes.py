"""Document codes that no table knows, as goods are held for them, and the rows by which an administration takes them into its own."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

_OF_THE_UNION = re.compile(r"[A-Z][0-9]{3}", re.ASCII)
_CODE = re.compile(r"[A-Z0-9]{4}", re.ASCII)
_BEGINNING = 2
"""Characters by which the national codes of an administration are put together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownCode:
    """A code in no table, and of how many held declarations."""

    code: str
    declarations: int


def ready_rows(found: Sequence[UnknownCode], day: date) -> str:
    """Write the rows that class these codes from a day on, to be copied: an officer sees them, as before they were classed.

    National codes are classed by how they begin, codes of the form that the Union's have one by one. What no row can name is left out.
    """
    codes = sorted({one.code for one in found if _CODE.fullmatch(one.code)})
    of_union = [code for code in codes if _OF_THE_UNION.fullmatch(code)]
    beginnings = sorted({code[:_BEGINNING] for code in codes if not _OF_THE_UNION.fullmatch(code)})
    return "\n".join(
        (*_row("class", "types", of_union, day), *_row("prefix_class", "prefixes", beginnings, day))
    ).strip()


def _row(table: str, field: str, values: Sequence[str], day: date) -> Iterator[str]:
    if values:
        named = ", ".join(f'"{one}"' for one in values)
        yield (
            f'[[{table}]]\nname = "by_officer"\n{field} = [{named}]\nlegal_basis = "national law"\n'
            f'valid_from = {day.isoformat()}\nsource = "list of national codes"\n'
        )
