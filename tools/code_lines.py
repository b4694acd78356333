"""The lines of code of each room, held against its budget in `pyproject.toml`: `python -m tools.code_lines`.

A line counts if it has a token of code; comments, docstrings and blank lines are free. A budget is raised by a commit that says why.
"""

import ast
import sys
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parent.parent
HOUSE = "gateway"
"""The package whose folders are rooms; the files directly in it are one, too."""
WHOLE = ("adapters", "client/gateway_client")
"""Further trees, each one room."""
_FREE = frozenset(
    {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
)


def code_lines(file: Path) -> int:
    """Return the number of lines of code of a module."""
    texts: set[int] = set()
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            texts.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    with tokenize.open(file) as source:
        tokens = [one for one in tokenize.generate_tokens(source.readline) if one.type not in _FREE]
    return len({line for one in tokens for line in range(one.start[0], one.end[0] + 1)} - texts)


def rooms(root: Path) -> Mapping[str, int]:
    """Return the lines of code by room."""
    found: Counter[str] = Counter()
    for file in (root / HOUSE).rglob("*.py"):
        inner = file.relative_to(root / HOUSE).parts
        found[f"{HOUSE}/{inner[0]}" if len(inner) > 1 else HOUSE] += code_lines(file)
    for tree in WHOLE:
        found[tree] = sum(map(code_lines, (root / tree).rglob("*.py")))
    return found


def faults(lines: Mapping[str, int], budget: Mapping[str, int]) -> Iterator[str]:
    """Yield a sentence for each room that exceeds its budget, has none, or is gone."""
    for room in sorted(lines.keys() | budget.keys()):
        if room not in budget:
            yield f"{room} has {lines[room]} lines of code and no budget: add it to [tool.code_lines] in pyproject.toml"
        elif room not in lines:
            yield f"{room} is gone: take its budget out of [tool.code_lines] in pyproject.toml"
        elif lines[room] > budget[room]:
            yield (
                f"{room} has {lines[room]} lines of code, {lines[room] - budget[room]} more than its budget: "
                "write it with fewer, or raise the number in [tool.code_lines] of pyproject.toml in a commit that says why"
            )


def main(arguments: Iterable[str]) -> int:
    """Print what is over budget, or with `--all` the lines of each room beside its budget."""
    budget = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["code_lines"]
    lines = rooms(ROOT)
    found = list(faults(lines, budget))
    told = list(found)
    if "--all" in arguments:
        told += [f"{room:<24}{number:>7} of {budget.get(room, 0):>6}" for room, number in sorted(lines.items())]
        told.append(f"{'together':<24}{sum(lines.values()):>7} of {sum(budget.values()):>6}")
    sys.stdout.writelines(f"{one}\n" for one in told)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
