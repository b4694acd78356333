"""The tables of an authority's file: read strictly, every fault with its line, all of them at once."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from gateway.settings.toml.places import key_lines, nearest

_LONG = re.compile(r"'''.*?'''|\"\"\".*?\"\"\"", re.DOTALL)
_LONGEST_TEXT = 20_000
"""Characters of one text: a template has no reason to be longer."""


class AuthorityFileFault(Exception):
    """The file cannot be used; `faults` says every reason, with its line."""

    def __init__(self, faults: Sequence[tuple[int, str]]) -> None:
        super().__init__("; ".join(f"{line}: {what}" for line, what in faults))
        self.faults = tuple(faults)


class FileFaults:
    """The faults of a file found so far."""

    def __init__(self, text: str) -> None:
        # What stands inside a text of several lines is no key of the file.
        self._lines = key_lines(_LONG.sub(lambda found: "''" + "\n" * found[0].count("\n"), text))
        self._found: list[tuple[int, str]] = []

    def add(self, path: Sequence[str | int], what: str) -> None:
        """Note a fault of the value at a path of keys."""
        self._found.append((self.line(path), f"{named(path)}: {what}"))

    def line(self, path: Sequence[str | int]) -> int:
        """Return the line of a value, or of the table around it."""
        return nearest(self._lines, path)

    def end(self) -> None:
        """Raise what was found.

        Raises:
            AuthorityFileFault: there is something.
        """
        if self._found:
            raise AuthorityFileFault(sorted(self._found))


def named(path: Sequence[str | int]) -> str:
    """Return the name of a value, as people look for it: `verify.request[2].path`."""
    name = ""
    for part in path:
        name += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if name else part
    return name or "the file"


def closest(name: str, known: Sequence[str]) -> str:
    """Return what to write instead of an unknown name, as the end of a sentence."""
    near = get_close_matches(name, known, 1)
    return f"; is {near[0]!r} meant?" if near else f"; it knows {', '.join(sorted(known))}"


class Section:
    """One table of the file. Keys that nobody has read by `end` are unknown."""

    def __init__(self, values: Mapping[str, Any], path: tuple[str | int, ...], faults: FileFaults) -> None:
        self.path = path
        self._values = values
        self._faults = faults
        self._read: list[str] = []

    def __contains__(self, key: str) -> bool:
        return key in self._values

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the section."""
        return tuple(self._values)

    @property
    def name(self) -> str:
        """The name of the table in messages."""
        return named(self.path)

    def fault(self, key: str | None, what: str) -> None:
        """Note a fault of a key, or of the table."""
        self._faults.add((*self.path, key) if key is not None else self.path, what)

    def line(self, key: str | None = None) -> int:
        """Return the line of a key, or of the table."""
        return self._faults.line((*self.path, key) if key is not None else self.path)

    def raw(self, key: str) -> Any:
        """Return a value as the file has it; None: it does not."""
        self._read.append(key)
        return self._values.get(key)

    def text(self, key: str, *, needed: bool = False, among: Sequence[str] = ()) -> str | None:
        """Return a text, one of `among` if there are any; None: there is none, or it is a fault."""
        value = self.raw(key)
        if value is None:
            if needed:
                self.fault(None, f"{key} is missing")
            return None
        if type(value) is not str or not 0 < len(value) <= _LONGEST_TEXT:
            self.fault(key, f"a text of 1 to {_LONGEST_TEXT} characters is needed")
            return None
        if among and value not in among:
            self.fault(key, f"unknown {value[:40]!r}{closest(value, among)}")
            return None
        return value

    def truth(self, key: str) -> bool:
        """Return whether a key says `true`."""
        value = self.raw(key)
        if value is not None and type(value) is not bool:
            self.fault(key, "true or false is needed, without quotes")
        return value is True

    def numbers(self, key: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """Return a list of whole numbers."""
        value = self.raw(key)
        if value is None:
            return default
        if type(value) is not list or not value or not all(type(one) is int for one in value):
            self.fault(key, "a list of whole numbers is needed: [200]")
            return default
        return tuple(value)

    def words(self, key: str, among: Sequence[str]) -> tuple[str, ...]:
        """Return a list of texts, each one of `among` and named once; empty: there is none, or it is a fault."""
        value = self.raw(key)
        if value is None:
            return ()
        if type(value) is not list or not value or not all(type(one) is str for one in value):
            self.fault(key, f'a list of texts is needed: ["{among[0]}"]')
            return ()
        for one in dict.fromkeys(value):
            if one not in among:
                self.fault(key, f"unknown {one[:40]!r}{closest(one, among)}")
            elif value.count(one) > 1:
                self.fault(key, f"{one!r} stands twice")
        return tuple(value)

    def table(self, key: str, *, needed: bool = False) -> "Section | None":
        """Return a table inside this one."""
        value = self.raw(key)
        if value is None:
            if needed:
                self.fault(None, f"the table [{named((*self.path, key))}] is missing")
            return None
        if type(value) is not dict:
            self.fault(key, f"a table is needed: [{named((*self.path, key))}]")
            return None
        return Section(value, (*self.path, key), self._faults)

    def tables(self, key: str) -> Iterator["Section"]:
        """Return the tables of a list."""
        value = self.raw(key)
        if value is None:
            return
        if type(value) is not list or not all(type(one) is dict for one in value):
            self.fault(key, f"tables are needed: [[{named((*self.path, key))}]]")
            return
        for number, one in enumerate(value):
            yield Section(one, (*self.path, key, number), self._faults)

    def texts(self, key: str) -> Mapping[str, str]:
        """Return a table of texts."""
        inner = self.table(key)
        if inner is None:
            return {}
        return {name: text for name in inner.keys if (text := inner.text(name)) is not None}

    def end(self) -> None:
        """Note every key that nobody has read."""
        for key in self._values:
            if key not in self._read:
                self.fault(key, f"unknown key{closest(key, self._read)}")
