"""The import rules between the rooms are really watched: a planted violation fails them."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import pytest
from grimp import ImportGraph
from importlinter.api import read_configuration
from importlinter.application import use_cases
from importlinter.application.app_config import settings
from importlinter.application.ports.building import GraphBuilder

from tests.builders.places import ROOT
from tests.builders.processes import ran

CLIENT = Path("client") / "gateway_client"


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    """Runs the check on a copy of the house."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    return ran(command, cwd=folder, env=environment)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the house."""
    for name in ("gateway", "adapters"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / CLIENT, tmp_path / "gateway_client", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_stands(house: Path) -> None:
    done = lint_imports(house)
    assert done.returncode == 0, done.stdout


CONTRACTS = tuple(
    contract["name"]
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
)
ROOMS, PARTNERS, SIMULATED, NAMELESS, STANDARD, PURE, SQL, SERVED, CALLED, APART, CLIENTS, LISTED, ALONE, CIRCLES = (
    CONTRACTS
)


PLANTED = [
    ("gateway/routing.py", "import psycopg", SQL),
    ("gateway/golden/check.py", "import psycopg", SQL),
    ("gateway/domain/declaration.py", "import gateway.settings", ROOMS),
    ("gateway/dispatch/__init__.py", "import gateway.intake", ROOMS),
    ("gateway/quantities/book.py", "import uuid", PURE),
    ("gateway/quantities/targets.py", "import asyncio", PURE),
    ("gateway/decisions/account.py", "import gateway.quantities.book", ROOMS),
    ("adapters/catch/adapter.py", "import gateway.store", PARTNERS),
    ("adapters/catch/codes.py", "import adapters.catch.simulator", SIMULATED),
    ("gateway/dispatch/registry.py", "import adapters.traces", NAMELESS),
    ("gateway/contract/identity.py", "import lxml", STANDARD),
    ("gateway/lifecycle/service.py", "import fastapi", SERVED),
    ("gateway/store/store.py", "import httpx", CALLED),
    ("gateway/access/tokens.py", "import httpx", CALLED),
    ("gateway/api/problems.py", "import gateway.web.home", ROOMS),
    ("gateway/terminal/database.py", "import gateway.cli.version", ROOMS),
    ("gateway/api/problems.py", "import gateway.terminal.moments", ROOMS),
    ("gateway_client/results.py", "import gateway.contract", APART),
    ("gateway_client/calls.py", "from adapters import traces", APART),
    ("gateway/web/home.py", "import gateway_client", CLIENTS),
    ("gateway/app.py", "import gateway.wings.webhooks.steps", LISTED),
    ("gateway/cli/commands/status.py", "import gateway.wings.webhooks.kept", LISTED),
    ("gateway/lifecycle/service.py", "import gateway.wings.webhooks.steps", ROOMS),
    ("gateway/settings/model.py", "import gateway.wings.webhooks.settings", ROOMS),
    ("gateway/wings/webhooks/steps.py", "import gateway.wings.what_if.report", ALONE),
    ("gateway/domain/declaration.py", "import gateway.domain.amendment", CIRCLES),
    ("gateway/domain/tables/rows.py", "import gateway.domain.application", CIRCLES),
]


def test_the_command_fails_at_a_planted_violation(house: Path) -> None:
    room, planted, broken = PLANTED[0]
    file = house / room
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{planted}\n", encoding="utf-8")
    done = lint_imports(house)
    assert done.returncode != 0
    assert f"{broken} BROKEN" in done.stdout


@dataclass(frozen=True, slots=True)
class Built(GraphBuilder):
    """Gives the linter a graph that is there already."""

    graph: ImportGraph

    def build(
        self,
        root_package_names: list[str],
        cache_dir: str | None,
        include_external_packages: bool = False,
        exclude_type_checking_imports: bool = False,
    ) -> ImportGraph:
        return self.graph


@pytest.fixture(scope="module")
def graph() -> ImportGraph:
    """The imports of the house, as the linter finds them."""
    set_ = read_configuration(str(ROOT / "pyproject.toml"))["session_options"]
    found: ImportGraph = settings.GRAPH_BUILDER.build(
        root_package_names=set_["root_packages"],
        include_external_packages=set_["include_external_packages"] == "True",
        exclude_type_checking_imports=False,
        cache_dir=None,
    )
    return found


def is_kept(graph: ImportGraph, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Runs what the command runs, on a graph."""
    monkeypatch.setattr(settings, "GRAPH_BUILDER", Built(graph))
    return use_cases.lint_imports(str(ROOT / "pyproject.toml"), cache_dir=None, is_debug_mode=True)


def test_no_contract_is_broken_in_the_graph(graph: ImportGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_kept(graph, monkeypatch)


@pytest.mark.parametrize(("room", "planted", "broken"), PLANTED)
def test_a_planted_violation_is_found(
    graph: ImportGraph,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    room: str,
    planted: str,
    broken: str,
) -> None:
    importer = room.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    (statement,) = ast.parse(planted).body
    assert isinstance(statement, ast.Import | ast.ImportFrom)
    prefix = f"{statement.module}." if isinstance(statement, ast.ImportFrom) else ""
    imported = f"{prefix}{statement.names[0].name}"
    assert {importer, imported} <= graph.modules, "nothing is planted in a module that there is not"
    changed = deepcopy(graph)
    changed.add_import(importer=importer, imported=imported, line_number=1, line_contents=planted)
    assert not is_kept(changed, monkeypatch)
    assert f"{broken} BROKEN" in capsys.readouterr().out
