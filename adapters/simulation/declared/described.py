"""What an authority's file says, as the simulated authority uses it: requests read backwards, answers written."""

import tomllib
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from adapters.simulation.declared.catalogue import RecordedResponse, recorded_responses, recorded_settings
from adapters.simulation.declared.questions import ReadRequest, ReadTemplate
from adapters.simulation.declared.writing import JsonWriting, XmlWriting
from adapters.simulation.documents import Document
from gateway.contract import RequestRejected
from gateway.contract.xml import parse_xml
from gateway.dispatch.declarative import NAME, AuthorityFile, read_authority_file
from gateway.dispatch.declarative.facts import StatedFact, StatedMeasure
from gateway.dispatch.declarative.positions import StatedRows
from gateway.dispatch.declarative.replies import Agreement
from gateway.dispatch.declarative.requests import DeclaredRequest


def today() -> date:
    """Return the day by which codes count."""
    return datetime.now(UTC).date()


class Described:
    """An authority's file, read to be played backwards. It has no state, and is never copied."""

    def __init__(self, folder: Path) -> None:
        text = (folder / NAME).read_text(encoding="utf-8")
        self.file: AuthorityFile = read_authority_file(text)
        self.settings = recorded_settings(folder)
        self.recorded = tuple(recorded_responses(folder))
        soap, file = self.file.soap, self.file
        self.writing: JsonWriting | XmlWriting = (
            JsonWriting()
            if file.replies.language == "json"
            else XmlWriting(tomllib.loads(text).get("namespaces", {}), None if soap is None else soap.namespace)
        )
        self.row = None if file.movements is None or file.movements.line is None else ReadTemplate(file.movements.line)
        kinds, reports = {} if file.movements is None else file.movements.kinds, file.reports
        self.reported_row = None if reports is None or reports.line is None else ReadTemplate(reports.line)
        self.requests: Sequence[ReadRequest] = (
            *(ReadRequest(one, soap, "verify") for one in file.requests),
            *(ReadRequest(one.request, soap, kind.value) for kind, one in kinds.items()),
            *(
                ()
                if reports is None
                else (ReadRequest(reports.sending, soap, "report"), ReadRequest(reports.reading, soap, "reported"))
            ),
        )

    def __deepcopy__(self, memo: Any) -> "Described":
        return self

    def response(self, says: str) -> RecordedResponse | None:
        """Return how the authority says something, as it is recorded."""
        return next((one for one in self.recorded if one.says == says), None)

    def new(self, kind: str) -> Any:
        """Return an empty answer to a request of a kind; its root is that of a recorded one."""
        if self.file.replies.language == "json":
            return self.writing.new("")
        known = next((one for one in self.recorded if one.method == kind and one.says is None), None)
        if known is None:
            return self.writing.new("answer")
        root: Any = parse_xml(known.body)
        return self.writing.new(root.tag if self.file.soap is None else root.find("{*}Body")[0].tag)

    # --- Writing of facts

    def agree(self, node: Any, same: Sequence[Agreement], values: Mapping[str, str | None]) -> None:
        """Write what has to be the same as what was asked; a value that the request does not state is left out."""
        for one in same:
            try:
                self.writing.put(node, one.path.text, one.wanted.written(values))
            except RequestRejected:
                continue

    def state(self, node: Any, fact: StatedFact | None, value: Any) -> None:
        """Write a fact where the file reads it: null or nothing where there is no value."""
        if fact is None or fact.path is None:
            return
        if value is not None:
            self.writing.put(node, fact.path.text, _of_kind(fact, value))
        elif fact.null:
            self.writing.put(node, fact.path.text, None)

    def list(self, node: Any, fact: StatedFact, held: Sequence[Any] | None) -> None:
        """Write a list."""
        if fact.path is None or (held is None and fact.optional):
            return
        if held is None and fact.null:
            self.writing.put(node, fact.path.text.partition("[*]")[0], None)
        else:
            self.writing.values(node, fact.path.text, [_of_kind(fact, one) for one in held or ()])

    def measure(self, node: Any, measure: StatedMeasure, value: Mapping[str, Any] | None) -> None:
        """Write a quantity, or an amount."""
        if measure.at is not None and measure.at.path is not None:
            if value is None:
                self.state(node, measure.at, None)
                return
            node = self.writing.inside(node, measure.at.path.text)
        given = value or {}
        self.state(node, measure.value, given.get("value"))
        self.state(node, measure.unit, given.get("currency" if measure.money else "unit"))

    def rows(self, node: Any, rows: StatedRows, held: Sequence[Document]) -> None:
        """Write rows, each with its facts."""
        assert rows.each.path is not None
        if rows.total is not None:
            self.state(node, rows.total, len(held))
        for made, one in zip(self.writing.rows(node, rows.each.path.text, len(held)), held, strict=True):
            for name, fact in rows.facts.items():
                self.state(made, fact, one.get(name))
            for name, measure in rows.measures.items():
                self.measure(made, measure, one.get(name))
            for name, fact in rows.lists.items():
                self.list(made, fact, one.get(name))

    def document(self, node: Any, document: Document, request: DeclaredRequest | None = None) -> None:
        """Write all facts of a document that the answer to a request holds; None: to the first."""
        file, first = self.file, self.file.requests[0].name
        name = first if request is None else request.name

        def here(source: str) -> bool:
            return (source or first) == name

        if here(file.status.source):
            self.state(node, file.status, document["status"])
        if file.status_reason is not None and here(file.status_reason.source):
            self.state(node, file.status_reason, document.get("status_reason"))
        for key, fact in {**file.facts, **file.further}.items():
            if here(fact.source):
                (self.list if key in file.lists or fact.many else self.state)(node, fact, document.get(key))
        if file.lines is not None and here(file.lines.each.source):
            self.rows(node, file.lines, document.get("lines", ()))
        if request is not None and file.pages is not None and file.pages.source == name:
            self.state(node, file.pages.next, None)
        for path in () if request is None else request.taken.values():
            self.writing.put(node, path.text, document["reference"])


def _of_kind(fact: StatedFact, value: Any) -> Any:
    if fact.kind in ("count", "whole"):
        return int(value)
    if fact.kind == "truth":
        return bool(value)
    return float(value) if fact.number else str(value)
