"""A copy of what the gateway is, to which tests add and from which they take."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.builders.running import Served, served

LISTED = "gateway/wings/listed.py"
SECRETS = (
    "TRACES_AUTHENTICATION_KEY",
    "CATCH_API_KEY",
    "CITES_API_KEY",
    "DUAL_USE_CLIENT_ID",
    "DUAL_USE_CLIENT_SECRET",
)
FACTS = """
import json
from pathlib import Path
from procrastinate import App
from procrastinate.testing import InMemoryConnector
from datetime import timedelta
from typer.testing import CliRunner
from gateway import jobs
from gateway.api import create_api
from gateway.api.openapi import described_api
from gateway.cli.command_line import app as commands
from gateway.observe.log_events import LOG_EVENTS
from gateway.settings import Settings, load, when_they_count
from gateway.settings.messages import load_catalogue
from gateway.settings.tables import load_tables
from gateway.settings.tables.kinds import FURTHER, KINDS
from gateway.store import migrations
from gateway.store.coverage import COVERAGE, WORKING
from gateway.store.erasure import _BY_WINGS
from gateway.store.serving_role import changed_tables
from gateway.store.statements import STATEMENTS
from gateway.web.templates_in_language import Templates, templates
from gateway.wing import Kernel
from gateway.wing_files import wing_files
from gateway.wings.listed import WINGS

class Nobody:
    def __getattr__(self, name):
        return self

settings = load({})
catalogue = load_catalogue(*settings.folders())
wings = [wing(Kernel(settings=settings, store=Nobody(), lifecycle=Nobody(), dispatcher=Nobody(), pulses=Nobody())) for wing in WINGS]
api = create_api(Nobody(), Nobody(), settings, catalogue, further=[wing.calls for wing in wings])
app = App(connector=InMemoryConnector())
days = timedelta(days=1)
chores = [chore for wing in wings for chore in wing.chores()]
jobs.register(app, Nobody(), Nobody(), abandoned_after=days, notices_kept=days, sessions_kept=days, chores=chores)
tables = load_tables(*settings.folders())
print(json.dumps({
    "description": described_api(api, settings),
    "help": __import__("click.testing").testing.CliRunner().invoke(commands, ["--help"]).output,
    "kinds": sorted(KINDS), "files": sorted(FURTHER), "digest": tables.digest, "rows": sorted(tables.further),
    "audit": sorted(COVERAGE) + sorted(WORKING), "rights": sorted(changed_tables()), "erases": sorted(_BY_WINGS),
    "statements": sorted(STATEMENTS), "migrations": sorted(migrations()), "log events": sorted(LOG_EVENTS),
    "settings": sorted(Settings.model_fields), "counts": sorted(when_they_count()),
    "texts": {language: sorted(sections) for language, sections in catalogue.pages.items()},
    "templates": sorted(templates().list_templates()), "menu": [one.name for wing in wing_files() for one in wing.menu],
    "jobs": sorted(app.tasks),
}))
"""
"""What the hubs know, printed by a process of the copy."""


class Tree:
    """A copy of what the gateway is, with its configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {
            **os.environ,
            **dict.fromkeys(SECRETS, "x"),
            "PYTHONPATH": str(folder),
            "GATEWAY_CONFIG": str(folder / "config"),
        }
        for name in ("gateway", "adapters", "config", "xsd"):
            shutil.copytree(ROOT / name, folder / name)  # with what is compiled of it
        shutil.copytree(ROOT / "client/gateway_client", folder / "gateway_client")
        shutil.copy(ROOT / "pyproject.toml", folder)

    def facts(self) -> dict[str, Any]:
        done = ran([sys.executable, "-c", FACTS], cwd=self.folder, env=self.environment)
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def gateway(self, url: str, *arguments: str) -> str:
        environment = {**self.environment, "GATEWAY_DATABASE_URL": url}
        done = ran([sys.executable, "-m", "gateway.cli", *arguments], cwd=self.folder, env=environment)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def lint(self) -> str:
        """Say which import rules are broken; empty: none."""
        command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
        done = ran(command, cwd=self.folder, env=self.environment)
        return "" if done.returncode == 0 else done.stdout

    @contextmanager
    def serving(self, url: str) -> Iterator[Served]:
        with served({**self.environment, "GATEWAY_DATABASE_URL": url}, folder=self.folder) as running:
            yield running
