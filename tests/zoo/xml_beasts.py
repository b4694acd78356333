"""Beasts that read or write XML as if it were text."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.zoo.beast import Beast, Catch

FOLDER = Path(__file__).with_name("xml_twin")
XML_GOOD = Beast(name="xml_twin", mistake="none", caught=Catch.KIT, by="", twin=FOLDER)
STATE = '        state = _one(root, "p:State")\n'
NUMBER = '        number = _one(root, "p:Number")\n'
SAME = (
    '        if number != query.reference:\n            raise UnexpectedAnswer("the answer is about another permit")\n'
)
FOUND = "        root = self._root(response.body)\n"
NO_UNIT = '        raise UnexpectedAnswer("an amount without a unit")\n'
DAY = '    return date.fromisoformat(_one(root, "p:ValidUntil"))\n'


UNIT_READ = ('UNITS.get(str(amount.get("unit")))', '"KGM"')


def xml_beast(name: str, mistake: str, by: str, *changes: tuple[str, str], **more: Any) -> Beast:
    """The twin in XML with a mistake."""
    return replace(XML_GOOD, name=name, mistake=mistake, by=by, changes=changes, **more)


def _sized(word: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Recordings in which the unit of an amount is its size."""
    size = (('unit="kg"', f'size="{word}"'), ('<Goods><Code>9601</Code><Amount unit="pcs">3</Amount></Goods>', ""))
    texts = {file.name: file.read_text(encoding="utf-8") for file in (FOLDER / "exchanges").iterdir()}
    return {
        f"exchanges/{name}": tuple(one for one in size if one[0] in text)
        for name, text in texts.items()
        if size[0][0] in text
    }


XML_BEASTS = (
    xml_beast("regex_on_xml", "a regular expression on XML", "notation.other_meaning", (STATE, "        import re\n        state = re.search(rb'<State>(.*?)</State>', response.body)[1].decode()\n")),
    xml_beast("word_in_xml", "it looks for a word in the whole answer", "documents.unknown_code", (STATE, "        state = next(one for one in STATES if one.encode() in response.body)\n")),
    xml_beast("recovers", "a parser that mends what is cut short", "fields.truncated", ("remove_comments=True)", "remove_comments=True, recover=True)"), (NUMBER, NUMBER + "        if response.status == 404:\n            return Answer(status=Status.NOT_FOUND)\n")),
    xml_beast("xml_404", "any 404 is not found", "fields.no_answer", (FOUND, "        if response.status == 404:\n            return Answer(status=Status.NOT_FOUND)\n" + FOUND)),
    xml_beast("xml_by_hand", "it writes XML by hand", "references.other_shape", ("body=_question(query.reference)", 'body=f\'<Question xmlns="urn:permit"><Number>{query.reference}</Number></Question>\'.encode()')),
    xml_beast("no_number", "it does not compare the number", "documents.other_document", (SAME, ""), ("reference=number,", "reference=query.reference,")),
    xml_beast("empty_day", "an end that cannot be read is no end", "fields.nulled", (DAY, "    try:\n        return date.fromisoformat(root.findtext('p:ValidUntil', namespaces=NAMES))\n    except ValueError:\n        return None\n")),
    xml_beast("other_unit", "kilograms, whatever its list says of the field `size`", "documents.unit_not_read", UNIT_READ, ('"kg": "KGM"', '"Kilo": "KGM"'), files=_sized("Kilo")),
    xml_beast("no_unit", "kilograms, whatever stands in the field `size`", "documents.unit_not_read", UNIT_READ, ('UNITS = {"kg": "KGM", "pcs": "H87"}\n', ""), files=_sized("kg")),
    xml_beast("parses_often", "it parses the answer twenty times", "cost.too_much", (FOUND, "        for _ in range(20):\n            self._root(response.body)\n" + FOUND)),
    xml_beast("kilograms", "an amount without its unit is in kilograms", "fields.missing", (NO_UNIT, '        unit = "KGM"\n')),
)  # fmt: skip
