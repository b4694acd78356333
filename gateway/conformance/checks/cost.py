"""No step costs more than three times what it costs to read the same answer by the contract's own readers.

Reading is parsing the bytes and reading each value once (docs/decisions/0133). The answers are blown up to a size that can
be measured, by repeating what stands in lists; of several runs the least counts, and a fault has to be of some size.
"""

import gc
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from copy import deepcopy
from dataclasses import replace
from typing import Any

from lxml import etree

from gateway.conformance.alteration import is_xml, json_of, xml_of
from gateway.conformance.inspection import Inspection
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.contract import UnexpectedAnswer
from gateway.contract.reading import Record, read_json
from gateway.contract.xml import XmlRecord, parse_xml
from gateway.domain.values import HIGHEST_COUNT

COSTLY = rule(
    "cost.too_much",
    "A step of code takes at most three times the processor time that reading the answer takes",
    "look each value up once, in a mapping rather than a list; compile patterns once, and let none of them backtrack",
)

FACTOR = 3.0
SIZE = 400_000
"""Bytes of an answer that is measured: reading it takes 12 ms in JSON, 22 ms in XML."""
RUNS = 3
ROUNDS = 2
"""Times that it has to be too much, each by the least of so many runs."""
LEAST_S = 0.025
"""Seconds that a step takes more than it may before it is a fault: less is noise."""
MOST_MEASURED = 3
_SMALL = re.compile(r"[1-9]\d{0,2}")
_NUMBER = re.compile(r"kit-number-(\d+)-")


def check_cost(inspection: Inspection) -> Iterator[Nonconformity]:
    """Measure every step on large answers, of each method's richest recordings."""
    candidates: dict[str, tuple[int, Recording, int, bytes]] = {}
    for recording in inspection.answered():
        for number, answer in enumerate(recording.answers):
            large = blown_up(answer.body, SIZE)
            if large is not None and len(answer.body) > candidates.get(recording.method, (0,))[0]:
                candidates[recording.method] = (len(answer.body), recording, number, large)
    measured = sorted(candidates.values(), key=lambda one: -one[0])[:MOST_MEASURED]
    if not measured:
        inspection.remarks.append("cost: no recorded answer holds a list that could be made long")
    for _, recording, number, large in measured:
        found = list(_measured(inspection, recording, number, large))
        yield from found
        if found:
            return  # it costs the same wherever it is done


def _measured(inspection: Inspection, recording: Recording, number: int, large: bytes) -> Iterator[Nonconformity]:
    row = [replace(one, body=large) if place == number else one for place, one in enumerate(recording.answers)]
    place = recording.line("exchange", number, "response")
    for _ in range(ROUNDS):
        reading = least_s(lambda: _read(large))
        results = inspection.results(recording, [row] * RUNS)
        # What came with one page may be read with the last one.
        costs = [max(one.ending.costs[number + 1 :]) for one in results if len(one.ending.costs) > number + 1]
        if not costs:
            return
        taken, factor = min(costs), min(costs) / reading
        # What is too much once may be the machine's doing.
        said = (
            f"a step takes {taken * 1000:.0f} ms for {len(large)} bytes, {factor:.1f} times the {reading * 1000:.0f} ms of reading them; "
            f"it makes {results[0].shown()} of them"
        )
        if factor <= FACTOR or taken - FACTOR * reading <= LEAST_S:
            noise = (
                "" if factor <= FACTOR else f"; less than {LEAST_S * 1000:.0f} ms more than {FACTOR:.0f} times is noise"
            )
            inspection.remarks.append(f"cost: {place}: {said}{noise}")
            return
    if inspection.package.declared is not None:
        # A file is interpreted in proportion to the answer, and there is nothing in it that could be mended.
        inspection.remarks.append(f"cost: {place}: {said}; that is the interpreter's, not the file's")
        return
    yield Nonconformity(rule=COSTLY, place=place, what=said)


def least_s(work: Callable[[], object]) -> float:
    """Return the least of several runs' seconds of the processor."""
    taken = []
    gc.collect()
    gc.disable()
    try:
        for _ in range(RUNS):
            began = time.thread_time()
            work()
            taken.append(time.thread_time() - began)
    finally:
        gc.enable()
    return max(min(taken), 1e-6)


def _read(body: bytes) -> None:
    if is_xml(body):
        read_whole_xml(XmlRecord(parse_xml(body)))
        return
    try:
        read_whole(read_json(body))
    except UnexpectedAnswer:
        json.loads(body)


def read_whole_xml(record: XmlRecord) -> None:
    """Read each text and each attribute of an XML document once, by the contract's readers."""
    for element in record.element.iter():
        one = XmlRecord(element)
        if not len(element) and (element.text or "").strip():
            with suppress(UnexpectedAnswer):  # one that is longer than a text may be
                one.text()
        for value in element.attrib.values():
            str(value).strip()


def read_whole(record: Record) -> None:
    """Read each value of a record once, by the contract's readers."""
    for key, value in record.values.items():
        if type(value) is str and value:
            record.text(key)
        elif type(value) is dict:
            read_whole(record.record(key))
        elif type(value) is list and value and type(value[0]) is dict:
            for one in record.records(key):
                read_whole(one)
        elif type(value) is list and value and type(value[0]) is str:
            record.texts(key)


def blown_up(body: bytes, size: int) -> bytes | None:
    """Return an answer whose lists are repeated until it has about such a size; None where it has none to repeat."""
    if is_xml(body):
        root = xml_of(body)
        return None if root is None else _blown_up_xml(root, size)
    value = json_of(body)
    if value is None:
        return None
    once = json.dumps(value)
    repeated = json.dumps(_repeated(value, 2))
    if len(repeated) <= len(once):
        return None
    return json.dumps(_repeated(value, max(2, size // (len(repeated) - len(once))))).encode()


def _repeated(value: Any, times: int) -> Any:
    if isinstance(value, dict):
        return {key: _repeated(one, times) for key, one in value.items()}
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        # Their numbers go on: a line that stands twice is another fault than the one that is looked for.
        step = min(1000, HIGHEST_COUNT // (times + 1))
        return [_numbered(one, place * step) for place in range(times) for one in value]
    return value


def _numbered(value: dict[str, Any], more: int) -> dict[str, Any]:
    return {
        key: one + more
        if type(one) is int and 0 < one < 1000
        else _numbered(one, more)
        if isinstance(one, dict)
        else one
        for key, one in value.items()
    }


def _blown_up_xml(root: etree._Element, size: int) -> bytes | None:
    whole = len(etree.tostring(root))
    repeated = [
        one
        for one in root.iter()
        if isinstance(one.tag, str)
        and len(one)
        and (parent := one.getparent()) is not None
        and len(parent.findall(one.tag)) > 1
    ]
    if not repeated:
        return None
    one = max(repeated, key=lambda each: len(etree.tostring(each)))
    parent = one.getparent()
    assert parent is not None
    parts = re.split(_NUMBER, etree.tostring(_marked(one), with_tail=False).decode())
    longest = sum(map(len, parts)) + len(str(HIGHEST_COUNT)) * (len(parts) // 2)
    times = max(1, (size - whole) // longest)
    step = min(1000, HIGHEST_COUNT // (times + 1))
    mark = etree.Element("kit-mark")
    parent.insert(parent.index(one), mark)
    # Its numbers go on, as those of JSON do.
    copies = (
        "".join(part if place % 2 == 0 else str(int(part) + more * step) for place, part in enumerate(parts))
        for more in range(1, times + 1)
    )
    return etree.tostring(root).replace(b"<kit-mark/>", "".join(copies).encode())


def _marked(element: etree._Element) -> etree._Element:
    """Return an element with a mark before each small number that is a whole text or attribute."""
    copy = deepcopy(element)
    for one in copy.iter():
        if isinstance(one.tag, str):
            if _SMALL.fullmatch((one.text or "").strip()):
                one.text = f"kit-number-{(one.text or '').strip()}-"
            for name, value in one.attrib.items():
                if _SMALL.fullmatch(str(value)):
                    one.set(name, f"kit-number-{value!s}-")
    return copy
