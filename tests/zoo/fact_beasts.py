"""Beasts that report other facts than the authority says."""

from collections.abc import Mapping

from tests.zoo.beast import TWIN, kit_beast
from tests.zoo.reading_beasts import LINES

WEIGHT = '    weight = line.quantity("weight")\n'
END = 'permit.optional(permit.day, "valid_to")'
BY_UTC = '(lambda end: end and end.date())(permit.optional(permit.instant, "valid_to"))'
OFFICE = 'facts={"office": pages[0].text("office")}'
ASKED = ("valid.1.json", "valid.toml", "held.1.json", "held.toml", "position.1.json", "position.toml", "revoked.toml")
"""The recordings in which an end of validity stands."""


def _reading(value: str) -> tuple[str, str]:
    unit = 'stated.text("unit", "[A-Z0-9]{3}")'
    return WEIGHT, f'    stated = line.record("weight")\n    weight = Quantity(value={value}, unit={unit})\n'


def _at_midnight(expected: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    """Recordings of an office that writes its days as instants, and the day that is expected."""
    days = (
        ('"valid_to": "2026-12-31"', '"valid_to": "2026-12-31T00:00:00+02:00"'),
        ("valid_to = 2026-12-31", f"valid_to = {expected}"),
    )
    texts = {name: (TWIN / "exchanges" / name).read_text(encoding="utf-8") for name in ASKED}
    return {f"exchanges/{name}": tuple(one for one in days if one[0] in text) for name, text in texts.items()}


def _without_facts(name: str) -> Mapping[str, tuple[tuple[str, str], ...]]:
    text = (TWIN / "exchanges" / name).read_text(encoding="utf-8")
    return {f"exchanges/{name}": ((text[text.index("\n[expect.certificate]") :], ""),)}


FACT_BEASTS = (
    kit_beast("no_facts", "a recording that expects a status alone", "facts.not_expected", files=_without_facts("revoked.toml")),
    kit_beast("rounds_up", "it rounds up to whole kilograms", "facts.other", _reading('stated.decimal("value").to_integral_value(rounding="ROUND_UP")')),
    kit_beast("rounds", "it rounds to grams, and no recording shows it", "facts.not_exact", _reading('round(stated.decimal("value"), 3)')),
    kit_beast("through_float", "its numbers go through a float", "facts.not_exact", _reading('Decimal(str(float(stated.decimal("value"))))')),
    kit_beast("comma", "it takes a comma for a point", "facts.localised", _reading('Decimal(stated.text("value").replace(",", "."))')),
    kit_beast("thousands", "it takes commas out", "facts.localised", _reading('Decimal(stated.text("value").replace(",", ""))')),
    kit_beast("written_number", "it writes a weight as its country does", "facts.other", (OFFICE, 'facts={"office": pages[0].text("office"), "weight": f"{lines[0].quantity.value:,.2f}"}')),
    kit_beast("utc_day", "the day of an instant by UTC", "facts.other", (END, BY_UTC), files=_at_midnight("2026-12-31")),
    kit_beast("utc_day_expected", "the day of an instant by UTC, and expected so", "facts.other_day", (END, BY_UTC), files=_at_midnight("2026-12-30")),
    kit_beast("swapped", "the end of its validity is told as the beginning", "facts.other", ("            valid_to=ends.pop(),", "            valid_from=ends.pop(),")),
    kit_beast("other_line", "the lines' codes in another order", "facts.other", (LINES, LINES + '        turned = [one.commodity_code for one in reversed(lines)]\n        lines = tuple(replace(one, commodity_code=other) for one, other in zip(lines, turned, strict=True))\n'), ("from collections import Counter\n", "from collections import Counter\nfrom dataclasses import replace\n")),
)  # fmt: skip
