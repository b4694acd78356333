"""The import rules between the rooms are really watched: a planted violation fails them."""

import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

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
ROOMS, PARTNERS, SIMULATED, NAMELESS, STANDARD, PURE, SQL, SERVED, CALLED, APART, CLIENTS, CIRCLES = CONTRACTS


@pytest.mark.parametrize(
    ("room", "planted", "broken"),
    [
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
        ("gateway_client/results.py", "import gateway.contract", APART),
        ("gateway_client/calls.py", "from adapters import traces", APART),
        ("gateway/web/home.py", "import gateway_client", CLIENTS),
        ("gateway/domain/declaration.py", "import gateway.domain.amendment", CIRCLES),
        ("gateway/domain/tables/rows.py", "import gateway.domain.application", CIRCLES),
    ],
)
def test_a_planted_violation_is_found(house: Path, room: str, planted: str, broken: str) -> None:
    file = house / room
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{planted}\n", encoding="utf-8")
    done = lint_imports(house)
    assert done.returncode != 0
    assert f"{broken} BROKEN" in done.stdout
