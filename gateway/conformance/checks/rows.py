"""Every row of an authority's file by which it says that it does not answer, or knows no such document, is what a recording comes to."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from gateway.conformance.declared_rows import line_taken
from gateway.conformance.inspection import Inspection
from gateway.conformance.rule import Nonconformity, rule
from gateway.contract import Response, UnexpectedAnswer
from gateway.dispatch import declarative
from gateway.dispatch.declarative import AuthorityFile
from gateway.dispatch.declarative.replies import Condition

NOT_REACHED = rule(
    "rows.not_reached",
    "Of an authority that is one file, every `[[fault]]` and every `not_found` is what a recording comes to: one that no answer ever meets says nothing, however it reads",
    "record an answer that it is about in exchanges/ (`raises`, or `not_found`), mend the row, or take it out",
)


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    line: int
    condition: Condition
    is_fault: bool


def check_rows(inspection: Inspection) -> Iterator[Nonconformity]:
    """Find the rows that no recording comes to, each with its line."""
    file = inspection.package.authority_file
    if file is None:
        return
    taken = {one.name: line_taken(inspection, one) for one in inspection.recordings}
    for row in _rows(file):
        if row.line not in taken.values():
            yield Nonconformity(
                rule=NOT_REACHED,
                place=f"{declarative.NAME}:{row.line}",
                what=f"no recording comes to this {row.name}{_instead(inspection, file, row, taken)}",
            )


def _rows(file: AuthorityFile) -> Iterator[_Row]:
    for fault in file.replies.faults:
        yield _Row(f'[[fault]], means = "{fault.means}"', fault.line, fault.condition, True)
    for request in file.requests:
        for one in request.not_found:
            yield _Row("[[verify.request.not_found]]", one.line, one.condition, False)


def _instead(inspection: Inspection, file: AuthorityFile, row: _Row, taken: dict[str, int | None]) -> str:
    """Say which row takes the answers that this one is about, if another does."""
    for recording in inspection.recordings:
        other = taken[recording.name]
        if other is not None and other < row.line and _meets(file, row.condition, row, recording.answers):
            return f": {recording.place} would, and the row at {declarative.NAME}:{other} is tried first"
        if row.condition.statuses and _meets(file, replace(row.condition, statuses=()), row, recording.answers):
            listed = ", ".join(map(str, row.condition.statuses))
            return f": {recording.place} would, but for its status {recording.answers[-1].status}; the row is for `status = [{listed}]`"
    return ""


def _meets(file: AuthorityFile, condition: Condition, row: _Row, answers: Sequence[Response]) -> bool:
    for answer in answers[-1:]:
        try:
            reply = file.replies.opened(answer)
        except UnexpectedAnswer:
            return False
        of_faults = not row.is_fault or file.soap is None or reply.is_fault
        return of_faults and condition.holds(reply.status, reply.content)
    return False
