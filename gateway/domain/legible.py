"""The legibility of texts: people compare references by their appearance, and authorities by each character."""

from unicodedata import category

_NOT_SEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, what only changes how others are written (zero-width and bidirectional marks among them), halves of pairs,
separators of lines and paragraphs."""
_NOT_SEEN_EITHER = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0\u2065")
"""Joiners and fillers of other categories (Unicode's Default_Ignorable_Code_Point), and the empty Braille cell."""
_UNREAD = "\ufffd"
"""Stands where something could not be read."""


def illegible(text: str) -> str | None:
    """Return the first character of a text that is invisible, or that stands for an unreadable one; None: there is none.

    By its number, as in `U+200B`.
    """
    if text.isascii() and text.isprintable():
        return None
    return next((f"U+{ord(one):04X}" for one in text if is_illegible(one)), None)


def is_illegible(one: str) -> bool:
    """Whether a character is invisible, or stands for one that could not be read."""
    variation = "\ufe00" <= one <= "\ufe0f" or "\U000e0000" <= one <= "\U000e0fff"
    return variation or one == _UNREAD or one in _NOT_SEEN_EITHER or category(one) in _NOT_SEEN


def legible(text: str) -> str:
    """Return a text with its invisible characters as code points: `[U+202E]`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"[U+{ord(one):04X}]" if is_illegible(one) else one for one in text)
