"""What the recorded answers themselves say of units, codes and days is what is expected of them, and none of it is passed over."""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import partial

from gateway.conformance.inspection import Inspection
from gateway.conformance.leaves import AnswerLeaf, answer_leaves, is_at, with_leaves
from gateway.conformance.package import AdapterPackage
from gateway.conformance.recording import FOLDER, SETTINGS, Recording
from gateway.conformance.rule import ConformanceRule, Nonconformity, rule
from gateway.conformance.units import unit_of, unit_words
from gateway.contract import Answer, Certificate, Ledger, Quantity, Receipt, Response

UNIT = rule(
    "contents.other_unit",
    "A quantity is expected in the unit in which the answer has it, and each unit of the answer is a unit of the facts",
    "read the unit of each line with its quantity; a unit that becomes no fact is named in exchanges/settings.toml, [left_out], with the reason",
)
CODE = rule(
    "contents.cut_code",
    "A commodity code is expected as the answer has it: none of its digits is cut off, no zero before them, and none is added",
    "report the text as it stands; a code that becomes no fact is named in exchanges/settings.toml, [left_out], with the reason",
)
DAY = rule(
    "contents.other_day",
    "A day that the answer calls the beginning is not told as the end, nor the end as the beginning, and an end that it states is told",
    "look which field is which; a day that becomes no fact is named in exchanges/settings.toml, [left_out], with the reason",
)
NOT_READ = rule(
    "contents.not_read",
    "A quantity, a unit, a day, an instant and a commodity code that stand in an answer are read, or it is said why they are left out",
    'report it, or name its place in exchanges/settings.toml: [left_out], "the.place" = "the reason"',
)
IDLE = rule(
    "contents.idle_reason",
    "What is said to be left out stands in a recorded answer",
    "take the row out of [left_out], or mend its place",
)

_NUMBER = re.compile(r"[0-9]{1,16}(\.[0-9]{1,6})?")
_CODE = re.compile(r"[0-9]{4}([ .]?[0-9]{2}){0,3}|[0-9]{4}([ .]?[0-9]{2}){1,2}[ .]?[0-9]{3}")
_DAY = re.compile(r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})(T[0-9:.]+(Z|[+-][0-9:]+)?|Z|[+-][0-9:]+)?")
_OTHER_DAY = re.compile(r"(?P<day>[0-9]{2})[./-](?P<month>[0-9]{2})[./-](?P<year>[0-9]{4})( [0-9:]+)?")
_UNIT_NAMES = frozenset({"unit", "units", "uom", "measure"})
_CODE_NAMES = frozenset({"cn", "hs", "taric", "commodity", "tariff", "nomenclature"})
_AMOUNT_NAMES = frozenset({"value", "weight", "quantity", "amount", "volume", "net", "gross", "mass", "pieces"})
_OF_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("piece", "pieces", "pcs", "specimens", "animals"), "H87"),
    **dict.fromkeys(("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms", "kilogrammes", "kgm"), "KGM"),
    **dict.fromkeys(("litre", "litres", "liter", "liters", "ltr"), "LTR"),
    **dict.fromkeys(("tonne", "tonnes", "tne"), "TNE"),
}
"""Words of names that say in what a number is counted."""
_BEGINS = frozenset(
    {"from", "start", "starts", "begin", "begins", "since", "effective", "before", "von", "ab", "debut"}
)
"""Words of names that say of a day that it begins something: `not before`, too."""
_ENDS = frozenset({"to", "until", "till", "through", "end", "ends", "expiry", "expires", "expiration", "after", "bis", "fin"})  # fmt: skip
MOST_TOLD = 5
"""The most places of one rule that are reported."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Testimony:
    """The statements of answers, beside what is made of them."""

    leaves: Sequence[AnswerLeaf]
    units: Mapping[str, str | None]
    """The words that are units."""
    reference: str | None = None
    ends: frozenset[str] = field(default_factory=frozenset)
    """Places where another recording shows the end of a validity."""


def check_contents(inspection: Inspection) -> Iterator[Nonconformity]:
    """Hold every recorded answer against what is expected of it, and look for what nobody reads."""
    recordings = [one for one in inspection.answered() if one.exchanges]
    ends = known_ends(inspection.package)
    for recording in recordings:
        for broken, what in contradictions(inspection.package, recording, _expected(inspection, recording), ends):
            yield Nonconformity(rule=broken, place=recording.line("expect"), what=what)
    yield from _not_read(inspection, recordings)
    seen = [
        leaf.shown for one in inspection.recordings for answer in one.answers for leaf in answer_leaves(answer.body)
    ]
    for place, reason in inspection.package.left_out.items():
        inspection.remarks.append(f"left out of the facts: {place}: {reason}")
        if not any(is_at(one, {place: ""}) for one in seen):
            what = f"{place} stands in no recorded answer"
            yield Nonconformity(rule=IDLE, place=f"{FOLDER}/{SETTINGS}", what=what)


def _expected(inspection: Inspection, recording: Recording) -> object:
    return recording.expect.value if recording.expect.holds_facts else inspection.result(recording).value


def contradictions(
    package: AdapterPackage, recording: Recording, value: object, ends: frozenset[str]
) -> Iterator[tuple[ConformanceRule, str]]:
    """Yield where the text of recorded answers contradicts the facts that are expected of them, or that an adapter made of them."""
    leaves = [
        # What stands together stands in one answer.
        replace(leaf, owners=tuple((number, owner) for owner in leaf.owners))
        for number, answer in enumerate(recording.answers)
        for leaf in _leaves(answer.body, package)
    ]
    testimony = Testimony(
        leaves=[one for one in leaves if one.text != recording.reference],
        units=unit_words(package),
        reference=recording.reference,
        ends=ends,
    )
    found = [*_units(testimony, value), *_codes(testimony, value), *_days(testimony, value)]
    yield from list(dict.fromkeys(found))[:MOST_TOLD]


def _leaves(body: bytes, package: AdapterPackage) -> list[AnswerLeaf]:
    """Return the leaves of an answer but for those that are said to be left out."""
    return [one for one in answer_leaves(body) if not is_at(one.shown, package.left_out)]


def _held_together(leaves: Iterable[AnswerLeaf]) -> Iterator[list[AnswerLeaf]]:
    """Yield the leaves of each object or element."""
    held: dict[Hashable, list[AnswerLeaf]] = defaultdict(list)
    for leaf in leaves:
        for owner in leaf.owners:
            held[owner].append(leaf)
    yield from held.values()


def _measured(testimony: Testimony) -> Iterator[tuple[AnswerLeaf, str | None, list[Decimal]]]:
    """Yield each unit of the answers with its meaning, and the numbers beside it."""
    for together in _held_together(testimony.leaves):
        numbers = [Decimal(one.text) for one in together if _NUMBER.fullmatch(one.text)]
        for leaf in together:
            is_unit, means = unit_of(testimony.units, leaf.text)
            if is_unit and (numbers or leaf.words & _UNIT_NAMES):
                yield leaf, means, numbers


def _units(testimony: Testimony, value: object) -> Iterator[tuple[ConformanceRule, str]]:
    stated, left = list(_quantities(value)), list(_left(value))
    if not stated and not left:
        return
    beside: dict[Decimal, dict[str | None, AnswerLeaf]] = defaultdict(dict)
    of_place: dict[str, dict[str | None, AnswerLeaf]] = defaultdict(dict)
    measured = list(_measured(testimony))
    yield from _of_lines(measured, value)
    for leaf, means, numbers in measured:
        of_place[leaf.shown].setdefault(means, leaf)
        for number in numbers:
            beside[number].setdefault(means, leaf)
    known = set(testimony.units.values())
    yield from _named_otherwise(
        testimony, stated, {leaf.shown for _, units in beside.items() for leaf in units.values()}
    )
    for one in stated:
        units = beside.get(one.value, {})
        if units and None not in units and one.unit in known and one.unit not in units:
            leaf = next(iter(units.values()))
            yield UNIT, f"{leaf.shown}: {one.value:f} stands with {leaf.text!r}, and {one.unit} is expected"
    told = {one.unit for one in (*stated, *left)}
    for place, units in of_place.items():
        missing = [leaf.text for means, leaf in units.items() if means is not None and means not in told]
        if missing and len(units) > 1:
            what = f"{place}: {len(units)} units stand there, and no quantity is expected in {', '.join(missing)}"
            yield UNIT, what


def _named_otherwise(
    testimony: Testimony, stated: Sequence[Quantity], units: set[str]
) -> Iterator[tuple[ConformanceRule, str]]:
    """Compare a quantity with the names of its places, where no unit is beside it: pieces are no kilograms."""
    with_unit = {owner for leaf in testimony.leaves if leaf.shown in units for owner in leaf.owners}
    for one in stated:
        at = [leaf for leaf in testimony.leaves if _NUMBER.fullmatch(leaf.text) and Decimal(leaf.text) == one.value]
        named = [(leaf, _named_unit(testimony.units, leaf)) for leaf in at if not with_unit.intersection(leaf.owners)]
        if named and len(named) == len(at) and all(means not in (None, one.unit) for _, means in named):
            leaf, means = named[0]
            yield UNIT, f"{leaf.shown}: {one.value:f} stands there, by its name in {means}, and {one.unit} is expected"


def _named_unit(units: Mapping[str, str | None], leaf: AnswerLeaf) -> str | None:
    """Return the unit that the name of a place says; None: it says none, or several."""
    found = {_OF_NAMES.get(word) or units.get(word) for word in leaf.words if len(word) > 1} - {None}
    return found.pop() if len(found) == 1 else None


def _of_lines(
    measured: Sequence[tuple[AnswerLeaf, str | None, list[Decimal]]], value: object
) -> Iterator[tuple[ConformanceRule, str]]:
    """Compare the lines in their order with a place that has as many units, beside the very numbers of the lines."""
    certificate = value.certificate if isinstance(value, Answer) else None
    lines = [one.quantity for one in (certificate.lines if certificate is not None else ()) if one.quantity is not None]
    of_place: dict[str, list[tuple[AnswerLeaf, str | None, list[Decimal]]]] = defaultdict(list)
    for one in measured:
        of_place[one[0].shown].append(one)
    for place, those in of_place.items():
        pairs = list(zip(those, lines, strict=False))
        if len(those) != len(lines) or any(line.value not in numbers for (_, _, numbers), line in pairs):
            continue
        wrong = next(((leaf, line) for (leaf, means, _), line in pairs if means not in (None, line.unit)), None)
        if wrong is not None and wrong[1].unit in {means for _, means, _ in those}:
            yield UNIT, f"{place}: {wrong[1].value:f} stands with {wrong[0].text!r}, and {wrong[1].unit} is expected"


def _quantities(value: object) -> Iterator[Quantity]:
    """Yield the quantities that the answer states as they are."""
    certificate = value.certificate if isinstance(value, Answer) else None
    for line in certificate.lines if certificate is not None else ():
        yield from (one for one in (line.quantity, line.volume) if one is not None)
    ledger = _ledger_of(value)
    yield from (one.quantity for one in (ledger.allocations if ledger is not None else ()))


def _left(value: object) -> Iterator[Quantity]:
    """Yield what is left of lines: it may be reckoned, and stand nowhere in the answer."""
    ledger = _ledger_of(value)
    yield from (one.available for one in (ledger.lines if ledger is not None else ()))


def _ledger_of(value: object) -> Ledger | None:
    if isinstance(value, Answer) and (accounts := value.accounts or tuple(filter(None, [value.account]))):
        ledgers = [one.ledger for one in accounts]
        return Ledger(
            lines=tuple(line for one in ledgers for line in one.lines),
            allocations=tuple(part for one in ledgers for part in one.allocations),
        )
    return value if isinstance(value, Ledger) else value.ledger if isinstance(value, Answer | Receipt) else None


def _codes(testimony: Testimony, value: object) -> Iterator[tuple[ConformanceRule, str]]:
    told = set(_told_codes(value))
    of_place: dict[str, set[str]] = defaultdict(set)
    for leaf in testimony.leaves:
        if not leaf.words & _AMOUNT_NAMES:
            of_place[leaf.shown].add(leaf.text)
    for place, texts in of_place.items():
        written = {re.sub("[ .]", "", text): text for text in sorted(texts) if _CODE.fullmatch(text)}
        # What stands in a place is a code where each text there is one, and became one.
        if len(written) < len(texts) or any(_cut_to(code, told) is None for code in written.keys() - told):
            continue
        # What stands elsewhere as it is told is told of that place.
        elsewhere = {text for other, those in of_place.items() if other != place for text in those}
        for code in sorted(one for one in written.keys() - told if _cut_to(one, told) not in elsewhere):
            yield CODE, f"{place}: {written[code]!r} stands there, and {_cut_to(code, told)!r} is expected"


def _told_codes(value: object) -> Iterator[str]:
    certificate = value.certificate if isinstance(value, Answer) else None
    yield from (one.commodity_code for one in (certificate.lines if certificate is not None else ()))
    ledger = _ledger_of(value)
    yield from (one.commodity_code for one in (ledger.lines if ledger is not None else ()) if one.commodity_code)


def _cut_to(code: str, told: set[str]) -> str | None:
    """Return the code of the answer that is this one cut short, without its leading zero, or with further digits."""
    ways = (one for one in sorted(told, key=len, reverse=True) if len(one) >= 2)
    return next(
        (one for one in ways if code.startswith(one) or code.lstrip("0").startswith(one) or one.startswith(code)), None
    )


def _days(testimony: Testimony, value: object) -> Iterator[tuple[ConformanceRule, str]]:
    certificate = value.certificate if isinstance(value, Answer) else None
    if certificate is None:
        return
    begin, end = certificate.valid_from, certificate.valid_to
    if begin is not None and end is not None and begin > end:
        yield DAY, f"valid_from {begin} is after valid_to {end}"
    for name, told, wrong, right in (("valid_from", begin, _ENDS, _BEGINS), ("valid_to", end, _BEGINS, _ENDS)):
        at = [one for one in testimony.leaves if told is not None and _day_of(one) == told]
        if at and all(one.words & wrong and not one.words & right for one in at):
            yield DAY, f"{at[0].shown}: {told} stands there, and is expected as {name}"
    if end is None:
        yield from _dropped(testimony, certificate)


def _dropped(testimony: Testimony, certificate: Certificate) -> Iterator[tuple[ConformanceRule, str]]:
    told = " ".join((str(certificate.valid_from), *certificate.facts.values(), *certificate.conditions))
    for leaf in testimony.leaves:
        day = _day_of(leaf)
        is_end = leaf.shown in testimony.ends or (leaf.words & _ENDS and not leaf.words & _BEGINS)
        if day is not None and is_end and str(day) not in told and leaf.text not in told:
            yield DAY, f"{leaf.shown}: {leaf.text} stands there, and no valid_to is expected"


def _day_of(leaf: AnswerLeaf) -> date | None:
    """Return the day of a leaf that is one, or an instant; of eight digits only where its name says that something begins or ends."""
    if (match := _DAY.fullmatch(leaf.text)) is not None:
        said = match["day"]
    elif (match := _OTHER_DAY.fullmatch(leaf.text)) is not None:
        said = f"{match['year']}-{match['month']}-{match['day']}"
    elif leaf.words & (_BEGINS | _ENDS) and re.fullmatch("(19|20)[0-9]{6}", leaf.text):
        said = leaf.text
    else:
        return None
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def known_ends(package: AdapterPackage) -> frozenset[str]:
    """Return the places where recordings show the end of a validity, and nothing else that is reported."""
    found: set[str] = set()
    others: set[str] = set()
    for recording in package.recordings:
        certificate = getattr(recording.expect.value, "certificate", None)
        if certificate is None or certificate.valid_to is None:
            continue
        for leaf in (leaf for answer in recording.answers for leaf in answer_leaves(answer.body)):
            if (day := _day_of(leaf)) is not None:
                (found if day == certificate.valid_to != certificate.valid_from else others).add(leaf.shown)
    return frozenset(found - others)


def _not_read(inspection: Inspection, recordings: Sequence[Recording]) -> Iterator[Nonconformity]:
    """Put others in the places of what looks like a quantity, a unit, a day or a code; where nothing ever changes, nobody reads it."""
    unread: dict[str, tuple[str, str]] = {}
    read: set[str] = set()
    words = unit_words(inspection.package)
    for recording in recordings:
        recorded = inspection.result(recording)
        for number, answer in enumerate(recording.answers):
            meaningful = _places_of_meaning(
                _leaves(answer.body, inspection.package), words, _expected(inspection, recording)
            )
            waiting = {place: one for place, one in meaningful.items() if place not in read}
            rows = [row for one in waiting.values() for row in _others(recording, number, one)]
            results = iter(inspection.results(recording, rows) if rows else [])
            for place, (leaf, _) in waiting.items():
                made = [next(results), next(results)]
                if all(one.fault is None and one.value == recorded.value for one in made):
                    at = recording.line("exchange", number, "response")
                    unread.setdefault(place, (at, f"{place}: {leaf.text[:40]!r} stands there, and nobody reads it"))
                else:
                    read.add(place)
    for at, what in [one for place, one in unread.items() if place not in read][: 4 * MOST_TOLD]:
        yield Nonconformity(rule=NOT_READ, place=at, what=what)


def _places_of_meaning(
    leaves: Sequence[AnswerLeaf], words: Mapping[str, str | None], value: object
) -> Mapping[str, tuple[AnswerLeaf, tuple[str, str]]]:
    """Return, by its place, the first of what looks like a quantity, a unit, a day or a code, and two others for that place."""
    found: dict[str, tuple[AnswerLeaf, tuple[str, str]]] = {}
    testimony = Testimony(leaves=leaves, units=words)
    for leaf, means, _ in _measured(testimony):
        found.setdefault(leaf.shown, (leaf, ("LTR" if means != "LTR" else "KGM", "QUEBEC9")))
    told = set(_told_codes(value))
    for leaf in leaves:
        if _NUMBER.fullmatch(leaf.text) and leaf.words & (_AMOUNT_NAMES | _OF_NAMES.keys()):
            found.setdefault(leaf.shown, (leaf, (format(Decimal(leaf.text) + 1, "f"), "no number")))
        elif _day_of(leaf) is not None:
            other = re.sub("[0-9]{4}", lambda match: str(int(match[0]) + 1), leaf.text, count=1)
            found.setdefault(leaf.shown, (leaf, (other, "no day")))
        elif _CODE.fullmatch(leaf.text) and (leaf.words & _CODE_NAMES or leaf.text in told):
            found.setdefault(leaf.shown, (leaf, (leaf.text[:-1] + ("2" if leaf.text[-1] == "1" else "1"), "no code")))
    return found


def _others(
    recording: Recording, number: int, meaningful: tuple[AnswerLeaf, tuple[str, str]]
) -> Iterator[list[Response]]:
    """Yield the recorded answers with each of two other texts everywhere in place of the leaf, in one answer."""
    leaf, texts = meaningful
    for text in texts:
        row = list(recording.answers)
        body = with_leaves(row[number].body, partial(_put, leaf.shown, text))
        row[number] = replace(row[number], body=body or row[number].body)
        yield row


def _put(shown: str, text: str, leaf: AnswerLeaf) -> str | None:
    return text if leaf.shown == shown else None
