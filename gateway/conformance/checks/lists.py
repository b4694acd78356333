"""Every row of a list is read, with the number that the authority gives it."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.conformance.answer_lists import AnswerList, answer_lists
from gateway.conformance.checks.fields import is_alike, rows_with
from gateway.conformance.inspection import Inspection
from gateway.conformance.leaves import is_at
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule

ROW = rule(
    "lists.row_unread",
    "Of a list of which anything is read every row is: one more changes what the adapter makes of the answer, or raises",
    "go through all rows (`Record.records`); where there may be only one, raise for more; what is left out is named in exchanges/settings.toml, [left_out], with the reason",
)
COUNTED = rule(
    "lists.number_counted",
    "The number of a line is the authority's: where it numbers its lines 4, 7, 10, the adapter says 4, 7, 10, or raises",
    "read the number of each line; never count the rows",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """The outcome for one list in one answer."""

    recording: Recording
    number: int
    of: AnswerList


def check_lists(inspection: Inspection) -> Iterator[Nonconformity]:
    """Add a row to each recorded list, and number its rows otherwise."""
    seen: dict[tuple[str, tuple[str, ...]], int] = {}
    for recording in inspection.answered():
        for number, answer in enumerate(recording.answers):
            for one in answer_lists(answer.body):
                key = (recording.method, one.shape)
                if seen.get(key, 0) < 2 and not is_at(one.shown, inspection.package.left_out):
                    found = list(_looked(inspection, _Looked(recording=recording, number=number, of=one)))
                    seen[key] = seen.get(key, 0) + 1
                    yield from found


def _looked(inspection: Inspection, looked: _Looked) -> Iterator[Nonconformity]:
    recording, of = looked.recording, looked.of
    recorded = inspection.result(recording)
    bodies = [of.altered, *of.with_row, *([of.renumbered] if of.renumbered is not None else [])]
    rows = rows_with(recording, looked.number, bodies)
    altered, further, again, *renumbered = inspection.results(recording, rows)
    if is_alike(recorded, altered):
        return  # nobody reads any of it: that is told of what stands there
    place = recording.line("exchange", looked.number, "response")
    if is_alike(recorded, further) and is_alike(recorded, again):
        yield Nonconformity(rule=ROW, place=place, what=f"{of.shown}: a row more changes nothing")
    if any(is_alike(recorded, one) for one in renumbered):
        yield Nonconformity(rule=COUNTED, place=place, what=f"{of.shown}: numbered otherwise, it says the same")
