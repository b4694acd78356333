"""The sentences for people, in one language: the catalogue's sentences, and the words for their parameters.

A parameter is either data (a code, a reference), which reads the same in every language, a quantity, or a word. Words are
kept by the parameter that they stand for, so that no reference is ever taken for one. A word may be a phrase with data of
its own: `at most {left} {unit}`. Quantities are kept exactly and with codes of units, and are written out as people write them.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from string import Formatter
from types import MappingProxyType

from gateway.domain.texts import listing, quantities
from gateway.domain.texts.legal_bases import LEGAL_BASIS, cited
from gateway.domain.texts.listing import Words
from gateway.domain.texts.messages import CodeName, Message, Word

OPEN = frozenset(
    {
        "authority",
        "pattern",
        "system",
        "measure",
        "whose",
        "hold_limit",
        "suspension",
        "control_type",
        "control_result",
        "control_reason",
        "control_level",
        "indicator",
        "title",
        "inner_title",
        "member",
        "unit",
        *quantities.UNIT_FORMS,
        LEGAL_BASIS,
    }
)
"""Parameters whose words are the tables' and schemas' own: a name that a language has no word for stands as it is."""

_WITH_UNIT = re.compile(rf"\{{({'|'.join(sorted(quantities.QUANTITIES))})\}} \{{unit\}}")

_OF_TARIC = " (TARIC "
_PARTS = re.compile(r"(: |, )")
_AS_IT_IS = re.compile(r": |, |[A-Z]{2}(?: [A-Z]{2})*|[0-9]+")
"""What of a measure's name reads alike in every language: separators, codes of countries, numbers."""
"""Before the number of a measure type, in the name of a measure of TARIC."""

LISTS = frozenset({"alternatives", "in_its_place"})
"""Parameters that are lists of what may be declared."""
CHOICES = frozenset({"belongs"})
"""Parameters that are codes of which one is enough."""
DAYS = frozenset({"day", "on"})
"""Parameters that are days."""
_MEASURED = quantities.QUANTITIES | quantities.RATES
_REWRITTEN = DAYS | LISTS | CHOICES

_SINCE: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "SW-DEC-061": {"lacking": "record"},
        "SW-DEC-070": {"drawn_on": "line"},
        "SW-DEC-083": {"ill_cited": "form", "cite_well": "form"},
        "SW-DEC-100": {"extracts": ""},
        "SW-DEC-274": {"companions": ""},
    }
)
"""By finding the parameters that its sentence has only since some were stored, each with what the stored ones meant."""

ENGLISH = "en"
"""The language in which everything is decided and stored, and which is read where no other is there."""


class TextFault(Exception):
    """A sentence and its parameters do not belong together."""


@lru_cache(maxsize=4096)
def names(template: str) -> frozenset[str]:
    """Return the parameters of a sentence; `{Authority}` is `{authority}` at the beginning of one.

    Raises:
        TextFault: if it is no sentence with plain `{name}` parameters.
    """
    try:
        parts = list(Formatter().parse(template))
    except ValueError as error:
        raise TextFault(f"{template!r}: {error}") from error
    found = set()
    for _, name, layout, conversion in parts:
        if name is None:
            continue
        if not name.isidentifier() or layout or conversion:
            raise TextFault(f"{template!r}: {{{name}}} is no plain parameter")
        found.add(name.lower() if name.lower() in OPEN else name)
    return frozenset(found)


def named(param: str, name: str) -> dict[str, str]:
    """Return a name as the parameter `{param}`, and as `{Param}`, which begins a sentence."""
    return {param: name, param.capitalize(): name[:1].upper() + name[1:]}


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldMessage:
    """The message to a trader instead of a refusal that customs has not confirmed (UCC Art. 22(6))."""

    code: str
    message: str
    remedy: str
    legal_basis: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The texts of one language."""

    language: str
    """Its tag (RFC 5646)."""
    messages: Mapping[str, Message]
    """What findings say, by their codes."""
    words: Words
    sentences: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The sentences for refused messages, by their names."""
    day: Callable[[str], str] | None = None
    """Writes the days in a text as people of the language do, on pages; None: as they are stored, for machines, too."""

    def rendered(self, code: str, params: Mapping[str, str]) -> tuple[str, str]:
        """Return message and remedy of a finding, with the parameters in place.

        Raises:
            TextFault: if the language has no such sentence or word, or a parameter is missing.
        """
        message, remedy, _ = self.rendered_with(code, params)
        return message, remedy

    def rendered_with(self, code: str, params: Mapping[str, str]) -> tuple[str, str, dict[str, str]]:
        """Return the same, and those of the parameters without which they cannot be rendered.

        Raises:
            TextFault: as for `rendered`.
        """
        message = self.messages.get(code)
        if message is None:
            raise TextFault(f"{code}: there is no message in {self.language}")
        if "authority" in params and "system" not in params:  # stored when what is asked was called by who decides
            params = {**params, "system": params["authority"]}
        if "available" in params and "rest" not in params:  # stored when what is left always stood in the sentence
            params = {**params, "rest": "stated"}
        if code in _SINCE:
            params = {**_SINCE[code], **params}
        needed = self._needed(message, params)
        values = self._values(needed)
        return _filled(message.message, values), _filled(message.remedy, values) + self._excepted(needed), needed

    def _needed(self, message: Message, params: Mapping[str, str]) -> dict[str, str]:
        said = wanted = names(message.message) | names(message.remedy)
        terms = self.words
        for name in said:
            words = terms.get(name)
            phrase = words.get(params.get(name, "")) if words is not None else None
            if phrase:
                wanted |= names(phrase)
        return {name: value for name, value in params.items() if name in wanted}

    def sentence(self, name: str, params: Mapping[str, str]) -> str:
        """Return a sentence of refusal.

        Raises:
            TextFault: as for `rendered`.
        """
        if name not in self.sentences:
            raise TextFault(f"{name}: there is no sentence in {self.language}")
        return _filled(self.sentences[name], self._values(params))

    def phrase(self, param: str, word: str, params: Mapping[str, str]) -> str:
        """Return the text of a word, its own parameters in place.

        Raises:
            TextFault: as for `rendered`.
        """
        return self._values({param: word, **params})[param]

    def measure(self, measure: str) -> str | None:
        """Return the name of a measure in this language; None: it lacks a word for it.

        Of one of TARIC the title is in it, and the number of its type stays. A name of parts, `mercury: export, some goods`, is in it
        part by part; codes of countries and numbers stay.
        """
        terms = self.words.get("measure", {})
        title, number, rest = measure.partition(_OF_TARIC)
        named = terms.get(measure)
        if named is not None:
            return named
        if number:
            return terms[title] + number + rest if title in terms else None
        parts = _PARTS.split(measure)
        in_words = [part if _AS_IT_IS.fullmatch(part) else terms.get(part) for part in parts]
        return None if len(parts) == 1 or None in in_words else "".join(map(str, in_words))

    def quantity(self, amount: str, unit: str = "") -> str:
        """Return an amount, and its unit, as the language writes them."""
        return quantities.quantity(f"{amount} {unit}".rstrip(), self.words, self.language)

    def unit(self, unit: str) -> str:
        """Return the name for one of a unit."""
        return quantities.rate(unit, self.words, self.language, one=True)

    def cited(self, basis: str) -> str:
        """Return a legal basis as acts are cited in this language."""
        return cited(basis, self.words)

    def _values(self, params: Mapping[str, str]) -> dict[str, str]:
        values, phrases, terms = dict(params), {}, self.words
        for name, value in params.items():
            words = terms.get(name)
            if words is None:
                continue
            text = words.get(value) if name != "measure" else self.measure(value)
            if text is None:
                if value and name not in OPEN:
                    raise TextFault(f"{name}: there is no word for {value!r} in {self.language}")
            elif "{" in text:
                phrases[name] = text
            else:
                values[name] = text
        # Most sentences have none of these.
        if not _MEASURED.isdisjoint(params):
            values.update(self._quantities(params))
        if not _REWRITTEN.isdisjoint(params):
            values.update(self._rewritten(params))
        if phrases:
            values |= {name: _filled(phrase, values) for name, phrase in phrases.items()}
        for name in params:
            if name in OPEN:
                # `{Authority}` begins a sentence.
                text = values[name]
                values[name.capitalize()] = text[:1].upper() + text[1:]
        return values

    def _rewritten(self, params: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Return days, lists and choices among the parameters as the language writes them."""
        for name, value in params.items():
            if name in DAYS and self.day is not None:
                yield name, self.day(value)
            elif name in LISTS:
                yield name, self._listed(name, value)
            elif name in CHOICES:
                yield name, listing.either(value, self.words)

    def _quantities(self, params: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Return the quantities among the parameters as the language writes them, also each with the unit that stands beside it."""
        for name in quantities.QUANTITIES & params.keys():
            yield name, quantities.quantity(params[name], self.words, self.language)
            if "unit" in params:
                yield f"{name} unit", quantities.quantity(f"{params[name]} {params['unit']}", self.words, self.language)
        for name in quantities.RATES & params.keys():
            yield name, quantities.rate(params[name], self.words, self.language)

    def _listed(self, name: str, list_: str) -> str:
        if not list_:
            return ""
        try:
            listed = listing.rendered(list_, self.words)
            return listed if name != "in_its_place" else self.words["listed"][name].format(alternatives=listed)
        except (KeyError, ValueError, TypeError) as error:
            raise TextFault(f"{name}: {error!r} in {self.language}") from error

    def _excepted(self, params: Mapping[str, str]) -> str:
        """Return the sentence with the statements of a list: behind a remedy that names its documents."""
        list_ = params.get("alternatives")
        try:
            return listing.excepted(list_, self.words) if list_ else ""
        except (KeyError, ValueError, TypeError) as error:
            raise TextFault(f"alternatives: {error!r} in {self.language}") from error


def english(messages: Iterable[Message], terms: Iterable[Word], names: Iterable[CodeName]) -> Texts:
    """Return the texts that findings are decided and stored with: sentences, words, and the names of document codes."""
    return Texts(
        language=ENGLISH,
        messages={message.code: message for message in messages},
        words={**vocabulary(terms), "called": {row.type: row.name for row in names}},
    )


def vocabulary(rows: Iterable[Word]) -> Words:
    """Return rows of words as the index that sentences use."""
    terms: dict[str, dict[str, str]] = {}
    for row in rows:
        terms.setdefault(row.param, {})[row.word] = row.text
    return terms


@lru_cache(maxsize=4096)
def _joined(template: str) -> str:
    """Return a sentence in which a number and the unit behind it are one parameter, so that both are written together."""
    return _WITH_UNIT.sub(r"{\1 unit}", template)


def _filled(template: str, params: Mapping[str, str]) -> str:
    if params.get("reference") == "":  # a statement has none: no blank is left of it
        template = template.replace(" {reference}", "")
    try:
        return _joined(template).format_map(params)
    except (KeyError, ValueError, IndexError, AttributeError) as error:
        raise TextFault(f"{template!r}: {error!r}") from error
