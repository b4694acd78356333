"""Answers of an authority in JSON, XML or SOAP: opened, told from faults, and known to be about what was asked."""

from collections.abc import Mapping, Sequence
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
from gateway.dispatch.declarative.paths import AnswerPath, is_null, leaf
from gateway.dispatch.declarative.templates import Template

MEANINGS: Mapping[str, type[AdapterError]] = {
    "unavailable": Unavailable,
    "access_refused": AccessRefused,
    "rejected": RequestRejected,
}
"""What a fault of the authority can mean."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What has to be so in an answer; all of it."""

    statuses: tuple[int, ...]
    null: tuple[AnswerPath, ...]
    there: tuple[AnswerPath, ...]
    where: tuple[tuple[AnswerPath, str], ...]
    like: tuple[tuple[AnswerPath, Expression], ...]

    def holds(self, status: int | None, node: Any) -> bool:
        """Whether it is so; what cannot be read is not so. Without a status only the content counts."""
        if status is not None and status not in self.statuses:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """A value of the answer that has to be the same as what was asked."""

    path: AnswerPath
    wanted: Template

    def make_sure(self, node: Any, values: Mapping[str, str | None], *, plain: bool) -> None:
        """Make sure that an answer says the same.

        Raises:
            UnexpectedAnswer: it is about something else.
        """
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


def folded(reference: str, *, plain: bool) -> str:
    """Return a document's number in the one spelling that stands for all of them."""
    return plain_number(reference) if plain else written("", reference)


def plain_spelling(document_type: str, reference: str) -> str:
    """Return a number without blanks and in capitals: the rule of identity of an authority that passes over both."""
    return plain_number(reference)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyFormat:
    """How an authority's answers are written."""

    language: str
    """`json` or `xml`."""
    soap: str | None
    """The namespace of the envelope, for SOAP."""
    faults: Sequence[AuthorityFault]

    def statuses(self, *more: int) -> frozenset[int]:
        """Return the HTTP statuses that are read."""
        own = {status for fault in self.faults for status in fault.condition.statuses}
        return frozenset({*own, *more} | ({500} if self.soap is not None else set()))

    def read(self, response: Response) -> Any:
        """Return the value in an answer's body, or the element.

        Raises:
            AdapterError: as the authority's own fault means it.
            UnexpectedAnswer: it is nothing that can be read, or a fault that the file does not know.
        """
        if self.soap is not None:
            return self._opened(response)
        node = self._parsed(response.body)
        self._raise_fault(response.status, node)
        return node

    def pushed(self, body: bytes) -> Any:
        """Return the content of a message that the authority sends by itself."""
        return self._only(_envelope_body(parse_xml(body), self.soap)) if self.soap is not None else self._parsed(body)

    def _parsed(self, body: bytes) -> Any:
        if self.language == "xml":
            return parse_xml(body)
        return read_json(body).values

    def _raise_fault(self, status: int | None, node: Any) -> None:
        for fault in self.faults:
            if fault.condition.holds(status, node):
                raise MEANINGS[fault.means](f"the authority says so (fault {fault.means})")

    def _opened(self, response: Response) -> etree._Element:
        try:
            body = _envelope_body(parse_xml(response.body), self.soap)
        except UnexpectedAnswer as error:
            if response.status == 500:
                raise Unavailable("the service failed without a SOAP fault") from error
            raise
        fault = next(body.iterchildren(f"{{{self.soap}}}Fault"), None)
        if fault is not None:
            self._raise_fault(None, fault)
            raise UnexpectedAnswer("the service answered with a fault that is not known")
        if response.status == 500:
            raise Unavailable("the service failed without a SOAP fault")
        return self._only(body)

    def _only(self, body: etree._Element) -> etree._Element:
        if len(body) != 1:
            raise UnexpectedAnswer("the body does not hold one answer")
        return body[0]


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
