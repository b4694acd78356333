"""The messages that a declaration's trail cites: when, which way, with whom, of what kind and how large."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.document import DocumentKey
from gateway.domain.events import EventKind, SealedEvent
from gateway.domain.legible import is_illegible

_XML, _JSON = "application/xml", "application/json"
_HEAD = b"\r\n\r\n"


class MessageWay(StrEnum):
    """The way of a message, or what it is where it went no way."""

    LODGED = "lodged"
    """A message to the gateway: what was declared, as it was sent."""
    SENT = "sent"
    """A message to an authority."""
    RECEIVED = "received"
    """A message from an authority."""
    FAILED = "failed"
    """The reason why an attempt gave no answer."""
    NOT_SENT = "not_sent"
    """The note that a request was not sent after all."""
    FACTS = "facts"
    """The facts that were known when a decision was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Citing:
    """The first event that cites a message."""

    digest: str
    event: int
    at: datetime
    way: MessageWay | None
    """The way, where the event says it; of messages with authorities they themselves do."""
    authority: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CitedMessage:
    """A message with its kind."""

    citing: Citing
    way: MessageWay | None
    """None: it is not stored any more."""
    media_type: str | None
    size: int | None
    """Bytes, its head included; None: it is not stored any more, or not what the trail names."""


def citing(found: Iterable[SealedEvent]) -> tuple[Citing, ...]:
    """Return the messages that events cite, each once, in the order of their first citation."""
    first: dict[str, Citing] = {}
    adapters: dict[DocumentKey, str] = {}
    for event in found:
        for digest, way, authority in _cited(event, adapters):
            first.setdefault(digest, Citing(digest=digest, event=event.seq, at=event.at, way=way, authority=authority))
    return tuple(first.values())


def _cited(event: SealedEvent, adapters: dict[DocumentKey, str]) -> Iterator[tuple[str, MessageWay | None, str | None]]:
    body = event.body()
    if isinstance(body.get("raw"), str):
        yield body["raw"], MessageWay.LODGED, None
    for one in _parts(body, "documents"):
        authority = one.get("authority")
        if authority:
            adapters[DocumentKey(one["type"], one["reference"])] = authority
        for digest in one.get("evidence") or ():
            yield digest, None, authority
    if event.kind is EventKind.DOCUMENTS_VERIFIED:
        yield body["facts"], MessageWay.FACTS, None
    for one in _parts(body, "movements"):
        for digest in one.get("evidence") or ():
            yield digest, None, adapters.get(DocumentKey(one["type"], one["reference"]))
    for digest in cited_in(event):
        yield digest, None, None


def _parts(body: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    parts = body.get(name)
    return (one for one in parts if isinstance(one, Mapping)) if isinstance(parts, list) else iter(())


def message(cited: Citing, stored: bytes | None) -> CitedMessage:
    """Return a message with its kind, by its bytes; None: they are not stored any more, or are others."""
    if stored is None:
        return CitedMessage(citing=cited, way=cited.way, media_type=None, size=None)
    way = cited.way or _way(stored)
    head, has_head, body = (
        stored.partition(_HEAD) if way in {MessageWay.SENT, MessageWay.RECEIVED} else (b"", b"", stored)
    )
    media_type = _media_type(head) if has_head else None
    if media_type is None and way not in {MessageWay.FAILED, MessageWay.NOT_SENT}:
        media_type = _guessed(body)
    return CitedMessage(citing=cited, way=way, media_type=media_type, size=len(stored))


def _way(stored: bytes) -> MessageWay:
    line = stored.partition(b"\r\n")[0]
    if stored.startswith(b"not sent: "):
        return MessageWay.NOT_SENT
    if line.startswith(b"HTTP/1.1 "):
        return MessageWay.RECEIVED
    return MessageWay.SENT if line.endswith(b" HTTP/1.1") else MessageWay.FAILED


def _media_type(head: bytes) -> str | None:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-type":
            return value.partition(b";")[0].strip().decode("ascii", "replace").lower() or None
    return None


def _guessed(body: bytes) -> str | None:
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
    return {b"<": _XML, b"{": _JSON, b"[": _JSON}.get(start)


def as_text(stored: bytes) -> str:
    """Return a message as text that is safe to look at: whatever nobody could see of it stands as its number."""
    text = stored.decode("utf-8", "backslashreplace").replace("\r\n", "\n")
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return "".join(f"<U+{ord(one):04X}>" if one not in "\n\t" and is_illegible(one) else one for one in text)


def cited_in(event: SealedEvent) -> Iterable[str]:
    """Return the digests of the messages that an event cites, each once."""
    return dict.fromkeys(_digests(event.body()))


def _digests(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith("sha256:"):
            yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key == "rows":
                yield from (place.split()[1] for place in inner if place.startswith("evidence_link "))
            # The digests of the content, of the rules and of texts name no stored message.
            elif key not in {"content", "rules", "reason", "words"}:
                yield from _digests(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _digests(inner)
