"""Reading of TARIC3 XML (envelope and messages of DG TAXUD): record by record, in bounded memory, whatever the size of the file."""

import hashlib
from collections.abc import Callable, Iterator
from io import BufferedReader
from pathlib import Path
from typing import cast

from lxml import etree

from gateway.domain.errors import ConfigurationError
from gateway.settings.taric.extraction import TaricFile
from gateway.settings.taric.records import KINDS, TaricRecord, Update

ENVELOPE = "urn:publicid:-:DGTAXUD:GENERAL:ENVELOPE:1.0"
MESSAGE = "urn:publicid:-:DGTAXUD:TARIC:MESSAGE:1.0"
_RECORD = f"{{{MESSAGE}}}record"
_MESSAGE = f"{{{ENVELOPE}}}app.message"
_TRANSACTION = f"{{{ENVELOPE}}}transaction"
_ROOT = f"{{{ENVELOPE}}}envelope"
_HEAD = frozenset({"transaction.id", "record.code", "subrecord.code", "record.sequence.number", "update.type"})
_ENGLISH = "EN"
_EVERY = 10_000

Every = Callable[[int, int], None]
"""Is called with the records and the bytes that were read so far."""


def is_taric_xml(first: bytes) -> bool:
    """Whether a file that begins so is an envelope of TARIC3."""
    return b"<" in first[:200] and ENVELOPE.encode() in first


class TaricXml:
    """A file of TARIC3: its envelope once it was begun, and its records."""

    def __init__(
        self, path: Path, *, every: Every | None = None, begun: Callable[[TaricFile], None] = lambda file: None
    ) -> None:
        """Take the file; `begun` is called with it as soon as its envelope is known, and may refuse it."""
        self.file = TaricFile(name=path.name, digest="")
        self._begun = begun
        self._path = path
        self._every = every

    def records(self) -> Iterator[TaricRecord]:
        """Yield the records in their order. The digest of the file is known after the last.

        Raises:
            ConfigurationError: it is no whole XML of that shape, with the line.
        """
        try:
            with self._path.open("rb") as raw:
                yield from self._read(_Hashed(raw))
        except OSError as error:
            raise ConfigurationError((f"{self._path.name}: cannot be read: {error.strerror}",)) from error

    def _read(self, source: "_Hashed") -> Iterator[TaricRecord]:
        number = 0
        try:
            events = etree.iterparse(
                cast(BufferedReader, source),
                events=("start", "end"),
                resolve_entities=False,
                load_dtd=False,
                no_network=True,
                huge_tree=False,
            )
            for event, element in events:
                if event == "start":
                    if element.tag == _ROOT:
                        self._begin(element)
                    continue
                if element.tag == _RECORD:
                    number += 1
                    record = self._record(element, number)
                    if record is not None:
                        yield record
                    if self._every is not None and number % _EVERY == 0:
                        self._every(number, source.read_so_far)
                elif element.tag in (_MESSAGE, _TRANSACTION):
                    _forget(element)
        except etree.XMLSyntaxError as error:
            fault = f"{self._path.name}:{error.lineno}: is no whole XML: {error.msg}; fetch the file again"
            raise ConfigurationError((fault,)) from error
        if not self.file.envelope:
            raise ConfigurationError((f"{self._path.name}: is no envelope of TARIC3 ({ENVELOPE})",))
        self.file.digest = f"sha256:{source.digest}"

    def _begin(self, envelope: etree._Element) -> None:
        if envelope.getroottree().docinfo.internalDTD is not None:
            raise ConfigurationError((f"{self._path.name}: declares a document type, which no TARIC file does",))
        self.file.envelope = envelope.get("id", "")
        self._begun(self.file)

    def _record(self, element: etree._Element, number: int) -> TaricRecord | None:
        head: dict[str, str] = {}
        body = None
        for child in element.iterchildren("{*}*"):
            name = etree.QName(child).localname
            if name in _HEAD:
                head[name] = (child.text or "").strip()
            else:
                body = child
        if body is None:
            raise ConfigurationError((f"{self._path.name}:{element.sourceline}: the record {number} is empty",))
        kind = etree.QName(body).localname
        if kind not in KINDS:
            return TaricRecord(kind, Update.INSERT, {}, number)
        values = {etree.QName(one).localname: (one.text or "").strip() for one in body.iterchildren("{*}*")}
        if kind.endswith(".description") and values.get("language.id") != _ENGLISH:
            return TaricRecord(f"{kind} ({values.get('language.id', '')})", Update.INSERT, {}, number)
        update = head.get("update.type", "")
        if update not in {"1", "2", "3"}:
            fault = f"{self._path.name}:{number}: update.type {update[:20]!r} is none of 1, 2 and 3"
            raise ConfigurationError((fault,))
        return TaricRecord(kind, Update(int(update)), values, number)


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, raw: BufferedReader) -> None:
        self._raw = raw
        self._hash = hashlib.sha256()
        self.read_so_far = 0

    def read(self, size: int = -1) -> bytes:
        data = self._raw.read(size)
        self._hash.update(data)
        self.read_so_far += len(data)
        return data

    @property
    def digest(self) -> str:
        """The digest of what was read, in hexadecimal."""
        return self._hash.hexdigest()


def _forget(element: etree._Element) -> None:
    """Free an element and all before it in its parent."""
    element.clear()
    parent = element.getparent()
    if parent is not None:
        while element.getprevious() is not None:
            del parent[0]
