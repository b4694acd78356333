"""The file of docs/declarative.md, changed, and the answers of the office that it describes."""

import json
import re
from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from gateway.contract import (
    Answer,
    Direction,
    Exchange,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    Reference,
    ReferenceKind,
    Settings,
)
from gateway.contract.reading import same_number
from gateway.dispatch.answers import judged
from gateway.dispatch.declarative import AuthorityFileFault, DeclaredAdapter, read_authority_file
from gateway.domain.order_lines import unconverted
from tests.builders.driving import OCCASION, query, replay
from tests.builders.places import ROOT

PAGE = (ROOT / "docs/declarative.md").read_text(encoding="utf-8")
(FILE,) = re.findall(r"^`timber/authority.toml`\n\n```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
(SOAP_FILE,) = re.findall(r"^`soap_timber/authority.toml`\n\n```toml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
NUMBER, MRN, KEY = "ID/17", "26FRD0000000001019", "0123456789abcdef" * 2
VOLUME = {"value": "120.5", "unit": "m3"}
ANSWER: dict[str, Any] = {
    "number": NUMBER,
    "next": None,
    "licence": {
        "number": NUMBER,
        "kind": "FLEGT",
        "status": "ISSUED",
        "valid_to": "2026-12-31",
        "holder": None,
        "lines": [{"line": 1, "hs_code": "4407", "volume": VOLUME}],
        "account": {
            "left": [{"line": 1, "volume": {"value": "100", "unit": "m3"}}],
            "used": [{"mrn": MRN, "goods_item": 1, "line": 1, "volume": {"value": "20.5", "unit": "m3"}}],
        },
    },
}
USE: dict[str, Any] = {"number": NUMBER, "use": {"mrn": MRN, "key": KEY, "outcome": "DONE", "reason": None}}


def changed(*changes: tuple[str, str], text: str = FILE) -> str:
    """The file with texts in place of others, each of which stands in it once."""
    for old, new in changes:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    return text


def line_of(text: str, part: str) -> int:
    """The line at which a part stands for the first time."""
    return text[: text.index(part)].count("\n") + 1


def faults(text: str) -> tuple[tuple[int, str], ...]:
    """What is wrong with a file."""
    with pytest.raises(AuthorityFileFault) as found:
        read_authority_file(text)
    return found.value.faults


def adapter(text: str = FILE, **settings: str) -> DeclaredAdapter:
    """The adapter of a file; what is given is setting and secret at once."""
    return DeclaredAdapter(_read(text), Settings(values=settings, secrets=settings))


_read = cache(read_authority_file)


def said(**licence: Any) -> dict[str, Any]:
    """The office's answer, with other values in its licence."""
    answer = deepcopy(ANSWER)
    answer["licence"] |= licence
    return answer


def verified(*answers: Any, text: str = FILE, reference: str = NUMBER, status: int = 200) -> Answer:
    """What the adapter makes of answers; judged as the gateway does."""
    asked = query("C690", reference)
    bodies = [one if isinstance(one, bytes) else json.dumps(one).encode() for one in answers]
    found = replay(adapter(text).verify(asked, OCCASION), *((status, body) for body in bodies))
    return judged(found, asked, ["C690"], unconverted, same=same_number)


def order(*volumes: str, **more: Any) -> QuantityOrder:
    """An order for some volumes of the licence's only line."""
    lines = tuple(
        OrderLine(
            goods_item=item,
            certificate_line=1,
            commodity_code="44071190",
            quantities=(Quantity(value=Decimal(one), unit="MTQ"),),
        )
        for item, one in enumerate(volumes, 1)
    )
    made = QuantityOrder(
        type="C690",
        reference=NUMBER,
        declaration=Reference(kind=ReferenceKind.MRN, value=MRN),
        customs_office="FR000040",
        key=KEY,
        direction=Direction.IMPORT,
        lines=lines,
    )
    return replace(made, **more)


def moved(answer: Any, kind: MovementKind = MovementKind.WRITE_OFF, *, text: str = FILE, **more: Any) -> Receipt:
    """What the adapter makes of the answer to an order."""
    exchange: Exchange[Receipt] = getattr(adapter(text), kind.value)(order("20.5", **more), OCCASION)
    return replay(exchange, (200, json.dumps(answer).encode()))
