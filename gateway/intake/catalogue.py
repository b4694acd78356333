"""The sentences of refusals: which rule was violated, in the words of the message catalogue."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import tomli

from gateway.domain.errors import ConfigurationError, SchemaViolated, Violation
from gateway.domain.texts.sentences import ENGLISH, Texts
from gateway.intake.xml import Element, SchemaFault, local_name

_NAMESPACE = re.compile(r"\{[^{}]*\}(?=[\w.\-]+)")
_SUBJECT = re.compile(r"^Element '[^']*'(?:, attribute '(?P<attribute>[^']*)')?: ")

_LONGEST = 300
_QUOTED = {"value": 80}
"""Characters of a parameter that a sentence quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    name: str
    when: re.Pattern[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeSentences:
    """The sentences that intake answers with."""

    schema: Mapping[str, tuple[_Sentence, ...]]
    codes: Mapping[str, str]
    """The codes by the rule's name."""
    texts: Texts
    """The texts in English."""

    @classmethod
    def load(cls, file: Path) -> "IntakeSentences":
        """Read the catalogue.

        Raises:
            ConfigurationError: it cannot be read.
        """
        try:
            table = tomli.loads(file.read_text("utf-8"))
            schema: dict[str, tuple[_Sentence, ...]] = {}
            for row in table["schema"]:
                when = re.compile(row["when"], re.DOTALL) if "when" in row else None
                sentence = _Sentence(name=row["name"], when=when)
                schema[row["rule"]] = (*schema.get(row["rule"], ()), sentence)
            rows = [*table["schema"], *table["rule"]]
            texts = Texts(
                language=ENGLISH,
                messages={},
                words=table["words"],
                sentences={row["name"]: row["message"] for row in rows},
            )
            return cls(schema=schema, codes={row["name"]: row["code"] for row in table["rule"]}, texts=texts)
        except (OSError, tomli.TOMLDecodeError, KeyError, re.error) as error:
            raise ConfigurationError((f"{file}: {type(error).__name__}: {error}",)) from error

    def violation(self, rule: str, *, path: str | None, line: int | None, **parameters: object) -> Violation:
        """Return the violation of a rule of ours."""
        params = {name: shortened(str(value)) for name, value in parameters.items()}
        return Violation(
            code=self.codes[rule],
            message=self.texts.sentence(rule, params),
            path=path,
            line=line,
            rule=rule,
            sentence=rule,
            params=params,
        )

    def of_schema(
        self, fault: SchemaFault, titles: Mapping[tuple[str, str], str], *, path: str | None, line: int | None
    ) -> Violation:
        """Return the violation that the schema processor found; `titles` names elements by parent and own name."""
        text = _NAMESPACE.sub("", fault.text)
        attribute = ""
        if subject := _SUBJECT.match(text):
            text = text[subject.end() :]
            if subject["attribute"] and "The attribute " not in text:
                attribute = subject["attribute"]
        name, params = self._sentence(fault.rule, text)
        if name is not None:
            params |= field_of(fault.element, titles, attribute=attribute)
        return Violation(
            code=SchemaViolated.code,
            message=shortened(text) if name is None else self.texts.sentence(name, params),
            path=path,
            line=line,
            rule=fault.rule,
            sentence=name,
            params=params,
        )

    def _sentence(self, rule: str, text: str) -> tuple[str | None, dict[str, str]]:
        for sentence in self.schema.get(rule, ()):
            found = sentence.when.search(text) if sentence.when is not None else None
            if sentence.when is None or found is not None:
                quoted = found.groupdict() if found is not None else {}
                return sentence.name, {
                    name: shortened(value or "", _QUOTED.get(name, _LONGEST)) for name, value in quoted.items()
                }
        return None, {}


def field_of(element: Element | None, titles: Mapping[tuple[str, str], str], *, attribute: str = "") -> dict[str, str]:
    """Return an element's name for a sentence: with its data element number and title where the schema has them."""
    if element is None:
        return {"field": "message"}
    parent = element.getparent()
    name = local_name(element)
    number, title = parted(titles.get((local_name(parent) if parent is not None else "", name), ""))
    kind = ("attribute_numbered" if title else "attribute") if attribute else ("numbered" if title else "element")
    return {"field": kind, "element": name, "number": number, "title": title, "part": attribute}


def parted(title: str) -> tuple[str, str]:
    """Split a data element's number from its name."""
    number, _, name = title.partition(", ")
    return number, name


def shortened(value: str, limit: int = _LONGEST) -> str:
    """Return the beginning of a long text."""
    value = value.encode("utf-8", "replace").decode()
    return value if len(value) <= limit else f"{value[:limit]}… (1–{limit}/{len(value)})"
