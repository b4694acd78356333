"""Texts in sections of a catalogue, each with a name: those that the delivered English file has, with the parameters that it has."""

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import ClassVar, Self

from gateway.domain.errors import ConfigurationError
from gateway.domain.texts.sentences import names
from gateway.settings import default_folder

Sections = Mapping[str, Mapping[str, str]]
"""Texts by section and name."""


@cache
def declared(kind: str) -> Mapping[str, Mapping[str, frozenset[str]]]:
    """Return the parameters of each text of a kind, by section and name, as the delivered English file declares them."""
    file = default_folder() / "messages" / f"{kind}.en.toml"
    sections = tomllib.loads(file.read_text(encoding="utf-8"))
    return {section: {name: names(text) for name, text in texts.items()} for section, texts in sections.items()}


class SectionTexts:
    """A catalogue of texts of one kind in which none is missing."""

    kind: ClassVar[str]
    further: ClassVar[Mapping[str, frozenset[str]]] = MappingProxyType({})
    """By name: parameters that a text may have although the delivered English one has them not."""

    def __init__(self, texts: Sections) -> None:
        self._texts = texts

    @classmethod
    def of(cls, texts: Sections) -> Self:
        """Make the catalogue from its sections.

        Raises:
            ConfigurationError: with every text that is missing, not known, or has a parameter that nobody fills.
        """
        if faults := tuple(cls._faults(texts)):
            raise ConfigurationError(faults)
        return cls(texts)

    @classmethod
    def _faults(cls, texts: Sections) -> Iterator[str]:
        file, known = f"messages/{cls.kind}.en.toml", declared(cls.kind)
        for section in sorted(texts.keys() - known.keys()):
            yield f"{file}: [{section}] is no section of this catalogue; take it out"
        for section, wanted in known.items():
            present = texts.get(section, {})
            for name in sorted(wanted.keys() - present.keys()):
                yield f"{file}: [{section}] lacks the text {name!r}; add it"
            for name, text in present.items():
                if name not in wanted:
                    yield f"{file}: [{section}] {name}: nothing is said with this text; take it out"
                    continue
                for one in sorted(names(text) - wanted[name] - cls.further.get(name, frozenset())):
                    yield f"{file}: [{section}] {name}: there is no parameter {{{one}}}; take it out"

    def _said(self, section: str, name: str, params: Mapping[str, object]) -> str:
        return self._texts[section][name].format_map(params)
