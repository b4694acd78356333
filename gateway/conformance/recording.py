"""Recordings of exchanges: what was asked of an adapter, what it asked its authority, what that said, what the adapter makes of it.

A recording is a file `exchanges/NAME.toml` in the adapter's package, with the long bodies in files beside it. All faults
of all recordings are found at once; a recording with a secret or with personal data in it is refused.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import tomli

from gateway.conformance.exchanges import KitCall
from gateway.conformance.expectation import PUSHED, Expectation, read_expectation
from gateway.conformance.secrecy import personal_data_in, secrets_in, short_secrets_in
from gateway.conformance.subjects import SUBJECTS, read_subject
from gateway.contract import Occasion, Request, Response
from gateway.settings.toml.places import key_lines, nearest

FOLDER = "exchanges"
"""The folder of recordings in an adapter's package."""
SETTINGS = "settings.toml"
"""The file with what holds for all recordings in that folder: `[settings]`, the values with which they were made, every one made up; `[left_out]`; `[meanings]`."""
LEFT_OUT = "left_out"
"""The table of places of answers that become no fact, each with the reason."""
MEANINGS = "meanings"
"""The table of codes that say by themselves nothing good of a document, and are valid all the same: each with what it means."""
MOST_BYTES = 4 << 20
"""The most bytes of a recording, and of a body in a file beside it: the kit alters each place of it."""
METHODS = (*SUBJECTS, PUSHED)


class RecordingFault(Exception):
    """The recordings cannot be used; `faults` says every reason, each with file and line."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedRequest:
    """A request as the adapter made it, relative to the base URL; the body as far as it was kept."""

    method: str
    path: str
    body: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """One recorded exchange."""

    name: str
    file: Path
    about: str
    method: str
    subject: Any
    at: datetime
    exchanges: tuple[tuple[RecordedRequest, Response], ...]
    expect: Expectation
    places: Mapping[tuple[str | int, ...], int] = field(repr=False)

    @property
    def place(self) -> str:
        """The file, as findings name it."""
        return f"{self.file.parent.name}/{self.file.name}"

    def line(self, *path: str | int) -> str:
        """Return the place of a key: file and line."""
        return f"{self.place}:{nearest(self.places, path)}"

    @property
    def occasion(self) -> Occasion:
        """The occasion: its time is recorded, its nonce and message id are made from the name."""
        return occasion_of(self.name, self.at)

    @property
    def call(self) -> KitCall:
        """The call that was made."""
        return KitCall(method=self.method, subject=self.subject, occasion=self.occasion)

    @property
    def answers(self) -> tuple[Response, ...]:
        """The authority's answers, in order."""
        return tuple(response for _, response in self.exchanges)

    @property
    def asked(self) -> tuple[tuple[str, str], ...]:
        """The method and path of each request."""
        return tuple((request.method, request.path) for request, _ in self.exchanges)

    @property
    def reference(self) -> str | None:
        """The document that the call is about; None: a list or a push."""
        return reference_of(self.subject)


def occasion_of(name: str, at: datetime) -> Occasion:
    """Return the occasion on which a recording of a name is played."""
    digest = sha256(name.encode()).digest()
    return Occasion(at=at, nonce=digest[:16], message_id=digest[16:].hex())


def reference_of(subject: Any) -> str | None:
    """Return the reference of the document that a subject is about; None: it is about several."""
    return getattr(getattr(subject, "order", subject), "reference", None)


def read_recordings(folder: Path, secrets: Iterable[str] = ()) -> tuple[Recording, ...]:
    """Read all recordings of an adapter's folder; `secrets` are known ones, which must not stand in them.

    Raises:
        RecordingFault: with every fault of all of them.
    """
    faults: list[str] = []
    known = tuple(secrets)
    found = [
        one
        for file in sorted(folder.glob("*.toml"))
        if file.name != SETTINGS and (one := _read(file, known, faults)) is not None
    ]
    if faults:
        raise RecordingFault(tuple(faults))
    return tuple(found)


def read_settings(folder: Path) -> dict[str, str]:
    """Read the made-up settings of an adapter's recordings; none where there is no such file.

    Raises:
        RecordingFault: they are no table of texts.
    """
    return _own_table(folder, "settings")


def read_left_out(folder: Path) -> dict[str, str]:
    """Read what of the answers becomes no fact: places, each with the reason; none where there is no such file.

    Raises:
        RecordingFault: that is no table of texts, or one of them is empty.
    """
    return _reasons(folder, LEFT_OUT, "a reason")


def read_meanings(folder: Path) -> dict[str, str]:
    """Read what status codes mean, of which a person says that the document is valid; none where there is no such file.

    Raises:
        RecordingFault: that is no table of texts, or one of them is empty.
    """
    return _reasons(folder, MEANINGS, "what it means")


def _reasons(folder: Path, name: str, needed: str) -> dict[str, str]:
    found = _own_table(folder, name)
    if empty := [key for key, text in found.items() if not key.strip() or not text.strip()]:
        raise RecordingFault(tuple(f"{FOLDER}/{SETTINGS}:1: {name}: {one!r}: {needed} is needed" for one in empty))
    return found


def _own_table(folder: Path, name: str) -> dict[str, str]:
    """Return a table of texts of the file that holds for all recordings."""
    file = folder / SETTINGS
    if not file.is_file():
        return {}
    try:
        table = tomli.loads(file.read_text(encoding="utf-8")).get(name, {})
    except (tomli.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecordingFault((f"{FOLDER}/{SETTINGS}:1: not TOML: {error}",)) from error
    if not isinstance(table, dict) or not all(type(one) is str for one in table.values()):
        raise RecordingFault((f"{FOLDER}/{SETTINGS}:1: {name}: a table of texts is needed",))
    return dict(table)


class _Reader:
    """The reader of one file: it notes every fault with its line."""

    def __init__(self, file: Path, text: str, faults: list[str]) -> None:
        self.file = file
        self.places = key_lines(text)
        self._faults = faults

    def fault(self, path: tuple[str | int, ...], what: str) -> None:
        keys = ".".join(str(one) for one in path if not isinstance(one, int))
        line = nearest(self.places, path)
        self._faults.append(f"{self.file.parent.name}/{self.file.name}:{line}: {keys}: {what}")

    def known(self, table: Mapping[str, Any], path: tuple[str | int, ...], keys: tuple[str, ...]) -> None:
        for key in table.keys() - set(keys):
            self.fault((*path, key), f"unknown key; it knows {', '.join(keys)}")

    def table(self, table: Mapping[str, Any], path: tuple[str | int, ...]) -> Mapping[str, Any]:
        found = table.get(str(path[-1]))
        if not isinstance(found, dict):
            self.fault(path, "a table is needed")
            return {}
        return found

    def text(self, table: Mapping[str, Any], path: tuple[str | int, ...], among: tuple[str, ...] = ()) -> str:
        value = table.get(str(path[-1]))
        if not isinstance(value, str) or not value:
            self.fault(path, "a text is needed")
            return ""
        if among and value not in among:
            self.fault(path, f"one of {', '.join(among)} is needed")
            return ""
        return value

    def body(self, table: Mapping[str, Any], path: tuple[str | int, ...]) -> bytes | None:
        """Read a body: as a text, or from a file of the same folder."""
        if "body" in table and "body_file" in table:
            self.fault((*path, "body_file"), "it stands beside `body`; one of the two is enough")
        if "body_file" in table:
            name = self.text(table, (*path, "body_file"))
            if not name or Path(name).name != name:
                self.fault((*path, "body_file"), "the name of a file in the same folder is needed")
                return None
            try:
                return _content(self.file.parent / name)
            except OSError as error:
                self.fault((*path, "body_file"), f"{name} cannot be read: {error.strerror or error}")
                return None
        if "body" in table and not isinstance(table["body"], str):
            self.fault((*path, "body"), "a text is needed")
            return None
        return table["body"].encode() if "body" in table else None


def _content(file: Path) -> bytes:
    """Return what is in a file; OSError: it cannot be read, or is too large."""
    if (size := file.stat().st_size) > MOST_BYTES:
        raise OSError(f"it has {size:,} bytes; a recording has {MOST_BYTES:,} at most")
    return file.read_bytes()


def _read(file: Path, secrets: tuple[str, ...], faults: list[str]) -> Recording | None:
    place = f"{file.parent.name}/{file.name}"
    before = len(faults)
    try:
        text = _content(file).decode()
        table = tomli.loads(text)
    except (OSError, UnicodeDecodeError, tomli.TOMLDecodeError) as error:
        faults.append(f"{place}:1: it cannot be read: {error}")
        return None
    reader = _Reader(file, text, faults)
    reader.known(table, (), ("about", "call", "exchange", "expect"))
    about = reader.text(table, ("about",))
    call = reader.table(table, ("call",))
    reader.known(call, ("call",), ("method", "at", "subject"))
    method = reader.text(call, ("call", "method"), METHODS)
    at = call.get("at")
    if not isinstance(at, datetime) or at.tzinfo is None:
        reader.fault(("call", "at"), "a time with its zone is needed, 2026-03-02T09:12:00Z")
        at = datetime(2026, 1, 1, tzinfo=UTC)
    subject = _subject(reader, call, method)
    exchanges = tuple(_exchanges(reader, table, method))
    expected = reader.table(table, ("expect",))
    expect = read_expectation(method, expected, reader.fault) if method else Expectation()
    if len(faults) == before:
        bodies = [request.body or b"" for request, _ in exchanges] + [response.body for _, response in exchanges]
        bodies += [subject.body] if method == PUSHED else []
        said = tuple(one.decode("utf-8", "replace") for one in bodies)
        paths = (request.path for request, _ in exchanges)
        headers = (value for _, response in exchanges for value in response.headers.values())
        _refuse_secrets(place, (text, *said), (*said, *paths, *headers), secrets, faults)
    if len(faults) > before or subject is None:
        return None
    return Recording(
        name=file.stem,
        file=file,
        about=about,
        method=method,
        subject=subject,
        at=at.astimezone(UTC),
        exchanges=exchanges,
        expect=expect,
        places=reader.places,
    )


def _subject(reader: _Reader, call: Mapping[str, Any], method: str) -> Any:
    subject = reader.table(call, ("call", "subject"))
    if method == PUSHED:
        reader.known(subject, ("call", "subject"), ("headers", "body", "body_file"))
        body = reader.body(subject, ("call", "subject"))
        return Request(path="", method="POST", body=body or b"", headers=subject.get("headers", {}))
    return read_subject(method, subject, reader.fault) if method else None


def _exchanges(reader: _Reader, table: Mapping[str, Any], method: str) -> Iterator[tuple[RecordedRequest, Response]]:
    tables = table.get("exchange", [])
    if not isinstance(tables, list) or (not tables and method != PUSHED):
        reader.fault(("exchange",), "each request and its answer is needed, [[exchange]]")
        return
    if tables and method == PUSHED:
        reader.fault(("exchange",), "the reading of a notification asks nothing")
    for place, one in enumerate(tables):
        path: tuple[str | int, ...] = ("exchange", place)
        reader.known(one, path, ("request", "response"))
        request, response = (reader.table(one, (*path, key)) for key in ("request", "response"))
        reader.known(request, (*path, "request"), ("method", "path", "body", "body_file"))
        reader.known(response, (*path, "response"), ("status", "headers", "body", "body_file"))
        status = response.get("status")
        if type(status) is not int or not 200 <= status <= 599:
            reader.fault((*path, "response", "status"), "a status from 200 to 599 is needed")
            status = 200
        headers = response.get("headers", {})
        if not isinstance(headers, dict) or not all(isinstance(value, str) for value in headers.values()):
            reader.fault((*path, "response", "headers"), "a table of texts is needed")
            headers = {}
        yield (
            RecordedRequest(
                method=reader.text(request, (*path, "request", "method")),
                path=reader.text(request, (*path, "request", "path")),
                body=reader.body(request, (*path, "request")),
            ),
            Response(
                status=status,
                body=reader.body(response, (*path, "response")) or b"",
                headers={name.lower(): value for name, value in headers.items()},
            ),
        )


def _refuse_secrets(
    place: str, read: tuple[str, ...], values: tuple[str, ...], secrets: tuple[str, ...], faults: list[str]
) -> None:
    """Refuse a file for its texts; what was asked and answered stands in them once more, as `values`, without the file's own words."""
    found = [one for text in read for one in secrets_in(text, secrets)]
    for what in dict.fromkeys((*found, *(one for text in values for one in short_secrets_in(text, secrets)))):
        faults.append(f"{place}:1: {what} stands in it; put [redacted] in its place")
    for what in dict.fromkeys(one for text in read for one in personal_data_in(text)):
        faults.append(f"{place}:1: {what} stands in it; put made-up data or [removed] in its place")
