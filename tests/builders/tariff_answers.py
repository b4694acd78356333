"""Answers of a tariff service, in the shape of those of the corpus, about any goods."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Included = dict[str, Any]
Lines = Sequence[tuple[str, str, str] | tuple[str, str, str, Mapping[str, object]]]
"""Conditions: code, document code (empty: none), action code, and further attributes."""


def refer(kind: str, *keys: str) -> dict[str, Any]:
    """Gives a relationship with several."""
    return {"data": [{"id": key, "type": kind} for key in keys]}


def condition_of(key: str, line: tuple[Any, ...]) -> Included:
    """Gives a condition, with the members that the service gives it."""
    code, document, action, *more = line
    attributes = {
        "action": "", "action_code": action, "certificate_description": None, "condition": f"{code}: ...", "condition_code": code,
        "condition_duty_amount": None, "condition_measurement_unit_code": None, "condition_measurement_unit_qualifier_code": None,
        "condition_monetary_unit_code": None, "document_code": document, "duty_expression": "", "guidance_cds": None,
        "measure_condition_class": "document" if document else "negative", "monetary_unit_abbreviation": None, "requirement": None,
    }  # fmt: skip
    return {
        "id": key,
        "type": "measure_condition",
        "attributes": attributes | dict(*more),
        "relationships": {"measure_condition_components": {"data": []}},
    }


class Answer:
    """An answer about a commodity, to which measures are added."""

    def __init__(self, goods: str, *, declarable: bool | None = True) -> None:
        """Begins with goods and no measure."""
        self.goods = goods
        self.data: dict[str, Any] = {
            "id": "1", "type": "commodity",
            "attributes": {"goods_nomenclature_item_id": goods, "producline_suffix": "80", "declarable": declarable, "number_indents": 2},
            "relationships": {"import_measures": {"data": []}, "export_measures": {"data": []}},
            "meta": {"duty_calculator": {"source": "uk"}},
        }  # fmt: skip
        self.included: dict[tuple[str, str], Included] = {}

    def add(self, kind: str, key: str, attributes: Mapping[str, Any], **relationships: Any) -> Included:
        """Adds something included."""
        one = {"id": key, "type": kind, "attributes": dict(attributes), "relationships": relationships}
        self.included[kind, key] = one
        return one

    def area(self, number: str, *members: str) -> "Answer":
        """Adds an area with its members."""
        self.add(
            "geographical_area", number, {"id": number, "geographical_area_id": number, "description": number},
            children_geographical_areas=refer("geographical_area", *members),
        )  # fmt: skip
        return self

    def measure(
        self,
        key: str,
        kind: str,
        lines: Lines = (),
        *,
        series: str | None = "B",
        movement: int | None = 0,
        area: str = "1011",
        listed: Sequence[str] = ("import",),
        excluded: Sequence[str] = (),
        additional: str | None = None,
        **attributes: object,
    ) -> "Answer":
        """Adds a measure with its type and conditions, and names it in the lists of import or export."""
        self.add("measure_type", kind, {
            "id": kind, "description": f"Type {kind}", "measure_type_series_id": series, "trade_movement_code": movement,
            "validity_start_date": "1970-01-01T00:00:00.000Z", "validity_end_date": None,
        })  # fmt: skip
        numbers = [f"{key}{number:02}" for number in range(1, len(lines) + 1)]
        for number, line in zip(numbers, lines, strict=True):
            self.included["measure_condition", number] = condition_of(number, line)
        self.add("legal_act", "R2100010", {"regulation_code": "R0001/21", "validity_end_date": None})
        if additional is not None:
            self.add("additional_code", f"a{additional}", {"code": additional, "description": additional})
        self.add(
            "measure", key,
            {
                "id": int(key), "origin": "eu", "effective_start_date": "2021-01-01T00:00:00.000Z", "effective_end_date": None,
                "import": "import" in listed, "export": "export" in listed, "excise": False, "vat": False,
                "universal_waiver_applies": False,
            } | attributes,
            duty_expression={"data": {"id": f"{key}-duty_expression", "type": "duty_expression"}},
            measure_type={"data": {"id": kind, "type": "measure_type"}},
            legal_acts=refer("legal_act", "R2100010"),
            measure_conditions=refer("measure_condition", *numbers),
            measure_components={"data": []},
            geographical_area={"data": {"id": area, "type": "geographical_area"}},
            excluded_countries=refer("geographical_area", *excluded),
            footnotes={"data": []},
            order_number={"data": None},
            preference_code={"data": None},
            **({"additional_code": {"data": {"id": f"a{additional}", "type": "additional_code"}}} if additional else {}),
        )  # fmt: skip
        for direction in listed:
            self.data["relationships"][f"{direction}_measures"]["data"].append({"id": key, "type": "measure"})
        return self

    def text(self) -> str:
        """Gives the answer as the service sends it."""
        return json.dumps({"data": self.data, "included": list(self.included.values())})

    def file(self, folder: Path) -> Path:
        """Writes the answer."""
        folder.mkdir(exist_ok=True)
        path = folder / f"{self.goods}.json"
        path.write_text(self.text(), encoding="utf-8")
        return path
