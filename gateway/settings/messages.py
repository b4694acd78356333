"""Reading of the texts in every language that `config/messages` has: every fault at once, with file and line.

A language is a set of files, `decisions.fr.toml` and the others of `FILES`; some may have further parts, `pages.act.fr.toml`. English is the measure: another language has
the same sentences with the same parameters, and the same words.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from gateway.domain.errors import ConfigurationError
from gateway.domain.tables.in_force import Tables
from gateway.domain.texts import listing, plurals
from gateway.domain.texts.legal_bases import LEGAL_BASIS
from gateway.domain.texts.messages import Message
from gateway.domain.texts.quantities import NUMBERS
from gateway.domain.texts.refusals import RefusalTexts
from gateway.domain.texts.sentences import ENGLISH, OPEN, HeldMessage, TextFault, Texts, names
from gateway.settings.folders import default_folder
from gateway.settings.of_files import OfFiles
from gateway.settings.toml.rows_file import Where, read_toml
from gateway.wing_files import wing_files

FILES = (
    "decisions",
    "measures",
    "records",
    "movements",
    "words",
    "access",
    "units",
    "codes",
    "statements",
    "api",
    "intake",
    "explanation",
    "requirements",
    "pages",
    "trail",
    "obstacles",
    "time_limits",
    "problems",
)
TABLE_NAMES = "table_names"
"""The file with the words of names in the tables; a language may have them among its other words, which come before it."""
LEGAL_BASES = "legal_bases"
"""The file with the words of legal bases, which are English in the tables; a language without it has them so."""
_OPTIONAL = (TABLE_NAMES, LEGAL_BASES)
"""The files that a language may lack."""
_OTHER_WORDS = frozenset({TABLE_NAMES, "access"})
"""Files with words beside those of `words`."""
FOLDER = "messages"

_TAG = re.compile(r"(?P<kind>\w+)(?:\.(?P<part>[a-z_]+))?\.(?P<tag>[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)\.toml")
_IN_PARTS = frozenset({"measures", "pages", "words", "codes", "statements", TABLE_NAMES})
"""The kinds of which a language may have several files, each with texts of its own."""
_LETTERS = re.compile(r"\{\w*\}|[\W\d_]")
_SECTIONED = frozenset({"explanation", "requirements", "pages", "trail", "problems", LEGAL_BASES})
"""The files that are sections of texts, each with a name."""
_SAME_WORDS = MappingProxyType({"inner_title": "title"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The texts of every language, by its tag."""

    languages: Mapping[str, Texts]
    held: Mapping[str, HeldMessage]
    explanations: Mapping[str, Mapping[str, Mapping[str, str]]]
    """How explanations say it: by language, section and name."""
    requirements: Mapping[str, Mapping[str, Mapping[str, str]]]
    """How answers about the requirements on goods say it, in the same way."""
    pages: Mapping[str, Mapping[str, Mapping[str, str]]]
    """What stands on pages, in the same way."""
    trail: Mapping[str, Mapping[str, Mapping[str, str]]]
    """How events, differences between decisions and notices are told, in the same way."""
    refusals: Mapping[str, RefusalTexts]
    """What refused calls are answered with, by language."""

    @property
    def english(self) -> Texts:
        """The texts that are read where a language lacks one."""
        return self.languages[ENGLISH]

    def unworded(self, tables: Tables) -> tuple[str, ...]:
        """Return the first names of the tables for which a language has no word, so that they stand there as they are."""
        lines: list[str] = []
        for language, texts in sorted(self.languages.items()):
            for param, places in _names(tables):
                if language == ENGLISH and param not in _WORDED_APART:  # the tables' own names are English
                    continue
                file = f"{FOLDER}/{_WORDED_APART.get(param, TABLE_NAMES)}.{language}.toml"
                lacking = [name for name in places if not _has_word(texts, param, name)]
                lines += [
                    f"{places[name]}: {language} has no word for the {param} {name!r} ({file})"
                    for name in lacking[:_REPORTED]
                ]
                if more := len(lacking[_REPORTED:]):
                    lines.append(f"{file}: {language} has no word for {more} more names of this kind ({param})")
        return tuple(lines)


def _has_word(texts: Texts, param: str, name: str) -> bool:
    return texts.measure(name) is not None if param == "measure" else name in texts.words.get(param, {})


_WORDED_APART: Mapping[str, str] = MappingProxyType({"unit": "units", "hold_limit": "time_limits"})
"""Parameters whose names are no text by themselves, in English either, each with the file that has their words."""
_REPORTED = 10
"""So many names without a word are reported one by one; an extract of TARIC has thousands."""


def _names(tables: Tables) -> tuple[tuple[str, Mapping[str, str]], ...]:
    """Return the names that the tables themselves bring into sentences, by parameter, with the place of each."""
    return (
        ("authority", {row.authority: row.place for row in reversed(tables.routes)}),
        # What is asked is called by who decides where it has no name of its own.
        (
            "system",
            {row.system or row.authority: row.place for row in reversed(tables.routes) if row.system or row.adapter},
        ),
        ("unit", {row.word: row.place for row in reversed(tables.units)}),
        ("measure", {row.measure: row.place for row in reversed(tables.required)}),
        ("whose", {row.whose: row.place for row in reversed(tables.foreign_forms)}),
        ("hold_limit", {row.name: row.place for row in reversed(tables.time_limits)}),
        *(
            (param, {getattr(row, name): row.place for row in reversed(tables.rows_of(table))})
            for wing in wing_files()
            for param, (table, name) in wing.names.items()
        ),
    )


class _PlacedText(NamedTuple):
    """One text with its place."""

    text: str
    where: Where
    steps: tuple[str | int, ...]
    """The way to it in its file."""
    same: bool
    """Whether it may read as in English: a name, or a word that both languages have."""

    @property
    def place(self) -> str:
        """Its file and line: found out when it is asked for, since most texts have no fault."""
        return self.where.at(*self.steps)


Key = tuple[str, ...]
"""What a text is for: the file, the table, and the code, name or word."""


_loaded = OfFiles[Catalogue]()


def load_catalogue(*folders: Path) -> Catalogue:
    """Read the languages of a configuration folder and of further ones; a later one's text takes an earlier one's place.

    They are read anew unless every file says what it said when they were read.

    Raises:
        ConfigurationError: with every fault of all files at once.
    """

    def files() -> Iterator[Path]:
        return (path for folder in folders for path in sorted((folder / FOLDER).glob("*.toml")))

    return _loaded.made(folders, files, lambda: _load(folders))


def _load(folders: Sequence[Path]) -> Catalogue:
    faults: list[str] = []
    by_language: dict[str, dict[Key, _PlacedText]] = {}
    for language in _languages(folders, faults):
        by_language[language] = _of_language(language, folders, faults)
    delivered = _delivered(folders)
    parameters: dict[str, frozenset[str]] = {}
    for texts in (*by_language.values(), delivered):
        for one in texts.values():
            try:
                parameters[one.text] = names(one.text)
            except TextFault as fault:
                faults.append(f"{one.place}: {fault}")
        faults += _of_limits(texts, parameters)
    faults += _undeclared(by_language[ENGLISH], delivered, parameters)
    whole = not faults
    # What code says is found by the texts that are delivered, whatever a configuration says in English.
    said = delivered or by_language[ENGLISH]
    for language, texts in by_language.items():
        if whole and len({key[2] for key in texts if key[0] == "api"}) != 1:
            faults.append(f"{FOLDER}/api.{language}.toml: one [[message]] is needed")
        if language != ENGLISH and whole:
            faults += _differences(language, texts, by_language[ENGLISH], parameters)
    if faults:
        raise ConfigurationError(tuple(faults))
    return Catalogue(
        languages={language: _texts(language, texts) for language, texts in by_language.items()},
        held={language: _held(texts) for language, texts in by_language.items()},
        explanations={language: _sections("explanation", texts) for language, texts in by_language.items()},
        requirements={language: _sections("requirements", texts) for language, texts in by_language.items()},
        pages={language: _sections("pages", texts) for language, texts in by_language.items()},
        trail={language: _sections("trail", texts) for language, texts in by_language.items()},
        refusals={
            language: RefusalTexts(english=_sections("problems", said), texts=_sections("problems", texts))
            for language, texts in by_language.items()
        },
    )


def _of_language(language: str, folders: Sequence[Path], faults: list[str]) -> dict[Key, _PlacedText]:
    """Read the files of a language; a later folder's texts stand in the place of those before."""
    texts: dict[Key, _PlacedText] = {}
    for kind in (*_OPTIONAL, *FILES):
        name = f"{FOLDER}/{kind}.{language}.toml"
        if kind not in _OPTIONAL and not any((folder / name).exists() for folder in folders):
            faults.append(f"{name}: the file is missing")
        for number, folder in enumerate(folders):
            of_folder: dict[Key, _PlacedText] = {}
            for path in _files(kind, language, folder):
                label = str(path) if number else f"{FOLDER}/{path.name}"
                read = _read(path, label, "words" if kind in _OTHER_WORDS else kind, faults)
                faults += _given_twice(read, of_folder)
                of_folder.update(read)
            texts.update(of_folder)
    return texts


def _delivered(folders: Sequence[Path]) -> dict[Key, _PlacedText]:
    """Return the English texts in sections that are delivered: the gateway says these, and no others, each with its parameters."""
    folder = default_folder()
    if folder in folders:
        return {}
    paths = [(kind, path) for kind in _SECTIONED for path in _files(kind, ENGLISH, folder)]
    return {key: one for kind, path in paths for key, one in _read(path, str(path), kind, []).items()}


def _undeclared(
    english: Mapping[Key, _PlacedText], delivered: Mapping[Key, _PlacedText], parameters: Mapping[str, frozenset[str]]
) -> Iterator[str]:
    """Yield what English has too little, too much or otherwise than what is delivered, if that is not what it is."""
    if not delivered:
        return
    for key in delivered.keys() - english.keys():
        if not _is_open(key):
            yield f"{FOLDER}/{key[0]}.{ENGLISH}.toml: [{key[2]}] lacks the text {key[3]!r}; add it, it is delivered"
    for key, one in english.items():
        if key[0] not in _SECTIONED or _is_open(key):
            continue
        if key not in delivered:
            yield f"{one.place}: [{key[2]}] {key[3]}: nothing is said with this text; take it out"
            continue
        unknown = parameters.get(one.text, frozenset()) - parameters[delivered[key].text]
        yield from (
            f"{one.place}: [{key[2]}] {key[3]}: there is no parameter {{{name}}}; take it out"
            for name in sorted(unknown)
        )


def _languages(folders: Sequence[Path], faults: list[str]) -> list[str]:
    found = {ENGLISH}
    for number, folder in enumerate(folders):
        for path in sorted((folder / FOLDER).glob("*.toml")):
            named = _TAG.fullmatch(path.name)
            known = named is not None and named["kind"] in (*FILES, *_OPTIONAL)
            if named is None or not known or (named["part"] and named["kind"] not in _IN_PARTS):
                label = path if number else f"{FOLDER}/{path.name}"
                faults.append(
                    f"{label}: is none of {', '.join(f'{kind}.LANGUAGE.toml' for kind in (*FILES, *_OPTIONAL))}"
                )
            elif not plurals.is_language(named["tag"]):
                faults.append(
                    f"{path if number else f'{FOLDER}/{path.name}'}: {named['tag']} is no language whose plurals are known"
                )
            elif named["kind"] == LEGAL_BASES and named["tag"] == ENGLISH:
                faults.append(f"{path if number else f'{FOLDER}/{path.name}'}: legal bases are English in the tables")
            else:
                found.add(named["tag"])
    return sorted(found)


def _files(kind: str, language: str, folder: Path) -> Iterator[Path]:
    """Yield the files of a kind and language that a folder has, its further parts last."""
    if (whole := folder / FOLDER / f"{kind}.{language}.toml").exists():
        yield whole
    if kind in _IN_PARTS:
        yield from sorted((folder / FOLDER).glob(f"{kind}.*.{language}.toml"))


def _given_twice(read: Mapping[Key, _PlacedText], of_folder: Mapping[Key, _PlacedText]) -> Iterator[str]:
    """Yield a fault for each text of a file that another one of the same folder and kind has already."""
    for key in read.keys() & of_folder.keys():
        yield f"{read[key].place}: {' '.join(key[1:])} is given already at {of_folder[key].place}"


def _read(path: Path, label: str, kind: str, faults: list[str]) -> dict[Key, _PlacedText]:
    table, where = read_toml(path, label, faults)
    found: dict[Key, _PlacedText] = {}
    for key, value, steps, same in _texts_of(table, kind):
        if not isinstance(value, str) or not value.strip():
            faults.append(f"{where.at(*steps)}: {' '.join(key[1:])}: a text is needed")
        elif key in found:
            faults.append(f"{where.at(*steps)}: {' '.join(key[1:])} is given already at {found[key].place}")
        else:
            found[key] = _PlacedText(value, where, steps, same)
    return found


_ROWS: Mapping[str, Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]] = MappingProxyType(
    {
        "decisions": {"message": (("code",), ("title", "message", "remedy"))},
        "measures": {"message": (("code",), ("title", "message", "remedy")), "word": (("param", "word"), ("text",))},
        "records": {"message": (("code",), ("title", "message", "remedy"))},
        "movements": {"message": (("code",), ("title", "message", "remedy"))},
        "words": {"word": (("param", "word"), ("text",))},
        "units": {"word": (("param", "word"), ("text",))},
        "obstacles": {"word": (("param", "word"), ("text",))},
        "time_limits": {"word": (("param", "word"), ("text",))},
        "codes": {"code": (("type",), ("name",))},
        "statements": {"code": (("type",), ("name",))},
        "api": {"message": (("code",), ("message", "remedy", "legal_basis"))},
        "intake": {"schema": (("name",), ("message",)), "rule": (("name",), ("message",))},
    }
)
"""By file and table: which keys say what a text is for, and which are texts."""

_SAME_ON_PAGES = frozenset({"name"})
"""The sections of texts for pages that may read as in English: names, and words that languages share."""
_REFUSALS = ("requirements", "word", "violation")
"""The section with the sentences for refused calls about requirements."""
_MEASURES = ("requirements", "word", "measure")
"""The section with names of measures, for findings too; a word of its own stands over one."""
_SIGNS: Mapping[Key, str] = MappingProxyType(
    {
        ("requirements", "word", "number"): NUMBERS,
        ("requirements", "word", "list"): listing.SIGNS,
        (LEGAL_BASES, "word", LEGAL_BASIS): LEGAL_BASIS,
    }
)
"""The sections with how the language writes numbers and lists, in every sentence, and legal bases."""

_OF_ENGLISH = frozenset({"when", "rule", "code"})
"""The keys that the users of a sentence need besides; they are in the English file only."""


def _texts_of(table: Mapping[str, Any], kind: str) -> Iterator[tuple[Key, Any, tuple[str | int, ...], bool]]:
    """Return every text of a file: what it is for, the text, the way to it and whether it may read as in English."""
    for name, rows in table.items():
        if kind == "intake" and name == "words":
            for param, words in rows.items():
                yield from _words_of(kind, (name, param), words)
            continue
        if kind in _SECTIONED:
            same = kind == LEGAL_BASES or (name in _SAME_ON_PAGES and kind == "pages")
            yield from _words_of(kind, (name,), rows, same=same)
            continue
        keys, texts = _ROWS[kind].get(name, ((), ()))
        for index, row in enumerate(rows if isinstance(rows, list) else [rows]):
            about = tuple(str(row.get(key, "")) for key in keys) if isinstance(row, dict) else ()
            if not keys or not all(about):
                yield (kind, name, *about), None, (name, index), False
                continue
            for key in sorted(row.keys() - {*keys, *texts, "same"} - _OF_ENGLISH):
                yield (kind, name, *about, key), None, (name, index, key), False
            for text in texts:
                what = "sentence" if kind == "intake" else name
                yield (kind, what, *about, text), row.get(text), (name, index, text), bool(row.get("same"))


def _words_of(
    kind: str, path: tuple[str, ...], words: Any, *, same: bool = False
) -> Iterator[tuple[Key, Any, tuple[str | int, ...], bool]]:
    for word, text in words.items() if isinstance(words, dict) else (("", None),):
        yield (kind, "word", path[-1], word), text, (*path, word), same


def _differences(
    language: str,
    texts: Mapping[Key, _PlacedText],
    english: Mapping[Key, _PlacedText],
    parameters: Mapping[str, frozenset[str]],
) -> Iterator[str]:
    """Yield what a language has too little, too much or otherwise than English; `parameters` are those of each text."""
    for key, one in english.items():
        if key not in texts and not _is_open(key) and _plain(key, english) is None:
            yield f"{one.place}: {' '.join(key[1:])} is missing in {language} ({FOLDER}/{key[0]}.{language}.toml)"
    yield from _forms(language, texts, english, parameters)
    for key, one in texts.items():
        there = english.get(key)
        if there is None:
            if not _is_open(key) and _plain(key, english) is None:
                yield f"{one.place}: {' '.join(key[1:])} is not in the English catalogue"
            elif key[3] == one.text and not one.same:
                yield f"{one.place}: {one.text!r} is the English text; `same = true` if it reads so in {language}"
        elif there.text == one.text and not one.same and key[-1] != "legal_basis" and _LETTERS.sub("", one.text):
            yield f"{one.place}: {one.text!r} is the English text; `same = true` if it reads so in {language}"
    for about in dict.fromkeys(key[:3] for key in texts):
        ours, theirs = _parameters(about, texts, parameters), _parameters(about, english, parameters)
        if about[1] != "word" and ours != theirs and any(key[:3] == about for key in english):
            yield from _of_parameters(next(one for key, one in texts.items() if key[:3] == about), ours, theirs)
    for key, one in texts.items():
        if (
            key[1] == "word"
            and key in english
            and _plain(key, english) is None
            and parameters[one.text] != parameters[english[key].text]
        ):
            yield from _of_parameters(one, parameters[one.text], parameters[english[key].text])


def _plain(key: Key, english: Mapping[Key, _PlacedText]) -> Key | None:
    """Return what a text is a form of, for so many; None: it is no form. English says of which texts there are any, by that of one."""
    name, category = plurals.plain_name(key[-1])
    plain = (*key[:-1], name)
    counted = category is not None and plain in english and (*plain[:-1], f"{name}_one") in english
    return plain if counted else None


def _forms(
    language: str,
    texts: Mapping[Key, _PlacedText],
    english: Mapping[Key, _PlacedText],
    parameters: Mapping[str, frozenset[str]],
) -> Iterator[str]:
    """Yield which forms of counted texts a language has too few or too many, or with other parameters; a form may do without the number."""
    for key in english:
        if (plain := _plain(key, english)) is not None and key[-1].endswith("_one"):
            for category in sorted(plurals.needed(language)):
                if (form := (*plain[:-1], f"{plain[-1]}_{category}")) not in texts:
                    file = f"{FOLDER}/{key[0]}.{language}.toml"
                    yield f"{file}: {' '.join(form[1:])} is missing: {language} counts so ({category})"
    for key, one in texts.items():
        if (plain := _plain(key, english)) is None:
            continue
        if plurals.plain_name(key[-1])[1] not in plurals.possible(language):
            yield f"{one.place}: {' '.join(key[1:])}: {language} does not count so; take it out"
        ours, theirs = parameters[one.text], parameters[english[plain].text]
        yield from _of_parameters(one, ours, theirs - (set(plurals.COUNTED) - ours))


def _of_parameters(one: _PlacedText, ours: frozenset[str], theirs: frozenset[str]) -> Iterator[str]:
    for name in sorted(ours - theirs):
        yield f"{one.place}: {{{name}}} is no parameter of the English text"
    for name in sorted(theirs - ours):
        yield f"{one.place}: {{{name}}} stands in the English text and not here"


def _parameters(
    about: Key, texts: Mapping[Key, _PlacedText], parameters: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    """Return the parameters of a finding's sentence and remedy together, or of the one text that there is."""
    found = [parameters[texts[key].text] for part in ("message", "remedy") if (key := (*about, part)) in texts]
    return frozenset().union(*found)


def _of_limits(texts: Mapping[Key, _PlacedText], parameters: Mapping[str, frozenset[str]]) -> Iterator[str]:
    """Yield a fault for each text of a time limit that names what no limit has: its names are open, so English does not bind it."""
    for key, one in texts.items():
        if key[1:3] == ("word", "hold_limit"):
            for name in sorted(parameters.get(one.text, frozenset()) - {"period"}):
                yield f"{one.place}: {{{name}}} is no parameter of a time limit: {{period}} alone is one, its length"
        elif key[0] == LEGAL_BASES and parameters.get(one.text):
            yield f"{one.place}: {one.text!r}: a word of legal bases has no parameter"


def _is_open(key: Key) -> bool:
    return key[1] == "word" and key[2] in OPEN


def _held(texts: Mapping[Key, _PlacedText]) -> HeldMessage:
    parts = {key[3]: one.text for key, one in texts.items() if key[0] == "api"}
    return HeldMessage(code=next(key[2] for key in texts if key[0] == "api"), **parts)


def _sections(kind: str, texts: Mapping[Key, _PlacedText]) -> dict[str, dict[str, str]]:
    sections: dict[str, dict[str, str]] = {}
    for key, one in texts.items():
        if key[0] == kind and key[:3] != _MEASURES:
            sections.setdefault(key[2], {})[key[3]] = one.text
    return sections


def _texts(language: str, texts: Mapping[Key, _PlacedText]) -> Texts:
    messages: dict[str, dict[str, str]] = {}
    words: dict[str, dict[str, str]] = {}
    sentences: dict[str, str] = {}
    firsts: dict[str, _PlacedText] = {}
    for key, one in texts.items():
        if key[0] in _SECTIONED:
            if key[:3] == _REFUSALS:
                sentences[f"requirements.{key[3]}"] = one.text
            elif key[:3] == _MEASURES:
                words.setdefault("measure", {}).setdefault(key[3], one.text)
            elif key[:3] in _SIGNS:
                words.setdefault(_SIGNS[key[:3]], {})[key[3]] = one.text
            continue
        if key[1] == "word":
            words.setdefault(key[2], {})[key[3]] = one.text
        elif key[1] == "code":
            words.setdefault("called", {})[key[2]] = one.text
        elif key[0] == "intake":
            sentences[key[2]] = one.text
        elif key[0] != "api":
            messages.setdefault(key[2], {})[key[3]] = one.text
            firsts.setdefault(key[2], one)
    for name, source in _SAME_WORDS.items():
        if source in words:
            words[name] = words[source]
    return Texts(
        language=language,
        messages={code: Message(code=code, place=firsts[code].place, **parts) for code, parts in messages.items()},
        words=words,
        sentences=sentences,
    )
