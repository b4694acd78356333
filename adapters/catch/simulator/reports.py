"""Reading of the reports to the simulated CATCH, as strictly as the real one would read them."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from adapters.simulation.usage import UsedQuantity
from gateway.contract import UnexpectedAnswer
from gateway.contract.reading import Record, read_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report of a usage, or of its withdrawal. Two under one key are the same report or a mistake."""

    number: str
    mrn: str
    key: str
    customs_office: str
    taken_back: bool = False
    replace: bool = False
    force: bool = False
    used: tuple[UsedQuantity, ...] = ()


def read_report(method: str, number: str, mrn: str, body: bytes, query: str) -> Report:
    """Read a report.

    Raises:
        UnexpectedAnswer: it is none.
    """
    taken_back = method == "DELETE"
    record = Record(dict(parse_qsl(query, keep_blank_values=True))) if taken_back else read_json(body)
    _make_sure_of(record, {"key", "customs_office"} | (set() if taken_back else {"replace", "force", "lines"}))
    used = () if taken_back else tuple(_used(line) for line in record.records("lines"))
    if not taken_back and (not used or len({(use.goods_item, use.line) for use in used}) != len(used)):
        raise UnexpectedAnswer("$.lines: lines are expected, each once")
    return Report(
        number=number,
        mrn=Record({"mrn": mrn}).text("mrn", "[A-Z0-9]{1,35}"),
        key=record.text("key", "[0-9A-Fa-f]{32}"),
        customs_office=record.text("customs_office", "[A-Za-z0-9]{1,8}"),
        taken_back=taken_back,
        replace=not taken_back and record.boolean("replace"),
        force=not taken_back and record.boolean("force"),
        used=used,
    )


def _make_sure_of(record: Record, keys: set[str]) -> None:
    if record.values.keys() != keys:
        raise UnexpectedAnswer(f"{record.path}: the keys {', '.join(sorted(keys))} are expected")


def _used(line: Record) -> UsedQuantity:
    _make_sure_of(line, {"goods_item", "line", "commodity_code", "quantity"})
    quantity = line.quantity("quantity")
    if quantity.value <= 0:
        raise UnexpectedAnswer(f"{line.path}.quantity: a weight above zero is expected")
    return UsedQuantity(
        goods_item=line.count("goods_item"),
        line=line.count("line"),
        quantity=quantity.value,
        unit=quantity.unit,
        code=line.text("commodity_code", "[0-9]{6,10}"),
    )
