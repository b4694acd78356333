"""An answer is about the document that was asked about, in the words that the authority used for it."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import pairwise

from gateway.conformance.alteration import sampled, with_texts, with_units
from gateway.conformance.checks.fields import rows_with
from gateway.conformance.exchanges import KitCall
from gateway.conformance.inspection import CODE, Inspection, JudgedResult
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.conformance.units import unit_of, unit_words
from gateway.contract import Answer, Intervention, Ledger, PartyQuery, Quantity, Receipt, Reference, Response
from gateway.contract.reading import same_number

OTHER_DOCUMENT = rule(
    "documents.other_document",
    "An answer about another document raises",
    "compare the number in the answer with the one that was asked about (`Record.same`), and report the answer's, never the query's",
)
NOT_NAMED = rule(
    "documents.not_named",
    "An answer that says something of a document names it",
    "ask the authority for its number in the answer; without it nobody can tell an answer about another document, and the adapter stays a draft",
)
OTHER_ANSWER = rule(
    "documents.other_answer",
    "The answer to one question is none to another",
    "compare the number in the answer with the one that was asked about (`Record.same`)",
)
INTERLEAVED = rule(
    "documents.interleaved",
    "Two exchanges interleaved give the same as one after the other",
    "keep nothing on `self` or in a module between two `yield`s: one object serves many questions at once",
)
UNHEARD_OF = rule(
    "documents.unknown_code",
    "A status or outcome that nobody has heard of raises",
    "look codes up in a code list that raises for what it does not hold (`CodeList.meaning`)",
)
UNIT = rule(
    "documents.unit_not_read",
    "The unit or currency of a quantity is the answer's",
    "read the unit with the quantity (`Record.quantity`)",
)
NOT_OURS = rule(
    "documents.not_ours",
    "What another declaration holds is not the asking one's",
    "compare kind and value of the declaration that the authority names",
)

_NO_UNIT = "QUEBEC9"
_OTHER_UNITS = ("TNE", "GRM", "LTR")
_OTHER_CURRENCIES = ("JPY", "USD")


def check_documents(inspection: Inspection) -> Iterator[Nonconformity]:
    """Answer with what is about something else."""
    recordings = inspection.answered()
    for recording in recordings:
        yield from _other_document(inspection, recording)
        yield from _unknown_codes(inspection, recording)
        yield from _units(inspection, recording)
        yield from _declarations(inspection, recording)
    yield from _swapped(inspection, recordings)
    yield from _interleaved(inspection, recordings)


def another(text: str) -> str:
    """Return another text of the same form: its last letter or digit is the next one."""
    place = max((place for place, one in enumerate(text) if one.isascii() and one.isalnum()), default=None)
    if place is None:
        return f"{text}1"
    one = text[place]
    ring = next(
        ring for ring in ("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz") if one in ring
    )
    return f"{text[:place]}{ring[(ring.index(one) + 1) % len(ring)]}{text[place + 1 :]}"


def near_misses(reference: str) -> list[str]:
    """Return what careless comparisons take for a reference: a part of it, more than it, another case, another way to write the year."""
    parts = re.split(r"[^A-Za-z0-9]+", reference)
    found = (
        f"1{reference}", f"X{reference}", f"{reference}1", f"{reference}X", reference[:-1], reference[1:], parts[0], parts[-1],
        reference.swapcase(), reference.lower(), reference.upper(), *years_otherwise(reference),
        re.sub("[^A-Za-z0-9]+", "", reference),
    )  # fmt: skip
    return list(dict.fromkeys(one for one in found if one.strip() and one != reference))


def years_otherwise(reference: str) -> list[str]:
    """Return a reference with the years in it without their century, and numbers of two digits as years with one."""
    short = re.sub("(?<![0-9])20([0-9]{2})(?![0-9])", r"\1", reference)
    long = re.sub("(?<![0-9])([0-9]{2})(?![0-9])", r"20\1", reference)
    return [one for one in (short, long) if one != reference]


def _other_document(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    reference = recording.reference
    if reference is None:
        return
    other = another(reference)
    certificate = getattr(inspection.result(recording).value, "certificate", None)
    capped = inspection.package.cap is not None
    # Of a file that says so itself it is why it is a draft, and nothing that could be mended in it.
    if certificate is not None and not capped and not _names(inspection, recording, reference):
        yield Nonconformity(rule=NOT_NAMED, place=recording.place, what="none of its answers names the document")
    for number, answer in enumerate(recording.answers):
        body = with_texts(answer.body, lambda text: other if inspection.same(text, reference) else None)
        place = recording.line("exchange", number, "response")
        if body is None:
            if not capped:
                inspection.remarks.append(f"{place}: the answer does not name the document: nothing can be compared")
            continue
        others = {other: rows_with(recording, number, [body])[0]}
        for near in near_misses(reference):
            if not inspection.same(near, reference):
                others[near] = _about(inspection, recording, number, near)
        results = inspection.results(recording, list(others.values()))
        for named, result in zip(others, results, strict=True):
            if result.fault is None and not _is_passed_over(result, named, reference):
                what = f"asked about {reference}, it takes an answer about {named} for {result.shown()}"
                yield Nonconformity(rule=OTHER_DOCUMENT, place=place, what=what)
                break


def _about(inspection: Inspection, recording: Recording, number: int, other: str) -> list[Response]:
    """Return the recorded answers with one of them about another document; all, if only the gateway itself would see the difference."""
    reference = recording.reference or ""
    all_of_them = same_number(other, reference)
    row = list(recording.answers)
    for place in range(len(row)) if all_of_them else (number,):
        body = with_texts(row[place].body, partial(_named, inspection, reference, other))
        row[place] = replace(row[place], body=body or row[place].body)
    return row


def _is_passed_over(result: JudgedResult, other: str, reference: str) -> bool:
    """Whether `Record.same` sees no difference, and no document is reported: of one that is, the gateway compares the number itself."""
    return same_number(other, reference) and getattr(result.value, "certificate", None) is None


def _named(inspection: Inspection, reference: str, other: str, text: str) -> str | None:
    return other if inspection.same(text, reference) else None


def _names(inspection: Inspection, recording: Recording, reference: str) -> bool:
    """Whether an answer has the reference for one of its values."""
    bodies = (answer.body for answer in recording.answers)
    return any(with_texts(body, lambda text: text if inspection.same(text, reference) else None) for body in bodies)


def _unknown_codes(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    code = _code(inspection.result(recording).value)
    if code is None:
        return
    unheard = (f"IN{code}", f"{code}X", "UNHEARD_OF") if not code.isdigit() else (f"9{code}9", "UNHEARD_OF")
    for one in unheard:
        row = _everywhere(recording, partial(_swap, code, one))
        if row is None:
            return
        (result,) = inspection.results(recording, [row])
        if result.fault is None:
            what = f"{one} in the place of {code} is {result.shown()}"
            yield Nonconformity(rule=UNHEARD_OF, place=recording.place, what=what)
            return


def _swap(old: str, new: str, text: str) -> str | None:
    return new if text == old else None


def _code(value: object) -> str | None:
    if isinstance(value, Answer) and value.certificate is not None:
        return value.certificate.authority_status
    return value.authority_code if isinstance(value, Receipt) else None


def _units(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    recorded = inspection.result(recording)
    units = set(_stated(recorded.value))
    for unit, others in ((one, _OTHER_CURRENCIES if of_money else _OTHER_UNITS) for one, of_money in units):
        other = next(one for one in others if one != unit)
        row = _everywhere(recording, partial(_swap, unit, other))
        if row is not None and inspection.results(recording, [row])[0].value == recorded.value:
            what = f"{other} in the place of {unit} changes nothing"
            yield Nonconformity(rule=UNIT, place=recording.place, what=what)
        elif row is None and (guessed := _own_words(inspection, recording, unit)) is not None:
            yield Nonconformity(rule=UNIT, place=recording.place, what=guessed)


def _own_words(inspection: Inspection, recording: Recording, unit: str) -> str | None:
    """Return what is wrong with how units in the authority's own words are read; None: one that nobody knows raises."""
    words = _words_for(inspection, recording, unit)
    bodies = [
        with_texts(answer.body, lambda text: _NO_UNIT if text in words else None)
        if words
        else with_units(answer.body, _NO_UNIT)
        for answer in recording.answers
    ]
    if not any(bodies):
        return None
    row = [
        answer if body is None else replace(answer, body=body)
        for answer, body in zip(recording.answers, bodies, strict=True)
    ]
    (result,) = inspection.results(recording, [row])
    return (
        None
        if result.fault is not None
        else f"of a unit {_NO_UNIT!r}, which nobody knows,{_in_place_of(words)} it makes {unit} all the same"
    )


def _words_for(inspection: Inspection, recording: Recording, unit: str) -> set[str]:
    """Return the texts of the answers that the adapter's or the gateway's list reads as this unit; without any, those that are some unit."""
    texts: set[str] = set()

    def noted(text: str) -> None:
        texts.add(text)

    for answer in recording.answers:
        with_texts(answer.body, noted)
    known = unit_words(inspection.package)
    units = {text: unit_of(known, text) for text in texts}
    return {text for text, (_, means) in units.items() if means == unit} or {
        text for text, (is_one, _) in units.items() if is_one
    }


def _in_place_of(words: set[str]) -> str:
    return f" in the place of {' and '.join(map(repr, sorted(words)))}" if words else ""


def _everywhere(recording: Recording, change: Callable[[str], str | None]) -> list[Response] | None:
    """Return the recorded answers with texts changed in all of them; None where there is none to change."""
    bodies = [with_texts(answer.body, change) for answer in recording.answers]
    if not any(bodies):
        return None
    return [
        answer if body is None else replace(answer, body=body)
        for answer, body in zip(recording.answers, bodies, strict=True)
    ]


def _stated(value: object) -> Iterator[tuple[str, bool]]:
    """Yield the units of quantities, and the currencies of amounts, in a result."""
    certificate = value.certificate if isinstance(value, Answer) else None
    for line in certificate.lines if certificate is not None else ():
        yield from ((one.unit, False) for one in (line.quantity, line.volume) if one is not None)
        yield from ((one.currency, True) for one in (line.amount,) if one is not None)
    ledger = value if isinstance(value, Ledger) else getattr(value, "ledger", None)
    quantities: list[Quantity] = [line.available for line in ledger.lines] if ledger is not None else []
    # Of a line by value alone the amount stands there, with its currency in the unit's place.
    yield from ((one.unit, one.unit in {"EUR", "USD", "GBP"}) for one in quantities)


def _declarations(inspection: Inspection, recording: Recording) -> Iterator[Nonconformity]:
    subject = recording.subject.order if isinstance(recording.subject, Intervention) else recording.subject
    declaration: Reference | None = getattr(subject, "declaration", None)
    if declaration is None or not _held(inspection.result(recording).value, declaration):
        return
    other = another(declaration.value)
    row = _everywhere(recording, partial(_swap, declaration.value, other))
    if row is None:
        return
    (result,) = inspection.results(recording, [row])
    if result.fault is None and _held(result.value, declaration):
        what = f"what {other} holds is told as {declaration.value}'s"
        yield Nonconformity(rule=NOT_OURS, place=recording.place, what=what)


def _held(value: object, declaration: Reference) -> bool:
    ledger = value if isinstance(value, Ledger) else getattr(value, "ledger", None)
    return ledger is not None and any(one.declaration == declaration for one in ledger.allocations)


def _swapped(inspection: Inspection, recordings: tuple[Recording, ...]) -> Iterator[Nonconformity]:
    """Answer a question with the recorded answers to another."""
    for method in sorted({one.method for one in recordings} - {"list"}):
        alike = [one for one in recordings if one.method == method]
        for one in sampled(alike, 8):
            others = [other for other in sampled(alike, 8) if _are_about_others(inspection, one, other)]
            rows = [other.answers for other in others]
            results = inspection.results(one, rows, free=True) if rows else []
            for other, result in zip(others, results, strict=True):
                if result.fault is None and _names_one(other):
                    what = f"the answers of {other.name} are taken for {result.shown()}"
                    yield Nonconformity(rule=OTHER_ANSWER, place=one.place, what=what)


def _are_about_others(inspection: Inspection, one: Recording, other: Recording) -> bool:
    """Whether two questions are about two documents, or two operators."""
    if isinstance(other.subject, PartyQuery):
        return bool(_asked_about(one) != other.subject.number)
    return other.reference is not None and not inspection.same(str(one.reference), other.reference)


def _asked_about(recording: Recording) -> str:
    subject = recording.subject
    return subject.number if isinstance(subject, PartyQuery) else recording.reference or ""


def _names_one(recording: Recording) -> bool:
    """Whether the answers name the document or operator at all: what names none can be anybody's."""
    reference = _asked_about(recording)
    forms = {reference, re.sub(r"\s", "", reference).upper()}
    return any(form.encode() in answer.body for answer in recording.answers for form in forms)


def _interleaved(inspection: Inspection, recordings: tuple[Recording, ...]) -> Iterator[Nonconformity]:
    for one, other in pairwise((*sampled(recordings, 12), *recordings[:1])):
        if one is other:
            continue
        found = _woven(inspection, one, other)
        for recording, result in zip((one, other), found, strict=True):
            wanted = inspection.result(recording)
            if (result.value, result.fault) != (wanted.value, wanted.fault):
                beside = other if recording is one else one
                what = f"beside {beside.name} it says {result.shown()}, alone {wanted.shown()}"
                yield Nonconformity(rule=INTERLEAVED, place=recording.place, what=what)


def _woven(inspection: Inspection, *recordings: Recording) -> list[JudgedResult]:
    """Return what becomes of exchanges of which each step is made in turn."""
    process = inspection.process
    calls: list[KitCall] = [one.call for one in recordings]
    begun = [process.begin(CODE, call) for call in calls]
    steps, made = [step for _, step in begun], [[step.asked] for _, step in begun]
    for place in range(max(len(one.answers) for one in recordings)):
        for which, recording in enumerate(recordings):
            if steps[which].asked is not None and place < len(recording.answers):
                steps[which] = process.advance(begun[which][0], recording.answers[place])
                made[which].append(steps[which].asked)
    for which, step in enumerate(steps):
        if step.asked is not None:
            process.end(begun[which][0])
    return [
        inspection.judge(call, replace(step, requests=tuple(one for one in asked if one is not None)), recording.place)
        for call, step, asked, recording in zip(calls, steps, made, recordings, strict=True)
    ]
