"""The words that are units, in any field: of the adapter's own lists, and of the gateway's."""

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import tomli

from gateway.conformance.package import AdapterPackage
from gateway.settings.folders import default_folder


def unit_words(package: AdapterPackage) -> Mapping[str, str | None]:
    """Return every word that is a unit, with the unit that it means; None: the adapter's list says how many of another it is."""
    known: dict[str, str | None] = dict(_words_of_the_gateway())
    units = set(known.values())
    for name, code, means in package.code_rows:
        if means in units:
            known.setdefault(code, means)
        elif "unit" in name.lower():
            # It says how many of another this one is: then the adapter converts, whatever the word means elsewhere.
            known[code] = None
    for word, unit in named_in_code(package):
        if unit in units:
            known.setdefault(word, unit)
    return known


def unit_of(words: Mapping[str, str | None], text: str) -> tuple[bool, str | None]:
    """Return whether a text is a unit, and which; of more than one letter however it is capitalised."""
    for one in (text, *((text.upper(), text.lower()) if len(text) > 1 else ())):
        if one in words:
            return True, words[one]
    return False, None


@cache
def _words_of_the_gateway() -> Mapping[str, str]:
    """Return the words of the delivered list of units, and how people call them in every language."""
    folder = default_folder()
    rows = _table(folder / "units.toml")["unit"]
    units = {str(one["word"]): str(one["unit"]) for one in rows}
    for file in sorted((folder / "messages").glob("units.*.toml")):
        for one in _table(file)["word"]:
            if one["param"].partition("_")[0] == "unit" and one["word"] in units:
                units.setdefault(str(one["text"]), units[one["word"]])
    return units


def _table(file: Any) -> dict[str, Any]:
    return tomli.loads(file.read_text(encoding="utf-8"))


def named_in_code(package: AdapterPackage) -> Iterator[tuple[str, str]]:
    """Yield the pairs of texts of the mappings in the code."""
    for tree in package.modules.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Dict):
                for key, value in zip(node.keys, node.values, strict=True):
                    match key, value:
                        case ast.Constant(value=str(word)), ast.Constant(value=str(unit)):
                            yield word, unit
