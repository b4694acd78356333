"""The whole zoo: every beast of the kit against every check, with as many places altered as `gateway conform` takes.

`python -m tests.soak.zoo [NAME]...` prints what each is caught by, and how long others waited for a gateway that serves beside it;
status 1 if one is not caught by what it names, or the good twin by anything.
"""

import sys
import tempfile
import time
from pathlib import Path

from gateway.conformance.examination import examine
from gateway.conformance.simulated import simulator_of
from tests.soak.beside import gateway_beside, table
from tests.zoo.beast import GOOD, TWIN, write
from tests.zoo.beasts import KIT_BEASTS
from tests.zoo.xml_beasts import XML_GOOD


def main() -> int:
    """Lets all of them, or the named ones, run into all checks."""
    named = set(sys.argv[1:])
    with gateway_beside() as (rest, beside, ended):
        missed = _missed(named)
    print(table(rest, beside))
    print(f"the beasts of the sandboxes ended so: {dict(ended)}")
    print(f"{missed} missed")
    return 1 if missed else 0


def _missed(named: set[str]) -> int:
    missed = 0
    with tempfile.TemporaryDirectory() as root, simulator_of("tests.zoo.twin.simulator") as office:
        sys.path.insert(0, root)
        for beast in (GOOD, XML_GOOD, *KIT_BEASTS):
            if named and beast.name not in named:
                continue
            write(beast, Path(root))
            began = time.perf_counter()
            against = office.url if beast.twin is TWIN and not beast.own_simulator else None
            report = examine(beast.package, beast.package, against=against)
            found = sorted({one.rule.name for one in report.nonconformities})
            caught = not found if beast in (GOOD, XML_GOOD) else beast.by in found
            missed += not caught
            print(
                f"{'ok    ' if caught else 'MISSED'} {beast.name}: {', '.join(found)} ({time.perf_counter() - began:.1f} s)",
                flush=True,
            )
    return missed


if __name__ == "__main__":
    sys.exit(main())
