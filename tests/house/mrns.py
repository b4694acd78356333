"""The MRNs in the repository's files, each with its right check character; `python -m tests.house.mrns --write` puts it right.

What is left as it is: databases and messages that were stored or captured, and MRNs that are wrong on purpose.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from gateway.domain.mrn import is_checked, with_check_character
from tests.builders.places import ROOT
from tests.house.files import files, named

MRN = re.compile(r"(?<![0-9A-Za-z])[0-9]{2}[A-Z]{2}[A-Z0-9]{14}(?![0-9A-Za-z])")
STORED = ("tests/data/",)
"""Where files stand that were stored by an earlier gateway, and their makers."""
ON_PURPOSE = frozenset(
    {
        "24GBBGBKCDMS640103",  # captured of TRACES
        "26GB1669CAPTUREA01",  # captured of TRACES
        "26GB1669CAPTUREB01",  # captured of TRACES
        "26FR001260000001R1",  # what is refused, or told
        "21DE27364916384835",  # a published example of a wrong one
    }
)
_PATTERNS = ("*.py", "*.toml", "*.json", "*.xml", "*.md", "*.txt", "*.sql", "*.sh", "*.html")


def corrected(mrn: str) -> str:
    """Return the MRN that stands in place of one: the same, if its check character is right.

    Where the last two characters count, as in 01, 02, 03, a filling zero before them goes: two different ones stay two.
    """
    if mrn in ON_PURPOSE or is_checked(mrn):
        return mrn
    zeros = max(re.findall("0+", mrn[4:-2]), key=len, default="")
    if mrn[-2:].isdigit() and len(zeros) > 2:
        place = mrn.index(zeros, 4)
        return with_check_character(mrn[:place] + mrn[place + 1 :])
    return with_check_character(mrn[:-1])


def texts() -> Iterator[tuple[Path, str]]:
    """Return the files whose MRNs are looked at, each with its text."""
    for path in (*files(*_PATTERNS), *sorted(ROOT.glob("*.md"))):
        if not named(path).startswith(STORED):
            yield path, path.read_text("utf-8")


def wrong() -> Iterator[tuple[Path, str]]:
    """Return the MRNs with a wrong check character, each with its file."""
    for path, text in texts():
        for mrn in sorted(set(MRN.findall(text))):
            if corrected(mrn) != mrn:
                yield path, mrn


def main(write: bool) -> int:
    """Print what is wrong, and put it right if that is asked; two wrong ones that would become one are left for a person.

    One whose right form is in the files already is put right: a merge brings those.
    """
    found = list(wrong())
    becomes: dict[str, set[str]] = {}
    for _, text in texts():
        for mrn in MRN.findall(text):
            if corrected(mrn) != mrn:
                becomes.setdefault(corrected(mrn), set()).add(mrn)
    several = {new: old for new, old in becomes.items() if len(old) > 1}
    for new, old in sorted(several.items()):
        print(f"{', '.join(sorted(old))} would all be {new}")
    for path, mrn in found:
        print(f"{named(path)}: {mrn} -> {corrected(mrn)}")
        if write and corrected(mrn) not in several:
            text = path.read_text("utf-8")
            path.write_text(re.sub(rf"(?<![0-9A-Za-z]){mrn}(?![0-9A-Za-z])", corrected(mrn), text), "utf-8")
    return 1 if several or (found and not write) else 0


if __name__ == "__main__":
    sys.exit(main("--write" in sys.argv[1:]))
