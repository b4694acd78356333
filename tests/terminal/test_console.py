"""What commands print stands there whole: in a pipe or a file on one line, in a narrow terminal on as many as it takes."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders.commands import command_line, ran_here
from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.builders.running import clean_environment
from tests.builders.terminal import in_a_terminal

GATEWAY = ROOT / "gateway"
SHARED = GATEWAY / "terminal" / "console.py"
PRINTING = sorted({*(GATEWAY / "cli").rglob("*.py"), *SHARED.parent.glob("*.py")} - {SHARED})
SECRETS = (
    "TRACES_AUTHENTICATION_KEY",
    "CATCH_API_KEY",
    "CITES_API_KEY",
    "DUAL_USE_CLIENT_ID",
    "DUAL_USE_CLIENT_SECRET",
)
LONG = "sha256:" + "0123456789abcdef" * 4
TELLING = f"""
from gateway.terminal.console import WholeTable, output_console
table = WholeTable("digest", "reason", "n", title="All")
table.add_row("{LONG}", "[urgent] as :ok: says", "1")
output_console().print(table)
output_console().print("[now] {LONG}")
"""


def made(tree: ast.Module) -> Iterator[tuple[str, int]]:
    """The calls of a module by the name of what is called, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield name, node.lineno


@pytest.mark.parametrize("file", PRINTING, ids=lambda file: str(file.relative_to(GATEWAY)))
def test_every_command_prints_by_the_shared_consoles_and_tables(file: Path) -> None:
    calls = made(ast.parse(file.read_text(encoding="utf-8")))
    assert [f"{name}, line {line}" for name, line in calls if name in {"Console", "Table"}] == [], (
        "gateway.terminal.console has consoles and tables that cut nothing"
    )


def test_a_pipe_gets_each_row_whole_on_one_line_whatever_width_is_told() -> None:
    done = ran([sys.executable, "-c", TELLING], env={**clean_environment(), "COLUMNS": "40"})
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if LONG in line and "[urgent] as :ok: says" in line]
    assert f"[now] {LONG}\n" in done.stdout


def test_a_narrow_terminal_gets_all_of_a_value_on_several_lines() -> None:
    shown = in_a_terminal([sys.executable, "-c", TELLING], columns=60)
    cells = [re.split(r"[│┃]", line)[1].strip() for line in shown.splitlines() if line.startswith("│")]
    assert "".join(cells) == LONG
    assert f"[now] {LONG}" in shown


def test_the_sets_of_tables_are_listed_whole_in_a_pipe(database_url: str) -> None:
    own = {**clean_environment(), "GATEWAY_SIMULATORS": "false", "GATEWAY_DATABASE_URL": database_url, "COLUMNS": "80"}
    own |= dict.fromkeys(SECRETS, "-")
    published = ran_here(own, "tables", "publish", "--at", "2099-01-01T00:00:00Z")
    (digest,) = set(re.findall(r"sha256:[0-9a-f]{64}", published.stdout))
    done = ran(command_line("tables", "list"), env=own)
    assert done.returncode == 0, done.stderr
    assert [line for line in done.stdout.splitlines() if digest in line and "2099-01-01T00:00:00Z" in line]
