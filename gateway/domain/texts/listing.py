"""Lists of what may be declared: stored as data, and rendered in any language."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType

PHRASES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "document": frozenset({"type", "name"}),
        "from_authority": frozenset({"documents", "authority"}),
        "by_officer": frozenset({"documents"}),
        "statement": frozenset({"type", "name"}),
        "one_of": frozenset({"others", "last"}),
        "one_of_these": frozenset({"all"}),
        "in_its_place": frozenset({"alternatives"}),
    }
)
"""The phrases that lists are put together from, each with its parameters: the words of the parameter `listed`."""
SIGNS = "signs_of_lists"
"""The key of what a language has between the entries of a list, among its words; no parameter has this name."""
_BETWEEN = "; "

Words = Mapping[str, Mapping[str, str]]
"""By parameter, by word."""


def kept(documents: Iterable[tuple[str, str | None]], statements: Iterable[str]) -> str:
    """Encode a list: documents, each with the authority that is asked about it (None: nobody is), then waiver codes."""
    by_authority: dict[str | None, list[str]] = {}
    for kind, authority in documents:
        by_authority.setdefault(authority, []).append(kind)
    content = [*([authority, *kinds] for authority, kinds in by_authority.items())]
    return json.dumps([content, [*statements]], ensure_ascii=False, separators=(",", ":"))


def rendered(list_: str, texts: Words) -> str:
    """Render an encoded list: the documents of each authority with their names, then each waiver code with its meaning.

    Raises:
        KeyError: if the language lacks a phrase.
        ValueError: if it is no such list.
    """
    phrases, names, authorities = texts["listed"], texts["called"], texts.get("authority", {})
    documents, statements = json.loads(list_)
    parts, count = [], len(statements)
    for authority, *kinds in documents:
        count += len(kinds)
        named = ", ".join(_named(phrases["document"], kind, names) for kind in kinds)
        if authority is None:
            parts.append(phrases["by_officer"].format(documents=named))
        else:
            name = authorities.get(authority, authority)
            parts.append(phrases["from_authority"].format(documents=named, authority=name))
    parts += [_named(phrases["statement"], kind, names) for kind in statements]
    *others, last = parts
    if others:
        return phrases["one_of"].format(others=between(texts).join(others), last=last)
    return last if count == 1 else phrases["one_of_these"].format(all=last)


def between(words: Words) -> str:
    """Return what the language has between entries with commas of their own."""
    return words.get(SIGNS, {}).get("between", _BETWEEN)


def parted(text: str, words: Words) -> str:
    """Write what stands between the entries of a list as the language has it."""
    return text.replace(_BETWEEN, between(words))


def either(text: str, words: Words) -> str:
    """Write codes with commas between them as a choice: `12 03, 12 01` reads `12 03 or 12 01`."""
    *others, last = text.split(", ")
    return words.get(SIGNS, {}).get("or", " or ").join([", ".join(others), last]) if others else last


def _named(phrase: str, kind: str, names: Mapping[str, str]) -> str:
    """Return a code with its name; a certificate that only TARIC knows has none here."""
    name = names.get(kind)
    return phrase.format(type=kind, name=name) if name is not None else kind
