"""Made-up values in place of personal data in answers that are recorded: of the same shape, the same one for the same value.

They are numbered in the order in which they are met, never computed from what they stand for: numbers of traders are so few
that they could be tried. What is recognised stands in `personal_data.toml`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import tomli
from lxml import etree

from gateway.conformance.secrecy import EMAIL, PHONE
from gateway.contract import UnexpectedAnswer
from gateway.contract.xml import parse_xml

_WORDS = 2
"""Words from which on a text that nobody knows is free text."""
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*|[{}\[\]:,]|true|false|null')


@cache
def _known() -> Mapping[str, Any]:
    return tomli.loads(Path(__file__).with_name("personal_data.toml").read_text(encoding="utf-8"))


@cache
def _kinds() -> Mapping[str, str]:
    return {name: kind for kind, names in _known()["fields"].items() for name in names}


@cache
def _trader() -> re.Pattern[str]:
    countries = "|".join(_known()["countries"]["of"])
    return re.compile(rf"(?<![\w.])(?:{countries})(?=[0-9A-Z]*[0-9]{{5}})[0-9A-Z]{{8,15}}(?![\w.])")


class Pseudonyms:
    """The made-up values of one session of recording, and what was found on the way."""

    def __init__(self, kept: tuple[str, ...] = ()) -> None:
        """Take the texts that stay as they are: the numbers of the documents that are asked about."""
        self._kept = frozenset(kept)
        self._made: dict[tuple[str, str], str] = {}
        self.replaced: dict[str, int] = {}
        """The number of replaced values by kind."""
        self.doubtful: list[str] = []
        """The fields that may hold personal data, and were left."""

    def body(self, body: bytes) -> bytes:
        """Return an answer without personal data; what is neither JSON nor XML is searched as a text."""
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            self._doubt("the body", "it is no text in UTF-8")
            return body
        if text.lstrip().startswith("<"):
            return self._xml(body)
        if text.lstrip().startswith(("{", "[")):
            return self._json(text).encode()
        return self._text(text).encode()

    def of(self, path: tuple[str, ...], value: str) -> str:
        """Return the replacement of a value, which is below the fields of a path."""
        if value in self._kept or not value.strip():
            return value
        kind = _kind(path)
        if kind is not None:
            return self._made_up(kind, value)
        found = self._text(value)
        if found == value and path and _plain(path[-1]) in _known()["doubtful"]["of"] and len(value.split()) >= _WORDS:
            self._doubt(".".join(path), "a text")
        return found

    def _text(self, text: str) -> str:
        text = EMAIL.sub(lambda found: self._made_up("email", found[0]), text)
        text = PHONE.sub(lambda found: self._made_up("telephone", found[0]), text)
        return _trader().sub(
            lambda found: found[0] if found[0] in self._kept else self._made_up("number", found[0]), text
        )

    def _made_up(self, kind: str, value: str) -> str:
        if (kind, value) not in self._made:
            number = sum(one == kind for one, _ in self._made) + 1
            self._made[kind, value] = _MAKERS[kind](value, number)
            self.replaced[kind] = self.replaced.get(kind, 0) + 1
        return self._made[kind, value]

    def _doubt(self, place: str, what: str) -> None:
        if (told := f"{place}: {what}") not in self.doubtful:
            self.doubtful.append(told)

    def _json(self, text: str) -> str:
        """Replace values in their places; whatever else the text is made of stays byte for byte."""
        out: list[str] = []
        end = 0
        for token, path, is_key in _json_tokens(text):
            if is_key and any(form.search(token[0]) for form in (EMAIL, PHONE, _trader())):
                self._doubt(".".join(path[:-1]) or "the root", "the name of a field")
            if is_key or token[0].startswith(("{", "}", "[", "]", ":", ",")):
                continue
            new = self._json_value(token[0], path)
            out += [text[end : token.start()], new]
            end = token.end()
        return "".join((*out, text[end:]))

    def _json_value(self, token: str, path: tuple[str, ...]) -> str:
        if not token.startswith('"'):
            if token not in {"true", "false", "null"} and _kind(path) is not None:
                self._doubt(".".join(path), "a number")
            return token
        try:
            value = json.loads(token)
        except ValueError:
            return token
        new = self.of(path, value)
        return token if new == value else json.dumps(new)

    def _xml(self, body: bytes) -> bytes:
        try:
            root = parse_xml(body)
        except UnexpectedAnswer:
            return self._text(body.decode("utf-8")).encode()
        changed = False
        for element in root.iter():
            path = tuple(_local(one.tag) for one in (*reversed(list(element.iterancestors())), element))
            for where, place in (("text", path), ("tail", path[:-1])):
                value = str(getattr(element, where) or "").strip()
                if (new := self.of(place, value)) != value:
                    setattr(element, where, str(getattr(element, where)).replace(value, new))
                    changed = True
            for name, held in element.attrib.items():
                if (new := self.of((*path, _local(str(name))), str(held))) != held:
                    element.set(name, new)
                    changed = True
        return (
            etree.tostring(root, encoding="UTF-8", xml_declaration=body.lstrip().startswith(b"<?xml"))
            if changed
            else body
        )


def _json_tokens(text: str) -> Iterator[tuple[re.Match[str], tuple[str, ...], bool]]:
    """Yield the tokens of a JSON text with the fields that each is below, and whether it is a field's name."""
    around: list[list[str | None]] = []
    tokens = list(_TOKEN.finditer(text))
    for place, token in enumerate(tokens):
        what = token[0]
        follows = tokens[place + 1][0] if place + 1 < len(tokens) else ""
        if what in "{[":
            around.append([what, around[-1][1] if around and what == "[" else None])
        elif what in "}]" and around:
            around.pop()
        is_key = what.startswith('"') and follows == ":" and bool(around) and around[-1][0] == "{"
        if is_key:
            around[-1][1] = what[1:-1]
        # A list's entries stand below the list's field.
        path = tuple(name for kind, name in around if name is not None and kind == "{")
        yield token, path, is_key


def _kind(path: tuple[str, ...]) -> str | None:
    """Return which kind of personal data a field holds, by its name and the names around it; None: none that is known."""
    if not path:
        return None
    name = _plain(path[-1])
    if (kind := _kinds().get(name)) is not None:
        return kind
    parties = _known()["parties"]["of"]
    around = _plain(path[-2]) if len(path) > 1 else ""
    if name in parties or (name == "name" and (around in parties or around.rstrip("s") in parties)):
        return "name"
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _local(tag: Any) -> str:
    return str(tag).rpartition("}")[2]


def _name(value: str, number: int) -> str:
    return f"Made-up Person {number}"


def _address(value: str, number: int) -> str:
    return re.sub(r"\d", "0", value) if re.fullmatch(r"[A-Z]{0,2}[\d -]+", value) else f"Made-up Place {number}"


def _email(value: str, number: int) -> str:
    return f"made.up.{number}@gateway.example"


def _telephone(value: str, number: int) -> str:
    return re.sub(r"[\d+]", "0", value)


def _number(value: str, number: int) -> str:
    country = value[:2] if value[:2] in _known()["countries"]["of"] else ""
    shape = re.sub(r"[A-Z]", "X", re.sub(r"\d", "0", re.sub(r"[a-z]", "x", value[len(country) :])))
    digits = str(number)
    return country + (shape[: len(shape) - len(digits)] + digits if len(shape) > len(digits) else shape)


def _birth(value: str, number: int) -> str:
    return "1970-01-01" if re.fullmatch(r"\d{4}-\d\d-\d\d", value) else re.sub(r"\d", "0", value)


_MAKERS = {
    "name": _name, "address": _address, "email": _email, "telephone": _telephone, "number": _number, "birth": _birth,
}  # fmt: skip
