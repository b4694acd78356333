"""`make bench-risk`: precision on the labelled corpus beside chance, and what 5,000 rows cost."""

import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from msgspec import json, structs

from gateway.domain.declaration import Declaration
from gateway.domain.tables.in_force import InForce
from gateway.wings.controls.risk.criteria import Criteria
from gateway.wings.controls.risk.intervals import rate_of
from gateway.wings.controls.risk.keys import RiskKeys
from gateway.wings.controls.risk.room import SealedAssessment
from tests.benchmarks.risk.labelled import (
    BARS,
    DAY,
    KEY,
    MOST_ROWS,
    PARTS,
    Labelled,
    assessed,
    criteria_of,
    labelled,
    pack_of,
    precision,
    queue,
    rules_with_levels,
)

_ITEMS, _TURNS, _SAMPLE = 50, 5, 400
WANTED_DECLARATION_MS, WANTED_ITEM_MS = 0.10, 0.03
CANNOT_SHOW = """What this set cannot show: it is synthetic, and of imports of one country; its codes have six digits. Histories of importers, sellers and
declarants say nothing in it (0.20 to 0.22 at 5 %), and prices little, so windows, ratios and prices are judged by planted patterns
(tests/wings/controls/test_labelled.py). All of its declarations have a label; of real ones only those that were controlled."""


def main() -> int:
    """Prints all of it; status 1 where a bar is missed."""
    corpus = os.environ.get("GATEWAY_CORPUS", "")
    folder = Path(corpus) / "import-controls"
    if not corpus or not folder.is_dir():
        print("GATEWAY_CORPUS names no corpus with import-controls: nothing is measured", file=sys.stderr)
        return 2
    known, coming = (labelled(folder / f"df_syn_{one}_eng.csv") for one in ("train", "valid"))
    with tempfile.TemporaryDirectory() as scratch:
        view = rules_with_levels(Path(scratch) / "tables").tables.at(DAY)
        text = pack_of(known)
        criteria = criteria_of(text, view)
        missed = _precision(criteria, coming, view, rows=text.count("[[row]]"))
        return int(_costs(known, coming, view) or missed)


def _precision(criteria: Criteria, coming: Sequence[Labelled], view: InForce, *, rows: int) -> bool:
    ordered = queue(criteria, coming, view)
    by_chance = sum(one.is_wrong for one in coming) / len(coming)
    print(f"{rows} rows of {len(coming)} later declarations; ordered {len(ordered)}")
    print(
        f"{'controlled':>12} {'of these':>9} {'wrong':>6} {'precision':>9} {'95 % (Wilson)':>15} {'random':>7} {'95 %':>13} {'bar':>5}"
    )
    missed = False
    for part in PARTS:
        found, taken = precision(ordered, len(coming), part)
        rate, chance = rate_of(found, taken), rate_of(round(by_chance * taken), taken)
        assert rate.rate is not None
        missed |= rate.rate < BARS[part]
        told = f"{rate.low:.2f} to {rate.high:.2f}"
        print(
            f"{part:>10} % {taken:>9} {found:>6} {rate.rate:>9.3f} {told:>15} {by_chance:>7.3f} "
            f"{chance.low:.2f} to {chance.high:.2f} {BARS[part]:>5.2f}{'' if rate.rate >= BARS[part] else '  MISSED'}"
        )
    print(CANNOT_SHOW)
    return missed


def _costs(known: Sequence[Labelled], coming: Sequence[Labelled], view: InForce) -> bool:
    """What a declaration of one goods item and one more goods item take of the processor, with as many rows as a pack is to have."""
    every = _filled(known)
    criteria = criteria_of(every, view)
    keys = RiskKeys([KEY])
    singles = [one.declaration for one in coming[:_SAMPLE]]
    items = [one.items[0] for one in singles]
    many = [
        structs.replace(
            one, items=tuple(structs.replace(items[(at + more) % _SAMPLE], number=more + 1) for more in range(_ITEMS))
        )
        for at, one in enumerate(singles[: _SAMPLE // 10])
    ]

    def spent(declarations: Sequence[Declaration]) -> float:
        best = float("inf")
        for _ in range(_TURNS):
            before = process_time()
            for one in declarations:
                made = SealedAssessment(assessed=assessed(criteria, one, view), accepted=False)
                keys.seal(json.encode(made), one.lrn)
            best = min(best, (process_time() - before) / len(declarations) * 1_000)
        return best

    single, large = spent(singles), spent(many)
    item = (large - single) / (_ITEMS - 1)
    rows = every.count("[[row]]")
    print(
        f"{rows} rows, processor, best of {_TURNS}: a declaration of one goods item {single:.3f} ms (wanted {WANTED_DECLARATION_MS}), "
        f"each further one {item:.3f} ms (wanted {WANTED_ITEM_MS}), assessed and sealed"
    )
    return single > WANTED_DECLARATION_MS or item > WANTED_ITEM_MS


def _filled(known: Sequence[Labelled]) -> str:
    """The pack with as many rows as it is to have: by any origin where those with one are too few."""
    text = pack_of(known)
    rows = text.count("[[row]]")
    goods = sorted({one.declaration.items[0].commodity_code[:6] for one in known})
    more = [
        f'[[row]]\ncriterion = "ANY{one}"\nscope = {{ goods = ["{one}"] }}\nmeasure = [{{ ratio = ["statistical_value", "net_mass"] }}]\n'
        f'band = [{{ to = 1.5, level = "P010", share = 0.05, types = [10] }}]\n'
        for one in goods
    ]
    return "\n".join([text, *more[: MOST_ROWS - rows]])


if __name__ == "__main__":
    sys.exit(main())
