"""A further authority as one file: it is told of goods, of a party and of figures, names several holders, and is told of releases."""

import json
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from gateway.contract import Direction, DocumentQuery, Line, Reference, ReferenceKind, ReportOrder, Settings
from gateway.dispatch.declarative import DeclaredAdapter, read_authority_file
from tests.builders.places import ROOT

NUMBER, MRN, KEY = "QU/17", "26FRD0000000001019", "0123456789abcdef" * 2
FILE = (ROOT / "tests/dispatch/declarative/quota_office/authority.toml").read_text(encoding="utf-8")
ANSWER: dict[str, Any] = {
    "number": NUMBER,
    "asked_for": "FR2",
    "status": "GRANTED",
    "holders": ["FR9", "FR2"],
    "conditions": ["L"],
    "companions": ["ZW/1", "ZW/2"],
}


def goods(item: int = 1, tonnes: str | None = "67.5", *, code: str = "29034200", origin: str | None = "CN") -> Line:
    figures = {} if tonnes is None else {"Y121": Decimal(tonnes)}
    return Line(goods_item=item, commodity_code=code, origin=origin, figures=figures)


def question(*lines: Line, importer: str | None = "FR2", declarant: str | None = "FR1") -> DocumentQuery:
    return DocumentQuery(
        type="C690",
        reference=NUMBER,
        direction=Direction.IMPORT,
        lines=lines,
        declarant=declarant,
        importer=importer,
        exporter="CN7",
    )


def told(*lines: Line) -> ReportOrder:
    return ReportOrder(
        type="C690",
        reference=NUMBER,
        declaration=Reference(kind=ReferenceKind.MRN, value=MRN),
        customs_office="FR000040",
        key=KEY,
        direction=Direction.IMPORT,
        released_on=date(2026, 12, 1),
        lines=lines,
    )


def adapter() -> DeclaredAdapter:
    return DeclaredAdapter(_read(FILE), Settings())


def body(answer: Any) -> bytes:
    return json.dumps(answer).encode()


_read = cache(read_authority_file)
