"""By hand, `python -m tests.benchmarks.risk.sizes`: what a pack at its bounds takes to publish and to switch to, and a trial of 100,000 declarations.

Processor and clock of one process, without the database: its pages are read elsewhere.
"""

import os
import sys
import tempfile
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from time import perf_counter, process_time

from msgspec import json, structs

from gateway.wings.controls.risk.criteria import Criteria
from gateway.wings.controls.risk.keys import RiskKeys
from gateway.wings.controls.risk.ledger import EntryKind, SealedEntry
from gateway.wings.controls.risk.pack_file import read_pack
from gateway.wings.controls.risk.studies.past import PAGE, PastDeclaration
from gateway.wings.controls.risk.studies.what_if import WhatIf
from tests.benchmarks.risk.labelled import DAY, KEY, labelled, pack_of, rules_with_levels

_ROWS, _DECLARATIONS = 20_000, 100_000
WANTED_SWITCH_S, WANTED_TRIAL_S = 2.0, 300.0
_HEAD = """name = "bounds"
kind = "national"
owner = "o"
legal_basis = "UCC Art. 46(2)"
valid_from = 2026-01-01
review_on = 2026-12-01
"""
_ROW = """[[row]]
criterion = "C{number}"
scope = {{ goods = ["{goods}"] }}
measure = [{{ ratio = ["statistical_value", "net_mass"] }}]
band = [{{ to = 1.5, level = "P010", share = 0.05, types = [10] }}]
"""


def main() -> int:
    """Prints all of it; status 1 where a bar is missed."""
    folder = Path(os.environ.get("GATEWAY_CORPUS", "")) / "import-controls"
    if not folder.is_dir():
        print("GATEWAY_CORPUS names no corpus with import-controls: nothing is measured", file=sys.stderr)
        return 2
    known, coming = (labelled(folder / f"df_syn_{one}_eng.csv") for one in ("train", "valid"))
    with tempfile.TemporaryDirectory() as scratch:
        rules = rules_with_levels(Path(scratch) / "tables")
        view = rules.tables.at(DAY)
        text = _HEAD + "".join(_ROW.format(number=one, goods=1_000 + one % 9_000) for one in range(_ROWS))
        keys, began, used = RiskKeys([KEY]), perf_counter(), process_time()
        pack = read_pack(text.encode(), "pack", view)
        sealed = keys.seal(json.encode(SealedEntry(kind=EntryKind.PUBLISHED, text=text, pack=pack)), "ledger 1")
        print(f"{_ROWS} rows read and sealed: {perf_counter() - began:.2f} s, processor {process_time() - used:.2f} s")
        began, used = perf_counter(), process_time()
        opened = json.decode(keys.open(sealed, "ledger 1"), type=SealedEntry)
        assert opened.pack is not None
        Criteria((opened.pack,), DAY)
        switch = process_time() - used
        print(
            f"opened and prepared: {perf_counter() - began:.2f} s, processor {switch:.2f} s (wanted {WANTED_SWITCH_S})"
        )
        text = pack_of(known)
        trial = WhatIf(read_pack(text.encode(), "pack", view), text, (), rules.tables, {})
        began, used = perf_counter(), process_time()
        past = (
            PastDeclaration(id=str(at), day=DAY, version=1, declaration=structs.replace(one.declaration, lrn=str(at)), last=None, sealed=None, orders=())
            for at, one in enumerate(islice(cycle(coming), _DECLARATIONS))
        )  # fmt: skip
        while page := list(islice(past, PAGE)):
            trial.take(page)
        found, spent = trial.figures(), process_time() - used
        print(
            f"{datetime.now(UTC):%Y-%m-%d}: {found.declarations} declarations by {text.count('[[row]]')} rows, {found.in_band} in a band: "
            f"{perf_counter() - began:.1f} s, processor {spent:.1f} s (wanted {WANTED_TRIAL_S})"
        )
    return int(switch > WANTED_SWITCH_S or spent > WANTED_TRIAL_S)


if __name__ == "__main__":
    sys.exit(main())
