"""The texts of refusals in one language, found by what the refusal says in English."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

Sections = Mapping[str, Mapping[str, str]]
"""Texts by section and name: `title` by the refusal's class, `detail` by names of their own."""

_PARAMETER = re.compile(r"\{(\w+)\}")
_LONGEST = 1_000
"""Characters of a detail above which it stays as it is: such a one quotes."""


@dataclass(frozen=True, kw_only=True)
class RefusalTexts:
    """What refusals say in a language. Of what it has no text for, nothing is returned."""

    english: Sections
    texts: Sections

    def title(self, refusal: type[Exception]) -> str | None:
        """Return the title of a kind of refusal, or of the kind that it is one of."""
        titles = self.texts.get("title", {})
        return next((titles[one.__name__] for one in refusal.__mro__ if one.__name__ in titles), None)

    def retitled(self, said: str) -> str | None:
        """Return the text for an English title."""
        return self.texts.get("title", {}).get(self._titled.get(said, ""))

    def detail(self, said: str) -> str | None:
        """Return the text for an English detail, with the parameters that stand in it."""
        if len(said) > _LONGEST:
            return None
        details = self.texts.get("detail", {})
        if (name := self._plain.get(said)) is not None:
            return details.get(name)
        for pattern, name in self._patterns:
            if (found := pattern.fullmatch(said)) is not None and name in details:
                return self._filled(details[name], found.groupdict())
        return None

    def _filled(self, text: str, values: Mapping[str, str]) -> str:
        """Return a text with its parameters; one that is a title is said in the language, too."""
        titles = self.texts.get("title", {})

        def value(one: re.Match[str]) -> str:
            said = values[one[1]]
            return titles.get(self._titled.get(said, ""), said)

        return _PARAMETER.sub(value, text)

    @cached_property
    def _titled(self) -> Mapping[str, str]:
        return {title: name for name, title in self.english.get("title", {}).items()}

    @cached_property
    def _plain(self) -> Mapping[str, str]:
        """The names of the texts without parameters, by what they say in English."""
        return {text: name for name, text in self.english.get("detail", {}).items() if not _PARAMETER.search(text)}

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], str], ...]:
        """The others as patterns, those that say most by themselves first."""
        others = [(text, name) for name, text in self.english.get("detail", {}).items() if _PARAMETER.search(text)]
        ordered = sorted(others, key=lambda one: -len(_PARAMETER.sub("", one[0])))
        return tuple((re.compile(_pattern(text), re.DOTALL), name) for text, name in ordered)


def _pattern(text: str) -> str:
    parts = _PARAMETER.split(text)
    return "".join(f"(?P<{part}>.*?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
