"""`docs/operators-install.md`: what it has an operator type works, in this order and in one shell."""

import re
import sys
from pathlib import Path

import pytest

from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.builders.running import clean_environment

PAGE = ROOT / "docs" / "operators-install.md"
FILLED = r"""sed -i 's/base_url = ""/base_url = "https:\/\/authority.example"/; s/ = ""$/ = "FR000001"/' {folder}/gateway.toml"""


@pytest.mark.whole
def test_what_the_page_has_an_operator_type_works(tmp_path: Path, database_url: str) -> None:
    folder = tmp_path / "gateway"
    blocks = re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    lines = [line.replace("/etc/gateway", str(folder)) for block in blocks for line in block.splitlines()]
    typed = "".join(
        f'{line}\necho "status $?"\n{FILLED.format(folder=folder) if "check" in line else ""}\n' for line in lines
    )
    own = {**clean_environment(), "GATEWAY_DATABASE_URL": database_url, "HOME": str(tmp_path)}
    own["PATH"] = f"{Path(sys.executable).parent}:{own['PATH']}"
    done = ran(["bash", "-c", typed], env=own, cwd=tmp_path)
    statuses = [int(found) for found in re.findall(r"^status (\d+)$", done.stdout, re.M)]
    # What is to be filled in stands empty at the first look.
    assert statuses == [78 if line.startswith("gateway check") else 0 for line in lines], done.stdout + done.stderr
    assert "adapters.traces.base_url: a text is needed" in done.stderr
    assert "# The key, shown this once: " in done.stdout
