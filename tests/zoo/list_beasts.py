"""Beasts that read the first row of a list, or count its rows."""

import json

from tests.zoo.beast import TWIN, Beast, kit_beast
from tests.zoo.reading_beasts import COUNT, LINES
from tests.zoo.restriction_beasts import DUAL_USE, Changes, in_recordings, licence_beast
from tests.zoo.xml_beasts import xml_beast

TAKEN = 'for one in part.records("taken"))'
ENUMERATED = "tuple(_line(one, number) for number, one in enumerate(root.iterfind"
TAKEN_ROW = '"state": "{state}", "goods_item": 1, "line": 1, "weight": {{"value": "40", "unit": "KGM"}}}}'
NESTED = tuple(
    (TAKEN_ROW.format(state=state), '"parts": [{' + TAKEN_ROW.format(state=state) + "]}")
    for state in ("RESERVED", "USED")
)
"""A booking of several lines, as some offices write it."""
ONE_PART = (
    "    def _taken(self, taken: Record, on: date) -> Allocation:\n",
    '    def _taken(self, booking: Record, on: date) -> Allocation:\n        taken = booking.records("parts")[0]\n',
)
EACH_PART = (
    ("    def _taken(self, taken: Record, on: date)", "    def _taken(self, booking: Record, taken: Record, on: date)"),
    (
        'self._taken(one, on) for part in parts for one in part.records("taken")',
        'self._taken(one, row, on) for part in parts for one in part.records("taken") for row in one.records("parts")',
    ),
)
OF_BOOKING = ('value=taken.text("mrn")', 'value=booking.text("mrn")')


def whole_bookings(name: str, mistake: str, by: str) -> Beast:
    """An office whose bookings have lines, each of which is read."""
    nested = in_recordings(TWIN, *NESTED)
    return kit_beast(name, mistake, by, *EACH_PART, OF_BOOKING, files=nested, rerecorded=True)


def _in_a_list() -> Changes:
    """Recordings of an authority that answers with a list of licences."""
    found = {}
    for file in (DUAL_USE / "exchanges").glob("*.json"):
        text = file.read_text(encoding="utf-8")
        said = json.loads(text)
        found[f"exchanges/{file.name}"] = ((text, json.dumps({**said, "licence": [said["licence"]]})),)
    return found


def _only(name: str, mistake: str, old: str, new: str, *more: tuple[str, str]) -> Beast:
    return kit_beast(name, mistake, "lists.row_unread", (old, new), *more, rerecorded=True)


LIST_BEASTS = (
    _only("first_booking", "the first of what is taken", TAKEN, 'for one in part.records("taken")[:1])'),
    _only("first_line_read", "the first line of each page", LINES, LINES.replace('permit.records("lines")', 'permit.records("lines")[:1]'), (COUNT, "")),
    kit_beast("first_line_of_a_booking", "the first line of each booking", "lists.row_unread", ONE_PART, OF_BOOKING, files=in_recordings(TWIN, *NESTED), rerecorded=True),
    kit_beast("first_object", "the first of the licences in an answer", "lists.row_unread", ('answer.optional(answer.record, "licence")', 'answer.optional(answer.records, "licence")'), ('        licence.same("number", query.reference)\n        return read', '        licence = licence[0]\n        licence.same("number", query.reference)\n        return read'), files=_in_a_list(), twin=DUAL_USE, rerecorded=True),
    licence_beast("first_destination", "the first country of destination", "lists.row_unread", ('    countries = licence.texts(key, COUNTRY)\n', '    countries = licence.texts(key, COUNTRY)[:1]\n')),
    licence_beast("first_allocation", "what the first declaration took", "lists.row_unread", ('for taken in balance.records("declarations"))', 'for taken in balance.records("declarations")[:1])')),
    licence_beast("counted_lines", "it counts the lines of the licence", "lists.number_counted", ('tuple(_line(line) for line in licence.records("lines"))', 'tuple(_line(line, number) for number, line in enumerate(licence.records("lines"), start=1))'), ("def _line(line: Record)", "def _line(line: Record, number: int)"), ('number=line.count("line")', "number=number")),
    kit_beast("counted_permit_lines", "it counts the lines of the permit", "lists.number_counted", (LINES, '        rows = [one for permit in pages for one in permit.records("lines")]\n        lines = tuple(_line(one, number) for number, one in enumerate(rows, start=1))\n'), ("def _line(line: Record)", "def _line(line: Record, number: int)"), ('number=line.count("line")', "number=number"), rerecorded=True),
    xml_beast("first_goods", "the first goods of a permit", "lists.row_unread", (ENUMERATED, "tuple(_line(one, number) for number, one in enumerate(list(root.iterfind"), ('("p:Goods", NAMES), start=1)', '("p:Goods", NAMES))[:1], start=1)'), rerecorded=True),
)  # fmt: skip
