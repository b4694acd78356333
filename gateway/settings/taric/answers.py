"""Reading of answers of a tariff service: the JSON of one commodity or heading, with its measures and their conditions."""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from gateway.domain.errors import ConfigurationError
from gateway.settings.taric.extraction import TaricFile
from gateway.settings.taric.records import TaricRecord, Update
from gateway.settings.taric.vocabulary import CodeMeanings

_MOST_BYTES = 50_000_000
_OPEN = "1970-01-01"
"""Where the service does not say since when."""


class TariffAnswer:
    """One answer, as the records of TARIC that it speaks of."""

    def __init__(self, path: Path, meanings: CodeMeanings) -> None:
        """Read the file.

        Raises:
            ConfigurationError: it is no such answer.
        """
        self._name = path.name
        self._meanings = meanings
        try:
            raw = path.read_bytes() if path.stat().st_size <= _MOST_BYTES else b""
        except OSError as error:
            raise ConfigurationError((f"{path.name}: cannot be read: {error.strerror}",)) from error
        if not raw:
            raise ConfigurationError((f"{path.name}: is empty, or longer than an answer can be ({_MOST_BYTES} bytes)",))
        try:
            answer = json.loads(raw)
            self._data = answer["data"]
            self._goods = self._data["attributes"]["goods_nomenclature_item_id"]
            self._included = {(one["type"], one["id"]): one for one in answer["included"]}
            if not isinstance(self._goods, str) or not re.fullmatch(r"[0-9]{10}", self._goods, re.ASCII):
                raise ValueError
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            fault = f"{path.name}: is no answer of a tariff service about a commodity: {type(error).__name__}"
            raise ConfigurationError((fault,)) from error
        self.file = TaricFile(
            name=path.name, digest=f"sha256:{hashlib.sha256(raw).hexdigest()}", goods=str(self._goods)
        )

    def records(self) -> Iterator[TaricRecord]:
        """Yield the records that the answer speaks of.

        Raises:
            ConfigurationError: something in it is not as in such an answer.
        """
        number = 0
        try:
            for kind, values in self._values():
                number += 1
                yield TaricRecord(kind, Update.PUT, values, number)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            fault = f"{self._name}: after record {number}: not as in an answer of a tariff service: {error}"
            raise ConfigurationError((fault,)) from error

    def _values(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        for (kind, key), one in self._included.items():
            if kind == "measure_type":
                yield "measure.type", _type(key, one["attributes"])
                yield "measure.type.description", {
                    "measure.type.id": key, "description": str(one["attributes"].get("description") or ""),
                }  # fmt: skip
            elif kind == "geographical_area" and key.isdigit():
                yield from self._area(key, one)
        yield from self._measures()

    def _area(self, key: str, one: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, str]]]:
        begins = {"validity.start.date": _OPEN}
        yield "geographical.area", {"geographical.area.sid": key, "geographical.area.id": key, **begins}
        for member in _related(one, "children_geographical_areas"):
            yield "geographical.area.membership", {
                "geographical.area.sid": str(_sid_of_country(member["id"])), "geographical.area.group.sid": key, **begins,
            }  # fmt: skip
            yield "geographical.area", {
                "geographical.area.sid": str(_sid_of_country(member["id"])), "geographical.area.id": member["id"], **begins,
            }  # fmt: skip

    def _measures(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        on_goods: dict[str, str] = {}
        for one in (self._data, *self._included.values()):
            code = one.get("attributes", {}).get("goods_nomenclature_item_id")
            if (code and one.get("attributes", {}).get("declarable") is not None) or one is self._data:
                for name in ("import_measures", "export_measures", "overview_measures", "measures"):
                    for measure in _related(one, name):
                        on_goods.setdefault(str(measure["id"]), str(code))
        if missing := [key for key in on_goods if ("measure", key) not in self._included]:
            raise ConfigurationError((f"{self._name}: the measure {missing[0]} is not in it",))
        for (kind, key), one in self._included.items():
            if kind == "measure":
                if not _related(one, "measure_type"):
                    raise ConfigurationError((f"{self._name}: the measure {key} has no type",))
                yield from self._measure(key, one, on_goods.get(key, str(self._goods)))

    def _measure(self, key: str, one: Mapping[str, Any], goods: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        attributes = one["attributes"]
        area = next((related["id"] for related in _related(one, "geographical_area")), "")
        additional = next((related["id"] for related in _related(one, "additional_code")), None)
        code = self._included.get(("additional_code", additional), {}).get("attributes", {}).get("code", "")
        yield (
            "measure",
            {
                "measure.sid": key,
                "measure.type": _related(one, "measure_type")[0]["id"],
                "geographical.area": area or self._meanings.everywhere,
                "goods.nomenclature.item.id": goods,
                "additional.code": code if len(code) == _FOUR else "",
                "measure.generating.regulation.id": next((law["id"] for law in _related(one, "legal_acts")), ""),
                "validity.start.date": _day(attributes.get("effective_start_date")) or _OPEN,
                "validity.end.date": _day(attributes.get("effective_end_date")),
            },
        )
        for country in _related(one, "excluded_countries"):
            yield "measure.excluded.geographical.area", {
                "measure.sid": key, "excluded.geographical.area": country["id"],
            }  # fmt: skip
        for number, related in enumerate(_related(one, "measure_conditions"), 1):
            found = self._included.get(("measure_condition", related["id"]))
            if found is None:
                raise ConfigurationError(
                    (f"{self._name}: the condition {related['id']} of measure {key} is not in it",)
                )
            yield "measure.condition", self._condition(key, str(related["id"]), number, found["attributes"])

    def _condition(self, measure: str, key: str, number: int, attributes: Mapping[str, Any]) -> Mapping[str, str]:
        action = attributes.get("action_code") or self._meanings.action_named(attributes.get("action") or "")
        return {
            "measure.condition.sid": key,
            "measure.sid": measure,
            "condition.code": attributes["condition_code"],
            "component.sequence.number": str(number),
            "condition.duty.amount": _amount(attributes.get("condition_duty_amount")),
            "condition.monetary.unit.code": attributes.get("condition_monetary_unit_code") or "",
            "condition.measurement.unit.code": attributes.get("condition_measurement_unit_code") or "",
            "condition.measurement.unit.qualifier.code": attributes.get("condition_measurement_unit_qualifier_code")
            or "",
            "action.code": str(action or ""),
            "certificate.code": attributes.get("document_code") or "",
        }


_FOUR = 4


def _type(key: str, attributes: Mapping[str, Any]) -> Mapping[str, str]:
    movement = attributes.get("trade_movement_code")
    return {
        "measure.type.id": key,
        "measure.type.series.id": str(attributes.get("measure_type_series_id") or ""),
        "trade.movement.code": "" if movement is None else str(movement),
        "validity.start.date": _day(attributes.get("validity_start_date")),
        "validity.end.date": _day(attributes.get("validity_end_date")),
    }


def _related(one: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = (one.get("relationships", {}).get(name) or {}).get("data")
    return [] if found is None else found if isinstance(found, list) else [found]


def _sid_of_country(code: str) -> int:
    """Return a number for a country: the service gives none. Areas have at most four digits."""
    return 1_000_000 + sum(ord(letter) << (8 * place) for place, letter in enumerate(code))


def _day(text: Any) -> str:
    return date.fromisoformat(str(text)[:10]).isoformat() if text else ""


def _amount(value: Any) -> str:
    return "" if value is None else str(value)
