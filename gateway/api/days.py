"""Days as people of a language write them in sentences."""

import re
from datetime import date

from babel.dates import format_skeleton

_LOCALES = {"en": "en_GB"}
"""Languages that write a day otherwise in Europe than their first locale does."""
_DAY = re.compile(r"(?<!\d)\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)")


def day_in(language: str, day: date) -> str:
    """Write a day: 26 Nov 2026, 26. Nov. 2026, 26 nov. 2026."""
    return str(format_skeleton("yMMMd", day, locale=_LOCALES.get(language, language)))


def days_in(language: str, text: str) -> str:
    """Write each day in a text so; what only looks like one stays."""

    def written(found: re.Match[str]) -> str:
        try:
            return day_in(language, date.fromisoformat(found[0]))
        except ValueError:
            return found[0]

    return _DAY.sub(written, text)
