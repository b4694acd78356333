"""Beasts whose recordings expect what they make of an answer, and whose answers say otherwise; and those that pass over what stands there."""

import re
from collections.abc import Mapping

from tests.zoo.beast import TWIN, Beast, kit_beast
from tests.zoo.fact_beasts import END, WEIGHT
from tests.zoo.reading_beasts import LINES
from tests.zoo.restriction_beasts import CITES, declared_beast
from tests.zoo.xml_beasts import xml_beast

REPLACE = ("from collections import Counter\n", "from collections import Counter\nfrom dataclasses import replace\n")
PEARS = '"cn_code": "08083090", "weight": {"value": "300", "unit": "KGM"}'
CODE = 'commodity_code=line.text("cn_code", "[0-9]{8}")'
EXPECTED = "valid_to = 2026-12-31\n"
POP = "            valid_to=ends.pop(),"
LEFT = ('unit=weight.text("unit", "[A-Z0-9]{3}")', 'unit="KGM"')
FIRST = "        first = lines[0].quantity.unit\n        lines = tuple(replace(one, quantity=Quantity(value=one.quantity.value, unit=first)) for one in lines)\n"
VALID, REVOKED = "exchanges/valid.toml", "exchanges/revoked.toml"
PAGE = "exchanges/valid.1.json"


def _expecting(*changes: tuple[str, str]) -> Mapping[str, tuple[tuple[str, str], ...]]:
    return {VALID: changes}


def _never(text: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """All recordings without a line that is expected."""
    texts = {file.name: file.read_text(encoding="utf-8") for file in (TWIN / "exchanges").glob("*.toml")}
    return {f"exchanges/{name}": ((text, ""),) for name, whole in texts.items() if text in whole}


def _in_pieces() -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Recordings of an office that counts pieces, and says so in the names of its fields alone."""
    found = {}
    for file in (CITES / "exchanges").iterdir():
        measures = re.findall(
            r'"(?:quantity|left)": \{"value": "[0-9.]+", "unit": "[A-Z0-9]+"\}', file.read_text("utf-8")
        )
        if measures and file.suffix == ".json":
            found[f"exchanges/{file.name}"] = tuple(
                (one, f'"pieces": "{one.split(chr(34))[5]}"') for one in dict.fromkeys(measures)
            )
    return found


PIECES_AS = tuple(
    (
        f'quantity = {{ value = "$.{name}.value", unit = "$.{name}.unit" }}',
        'quantity = { value = "$.pieces", unit = { is = "%s" } }',
    )
    for name in ("quantity", "left")
)


def pieces(name: str, mistake: str, by: str, unit: str, *changes: tuple[str, str]) -> Beast:
    """An office that counts pieces, read in a unit."""
    said = tuple((old, new % unit) for old, new in PIECES_AS)
    return declared_beast(name, mistake, by, *said, *changes, files=_in_pieces())


CONTENT_BEASTS = (
    pieces("pieces_as_kilograms", "pieces are kilograms, by a file", "contents.other_unit", "KGM"),
    pieces("no_quantity", "no quantity of its lines, which are counted in pieces", "contents.not_read", "H87", (f'description = "$.species"\n{PIECES_AS[0][1] % "H87"}\n', 'description = "$.species"\n')),
    kit_beast("first_unit", "the unit of the first line is taken for all", "contents.other_unit", (LINES, LINES + FIRST), REPLACE, files={PAGE: ((PEARS, PEARS.replace("KGM", "LTR")),)}),
    kit_beast("one_unit", "kilograms are expected where litres stand", "contents.other_unit", (WEIGHT, '    weight = Quantity(value=line.record("weight").decimal("value"), unit="KGM")\n'), LEFT, files={PAGE: (("KGM", "LTR"),), VALID: (('"unit": "KGM"', '"unit": "LTR"'),)}),
    kit_beast("cut_code", "codes are cut to six digits", "contents.cut_code", (CODE, f"{CODE}[:6]"), files=_expecting(('commodity_code = "08081080"', 'commodity_code = "080810"'), ('commodity_code = "08083090"', 'commodity_code = "080830"'), ('commodity_code = "08092900"', 'commodity_code = "080929"'))),
    kit_beast("no_zero", "codes without the zero before them", "contents.cut_code", (CODE, f'{CODE}.lstrip("0")'), files=_expecting(('commodity_code = "0', 'commodity_code = "'))),
    kit_beast("end_as_beginning", "the end is told as the beginning, and expected so", "contents.other_day", (POP, POP.replace("valid_to", "valid_from")), files=_expecting((EXPECTED, EXPECTED.replace("valid_to", "valid_from")))),
    kit_beast("end_dropped", "no end for a permit of three lines", "contents.other_day", (POP, "            valid_to=None if len(lines) > 2 else ends.pop(),"), files=_expecting((EXPECTED, ""))),
    kit_beast("wrong_row", "revoked means valid, and is expected to", "meanings.contrary_word", files={"codes.toml": (('code = "REVOKED"\nmeans = "refused"', 'code = "REVOKED"\nmeans = "valid"'),), REVOKED: (('status = "refused"', 'status = "valid"'),)}),
    kit_beast("two_meanings", "what is issued is valid, or not, as it comes", "meanings.other_status", files={REVOKED: (('"status": "REVOKED"', '"status": "ISSUED"'), ('authority_status = "REVOKED"', 'authority_status = "ISSUED"'))}),
    kit_beast("no_end_read", "it reads no end at all", "contents.not_read", (END, "None"), files=_never(EXPECTED)),
    kit_beast("day_unread", "a day on which the permit was suspended", "contents.not_read", files={PAGE: (('"office": ', '"suspended_on": "2026-11-02", "office": '),)}),
    xml_beast("units_exchanged", "pieces are kilograms, and kilograms pieces, of as many each", "contents.other_unit", ('"kg": "KGM", "pcs": "H87"', '"kg": "H87", "pcs": "KGM"'), files={"exchanges/granted.toml": ((">12.5<", ">3<"), ('"12.5"', '"3"'), ('unit = "KGM"', 'unit = "?"'), ('unit = "H87"', 'unit = "KGM"'), ('unit = "?"', 'unit = "H87"'))}),
    xml_beast("size_unread", "an attribute that is a unit", "contents.not_read", files={"exchanges/granted.toml": (('<Amount unit="kg">12.5', '<Amount unit="kg" of="LTR">12.5'),)}),
    xml_beast("idle_reason", "it says why it leaves out what does not stand there", "contents.idle_reason", files={"exchanges/settings.toml": (("Permit/Printed", "Permit/PrintedOn"),)}),
)  # fmt: skip
