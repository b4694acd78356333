"""The labelled declarations, as the gateway has them; a pack that a script makes of the earlier ones; and the queue of what it orders.

Seondong/Customs-Declaration-Datasets (MIT, a33cfc3): synthetic import declarations with a label that says whether something was wrong.
The earlier ones (2020) make the pack, the later ones (2021) are ordered by it. The queue is that of `GET /v1/controls`: the highest level
first, then the oldest.
"""

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path

from gateway.configured_rules import Rules, read_rules
from gateway.contract import Direction
from gateway.domain.declaration import Declaration, GoodsItem, Kind
from gateway.domain.tables.in_force import InForce
from gateway.settings import load
from gateway.wings.controls.risk.criteria import Assessed, Criteria
from gateway.wings.controls.risk.draw import drawn
from gateway.wings.controls.risk.pack_file import read_pack
from gateway.wings.controls.rows import ControlLevel

DAY = date(2026, 12, 3)
MOST_ROWS = 5_000
LEAST = 3
"""The declarations of the same goods and origin of which a row is made."""
PARTS = (1, 2, 5, 10)
"""Per cent of the declarations that officers have time for."""
BARS = {1: 0.85, 2: 0.85, 5: 0.80, 10: 0.65}
KEY = bytes(range(32))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A declaration, and whether something was wrong with it."""

    declaration: Declaration
    is_wrong: bool


def labelled(file: Path) -> Sequence[Labelled]:
    """The declarations of a file, in the order in which they came."""
    with file.open(encoding="utf-8", newline="") as opened:
        return [_read(row) for row in csv.DictReader(opened)]


def _read(row: dict[str, str]) -> Labelled:
    item = GoodsItem(
        number=1,
        commodity_code=row["HS6 Code"].zfill(6) + "0000",
        requested_procedure="40",
        origin=row["Country of Origin"],
        net_mass=Decimal(row["Net Mass"]),
        statistical_value=Decimal(row["Item Price"]),
    )
    declared = Declaration(
        lrn=row["Declaration ID"],
        declarant=row["Declarant ID"],
        importer=row["Importer ID"] or None,
        direction=Direction.IMPORT,
        kind=Kind.STANDARD,
        declaration_type="IM",
        internal_currency="KRW",
        customs_office="KR0000" + row["Office ID"].zfill(2),
        items=(item,),
    )
    return Labelled(declared, row["Fraud"] == "1")


def rules_with_levels(folder: Path) -> Rules:
    """The rules of an administration that has a level for each per cent, which it brings in a file of its own."""
    rows = [
        f'[[control_level]]\nname = "{_level(one)}"\ntitle = "{one} per cent"\nrank = {one}\npersons = 1\n'
        f'valid_from = 2020-01-01\nsource = "of this bench"\n'
        for one in range(100)
    ]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "controls.toml").write_text("\n".join(rows), encoding="utf-8")
    return read_rules(load({"GATEWAY_TABLES": f'["{folder}"]'}))


def pack_of(known: Iterable[Labelled], *, rows: int = MOST_ROWS) -> str:
    """A pack of a row for each subheading and origin that came often enough: its level is how often something was wrong, drawn to the mean."""
    count = defaultdict[tuple[str, str], list[int]](lambda: [0, 0])
    for one in known:
        (item,) = one.declaration.items
        cell = count[item.commodity_code[:6], item.origin or ""]
        cell[0] += 1
        cell[1] += one.is_wrong
    total, wrong = (sum(cell[place] for cell in count.values()) for place in (0, 1))
    mean = Decimal(wrong) / total
    often = sorted((cell for cell in count.items() if cell[1][0] >= LEAST), key=lambda cell: -cell[1][0])[:rows]
    parts = [
        'name = "labelled"\nkind = "national"\nowner = "bench"\nlegal_basis = "UCC Art. 46"\nvalid_from = 2026-01-01\nreview_on = 2026-12-31\n'
    ]
    for number, ((goods, origin), (cases, found)) in enumerate(often):
        score = (found + 2 * mean) / (cases + 2)
        parts.append(
            f'[[row]]\ncriterion = "HS{number}"\nscope = {{ goods = ["{goods}"], origin = ["{origin}"] }}\nmeasure = [{{ always = true }}]\n'
            f'band = [{{ level = "{_level(min(99, int(score * 100)))}", share = 1, types = [40] }}]\n'
        )
    return "\n".join(parts)


def criteria_of(text: str, view: InForce) -> Criteria:
    """The pack as it counts."""
    return Criteria((read_pack(text.encode(), "pack", view),), DAY)


def assessed(criteria: Criteria, declaration: Declaration, view: InForce) -> Assessed:
    """What a declaration comes to, by the engine that assesses those that are lodged."""
    return criteria.assess(
        declaration,
        view,
        version=1,
        findings=lambda _: frozenset(),
        draw=lambda name: drawn(KEY, name, declaration.lrn),
    )


def queue(criteria: Criteria, coming: Sequence[Labelled], view: InForce) -> list[bool]:
    """Of the declarations that are ordered to be controlled, in the order of the officers' list: whether something was wrong."""
    return [wrong for _, _, wrong in sorted(_ordered(criteria, coming, view))]


def _ordered(criteria: Criteria, coming: Sequence[Labelled], view: InForce) -> Iterator[tuple[int, int, bool]]:
    for number, one in enumerate(coming):
        chosen = assessed(criteria, one.declaration, view).chosen
        ranks = [level.rank for hit in chosen if (level := view.further.find(ControlLevel, hit.level)) is not None]
        if ranks:
            yield -max(ranks), number, one.is_wrong


def precision(ordered: Sequence[bool], declarations: int, per_cent: int) -> tuple[int, int]:
    """How many of the first so many per cent had something wrong, and how many those are: what is not ordered is not controlled."""
    taken = round(declarations * per_cent / 100)
    return sum(ordered[:taken]), taken


def _level(per_cent: int) -> str:
    return f"P{per_cent:03d}"
