"""Requests of an authority's file, and the envelope of SOAP around them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.contract import Occasion, Request
from gateway.dispatch.declarative.paths import AnswerPath
from gateway.dispatch.declarative.replies import Agreement, NotFoundRow
from gateway.dispatch.declarative.soap_paths import ENVELOPES
from gateway.dispatch.declarative.templates import Template


@dataclass(frozen=True, slots=True, kw_only=True)
class SoapSecurity:
    """WS-Security inside the envelope: a username token with a password digest, and a timestamp."""

    username: Template
    secret: str
    """The name of the secret that holds the password."""
    must_understand: bool
    """Whether the service wants the header marked so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Soap:
    """The envelope of every request."""

    version: str
    header: Template | None
    security: SoapSecurity | None

    @property
    def namespace(self) -> str:
        """The namespace of its elements."""
        return ENVELOPES[self.version]

    def headers(self, action: str | None) -> dict[str, str]:
        """Return the HTTP headers of a request with that action."""
        if self.version == "1.1":
            return {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action or ""}"'}
        named = f'; action="{action}"' if action else ""
        return {"Content-Type": f"application/soap+xml; charset=utf-8{named}"}

    def envelope(self, body: str, header: str) -> bytes:
        """Return a request's body in its envelope."""
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="{self.namespace}">'
            f"<s:Header>{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
        ).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredRequest:
    """One request: its parts are templates."""

    name: str
    line: int
    """The line in the file."""
    method: str
    path: Template
    headers: Mapping[str, Template]
    body: Template | None
    content_type: str
    action: str | None
    reads: tuple[int, ...]
    """HTTP statuses of an answer that is read for its facts."""
    same: tuple[Agreement, ...]
    taken: Mapping[str, AnswerPath] = field(default_factory=lambda: MappingProxyType({}))
    """Values that later requests name, each with its place."""
    not_found: tuple[NotFoundRow, ...] = ()

    def made(
        self, values: Mapping[str, str | None], occasion: Occasion, soap: Soap | None, head: str, expect: frozenset[int]
    ) -> Request:
        """Return the request with these values.

        Raises:
            RequestRejected: it cannot be asked so; nothing was sent.
        """
        values = {**values, "message_id": occasion.message_id}
        headers = {name: one.written(values) for name, one in self.headers.items()}
        body = b""
        if self.body is not None:
            text = self.body.written(values)
            body = soap.envelope(text, head) if soap is not None else text.encode()
            kind = soap.headers(self.action) if soap is not None else {"Content-Type": self.content_type}
            given = {name.lower() for name in headers}
            headers = {name: value for name, value in kind.items() if name.lower() not in given} | headers
        return Request(method=self.method, path=self.path.written(values), headers=headers, body=body, expect=expect)
