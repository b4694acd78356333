"""A room that exceeds its budget of lines is found, and what is free is not counted."""

from pathlib import Path

from tools.code_lines import code_lines, faults, rooms

MODULE = '''"""Two lines
of text."""

import os  # counted once

# free
NAME = """one
text"""
"""Free: the text of a name."""


def path() -> str:
    """Return a path."""
    return os.path.join(
        NAME,
    )
'''


def test_lines_of_code_are_counted_and_texts_are_free(tmp_path: Path) -> None:
    (tmp_path / "module.py").write_text(MODULE, encoding="utf-8")
    assert code_lines(tmp_path / "module.py") == 1 + 2 + 1 + 3


def test_a_room_over_its_budget_is_found(tmp_path: Path) -> None:
    for file in ("gateway/app.py", "gateway/store/rows.py", "adapters/x/adapter.py", "adapters/y/adapter.py"):
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text("A = 1\nB = 2\n", encoding="utf-8")
    lines = rooms(tmp_path)
    assert lines == {"gateway": 2, "gateway/store": 2, "adapters": 4, "client/gateway_client": 0}
    budget = {"gateway": 2, "adapters": 3, "client/gateway_client": 0, "gateway/gone": 9}
    told = " ".join(faults(lines, budget))
    for part in (
        "adapters has 4 lines of code, 1 more",
        "gateway/gone is gone",
        "gateway/store has 2 lines of code and no",
    ):
        assert part in told
    assert not list(faults(lines, lines))
