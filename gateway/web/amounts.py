"""Amounts as a person types them: by the signs of the page's language, and none that can be read in two ways."""

import re
from decimal import Decimal

from babel.numbers import NumberFormatError, format_decimal, get_group_symbol, parse_decimal

_TYPED = re.compile(r"[0-9][0-9., \u00a0\u202f]*", re.ASCII)
_TWOFOLD = re.compile(r"[1-9][0-9]{0,2}[.,][0-9]{3}")
_MOST_WHOLE, _MOST_PART = 16, 6
_BLANKS = (" ", "\u00a0", "\u202f")


class AmountFault(Exception):
    """The typed text is no amount."""


class TwofoldAmount(AmountFault):
    """The typed text can be read in two ways."""

    def __init__(self, one: str, other: str) -> None:
        super().__init__(f"{one} or {other}")
        self.one, self.other = one, other
        """Both, as nobody reads them otherwise."""


def amount_of(text: str, language: str) -> Decimal:
    """Return the amount that was typed on a page in a language; grouped digits may stand as the language groups them.

    Raises:
        TwofoldAmount: a thousand in one language would be a one in another, and the page's own does not group so.
        AmountFault: it is none above zero, or has more digits than are kept.
    """
    if _TYPED.fullmatch(text) is None:
        raise AmountFault
    for blank in _BLANKS:
        text = text.replace(blank, get_group_symbol(language))
    try:
        amount = parse_decimal(text, locale=language, strict=True)
    except NumberFormatError as error:
        raise AmountFault from error
    exponent = amount.as_tuple().exponent
    if not isinstance(exponent, int) or -exponent > _MOST_PART or amount >= 10**_MOST_WHOLE or amount <= 0:
        raise AmountFault
    if exponent == -3 and _TWOFOLD.fullmatch(text):
        raise TwofoldAmount(written(amount, language), grouped(amount * 1_000, language))
    return amount


def written(amount: Decimal, language: str) -> str:
    """Write an amount into a field, so that it is read as the same one: without groups, and never with three digits behind the sign."""
    plain = f"{amount.normalize():f}"
    if _TWOFOLD.fullmatch(plain):
        plain = f"{plain}0"
    return plain.replace(".", format_decimal(Decimal("1.5"), locale=language).strip("15"))


def grouped(amount: Decimal, language: str) -> str:
    """Write an amount as a person reads it: 1,800.5."""
    return str(format_decimal(amount, locale=language, decimal_quantization=False))
