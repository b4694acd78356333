"""Movement reference numbers: what has the form of one, and the check character at its end."""

import re

LENGTH = 18
_FORM = re.compile(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{14}")


def _values() -> dict[str, int]:
    """Return the value of each character, as ISO 6346 counts them: letters go on from 10, past the multiples of 11."""
    values = {str(digit): digit for digit in range(10)}
    value = 10
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        value += value % 11 == 0
        values[letter] = value
        value += 1
    return values


_VALUES = _values()


def is_mrn(text: str) -> bool:
    """Whether a text has the form of an MRN, whatever its check character."""
    return _FORM.fullmatch(text) is not None


def check_character(number: str) -> str:
    """Return the check character of an MRN, from the 17 characters before it.

    Each has the weight of a power of two, from 1 at the left; what is left of the sum by 11 is the character, and 10 is 0.
    """
    values = [_VALUES[sign] << place for place, sign in enumerate(number[: LENGTH - 1])]
    return str(sum(values) % 11 % 10)


def is_checked(mrn: str) -> bool:
    """Whether an MRN ends with the check character of what stands before it."""
    return mrn[-1] == check_character(mrn)


def with_check_character(number: str) -> str:
    """Return the MRN that begins with these 17 characters.

    Raises:
        ValueError: no MRN begins with them.
    """
    if not is_mrn(number + "0"):
        raise ValueError(f"no MRN begins with {number!r}")
    return number + check_character(number)
