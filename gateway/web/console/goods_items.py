"""Numbers of goods items as forms take them and pages show them."""

from collections.abc import Iterable

from gateway.domain.record import Record
from gateway.web.console.act_form import ActForm

_MOST = 2_000
"""Letters of a list of goods items."""


def items_in(form: ActForm, known: frozenset[int]) -> tuple[int, ...]:
    """Return the goods items that are named, separated by commas or blanks, or as "1-3"; none: all."""
    found: set[int] = set()
    for one in (form.words("items", most=_MOST) or "").replace(",", " ").replace("–", "-").split():
        first, _, last = one.partition("-")
        numbers = [int(text) if text.isascii() and text.isdecimal() and len(text) <= 4 else 0 for text in (first, last or first)]  # fmt: skip
        named = set(range(numbers[0], numbers[1] + 1))
        if not named or not named <= known:
            form.fault("items", form.visit.text("act.no_such_item", item=one[:10]))
            return ()
        found |= named
    return tuple(sorted(found))


def items_of(record: Record) -> frozenset[int]:
    """Return the goods items of a declaration; none of what was erased."""
    detail = record.detail
    declared = detail.declared.items if detail is not None and detail.declared is not None else ()
    return frozenset(one.number for one in declared)


def spans(numbers: Iterable[int]) -> str:
    """Return numbers, those in a row as one span: "1–3, 5"."""
    found: list[list[int]] = []
    for one in sorted(numbers):
        if found and one == found[-1][-1] + 1:
            found[-1][1:] = [one]
        else:
            found.append([one])
    return ", ".join("–".join(map(str, one)) for one in found)
