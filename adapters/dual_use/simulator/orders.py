"""Reading of orders to the simulated licensing authority, as strictly as the real one would read them."""

from dataclasses import dataclass
from urllib.parse import parse_qsl

from adapters.dual_use.simulator.ledger import Claim
from gateway.contract import UnexpectedAnswer
from gateway.contract.reading import Record, read_json

RESERVATIONS = "/api/v1/export-licences/reservations"
WRITE_OFFS = "/api/v1/export-licences/write-offs"

_KEYS = {"number", "mrn", "key", "customs_office"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order of a movement. Two under one key are the same order or a mistake."""

    operation: str
    number: str
    mrn: str
    key: str
    customs_office: str
    claims: tuple[Claim, ...] = ()


def read_order(method: str, path: str, body: bytes, query: str) -> Order:
    """Read an order.

    Raises:
        UnexpectedAnswer: it is none.
    """
    record = Record(dict(parse_qsl(query, keep_blank_values=True))) if method == "DELETE" else read_json(body)
    operation = _operation(method, path, record)
    states_lines = operation in {"reserve", "force", "amend"}
    known = _KEYS | ({"lines"} if states_lines else set()) | ({"replace"} if operation in {"force", "amend"} else set())
    if record.values.keys() != known:
        raise UnexpectedAnswer(f"$: the keys {', '.join(sorted(known))} are expected")
    claims = tuple(_claim(line) for line in record.records("lines")) if states_lines else ()
    if states_lines and (not claims or len({(one.goods_item, one.line) for one in claims}) != len(claims)):
        raise UnexpectedAnswer("$.lines: lines are expected, each once")
    return Order(
        operation=operation,
        number=record.text("number"),
        mrn=record.text("mrn", "[A-Z0-9]{1,35}"),
        key=record.text("key", "[0-9A-Fa-f]{32}"),
        customs_office=record.text("customs_office", "[A-Za-z0-9]{1,8}"),
        claims=claims,
    )


def _operation(method: str, path: str, record: Record) -> str:
    if path == RESERVATIONS:
        return "reserve" if method == "PUT" else "cancel"
    if method != "PUT":
        return "write_off" if method == "POST" else "delete"
    return "amend" if record.boolean("replace") else "force"


def _claim(line: Record) -> Claim:
    if line.values.keys() != {"goods_item", "line", "commodity_code", "quantity", "amount"}:
        raise UnexpectedAnswer(f"{line.path}: other keys are expected")
    quantity, amount = line.optional(line.quantity, "quantity"), line.optional(line.money, "amount")
    claim = Claim(
        goods_item=line.count("goods_item"),
        line=line.count("line"),
        code=line.text("commodity_code", "[0-9]{6,10}"),
        measures=(
            None if quantity is None else (quantity.value, quantity.unit),
            None if amount is None else (amount.value, amount.currency),
        ),
    )
    stated = [measure for measure in claim.measures if measure is not None]
    if not stated or any(value <= 0 for value, _ in stated):
        raise UnexpectedAnswer(f"{line.path}: a quantity or an amount above zero is expected")
    return claim
