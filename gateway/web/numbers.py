"""Quantities and counts as a person writes them on a page: thousands are grouped as the reader's language does."""

import re
from decimal import Decimal

from babel import Locale
from babel.numbers import format_decimal, get_group_symbol

from gateway.api.localization import Wording

_WHOLE = re.compile(r"^(-?)(\d+)")


def quantity(wording: Wording, amount: Decimal | str, unit: str | None = None) -> str:
    """Write an amount, and its unit, exactly: 1,800.5 kg, 1.800,5 kg, 1 800,5 kg.

    Sentences of the API write no groups, so that no sign of one language is read as another's; a page is in one language.
    """
    written = amount if isinstance(amount, str) else f"{amount:f}"
    if "." in written and not isinstance(amount, str):
        written = written.rstrip("0").rstrip(".")
    said = wording.quantity(written, unit or "")
    sign = get_group_symbol(Locale.parse(wording.language, sep="-"))
    return _WHOLE.sub(lambda found: f"{found[1]}{_grouped(found[2], sign)}", said)


def unit_name(wording: Wording, unit: str) -> str:
    """Name a unit as it is written behind several of it."""
    return wording.quantity("2", unit).removeprefix("2").strip()


def count(number: int, language: str) -> str:
    """Write a count: 10,000, 10.000, 10 000."""
    return str(format_decimal(number, locale=Locale.parse(language, sep="-")))


def _grouped(digits: str, sign: str) -> str:
    return f"{int(digits):,}".replace(",", sign) if len(digits) > 3 else digits
