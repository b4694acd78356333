"""The commands of the operators' pages, as tests type them."""

import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.builders.running import clean_environment


def blocks_of(page: str, heading: str, *, mark: str = "sh") -> Sequence[str]:
    """Gives the blocks with a mark under a heading of a page of `docs/`."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    (section,) = re.findall(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", text, re.M | re.S)
    blocks = re.findall(r"^```(\w*)\n(.*?)^```$", section, re.M | re.S)
    found = [block for marked, block in blocks if marked == mark]
    assert found, f"docs/{page} has no such block under {heading}"
    return found


def typed(
    block: str, environment: Mapping[str, str], places: Mapping[str, str], **options: Any
) -> "subprocess.CompletedProcess[str]":
    """Types a block into a shell, with the test's places instead of those of the page; it ends at the first command that fails."""
    for place, own in places.items():
        assert place in block, f"{place} does not stand in the block"
        block = block.replace(place, own)
    own_environment = {**clean_environment(), "COLUMNS": "200", **environment}
    own_environment["PATH"] = f"{Path(sys.executable).parent}:{own_environment['PATH']}"
    return ran(["bash", "-ec", block], env=own_environment, **options)
