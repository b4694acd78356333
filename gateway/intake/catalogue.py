"""The sentences of refusals: which rule was violated, in the words of the message catalogue."""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gateway.domain.errors import ConfigurationError, SchemaViolated, Violation
from gateway.intake.xml import Element, SchemaFault, local_name

_NAMESPACE = re.compile(r"\{[^{}]*\}(?=[\w.\-]+)")
_SUBJECT = re.compile(r"^Element '[^']*'(?:, attribute '(?P<attribute>[^']*)')?: ")
_SHOWN = 80
"""Characters of a value that a sentence quotes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sentence:
    when: re.Pattern[str] | None
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Every sentence that intake says."""

    schema: Mapping[str, tuple[_Sentence, ...]]
    rules: Mapping[str, tuple[str, str]]
    """Code and sentence by the rule's name."""
    names: Mapping[str, str]
    """Fields of the model, in words."""

    @classmethod
    def load(cls, file: Path) -> "Catalogue":
        """Reads the catalogue.

        Raises:
            ConfigurationError: it cannot be read.
        """
        try:
            table = tomllib.loads(file.read_text("utf-8"))
            schema: dict[str, tuple[_Sentence, ...]] = {}
            for row in table["schema"]:
                when = re.compile(row["when"], re.DOTALL) if "when" in row else None
                sentence = _Sentence(when=when, message=row["message"])
                schema[row["rule"]] = (*schema.get(row["rule"], ()), sentence)
            rules = {row["name"]: (row["code"], row["message"]) for row in table["rule"]}
            return cls(schema=schema, rules=rules, names=table["names"])
        except (OSError, tomllib.TOMLDecodeError, KeyError, re.error) as error:
            raise ConfigurationError((f"{file}: {type(error).__name__}: {error}",)) from error

    def violation(self, rule: str, *, path: str | None, line: int | None, **parameters: object) -> Violation:
        """Says that a rule of ours was violated."""
        code, message = self.rules[rule]
        shown = {name: shortened(str(value)) for name, value in parameters.items()}
        return Violation(code=code, message=message.format(**shown), path=path, line=line, rule=rule)

    def of_schema(
        self, fault: SchemaFault, titles: Mapping[tuple[str, str], str], *, path: str | None, line: int | None
    ) -> Violation:
        """Says what the schema processor found; `titles` names elements by parent and own name."""
        message = self._sentence(fault, titles)
        return Violation(code=SchemaViolated.code, message=message, path=path, line=line, rule=fault.rule)

    def _sentence(self, fault: SchemaFault, titles: Mapping[tuple[str, str], str]) -> str:
        text = _NAMESPACE.sub("", fault.text)
        field = named(fault.element, titles) if fault.element is not None else "The message"
        if subject := _SUBJECT.match(text):
            text = text[subject.end() :]
            if subject["attribute"] and "The attribute " not in text:
                field = f"The attribute {subject['attribute']} of {field}"
        for sentence in self.schema.get(fault.rule, ()):
            found = sentence.when.search(text) if sentence.when is not None else None
            if sentence.when is None or found is not None:
                given = found.groupdict() if found is not None else {}
                return sentence.message.format(
                    field=field,
                    **{name: shortened(value or "", quoted=name == "value") for name, value in given.items()},
                )
        return shortened(text, 300)


def named(element: Element, titles: Mapping[tuple[str, str], str]) -> str:
    """Gives an element's name with its data element number and title where the schema says them."""
    parent = element.getparent()
    name = local_name(element)
    title = titles.get((local_name(parent) if parent is not None else "", name))
    return f"{name} ({title})" if title else name


def shortened(value: str, limit: int | None = None, *, quoted: bool = False) -> str:
    """Gives the beginning of a long text."""
    limit = limit or _SHOWN if quoted or limit else 300
    value = value.encode("utf-8", "replace").decode()
    text = value if len(value) <= limit else f"{value[:limit]}… ({len(value)} characters)"
    return f"“{text}”" if quoted else text
