"""A version of the gateway that comes after this one: the same code in a folder of its own, with further migrations."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

from gateway.store.migration import own_version
from tests.builders.commands import command_line
from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.builders.running import REAL, clean_environment

BEFORE, INDEX, AFTER = "9001_later.sql", "9002_later_index.sql", "9003_told.after.sql"
INDEXED = "declaration_by_later"
OLDEST = own_version().partition("rc")[0]
_BESIDE = f"-- serves beside: {OLDEST}\n"
_STEPS = {
    BEFORE: f"{_BESIDE}ALTER TABLE declaration ADD COLUMN later integer;\n",
    INDEX: f"{_BESIDE}-- outside a transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS {INDEXED} ON declaration (later);\n",
    AFTER: f"-- No version may serve that does not know 9001.\n{_BESIDE}UPDATE migration SET oldest = NULL WHERE name = '{BEFORE}';\n",
}


class LaterVersion:
    """The version, and what its commands are run with."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(ROOT / "gateway", folder / "gateway")  # with what is compiled of it
        for name in ("config", "adapters", "xsd"):
            (folder / name).symlink_to(ROOT / name)
        for name, text in _STEPS.items():
            (folder / "gateway/store/migrations" / name).write_text(text)
        self.folder = folder

    def environment(self, url: str) -> Mapping[str, str]:
        """The variables of its processes on a database."""
        return {**clean_environment(), **REAL, "PYTHONPATH": str(self.folder), "GATEWAY_DATABASE_URL": url}

    def run(self, url: str, *arguments: str) -> CompletedProcess[str]:
        """Runs one of its commands on a database."""
        return ran(command_line(*arguments), env=self.environment(url), cwd=self.folder)
