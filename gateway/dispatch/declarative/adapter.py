"""The adapter that a file makes: it asks, reads and orders as the file says, and decides nothing itself."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from gateway.contract import (
    Answer,
    Certificate,
    CertificateLine,
    Change,
    DocumentQuery,
    Exchange,
    Intervention,
    Ledger,
    MovementKind,
    Nomenclature,
    Occasion,
    QuantityOrder,
    Receipt,
    Reported,
    ReportOrder,
    Request,
    RequestRejected,
    Settings,
    Status,
    UnexpectedAnswer,
)
from gateway.contract.reading import has_part, make_sure_it_has_no_part
from gateway.contract.ws_security import UsernameToken
from gateway.contract.xml_text import moment_text
from gateway.dispatch.declarative.authority_file import AuthorityFile
from gateway.dispatch.declarative.facts import StatedFact
from gateway.dispatch.declarative.lines import AtLine
from gateway.dispatch.declarative.paths import leaf
from gateway.dispatch.declarative.replies import AuthorityReply, NotFoundRow, unnamed
from gateway.dispatch.declarative.reports import DeclaredReports
from gateway.dispatch.declarative.requests import DeclaredRequest

_NO_DAY = date.min
Values = dict[str, str | None]


class DeclaredAdapter:
    """An authority's adapter without code of its own."""

    def __init__(self, file: AuthorityFile, settings: Settings) -> None:
        self._file = file
        self._settings: Values = {f"settings.{key}": value for key, value in settings.values.items()}
        self._secrets = settings.secrets

    def verify(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Answer]:
        """Ask for the document of that number."""
        answer, _ = yield from self.asked(query, occasion)
        return answer

    def position(self, query: DocumentQuery, occasion: Occasion) -> Exchange[Ledger]:
        """Read what is left on each line and who took the rest; that somebody took nothing is told by a whole position."""
        answer, _, _ = yield from self._read(query, occasion)
        with AtLine(1 if self._file.position is None else self._file.position.line):
            if answer.ledger is None:
                raise UnexpectedAnswer("no quantity position is stated")
            if query.declaration is not None and not has_part(answer.ledger, query.declaration):
                make_sure_it_has_no_part(answer, query.declaration)
        return answer.ledger

    def reserve(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Reserve all lines of the order for its declaration."""
        return (yield from self._moved(MovementKind.RESERVE, order, occasion))

    def write_off(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Write off what the released goods used."""
        return (yield from self._moved(MovementKind.WRITE_OFF, order, occasion))

    def cancel(self, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        """Cancel the declaration's reservation."""
        return (yield from self._moved(MovementKind.CANCEL, order, occasion))

    def intervene(self, intervention: Intervention, occasion: Occasion) -> Exchange[Receipt]:
        """Force, amend or delete a write-off."""
        if intervention.kind not in (MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE):
            raise RequestRejected(f"{intervention.kind} is no intervention")
        return (yield from self._moved(intervention.kind, intervention.order, occasion))

    def read_notification(self, request: Request) -> tuple[Change, ...]:
        """Read which documents the authority says have changed."""
        pushed = self._file.pushed
        if pushed is None:
            raise UnexpectedAnswer("the authority pushes nothing")
        node = self._file.replies.pushed(request.body)
        # A push carries no question's day: codes do not occur in it.
        rows = pushed.read(node, _NO_DAY)
        if not rows:
            raise UnexpectedAnswer("a notification without a document")
        return tuple(Change(type=row["type"], reference=row["reference"], at=row.get("at")) for row in rows)

    def report(self, order: ReportOrder, occasion: Occasion) -> Exchange[Reported]:
        """Report released goods, once by the report's key."""
        reports = self._reports()
        with AtLine(reports.sending.line):
            values = self._values(order.reference, occasion) | reports.values(order)
        content = yield from self._told(reports.sending, values, occasion, moves=True)
        return reports.receipt(order, content, occasion.at.date())

    def reported(self, query: DocumentQuery, occasion: Occasion) -> Exchange[tuple[Reported, ...]]:
        """Read which reports of the asking declaration the authority has."""
        reports = self._reports()
        values = self._values(query.reference, occasion) | reports.asked(query)
        content = yield from self._told(reports.reading, values, occasion, moves=False)
        return reports.read(content, occasion.at.date())

    def asked(self, query: DocumentQuery, occasion: Occasion) -> Exchange[tuple[Answer, NotFoundRow | None]]:
        """Ask as `verify` does; return beside the answer the row of the file by which there is no such document, if it was one."""
        answer, row, nodes = yield from self._read(query, occasion)
        accounts, on = self._file.accounts, occasion.at.date()
        if accounts is not None and nodes:
            source = "" if accounts.others is None else accounts.others.each.source
            others = self._alike("account.others", nodes, source, partial(accounts.beside, on=on), accounts.line)
            answer = accounts.told(answer, others, query.declaration, on)
        return answer, row

    def _read(
        self, query: DocumentQuery, occasion: Occasion
    ) -> Exchange[tuple[Answer, NotFoundRow | None, Mapping[str, list[Any]]]]:
        """Ask for the document; return the answer with its position, the row by which there is none, and what came by its request."""
        values = self._values(query.reference, occasion)
        values |= {
            "type": query.type,
            "direction": query.direction.value,
            "customs_office": query.customs_office,
            "accepted_on": None if query.on is None else query.on.isoformat(),
        }
        with AtLine(self._file.requests[0].line):
            values |= self._file.said.values(query)
        nodes: dict[str, list[Any]] = {}
        status: tuple[Status, str] | None = None
        for declared in self._file.requests:
            pages = yield from self._pages(declared, values, occasion, sum(map(len, nodes.values())))
            if isinstance(pages, NotFoundRow):
                return Answer(status=Status.NOT_FOUND), pages, {}
            nodes[declared.name] = pages
            if declared.name == (self._file.status.source or self._file.requests[0].name):
                status = self._status(nodes, occasion.at.date())
                if status[0] is Status.NOT_FOUND:
                    return Answer(status=Status.NOT_FOUND), None, {}
            with AtLine(declared.line):
                for name, path in declared.taken.items():
                    values[f"taken.{name}"] = _taken(path.one(pages[0]))
        if status is None:
            raise UnexpectedAnswer("no status is stated")
        return self._answer(query, nodes, status, occasion.at.date()), None, nodes

    def _pages(
        self, declared: DeclaredRequest, values: Values, occasion: Occasion, sent: int
    ) -> Exchange[list[Any] | NotFoundRow]:
        """Ask for all pages of one answer; return the content of each, or the row by which there is no such document."""
        pages = self._file.pages
        if pages is not None and pages.source != declared.name:
            pages = None
        token = None if pages is None else pages.first
        found: list[Any] = []
        seen: set[str | None] = set()
        while pages is None or token is not None:
            with AtLine(declared.line if pages is None else pages.next.line):
                if token in seen:
                    raise UnexpectedAnswer("the pages go round in a circle")
                if sent + len(found) >= self._file.manifest.limits.round_trips:
                    raise UnexpectedAnswer(f"more than {sent + len(found)} requests for one answer: limits.round_trips")
            seen.add(token)
            node = yield from self._sent(declared, {**values, "page": token}, occasion.nth(sent + len(found)))
            if isinstance(node, NotFoundRow):
                if not found:
                    return node
                with AtLine(declared.line if pages is None else pages.line):
                    raise UnexpectedAnswer("a document that is not found on a further page")
            found.append(node)
            if pages is None:
                break
            token = pages.following(node)
        return found

    def _sent(self, declared: DeclaredRequest, values: Values, occasion: Occasion) -> Exchange[Any]:
        """Send one request; return the content of its answer, or the row by which there is no such document."""
        with AtLine(declared.line):
            response = yield self._made(declared, values, occasion, moves=False)
            reply = self._file.replies.read(response, declared.reads)
            for row in declared.not_found:
                if row.condition.holds(reply.status, reply.content):
                    for one in row.same:
                        one.make_sure(reply.content, values, plain=self._file.plain)
                    return row
            self._make_sure(declared, reply, values)
            return reply.content

    def _make_sure(self, declared: DeclaredRequest, reply: AuthorityReply, values: Values) -> None:
        """Make sure that an answer is a document, and the one that was asked about."""
        if reply.is_fault:
            raise UnexpectedAnswer("the service answered with a fault that is not known")
        if reply.status not in declared.reads:
            raise unnamed(reply.status)
        for one in declared.same:
            one.make_sure(reply.content, values, plain=self._file.plain)

    def _made(self, declared: DeclaredRequest, values: Values, occasion: Occasion, *, moves: bool) -> Request:
        file, head = self._file, ""
        if file.soap is not None:
            own = {**values, "message_id": occasion.message_id}
            head = file.soap.header.written(own) if file.soap.header is not None else ""
            if (safe := file.soap.security) is not None:
                token = UsernameToken(
                    username=safe.username.written(own),
                    password=self._secrets[safe.secret],
                    must_understand=file.soap.namespace if safe.must_understand else None,
                )
                head += token.header(occasion)
        statuses = {status for row in declared.not_found for status in row.condition.statuses}
        expect = file.replies.statuses(*declared.reads, *statuses)
        return replace(declared.made(values, occasion, file.soap, head, expect), moves=moves)

    def _values(self, reference: str, occasion: Occasion) -> Values:
        moment = {"at": moment_text(occasion.at), "day": occasion.at.date().isoformat()}
        values: Values = {**self._settings, **moment, "reference": reference}
        if self._file.form is not None:
            with AtLine(self._file.form_line):
                parts = self._file.form.parts(reference)
                if parts is None:
                    raise RequestRejected("the number is not in the form that the authority's numbers have")
                if missing := [name for name, part in parts.items() if not part]:
                    raise RequestRejected(f"the number states no {', '.join(missing)}")
            values |= {f"reference.{name}": part for name, part in parts.items()}
        return values

    def _status(self, nodes: Mapping[str, list[Any]], on: date) -> tuple[Status, str]:
        """Return what the authority's code means, and the code; every page has to say the same."""
        file = self._file

        def said(node: Any) -> str:
            code = str(file.status.read(node, on))
            reason = None if file.status_reason is None else file.status_reason.read(node, on)
            return code if reason is None else f"{code}/{reason}"

        code: str = self._alike(file.status.name, nodes, file.status.source, said, file.status.line)
        return file.statuses.meaning(code, on), code

    def _answer(
        self, query: DocumentQuery | QuantityOrder, nodes: Mapping[str, list[Any]], status: tuple[Status, str], on: date
    ) -> Answer:
        file = self._file
        facts = self._facts(query, nodes, on)
        again = facts.pop("ask_again_at", None)
        read = {
            name: self._alike(fact.name, nodes, fact.source, partial(_further, fact, on), fact.line)
            for name, fact in file.further.items()
        }
        further = {name: str(value) for name, value in read.items() if value is not None}
        ledger, position = None, file.position
        if position is not None:
            ledger = self._alike("position", nodes, position.source, partial(position.read, on=on), position.line)
        certificate = Certificate(authority_status=status[1], lines=self._lines(nodes, on), facts=further, **facts)
        return Answer(status=status[0], certificate=certificate, ledger=ledger, ask_again_at=again)

    def _facts(self, query: DocumentQuery | QuantityOrder, nodes: Mapping[str, list[Any]], on: date) -> dict[str, Any]:
        facts: dict[str, Any] = {}
        for name, fact in self._file.facts.items():
            if name in self._file.lists:
                facts[name] = self._alike(fact.name, nodes, fact.source, partial(fact.read_all, on=on), fact.line)
            else:
                asked = getattr(query, name, "")
                read = partial(fact.read, on=on, asked=asked)
                facts[name] = self._alike(fact.name, nodes, fact.source, read, fact.line)
        return facts

    def _alike(
        self, name: str, nodes: Mapping[str, list[Any]], source: str, read: Callable[[Any], Any], line: int
    ) -> Any:
        """Return what every page of an answer says.

        Raises:
            UnexpectedAnswer: they do not say the same.
        """
        first, *others = [read(node) for node in nodes[source or self._file.requests[0].name]]
        if any(one != first for one in others):
            with AtLine(line):
                raise UnexpectedAnswer(f"{name}: differs from page to page")
        return first

    def _lines(self, nodes: Mapping[str, list[Any]], on: date) -> tuple[CertificateLine, ...]:
        rows = self._file.lines
        if rows is None:
            return ()
        found = [row for node in nodes[rows.each.source or self._file.requests[0].name] for row in rows.read(node, on)]
        if (total := rows.total) is not None:
            stated = self._alike(total.name, nodes, total.source, partial(total.read, on=on), total.line)
            if stated != len(found):
                with AtLine(total.line):
                    raise UnexpectedAnswer(f"{total.name}: there are other lines than came")
        if rows.numbered:
            found = [{**row, "number": number} for number, row in enumerate(found, 1)]
        given = [{key: value for key, value in row.items() if value is not None} for row in found]
        return tuple(
            CertificateLine(**{**row, "nomenclature": Nomenclature(row.get("nomenclature", "CN"))}) for row in given
        )

    def _moved(self, kind: MovementKind, order: QuantityOrder, occasion: Occasion) -> Exchange[Receipt]:
        movements = self._file.movements
        if movements is None:
            raise RequestRejected("the authority takes no movements")
        values = self._values(order.reference, occasion) | movements.values(kind, order)
        declared, on = movements.kinds[kind].request, occasion.at.date()
        content = yield from self._told(declared, values, occasion, moves=True)
        with AtLine(declared.line):
            return self._receipt(kind, order, content, on)

    def _reports(self) -> DeclaredReports:
        if self._file.reports is None:
            raise RequestRejected("the authority takes no reports")
        return self._file.reports

    def _told(self, declared: DeclaredRequest, values: Values, occasion: Occasion, *, moves: bool) -> Exchange[Any]:
        """Send one request that no row knows as not found; return the content of its answer."""
        with AtLine(declared.line):
            response = yield self._made(declared, values, occasion, moves=moves)
            reply = self._file.replies.read(response, declared.reads)
            self._make_sure(declared, reply, values)
            return reply.content

    def _receipt(self, kind: MovementKind, order: QuantityOrder, node: Any, on: date) -> Receipt:
        movements = self._file.movements
        assert movements is not None
        ledger, valid = None, True
        if movements.afterwards == "position" and self._file.position is not None:
            ledger = self._file.position.read(node, on)
        elif movements.afterwards == "document":
            nodes = {self._file.requests[0].name: [node]}
            status = self._status(nodes, on)
            if status[0] is Status.NOT_FOUND:
                raise UnexpectedAnswer("a movement of a document that is not there")
            ledger, valid = self._answer(order, nodes, status, on).ledger, status[0] is Status.VALID
        return movements.receipt(kind, node, on, ledger, valid=valid)


def _further(fact: StatedFact, on: date, node: Any) -> str | None:
    """Return a further fact; of a list a JSON array of its texts."""
    return json.dumps(fact.read_all(node, on), ensure_ascii=False) if fact.many else fact.read(node, on)


def _taken(node: Any) -> str:
    value = leaf(node)
    if type(value) is int:
        value = str(value)
    if type(value) is not str or not value:
        raise UnexpectedAnswer("a value that a later request names is no text")
    return value
