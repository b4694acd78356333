"""The forms of a text that go with a number, by the categories of CLDR: `waits_few` beside `waits`, which is for all other numbers."""

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError

CATEGORIES = ("zero", "one", "two", "few", "many")
"""All but `other`, whose text has the plain name."""
COUNTED = ("count", "held", "others", "more", "seconds", "hours")
"""The parameters that say how many things a text is about; the first one that it has counts."""
_TRIED = 200
"""Whole numbers below it take every form that people cannot do without in any language."""


def category(number: int | Decimal, language: str) -> str:
    """Return the category of a number in a language, by its tag; idle zeros behind the point are none of it."""
    exact = number.normalize() if isinstance(number, Decimal) else number
    return str(_locale(language).plural_form(exact))


@lru_cache(maxsize=64)
def needed(language: str) -> frozenset[str]:
    """Return the categories without which a language cannot count things: one in English; one, few and many in Polish."""
    return frozenset(category(number, language) for number in range(_TRIED)) - {"other"}


@lru_cache(maxsize=64)
def possible(language: str) -> frozenset[str]:
    """Return the categories that a language has for any number."""
    return frozenset(_locale(language).plural_form.tags)


def is_language(tag: str) -> bool:
    """Whether a tag is a language whose way of counting is known."""
    try:
        return bool(_locale(tag))
    except (UnknownLocaleError, ValueError):
        return False


def form(texts: Mapping[str, str], name: str, params: Mapping[str, object], language: str) -> str:
    """Return the text of a name in the form for what its parameters count.

    Raises:
        KeyError: there is no text of that name.
    """
    for one in COUNTED:
        if one in params:
            number = params[one]
            if isinstance(number, int) and (found := texts.get(f"{name}_{category(number, language)}")) is not None:
                return found
            break
    return texts[name]


def plain_name(name: str) -> tuple[str, str | None]:
    """Return a text's name without its category, and that; None: it has none."""
    plain, _, last = name.rpartition("_")
    return (plain, last) if plain and last in CATEGORIES else (name, None)


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    return Locale.parse(language, sep="-")
