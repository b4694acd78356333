"""Answers of an authority in JSON, XML or SOAP: opened, told from faults, and known to be about what was asked."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from gateway.contract import (
    AccessRefused,
    AdapterError,
    RequestRejected,
    Response,
    Unavailable,
    UnexpectedAnswer,
    written,
)
from gateway.contract.reading import plain_number, read_json
from gateway.contract.xml import parse_xml
from gateway.dispatch.declarative.expressions import Expression
from gateway.dispatch.declarative.lines import AtLine, note_line
from gateway.dispatch.declarative.paths import AnswerPath, is_null, leaf
from gateway.dispatch.declarative.templates import Template
from gateway.dispatch.http_status import status_error

MEANINGS: Mapping[str, type[AdapterError]] = {
    "unavailable": Unavailable,
    "access_refused": AccessRefused,
    "rejected": RequestRejected,
}
"""The errors that a fault of the authority can mean."""
SOAP_FAULTS = frozenset({400, 500})
"""HTTP statuses with which faults of SOAP come, beside 200: 1.1 says 500, 1.2 says 400 of what the sender did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """The conditions that an answer has to meet; all of them."""

    statuses: tuple[int, ...]
    """HTTP statuses, one of which it has; none: any that is read."""
    null: tuple[AnswerPath, ...]
    there: tuple[AnswerPath, ...]
    where: tuple[tuple[AnswerPath, str], ...]
    like: tuple[tuple[AnswerPath, Expression], ...]

    def holds(self, status: int, node: Any) -> bool:
        """Whether it is so; what cannot be read is not so."""
        if self.statuses and status not in self.statuses:
            return False
        return (
            all(_stands(path, node) and is_null(path.one(node)) for path in self.null)
            and all(_stands(path, node) for path in self.there)
            and all(_text_at(path, node) == literal for path, literal in self.where)
            and all(
                (text := _text_at(path, node)) is not None and expression.fits(text) for path, expression in self.like
            )
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityFault:
    """An answer by which the authority says that it does not answer."""

    condition: Condition
    means: str
    line: int
    """The line in the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A value of the answer that has to be the same as what was asked."""

    path: AnswerPath
    wanted: Template
    line: int
    """The line in the file."""

    def make_sure(self, node: Any, values: Mapping[str, str | None], *, plain: bool) -> None:
        """Make sure that an answer says the same.

        Raises:
            UnexpectedAnswer: it is about something else.
        """
        try:
            self._compare(node, values, plain=plain)
        except UnexpectedAnswer as error:
            note_line(error, self.line)
            raise

    def _compare(self, node: Any, values: Mapping[str, str | None], *, plain: bool) -> None:
        said = leaf(self.path.one(node))
        if type(said) is int:
            said = str(said)
        if type(said) is not str:
            raise UnexpectedAnswer(f"{self.path.text}: a text is expected")
        wanted = self.wanted.written(values)
        if any(name.partition(".")[0] == "reference" for name in self.wanted.names):
            said, wanted = folded(said, plain=plain), folded(wanted, plain=plain)
        if said != wanted:
            raise UnexpectedAnswer(f"{self.path.text}: the answer is about something else")


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFoundRow:
    """An answer by which the authority says that it knows no such document."""

    condition: Condition
    same: tuple[Agreement, ...]
    line: int
    """The line in the file."""


def folded(reference: str, *, plain: bool) -> str:
    """Return a document's number in one spelling for all of its spellings."""
    return plain_number(reference) if plain else written("", reference)


def plain_spelling(document_type: str, reference: str) -> str:
    """Return a number without blanks and in capitals: the rule of identity of an authority that passes over both."""
    return plain_number(reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityReply:
    """An answer that can be read and is no fault that a row of the file knows."""

    status: int
    content: Any
    """The value in its body, or the element; of SOAP the one element inside the Body."""
    is_fault: bool = False
    """Whether that is a Fault of SOAP."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFormat:
    """The format of an authority's answers."""

    language: str
    """`json` or `xml`."""
    soap: str | None
    """The namespace of the envelope, for SOAP."""
    faults: Sequence[AuthorityFault]

    def statuses(self, *more: int) -> frozenset[int]:
        """Return the HTTP statuses that are read."""
        own = {status for fault in self.faults for status in fault.condition.statuses}
        return frozenset({*own, *more} | (SOAP_FAULTS if self.soap is not None else set()))

    def read(self, response: Response, expected: Collection[int]) -> AuthorityReply:
        """Return an answer, a fault of SOAP too; `expected` are the statuses of answers that are no fault.

        Raises:
            AdapterError: as the authority's own fault means it, or as its status does where the body is nothing that can be read.
            UnexpectedAnswer: it is nothing that can be read.
        """
        try:
            reply = self.opened(response)
        except UnexpectedAnswer as error:
            if response.status not in expected:
                raise unnamed(response.status) from error
            raise
        if self.soap is None or reply.is_fault:
            self._raise_fault(reply)
        return reply

    def opened(self, response: Response) -> AuthorityReply:
        """Return the content of an answer, not judging its meaning.

        Raises:
            UnexpectedAnswer: it is nothing that can be read.
        """
        if self.soap is None:
            return AuthorityReply(status=response.status, content=self._parsed(response.body))
        content = self._only(_envelope_body(parse_xml(response.body), self.soap))
        return AuthorityReply(status=response.status, content=content, is_fault=content.tag == f"{{{self.soap}}}Fault")

    def pushed(self, body: bytes) -> Any:
        """Return the content of a message that the authority sends by itself."""
        return self._only(_envelope_body(parse_xml(body), self.soap)) if self.soap is not None else self._parsed(body)

    def _parsed(self, body: bytes) -> Any:
        if self.language == "xml":
            return parse_xml(body)
        return read_json(body).values

    def _raise_fault(self, reply: AuthorityReply) -> None:
        for fault in self.faults:
            if fault.condition.holds(reply.status, reply.content):
                with AtLine(fault.line):
                    raise MEANINGS[fault.means](f"the authority says so (fault {fault.means})")

    def _only(self, body: etree._Element) -> etree._Element:
        if len(body) != 1:
            raise UnexpectedAnswer("the body does not hold one answer")
        return body[0]


def unnamed(status: int) -> AdapterError:
    """Return what an answer means that no row of the file names, by its status: as the gateway takes it where nobody reads it."""
    meant = status_error(status)
    if type(meant) is Unavailable or status in SOAP_FAULTS:
        return meant
    return UnexpectedAnswer(f"an answer with status {status} that is no fault and no document")


def _envelope_body(root: etree._Element, soap: str | None) -> etree._Element:
    if root.tag != f"{{{soap}}}Envelope":
        raise UnexpectedAnswer("the answer is no envelope")
    found = list(root.iterchildren(f"{{{soap}}}Body"))
    if len(found) != 1:
        raise UnexpectedAnswer("the envelope does not have one body")
    return found[0]


def _stands(path: AnswerPath, node: Any) -> bool:
    try:
        path.one(node)
    except UnexpectedAnswer:
        return False
    return True


def _text_at(path: AnswerPath, node: Any) -> str | None:
    try:
        found = leaf(path.one(node))
    except UnexpectedAnswer:
        return None
    return found if type(found) is str else None
