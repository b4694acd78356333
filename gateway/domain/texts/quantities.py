"""Quantities as people write them: `500.001 KGM` reads `500.001 kg`, in German and French `500,001 kg`.

What is stored keeps its codes and its point; it is written out when it is read. No digit changes, nothing is rounded, and thousands are
not grouped, so that no sign of one language is read as another's; but on pages, each of which is in one language, where a unit says that
it is a quantity and no number of an item or a year.
"""

import re
from decimal import Decimal

from gateway.domain.texts import plurals
from gateway.domain.texts.listing import Words, parted

QUANTITIES = frozenset(
    {"declared", "available", "items", "left", "verified", "quantity", "limit", "figure", "bounds", "thresholds"}
)
"""Parameters that are numbers, or texts with numbers in them, each perhaps with its unit behind it."""
RATES = frozenset({"measured"})
"""Parameters that are units alone: `KGM`, or one for each of another, `EUR / NAR`."""
NUMBERS = "signs_of_numbers"
"""The key of how a language writes numbers, among its words; no parameter has this name."""
GROUPING = "group"
"""The sign between thousands, among the signs of numbers; it is there for pages alone."""
UNIT_FORMS = tuple(f"unit_{category}" for category in plurals.CATEGORIES)
"""The parameters of the words for so many of a unit as a category of CLDR has, where they differ from those for several."""

_QUANTITY = re.compile(
    r"(?<![\w.])(?P<number>\d+(?:\.\d+)?)(?P<cut>…?)"
    r"(?: (?P<unit>[A-Z][A-Z0-9]{2,3})(?!\w)(?: / (?P<each>[A-Z][A-Z0-9]{2,3})(?!\w))?)?"
)
_THOUSANDS = re.compile(r"(?<=\d)(?=(?:\d{3})+$)")
_PER = " / "


def quantity(text: str, words: Words, language: str) -> str:
    """Write every number in a text with the decimal sign of the language, units by their names (`5 EUR / KGM`), and lists as it does."""

    def written(found: re.Match[str]) -> str:
        number, signs = found["number"], words.get(NUMBERS, {})
        whole, point, rest = number.partition(".")
        if found["unit"] is not None:
            whole = _THOUSANDS.sub(signs.get(GROUPING, ""), whole)
        said = f"{whole}{signs.get('decimal', '.') if point else ''}{rest}{found['cut']}"
        if found["unit"] is None:
            return said
        named = _unit(found["unit"], words, language, number)
        each = "" if found["each"] is None else _PER + _unit(found["each"], words, language, "1")
        return f"{said} {named}{each}"

    return parted(_QUANTITY.sub(written, text), words)


def rate(text: str, words: Words, language: str, *, one: bool = False) -> str:
    """Write units by their names, in the singular behind the stroke, and before it where that is asked for."""
    first, *each = text.split(_PER)
    number = "1" if one else None
    return _PER.join([_unit(first, words, language, number), *(_unit(unit, words, language, "1") for unit in each)])


def _unit(code: str, words: Words, language: str, number: str | None) -> str:
    """Return the name of a unit, for so many of it; one that the language has no name for, and a currency, is returned itself."""
    several = words.get("unit", {}).get(code, code)
    # Most units are called the same whatever their number.
    if number is None or not any(code in words.get(form, ()) for form in UNIT_FORMS):
        return several
    return words.get(f"unit_{plurals.category(Decimal(number), language)}", {}).get(code, several)
