"""Legal bases as acts are cited in a language: `Reg. (EU) 2016/2031, Art. 71` reads `VO (EU) 2016/2031, Art. 71` in German.

Tables have them in English, and so they are decided with and stored. What they are put together from are words, each with its text in the
language, and numbers of acts, articles and annexes, which read alike in every language.
"""

import re
from functools import lru_cache

from gateway.domain.texts.listing import Words, between

LEGAL_BASIS = "legal_basis"
"""The key of the words of legal bases, among a language's words; no parameter has this name."""
_BETWEEN = "; "
_NUMBER = r"\d{1,10}(?:/\d{1,10}){0,2}[a-z]{0,2}|[IVXLC]{1,12}[A-D]?[a-z]?(?:\.[A-Z]\d\.\d{1,4})?|[A-Z]\d?|\((?:\d{1,3}|[a-z]{1,2})\)"
"""Acts (`2016/2031`), articles (`3ra`), annexes (`XId`, `IX.A1.004`), their parts (`B`), paragraphs and points (`(1)(b)`)."""


def cited(basis: str, words: Words) -> str:
    """Return a legal basis as a language cites acts.

    A part with anything that the language has no word for stays as it is: an act that is not known here, or an administration's own
    words, which are never put into another language by halves.
    """
    known = words.get(LEGAL_BASIS)
    if not known:
        return basis
    parts = basis.split(_BETWEEN)
    pieces = _pieces(tuple(known))
    said = []
    for part in parts:
        found = [one[0] for one in pieces.finditer(part)]
        said.append("".join(known.get(one, one) for one in found) if "".join(found) == part else part)
    return between(words).join(said) if said != parts else basis


@lru_cache(maxsize=64)
def _pieces(words: tuple[str, ...]) -> re.Pattern[str]:
    """Return what a legal basis is put together from: the longest word first, numbers, and what stands between them."""
    longest = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?:{longest}|{_NUMBER})(?!\w)|[ ,]")
