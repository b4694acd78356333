"""One message of a known format, on its way to a declaration or to a refusal that names every violation at once."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Any, Protocol, TypeVar

from msgspec import structs

from gateway.domain.codec import content_digest
from gateway.domain.declaration import WHOLE, Declaration, Direction, Kind, MessageKind, PreviousDocument
from gateway.domain.errors import BusinessRuleViolated, MessageKindUnknown, SchemaViolated, Violation
from gateway.intake import rules
from gateway.intake.catalogue import IntakeSentences, field_of, parted
from gateway.intake.doubts import DoubtfulMrn, doubtful
from gateway.intake.format_file import BlankEnds, FormatFile
from gateway.intake.limits import IntakeLimits
from gateway.intake.mapping import ElementRecord, MappingFault, MessageReading, find, text_at
from gateway.intake.message_places import MessagePlaces
from gateway.intake.shape import Shape
from gateway.intake.structure import InOrder, StructureFault
from gateway.intake.xml import Element, ParsedDocument, Schema, SchemaFault, line_of, place

_OUT_OF_ORDER = frozenset({"SCHEMAV_ELEMENT_CONTENT", "SCHEMAV_CVC_TYPE_3_1_2"})
"""Behind these the schema processor does not look any further."""


R = TypeVar("R", SchemaViolated, BusinessRuleViolated)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A message that was read."""

    declaration: Declaration
    digest: str
    """The digest of its content, apart from its format, message number or time of preparation."""
    warnings: tuple[Violation, ...] = ()
    """The parts that were taken otherwise than they were sent."""
    doubtful: tuple[DoubtfulMrn, ...] = ()
    """MRNs that cannot be any, up to the limit of violations."""
    places: MessagePlaces | None = None
    """The places of its goods items and documents in the message; None: nobody asked."""
    lrn_refused: BusinessRuleViolated | None = None
    """The refusal of its LRN, unless a declaration has it from before there was the rule; None: it is."""

    def must_have_lrn(self, known: str | None = None) -> None:
        """Refuse an LRN that is not taken any more, but for that of a known declaration.

        Raises:
            BusinessRuleViolated: it is another one.
        """
        if self.lrn_refused is not None and self.declaration.lrn != known:
            raise self.lrn_refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A format that is ready."""

    file: FormatFile
    schema: Schema | None
    """None: it is off."""
    shape: Shape | None
    """Known for our own schemas."""
    titles: Mapping[tuple[str, str], str] = field(default_factory=dict)


class Places(Protocol):
    """The places of elements in the message as it came."""

    def of(self, element: Element) -> tuple[str | None, int | None]:
        """Return the element's path and line."""
        ...

    def line(self, element: Element) -> int | None:
        """Return the element's line alone: its path is looked for among all its siblings."""
        ...


class XmlPlaces:
    """The places of an XML message: paths of names, and the parser's lines."""

    def of(self, element: Element) -> tuple[str | None, int | None]:
        """Return the element's path and line."""
        return place(element), line_of(element)

    def line(self, element: Element) -> int | None:
        """Return the element's line alone."""
        return line_of(element)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclarationMessage:
    """A well-formed message of a format."""

    format: Format
    document: ParsedDocument
    places: Places
    catalogue: IntakeSentences
    limits: IntakeLimits
    on: date | None = None
    """The day of receipt; None: it is not known."""
    only_mrns: Collection[str] = ()
    """The types of previous documents that are cited by nothing but an MRN."""
    placed: bool = False
    """Whether the places of goods items and documents are asked for."""

    def accepted(self, found: tuple[Violation, ...] = ()) -> Accepted:
        """Return the declaration that the message is.

        Args:
            found: violations of the schema that are known already.

        Raises:
            SchemaViolated, BusinessRuleViolated, MessageKindUnknown: with all violations, up to the limit.
        """
        known = {violation.path for violation in found}
        violations = [*found, *(one for one in self._schema_violations() if one.path is None or one.path not in known)]
        if violations:
            if len(violations) <= self.limits.max_violations:
                violations += self._breaches_despite()
            raise self._refusal(SchemaViolated, violations)
        file = self.format.file
        base = self._base()
        if base is None:
            raise self._refusal(BusinessRuleViolated, [self._missing("items", self.document.root)])
        kind = file.kind or self._message_kind(base)
        reading = MessageReading(most_blanks=self.limits.max_violations + 1)
        declaration: Declaration | None = reading.read(base, file.declaration, _placeholders(kind, file))
        problems = (problem for problem in reading.problems if self._counts(problem.rule))
        # The place of each is looked for among all of its siblings: one more than are reported is enough.
        violations = [self._of_problem(problem) for problem in islice(problems, self.limits.max_violations + 1)]
        refuses_blanks = file.blank_ends(self.on) is BlankEnds.REFUSED
        if refuses_blanks:
            violations += self._of_blanks("blanks_refused", reading)
        doubts: tuple[DoubtfulMrn, ...] = ()
        places = None
        if declaration is not None:
            if self.placed:
                places = MessagePlaces.of(declaration, lambda part: self._line_of(reading, part))
            doubts = tuple(islice(self._doubts(declaration, reading), self.limits.max_violations))
            violations += self._of_breaches(rules.always(declaration), reading)
            declaration, more = self._completed(declaration, kind, base, reading)
            violations += more
            violations += beyond_limits(declaration, self.catalogue, self.limits, at=lambda: self.places.of(base))
        if declaration is None or any(one.rule != rules.LRN_NOT_LATIN for one in violations):
            raise self._refusal(BusinessRuleViolated, violations)
        refused = self._refusal(BusinessRuleViolated, violations) if violations else None
        return Accepted(
            declaration=declaration,
            digest=content_digest(declaration),
            warnings=(
                *(() if refuses_blanks else self._of_blanks("blanks_trimmed", reading)),
                *(
                    self._of_breaches(rules.other_types(declaration), reading)
                    if declaration.direction is Direction.TRANSIT
                    else ()
                ),
            ),
            doubtful=doubts,
            places=places,
            lrn_refused=refused,
        )

    def _line_of(self, reading: MessageReading, part: object) -> int | None:
        element = reading.elements.get(id(part))
        return self.places.line(element) if element is not None else None

    def _of_blanks(self, rule: str, reading: MessageReading) -> list[Violation]:
        return [self._at(one.element, one.field, rule, one.kind, value=one.text) for one in reading.blank_ends]

    def _doubts(self, declaration: Declaration, reading: MessageReading) -> Iterator[DoubtfulMrn]:
        for at, field_name, mrn in doubtful(declaration, self.only_mrns):
            path, line = self._place_of(reading.elements[id(at)], field_name, type(at))
            previous = at.type if isinstance(at, PreviousDocument) else None
            yield DoubtfulMrn(mrn=mrn, previous=previous, path=path, line=line)

    def _schema_violations(self) -> list[Violation]:
        schema, shape, limit = self.format.schema, self.format.shape, self.limits.max_violations
        if schema is None:
            raise AssertionError("a message of a format that is off is refused before")
        faults = self._up_to_limit(schema.faults(self.document, limit=limit))
        if shape is None or len(faults) > limit or not any(fault.rule in _OUT_OF_ORDER for fault in faults):
            return [self._of_fault(fault, fault.element) for fault in faults]
        ordered = InOrder.of(self.document.root, shape, limit=limit)
        violations = [self._of_finding(finding) for finding in ordered.findings]
        for fault in self._up_to_limit(schema.faults(ParsedDocument.made_of(ordered.root), limit=limit)):
            origin = ordered.origins.get(fault.element) if fault.element is not None else None
            if origin is not None:
                violations.append(self._of_fault(fault, origin))
        return sorted(violations, key=lambda violation: violation.line or 0)

    def _up_to_limit(self, faults: Iterator[SchemaFault]) -> list[SchemaFault]:
        taken = []
        for fault in faults:
            taken.append(fault)
            if len(taken) > self.limits.max_violations:
                break
        return taken

    def _breaches_despite(self) -> list[Violation]:
        """Return the breaches in what can be read of a message that breaks its schema."""
        file, base = self.format.file, self._base()
        if base is None or file.kind is None:
            return []
        reading = MessageReading()
        declaration: Declaration | None = reading.read(base, file.declaration, _placeholders(file.kind, file))
        if declaration is None:
            return []
        direction = self._direction(declaration)
        if direction is None:
            return []
        whole = structs.replace(declaration, direction=direction)
        reading.elements[id(whole)] = base
        unread = {problem.element for problem in reading.problems}
        unread |= {parent for element in unread if (parent := element.getparent()) is not None}
        certain = (
            one
            for one in rules.breaches(whole, file.rules, file.simplified)
            if reading.elements[id(one.at)] not in unread
        )
        return self._of_breaches(certain, reading)

    def _base(self) -> Element | None:
        file, root = self.format.file, self.document.root
        return find(root, file.at, file.declaration) if file.at else root

    def _completed(
        self, read: Declaration, kind: MessageKind, base: Element, reading: MessageReading
    ) -> tuple[Declaration, list[Violation]]:
        """Return the declaration with its direction and kind, and what is wrong with it."""
        violations = [] if kind is MessageKind.LODGE else self._of_target(read, base)
        if not read.lrn and (kind is MessageKind.LODGE or "lrn" not in self.format.file.targets):
            violations.insert(0, self._missing("lrn", base))
        if kind not in WHOLE:
            # The type of such a message says what it asks for, not what was declared.
            return structs.replace(
                read, target_mrn=read.mrn, mrn=None, declaration_type="", additional_type=None
            ), violations
        if kind is MessageKind.REPLACE:
            read, was = structs.replace(read, target_mrn=read.mrn, mrn=None), read
            reading.elements[id(read)] = reading.elements[id(was)]
        if not read.declarant:
            violations.append(self._missing("declarant", base))
        if not read.items:
            violations.append(self._missing("items", base))
        direction = self._direction(read)
        if not read.declaration_type:
            violations.append(self._missing("declaration_type", base))
        elif direction is None:
            violations.append(
                self._at(base, "declaration_type", "declaration_type_unknown", value=read.declaration_type)
            )
        letter = read.additional_type
        declared = self.format.file.declaration_kinds.get(letter) if letter else Kind.STANDARD
        if declared is None:
            violations.append(self._at(base, "additional_type", "additional_type_unknown", value=letter))
        if direction is None or declared is None:
            return read, violations
        whole = structs.replace(read, direction=direction, kind=declared)
        reading.elements[id(whole)] = base
        return whole, violations + self._of_breaches(self._breaches(whole), reading)

    def _of_target(self, read: Declaration, base: Element) -> list[Violation]:
        """Return what is wrong with how a message names the declaration that it is about."""
        file = self.format.file
        if read.mrn and read.lrn and "one_target" in file.rules:
            return [self._at(base, "mrn", "one_target", value=read.mrn, lrn=read.lrn)]
        if read.mrn:
            return []
        if "lrn" not in file.targets or not read.lrn:
            return [self._missing("target_mrn", base)]
        return [] if read.declarant or file.kind in WHOLE else [self._missing("declarant", base)]

    def _direction(self, read: Declaration) -> Direction | None:
        return rules.direction_of(
            read.declaration_type, [item.requested_procedure for item in read.items], self.format.file.directions
        )

    def _breaches(self, declaration: Declaration) -> Iterator[rules.Breach]:
        file = self.format.file
        yield from rules.breaches(declaration, file.rules, file.simplified)
        if "procedure_of_other_direction" in file.rules:
            yield from rules.other_directions(declaration, file.directions)

    def _message_kind(self, base: Element) -> MessageKind:
        file = self.format.file
        values = [text_at(base, path, file.declaration) for path in file.kind_by]
        for row in file.kinds:
            if all(wanted in ("*", value) for wanted, value in zip(row.values, values, strict=True)):
                return row.kind
        printed = " + ".join(value or "–" for value in values)
        elements = [find(base, path, file.declaration) for path in file.kind_by]
        element = next((element for element in reversed(elements) if element is not None), base)
        path, line = self.places.of(element)
        violation = self.catalogue.violation(
            "message_kind_unknown", path=path, line=line, value=printed, format=file.name
        )
        raise MessageKindUnknown(violation.message, violations=(violation,))

    def _counts(self, rule: str) -> bool:
        return rule not in rules.OPTIONAL_RULES or rule in self.format.file.rules

    def _of_fault(self, fault: SchemaFault, element: Element | None) -> Violation:
        path, line = self.places.of(element) if element is not None else (None, None)
        return self.catalogue.of_schema(replace(fault, element=element), self.format.titles, path=path, line=line)

    def _of_finding(self, finding: StructureFault) -> Violation:
        path, line = self.places.of(finding.element)
        number, title = parted(finding.title)
        return self.catalogue.violation(
            finding.rule,
            path=path,
            line=line,
            **field_of(finding.element, self.format.titles),
            name="numbered" if title else "element",
            inner=finding.name,
            inner_number=number,
            inner_title=title,
        )

    def _of_problem(self, problem: MappingFault) -> Violation:
        if what := problem.parameters.get("what"):
            return self._missing(what, problem.element)
        path, line = self.places.of(problem.element)
        return self.catalogue.violation(problem.rule, path=path, line=line, **problem.parameters)

    def _of_breaches(self, breaches: Iterator[rules.Breach], reading: MessageReading) -> list[Violation]:
        violations: list[Violation] = []
        seen: set[tuple[int, str, str]] = set()
        for breach in breaches:
            if len(violations) > self.limits.max_violations:
                break
            # What a house cites is of each of its items, and stands in the message once.
            if (one := (id(breach.at), breach.rule, breach.field)) in seen:
                continue
            seen.add(one)
            element = reading.elements[id(breach.at)]
            violations.append(self._at(element, breach.field, breach.rule, type(breach.at), **breach.parameters))
        return violations

    def _missing(self, what: str, element: Element) -> Violation:
        path, line = self.places.of(element)
        return self.catalogue.violation("missing", path=path, line=line, member=what)

    def _at(
        self, element: Element, field_name: str, rule: str, kind: type[Any] = Declaration, **values: Any
    ) -> Violation:
        """Return the violation of a rule by a field of a value that was made of the element."""
        path, line = self._place_of(element, field_name, kind)
        return self.catalogue.violation(rule, path=path, line=line, **values)

    def _place_of(self, element: Element, field_name: str, kind: type[Any]) -> tuple[str | None, int | None]:
        record = _record_of(self.format.file.declaration, kind)
        source = next((one for one in record.fields if one.name == field_name), None)
        exact = find(element, source.paths[0], record) if source is not None and source.paths else None
        return self.places.of(exact if exact is not None else element)

    def _refusal(self, kind: type[R], violations: list[Violation]) -> R:
        limit = self.limits.max_violations
        if len(violations) > limit:
            detail = f"{kind.title()}. The first {limit} violations are listed; there are more."
            return kind(detail, violations=tuple(violations[:limit]))
        count = f"{len(violations)} {'violation' if len(violations) == 1 else 'violations'}"
        return kind(f"{kind.title()}: {count}.", violations=tuple(violations))


def beyond_limits(
    declaration: Declaration,
    catalogue: IntakeSentences,
    limits: IntakeLimits,
    *,
    at: Callable[[], tuple[str | None, int | None]],
) -> list[Violation]:
    """Return the violations of the limits of a declaration's size; `at` gives the path and line of it."""
    found = rules.too_many(
        declaration,
        goods_items=limits.max_goods_items,
        documents=limits.max_documents,
        references=limits.max_references,
    )
    violations = []
    for rule, count, limit in found:
        path, line = at()
        violations.append(catalogue.violation(rule, path=path, line=line, value=count, limit=limit))
    return violations


def _record_of(top: ElementRecord, kind: type[Any]) -> ElementRecord:
    waiting = [top]
    while waiting:
        record = waiting.pop()
        if record.kind is kind:
            return record
        waiting += [listed.record for listed in (*record.lists, *record.houses)]
    return top


def _placeholders(kind: MessageKind, file: FormatFile) -> dict[str, Any]:
    """Return the declaration's values until the real ones are known: none of them survives in one that is lodged."""
    return {
        "lrn": "",
        "declarant": "",
        "declaration_type": "",
        "direction": file.partial_direction or Direction.IMPORT,
        "kind": file.partial_kind or Kind.STANDARD,
        "message": kind,
        "format": file.name,
    }
