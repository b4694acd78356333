"""The draw: whether a declaration that meets a criterion is chosen, by a key of its month, so that it can be shown later to have been honest."""

import hmac
from decimal import Decimal
from fractions import Fraction

_ALL = 1 << 256


def label(criterion: str, *, random: bool) -> str:
    """Return under which name a row draws: random rows under one of their own, so that no criterion draws as they do."""
    return f"{'random' if random else 'criterion'}|{criterion}"


def drawn(epoch_key: bytes, name: str, declaration: str) -> int:
    """Return the number of a draw, below 2^256: the same for one name and declaration, whatever is amended or published."""
    return int.from_bytes(hmac.digest(epoch_key, f"{name}|{declaration}".encode(), "sha256"), "big")


def is_chosen(number: int, share: Decimal | Fraction) -> bool:
    """Whether a number lies in a share: exactly, none at 0 and all at 1."""
    return Fraction(number, _ALL) < Fraction(share)
