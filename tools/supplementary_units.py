"""`python -m tools.supplementary_units PREFIXES`: the supplementary units of a year of the Combined Nomenclature, a row a unit.

PREFIXES is a CSV of commodity codes' shortest prefixes with their units (`cn-supplementary-units-prefixes.csv` in the corpus). What is
written stands in `config/supplementary_units/`, a file a year.
"""

import csv
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

_CONFIG = Path(__file__).parent.parent / "config" / "supplementary_units"
_IN_A_LINE = 14


def main(arguments: Sequence[str]) -> int:
    """Write the file of each year that the prefixes are of."""
    by_year: dict[str, dict[tuple[str, str, str], list[str]]] = defaultdict(lambda: defaultdict(list))
    with Path(arguments[0]).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            by_year[row["year"]][row["unit"], row["factor"], row["unit_1802"]].append(row["prefix"])
    for year, units in by_year.items():
        head = f"# The units that commodity codes imply for 18 02, by the Combined Nomenclature {year}; other years are assumed alike.\n"
        rows = (_row(year, *unit, sorted(prefixes)) for unit, prefixes in sorted(units.items()))
        target = _CONFIG / f"{year}.toml"
        target.parent.mkdir(exist_ok=True)
        target.write_text(head + "".join(rows), encoding="utf-8")
    return 0


def _row(year: str, unit: str, factor: str, stated: str, prefixes: Sequence[str]) -> str:
    times = f'factor = "{factor}"\n' if factor else ""
    return (
        f"\n[[supplementary_unit]]\ncommodities = [\n{''.join(_lines(prefixes))}]\n"
        f'unit = "{unit}"\n{times}valid_from = 2016-05-01\n'
        f'source = "Combined Nomenclature {year}: {stated} (CL349); other years assumed alike"\n'
    )


def _lines(prefixes: Sequence[str]) -> Iterator[str]:
    for begins in range(0, len(prefixes), _IN_A_LINE):
        yield "    " + ", ".join(f'"{one}"' for one in prefixes[begins : begins + _IN_A_LINE]) + ",\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
