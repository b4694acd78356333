"""Reading of answers of a tariff service: the JSON of one commodity or heading, with its measures and their conditions.

An answer holds what is in force on the day that was asked for, and does not say which day that was. The answer of a heading that
nobody declares shows an overview alone (duties, value added tax): only one with all measures on import and on export counts as whole.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any

from gateway.domain.errors import ConfigurationError
from gateway.settings.taric.extraction import TaricFile
from gateway.settings.taric.records import DIRECTIONS, TaricRecord, Update
from gateway.settings.taric.vocabulary import CodeMeanings

_MOST_BYTES = 50_000_000
_OPEN = "1970-01-01"
"""Where the service does not say since when."""


class TariffAnswer:
    """One answer, as the records of TARIC that it speaks of."""

    def __init__(self, path: Path, meanings: CodeMeanings, *, asked: date) -> None:
        """Read the file; `asked` is the day that it speaks of, as whoever loads it says.

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
            answer = json.loads(raw, parse_float=str)
            self._data = answer["data"]
            self._goods = self._data["attributes"]["goods_nomenclature_item_id"]
            self._included = _by_key(answer.get("included") or ())
            if not isinstance(self._goods, str) or not re.fullmatch(r"[0-9]{10}", self._goods, re.ASCII):
                raise ValueError("goods_nomenclature_item_id is no text of ten digits")
            self._listed = {direction: _listed(self._data, name) for direction, name in _LISTS.items()}
            #: Why it does not say all about its goods on the day; empty: it does.
            self.uncovered = self._uncovered(asked)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            fault = f"{path.name}: is no answer of a tariff service about a commodity: {type(error).__name__}: {error}"
            raise ConfigurationError((fault,)) from error
        self.file = TaricFile(
            name=path.name,
            digest=f"sha256:{hashlib.sha256(raw).hexdigest()}",
            goods="" if self.uncovered else self._goods,
            asked=asked.isoformat(),
        )

    def _uncovered(self, asked: date) -> str:
        if (
            any(listed is None for listed in self._listed.values())
            or _attributes(self._data).get("declarable") is False
        ):
            return f"the answer about {self._goods} is an overview, without all measures on import and export"
        for (kind, key), one in self._included.items():
            attributes = _attributes(one) if kind == "measure" else {}
            begins, ends = (str(attributes.get(f"effective_{one}_date") or "")[:_DAY] for one in ("start", "end"))
            if begins > asked.isoformat() or (ends and ends < asked.isoformat()):
                return f"the answer about {self._goods} is not of {asked}: measure {key} is in force from {begins or 'ever'} until {ends or 'on'}"
        return ""

    def records(self) -> Iterator[TaricRecord]:
        """Yield the records that the answer speaks of.

        Raises:
            ConfigurationError: something in it is not as in such an answer.
        """
        number = 0
        try:
            for kind, values in self._values():
                number += 1
                yield TaricRecord(kind, Update.PUT, {name: _text(value) for name, value in values.items()}, number)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            fault = f"{self._name}: after record {number}: not as in an answer of a tariff service: {error}"
            raise ConfigurationError((fault,)) from error

    def _values(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for (kind, key), one in self._included.items():
            if kind == "measure_type":
                yield "measure.type", _type(key, _attributes(one))
                yield "measure.type.description", {
                    "measure.type.id": key, "description": _attributes(one).get("description"),
                }  # fmt: skip
            elif kind == "geographical_area" and key.isdigit():
                yield from self._area(key, one)
        yield from self._measures()

    def _area(self, key: str, one: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
        begins = {"validity.start.date": _OPEN}
        yield "geographical.area", {"geographical.area.sid": key, "geographical.area.id": key, **begins}
        for member in _related(one, "children_geographical_areas"):
            yield "geographical.area.membership", {
                "geographical.area.sid": str(_sid_of_country(member["id"])), "geographical.area.group.sid": key, **begins,
            }  # fmt: skip
            yield "geographical.area", {
                "geographical.area.sid": str(_sid_of_country(member["id"])), "geographical.area.id": member["id"], **begins,
            }  # fmt: skip

    def _measures(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        on_goods: dict[str, dict[str, None]] = {}
        for one in (self._data, *self._included.values()):
            code = _attributes(one).get("goods_nomenclature_item_id")
            if (code and _attributes(one).get("declarable") is not None) or one is self._data:
                for name in ("import_measures", "export_measures", "overview_measures", "measures"):
                    for measure in _related(one, name):
                        on_goods.setdefault(str(measure["id"]), {})[str(code)] = None
        if missing := [key for key in on_goods if ("measure", key) not in self._included]:
            raise ConfigurationError((f"{self._name}: the measure {missing[0]} is not in it",))
        for (kind, key), one in self._included.items():
            if kind == "measure":
                if not _related(one, "measure_type"):
                    raise ConfigurationError((f"{self._name}: the measure {key} has no type",))
                yield from self._measure(key, one, on_goods.get(key) or (str(self._goods),))

    def _measure(
        self, key: str, one: Mapping[str, Any], on_goods: Iterable[str]
    ) -> Iterator[tuple[str, Mapping[str, Any]]]:
        attributes = _attributes(one)
        area = next((related["id"] for related in _related(one, "geographical_area")), "")
        additional = next((related["id"] for related in _related(one, "additional_code")), "")
        code = _text(_attributes(self._included.get(("additional_code", additional), {})).get("code"))
        directions = [direction for direction, listed in self._listed.items() if key in (listed or ())]
        measure = {
            "measure.sid": key,
            "measure.type": _related(one, "measure_type")[0]["id"],
            "geographical.area": area or self._meanings.everywhere,
            "additional.code": code if len(code) == _FOUR else "",
            "measure.generating.regulation.id": next((law["id"] for law in _related(one, "legal_acts")), ""),
            "validity.start.date": _day(attributes.get("effective_start_date")) or _OPEN,
            "validity.end.date": _day(attributes.get("effective_end_date")),
            DIRECTIONS: " ".join(directions),
        }
        for goods in on_goods:
            yield "measure", {**measure, "goods.nomenclature.item.id": goods}
        for related in _related(one, "measure_components"):
            component = _attributes(self._included.get(("measure_component", related["id"]), {}))
            yield (
                "measure.component",
                {
                    "measure.sid": key,
                    "duty.expression.id": component.get("duty_expression_id"),
                    "duty.amount": component.get("duty_amount"),
                    "measurement.unit.code": component.get("measurement_unit_code"),
                    "measurement.unit.qualifier.code": component.get("measurement_unit_qualifier_code"),
                },
            )
        for country in (*_related(one, "excluded_countries"), *_related(one, "excluded_geographical_areas")):
            yield "measure.excluded.geographical.area", {
                "measure.sid": key, "excluded.geographical.area": country["id"],
            }  # fmt: skip
        for number, related in enumerate(_related(one, "measure_conditions"), 1):
            found = self._included.get(("measure_condition", related["id"]))
            if found is None:
                raise ConfigurationError(
                    (f"{self._name}: the condition {related['id']} of measure {key} is not in it",)
                )
            yield "measure.condition", self._condition(key, str(related["id"]), number, _attributes(found))

    def _condition(self, measure: str, key: str, number: int, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        action = attributes.get("action_code") or self._meanings.action_named(attributes.get("action") or "")
        return {
            "measure.condition.sid": key,
            "measure.sid": measure,
            "condition.code": attributes.get("condition_code"),
            "component.sequence.number": str(number),
            "condition.duty.amount": attributes.get("condition_duty_amount"),
            "condition.monetary.unit.code": attributes.get("condition_monetary_unit_code"),
            "condition.measurement.unit.code": attributes.get("condition_measurement_unit_code"),
            "condition.measurement.unit.qualifier.code": attributes.get("condition_measurement_unit_qualifier_code"),
            "action.code": action,
            "certificate.code": attributes.get("document_code"),
        }


_FOUR = 4
_DAY = len("2026-01-31")
_LISTS: Mapping[str, str] = MappingProxyType({"import": "import_measures", "export": "export_measures"})
"""The lists of measures that an answer has on goods that are declared, by direction."""


def _by_key(included: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Mapping[str, Any]]:
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for one in included:
        if found.setdefault((one["type"], one["id"]), one) != one:
            raise ValueError(f"{one['type']} {one['id']} stands in it twice, with different contents")
    return found


def _listed(one: Mapping[str, Any], name: str) -> frozenset[str] | None:
    """Return the measures of a list of an answer; None: it has no such list."""
    related = (one.get("relationships") or {}).get(name) or {}
    return frozenset(str(measure["id"]) for measure in _related(one, name)) if "data" in related else None


def _text(value: Any) -> str:
    if isinstance(value, dict | list):
        raise ValueError(f"{json.dumps(value)[:40]} stands where a text is expected")
    text = "" if value is None else str(value)
    text.encode()  # half a character, which JSON can hold, is a ValueError
    return text


def _attributes(one: Mapping[str, Any]) -> Mapping[str, Any]:
    return one.get("attributes") or {}


def _type(key: str, attributes: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "measure.type.id": key,
        "measure.type.series.id": attributes.get("measure_type_series_id"),
        "trade.movement.code": attributes.get("trade_movement_code"),
        "validity.start.date": _day(attributes.get("validity_start_date")),
        "validity.end.date": _day(attributes.get("validity_end_date")),
    }


def _related(one: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = ((one.get("relationships") or {}).get(name) or {}).get("data")
    return [] if found is None else found if isinstance(found, list) else [found]


def _sid_of_country(code: str) -> int:
    """Return a number for a country: the service gives none. Areas have at most four digits."""
    return 1_000_000 + sum(ord(letter) << (8 * place) for place, letter in enumerate(code))


def _day(text: Any) -> str:
    return date.fromisoformat(str(text)[:_DAY]).isoformat() if text else ""
