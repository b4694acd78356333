"""The record of the messages exchanged with an authority: all of their text, and none of the credentials."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from html import escape
from json import dumps
from typing import Any, TypeVar
from urllib.parse import quote, quote_plus

from stringzilla import find as stands_at

from gateway.contract import AdapterError, Request, UnexpectedAnswer
from gateway.domain.searched_secret import LEAST
from gateway.domain.verification import EvidenceItem

T = TypeVar("T")

MAX_ITEM = 1024 * 1024
"""Bytes that are kept of one message."""
MAX_TOTAL = 4 * 1024 * 1024
"""Bytes that are kept of one question, all its attempts together."""

_GONE = b"[redacted]"
_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization", "set-cookie", "x-api-key"})
# OASIS WS-Security 1.0: what a recorded message must not show of how we identified ourselves.
_SECRET_ELEMENTS = (b"Password", b"Nonce", b"BinarySecurityToken")
_ELEMENT = re.compile(
    rb"(<(?:[\w.\-]+:)?(Password|Nonce|BinarySecurityToken)(?:\s[^>]*)?(?<!/)>).*?(?=</(?:[\w.\-]+:)?\2\s*>|\Z)",
    re.DOTALL,
)


class Redaction:
    """A filter of credentials in messages: known header names, WS-Security's elements, and the secrets themselves."""

    def __init__(self, secrets: Iterable[str] = (), headers: Iterable[str] = ()) -> None:
        forms = {form for secret in secrets if len(secret) >= LEAST for form in _forms(secret)}
        self._secrets = tuple(sorted(forms, key=len, reverse=True))
        self._headers = _SECRET_HEADERS | {name.lower() for name in headers}

    def header(self, name: str, value: str) -> str:
        """Return a header's value as it may be kept."""
        return _GONE.decode() if name.lower() in self._headers else value

    def body(self, body: bytes, further: Iterable[str] = ()) -> bytes:
        """Return a message as it may be kept; `further` are secrets of the moment."""
        for name in _SECRET_ELEMENTS:
            if stands_at(body, name) >= 0:
                body = _ELEMENT.sub(rb"\1" + _GONE, body)
                break
        for secrets in (self._secrets, [one.encode() for one in further if len(one) >= LEAST]):
            for secret in secrets:
                if stands_at(body, secret) >= 0:
                    body = body.replace(secret, _GONE)
        return body

    def text(self, text: str, further: Iterable[str] = ()) -> str:
        """Return a text as it may be kept."""
        before = text.encode("utf-8", "surrogatepass")
        after = self.body(before, further)
        return text if after is before else after.decode("utf-8", "surrogatepass")


_PROSE = frozenset({"facts", "description", "authority_code"})
"""The texts that people read. All others name something: changed, they would name something else."""


def _cleaned(value: Any, clean: Callable[[str], str], *, prose: bool = False) -> Any:
    """Return a value of the contract with its `prose` cleaned; itself where none of them changed.

    Raises:
        UnexpectedAnswer: a secret stands in what names a document, a declaration, a line or a code.
    """
    if type(value) is str:
        new = clean(value)
        if new is not value and not prose:
            raise UnexpectedAnswer("the answer has in a name what identifies the gateway")
        return new
    if type(value) is tuple:
        parts = tuple(_cleaned(one, clean, prose=prose) for one in value)
        return value if all(one is other for one, other in zip(parts, value, strict=True)) else parts
    if isinstance(value, Mapping):
        parts_of = {clean(key): clean(one) for key, one in value.items()}
        return value if parts_of == value else parts_of
    if is_dataclass(value) and not isinstance(value, type):
        there = {one.name: getattr(value, one.name) for one in fields(value)}
        changed = {
            name: new for name, one in there.items() if (new := _cleaned(one, clean, prose=name in _PROSE)) is not one
        }
        return replace(value, **changed) if changed else value
    return value


def _forms(secret: str) -> set[bytes]:
    """Return the forms that a secret may have in a text, in XML, in JSON and in a form."""
    written = {secret, escape(secret), escape(secret, quote=False), dumps(secret)[1:-1], quote(secret, safe="")}
    return {form.encode() for form in written | {quote_plus(secret)}}


class MessageRecord:
    """The messages of one question in their order, each kept once."""

    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._items: dict[str, EvidenceItem] = {}
        self._room = MAX_TOTAL
        self._tokens: set[str] = set()
        self._moving = 0
        self._moves = False
        self.requests = 0
        """Requests that were handed to the connection, all attempts together."""
        self.contained_secret = False
        """Whether an answer held something that identifies us."""

    @property
    def moved(self) -> bool:
        """Whether a request that may have moved something was handed to the connection, wherever it went from there.

        Of a request that does not say (`Request.moves`), only its adapter knows: it may have.
        """
        return self._moving > 0

    def used(self, credentials: Mapping[str, str]) -> None:
        """Take note of headers that identified us, so that they are removed from an answer which repeats them."""
        for value in credentials.values():
            self._tokens.add(value.partition(" ")[2] or value)

    def sent(self, request: Request, target: str) -> None:
        """Keep a request; what the gateway itself added to it is left out."""
        self.requests += 1
        self._moves = request.moves is not False
        self._moving += self._moves
        lines = [f"{request.method} {target} HTTP/1.1"]
        lines += [f"{name}: {self._redaction.header(name, value)}" for name, value in request.headers.items()]
        self._keep("\r\n".join(lines).encode() + b"\r\n\r\n", request.body)

    def withheld(self) -> None:
        """Record that the request that was about to be sent was not."""
        self.requests -= 1
        self._moving -= self._moves
        self._keep(b"not sent: lease")

    def received(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep an answer with its status and its media type."""
        lines = [f"HTTP/1.1 {status}"]
        lines += [f"{name}: {headers[name]}" for name in ("content-type", "location") if name in headers]
        head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
        self.contained_secret |= self._keep(head, body)

    def cleaned(self, value: T) -> T:
        """Return an adapter's value, judged before, as it may be kept.

        Raises:
            UnexpectedAnswer: a secret stands where nothing may be taken out.
        """
        cleaned: T = _cleaned(value, lambda text: self._redaction.text(text, self._tokens))
        return cleaned

    def failed(self, error: AdapterError) -> None:
        """Record why an attempt gave no answer."""
        self._keep(f"{error.code} {type(error).__name__}: {str(error)[:500]}".encode("utf-8", "backslashreplace"))

    def items(self) -> tuple[EvidenceItem, ...]:
        """Return the messages, in the order in which each was first seen."""
        return tuple(self._items.values())

    def _keep(self, head: bytes, body: bytes = b"") -> bool:
        """Keep a message; return whether something had to be taken out of it.

        Its parts are put together once they are cut: a position that thousands have drawn on has megabytes.
        """
        begin, rest = self._redaction.body(head, self._tokens), self._redaction.body(body, self._tokens)
        redacted = begin is not head or rest is not body
        size, room = len(begin) + len(rest), min(MAX_ITEM, self._room)
        message = begin + rest if size <= room else begin[:room] + rest[: max(0, room - len(begin))]
        if size > room:
            message += f"\n[cut: {size} bytes]".encode()
        item = EvidenceItem.of(message)
        if item.digest not in self._items:
            self._items[item.digest] = item
            self._room = max(0, self._room - len(message))
        return redacted
