"""The import rules between the rooms are really watched: a planted violation fails them."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.places import ROOT
from tests.builders.processes import ran


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
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_house_stands(house: Path) -> None:
    done = lint_imports(house)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("room", "planted"),
    [
        ("gateway/routing.py", "import psycopg"),
        ("gateway/domain/declaration.py", "import gateway.settings"),
        ("gateway/dispatch/__init__.py", "import gateway.intake"),
        ("gateway/quantities/book.py", "import uuid"),
        ("gateway/decisions/account.py", "import gateway.quantities.book"),
        ("adapters/catch/adapter.py", "import gateway.store"),
        ("gateway/domain/declaration.py", "import gateway.domain.amendment"),
        ("gateway/domain/tables/rows.py", "import gateway.domain.application"),
    ],
)
def test_a_planted_violation_is_found(house: Path, room: str, planted: str) -> None:
    file = house / room
    file.write_text(f"{file.read_text(encoding='utf-8')}\n{planted}\n", encoding="utf-8")
    assert lint_imports(house).returncode != 0
