"""The comparison of actors: whether two of them are two people."""

from collections.abc import Mapping, Sequence
from functools import cache
from unicodedata import category, normalize
from unicodedata import name as unicode_name

from gateway.domain.actor import Actor


def is_same_person(one: Actor, other: Actor) -> bool:
    """Whether two actors may be one person: of one key that names nobody, of names that only look different, or not named."""
    if not (one.named and other.named):
        return True
    if one.id == other.id and one.proven and None in (one.asserted_by, other.asserted_by):
        return True
    mine, theirs = _readings(one.person), _readings(other.person)
    return not mine or not theirs or not mine.isdisjoint(theirs)


def _readings(name: str) -> frozenset[str]:
    """Return the common forms of a name as it stands, and with its words in one order: who writes the family name first is the same.

    A number stays with the word before it. Empty: it is nobody's name.
    """
    key, words = person_key(name), list[str]()
    if not key:
        return frozenset()
    for word in "".join(map(_blank, normalize("NFKC", name))).split():
        if words and all(category(sign)[0] == "N" for sign in word):
            words[-1] += person_key(word)
        else:
            words.append(person_key(word))
    return frozenset({key, "".join(sorted(words))})


def _blank(sign: str) -> str:
    """Return a sign of a word as it is, what nobody sees as nothing, and all others as what divides words."""
    kind = category(sign)
    return sign if kind[0] in "LMN" else "" if kind == "Cf" else " "


def person_key(name: str) -> str:
    """Return the common form of all spellings that may be read as one person's name.

    Case, accents, blanks, punctuation and whatever nobody sees do not count, nor which of several characters that look alike
    stands there (Unicode TR 39, as far as one character looks like one Latin letter or digit). Empty: it is nobody's name,
    because there is nothing to be seen in it, or because it mixes alphabets.
    """
    plain = normalize("NFKD", normalize("NFKC", name).casefold())
    signs = [sign for sign in plain if category(sign)[0] in "LN"]
    if len({_alphabet(sign) for sign in signs} & _ALPHABETS) > 1:
        return ""
    return "".join(map(_latin, signs)).casefold().translate(_ONE_STROKE)


_ALPHABETS = frozenset({"LATIN", "GREEK", "CYRILLIC", "ARMENIAN", "GEORGIAN", "COPTIC", "CHEROKEE"})
_ONE_STROKE = str.maketrans("l10", "iio")


def _alphabet(sign: str) -> str:
    return unicode_name(sign, "").split(" ", 1)[0]


def _latin(sign: str) -> str:
    if sign.isascii():
        return sign
    alike = (one["c"] for one in _confusable().get(sign, ()))
    return next((one for one in alike if one.isascii() and one.isalnum()), sign)


@cache
def _confusable() -> Mapping[str, Sequence[Mapping[str, str]]]:
    # Nearly a megabyte of names: read when the first one is compared, not when the process starts.
    from confusable_homoglyphs.confusables import confusables_data  # type: ignore[import-untyped]

    data: Mapping[str, Sequence[Mapping[str, str]]] = confusables_data
    return data
