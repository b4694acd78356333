"""Lists of what may be declared: stored as data, and rendered in any language."""

import json
from collections.abc import Iterable, Mapping
from types import MappingProxyType

PHRASES: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "document": frozenset({"type", "name"}),
        "from_authority": frozenset({"documents", "authority"}),
        "by_officer": frozenset({"documents"}),
        "alone": frozenset({"all"}),
        "one_of": frozenset({"others", "last"}),
        "one_of_these": frozenset({"all"}),
        "statement": frozenset({"type", "name"}),
        "one_statement": frozenset({"all"}),
        "one_of_statements": frozenset({"others", "last"}),
        "only_if": frozenset({"all"}),
        "only_if_one_of": frozenset({"others", "last"}),
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


def codes(list_: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the documents and the waiver codes of an encoded list; of what is no such list nothing."""
    try:
        documents, statements = json.loads(list_)
        return tuple(kind for _, *kinds in documents for kind in kinds), tuple(statements)
    except (ValueError, TypeError):
        return (), ()


def rendered(list_: str, texts: Words) -> str:
    """Render the documents of an encoded list with their names, those of each authority together; without documents its waiver codes.

    Raises:
        KeyError: if the language lacks a phrase.
        ValueError: if it is no such list.
    """
    phrases, authorities = texts["listed"], texts.get("authority", {})
    documents, statements = json.loads(list_)
    if not documents:
        return _choice(_stated(statements, texts), texts, "one_statement", "one_of_statements")
    parts = []
    for authority, *kinds in documents:
        named = ", ".join(_named(kind, texts) for kind in kinds)
        if authority is None:
            parts.append(phrases["by_officer"].format(documents=named))
        else:
            name = authorities.get(authority, authority)
            parts.append(phrases["from_authority"].format(documents=named, authority=name))
    several = len(documents) == 1 and len(documents[0]) > 2
    return _choice(parts, texts, "one_of_these" if several else "alone", "one_of")


def excepted(list_: str, texts: Words) -> str:
    """Render the waiver codes of an encoded list that has documents: a sentence that follows the one with the documents.

    Raises:
        KeyError: as for `rendered`.
        ValueError: as for `rendered`.
    """
    documents, statements = json.loads(list_)
    if not documents or not statements:
        return ""
    return _choice(_stated(statements, texts), texts, "only_if", "only_if_one_of")


def _choice(parts: list[str], texts: Words, one: str, several: str) -> str:
    """Write what is declared, or of which one is: the phrase of either."""
    *others, last = parts
    phrases = texts["listed"]
    if not others:
        return phrases[one].format(all=last)
    return phrases[several].format(others=between(texts).join(others), last=last)


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


def _stated(kinds: Iterable[str], texts: Words) -> list[str]:
    return [_named(kind, texts, "statement") for kind in kinds]


def _named(kind: str, texts: Words, phrase: str = "document") -> str:
    """Return a code with its name; a certificate that only TARIC knows has none here."""
    name = texts["called"].get(kind)
    return texts["listed"][phrase].format(type=kind, name=name) if name is not None else kind
