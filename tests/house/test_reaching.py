"""Tests import from no other test, and use nothing of the code that its names keep to themselves."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.files import files, named

CODE = ("gateway", "adapters")
PRIVATE = re.compile(r"_[^_]")
PRIVATE_PATH = re.compile(rf"(?:{'|'.join(CODE)})(?:\.\w+)*\._[^_.]\w*")
"""As `monkeypatch.setattr("gateway.store.notices._AT_ONCE", 3)` names one."""


def reached(source: str) -> Iterator[tuple[int, str]]:
    """The line and name of whatever a test module has no business with."""
    tree = ast.parse(source)
    ours: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            ours |= {one.asname or one.name for one in node.names if (node.module or "").split(".")[0] in CODE}
            yield from ((node.lineno, path) for path in _imported(node) if _is_out_of_reach(path))
        elif isinstance(node, ast.Import):
            ours |= {one.asname or one.name.split(".")[0] for one in node.names if one.name.split(".")[0] in CODE}
            yield from ((node.lineno, one.name) for one in node.names if _is_out_of_reach(one.name))
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Call):
            name = _named_in(node)
            if name is not None and (name.split(".")[0] in ours or PRIVATE_PATH.fullmatch(name)):
                yield node.lineno, name


def _imported(node: ast.ImportFrom) -> Iterator[str]:
    """What is imported, by its whole names; a relative name keeps its dots."""
    module = "." * node.level + (node.module or "")
    return (f"{module}.{one.name}" for one in node.names)


def _is_out_of_reach(path: str) -> bool:
    """Whether nothing may be imported by this name: relative ones say nothing of where they lead."""
    first, *rest = path.split(".")
    if first == "tests":
        return any(one.startswith("test_") for one in rest)
    return first == "" or (first in CODE and any(PRIVATE.match(one) for one in rest))


def _named_in(node: ast.Attribute | ast.Call) -> str | None:
    """The private name that is used, with what it is taken from: as an attribute, or as the text that a call is given."""
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) if PRIVATE.match(node.attr) else None
    texts = [one.value if isinstance(one, ast.Constant) else None for one in node.args[:2]]
    match texts:
        case [str(path), *_] if PRIVATE_PATH.fullmatch(path):
            return path
        case [None, str(attribute), *_] if PRIVATE.match(attribute):  # as setattr, getattr and patch.object are given
            return f"{ast.unparse(node.args[0])}.{attribute}"
    return None


@pytest.mark.parametrize("path", [one for one in files("*.py") if named(one).startswith("tests/")], ids=named)
def test_it_reaches_for_nothing_that_is_not_its_own(path: Path) -> None:
    assert list(reached(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    ("planted", "name"),
    [
        ("from tests.api.test_calls import is_problem", "tests.api.test_calls.is_problem"),
        ("from tests.api import test_calls", "tests.api.test_calls"),
        ("import tests.api.test_calls", "tests.api.test_calls"),
        ("from .lodging import new", ".lodging.new"),
        ("from gateway.cli.commands.settle import _show", "gateway.cli.commands.settle._show"),
        ("import gateway.cli._hidden", "gateway.cli._hidden"),
        ("from gateway.store import notices\nnotices._AT_ONCE", "notices._AT_ONCE"),
        ("from gateway.store import notices as room\nprint(room.rows._read())", "room.rows._read"),
        ("import gateway.store.notices\ngateway.store.notices._AT_ONCE", "gateway.store.notices._AT_ONCE"),
        ("from gateway.store import Store\nStore._read", "Store._read"),
        ("from gateway.store import notices\nm.setattr(notices, '_AT_ONCE', 3)", "notices._AT_ONCE"),
        ("m.setattr('gateway.store.notices._AT_ONCE', 3)", "gateway.store.notices._AT_ONCE"),
    ],
)
def test_what_reaches_further_is_found(planted: str, name: str) -> None:
    assert {found for _, found in reached(planted)} == {name}


def test_what_is_there_for_all_is_not() -> None:
    source = (
        "import gateway\nfrom gateway.store import Store\nfrom tests.api.lodging import lodge\n"
        "gateway.__file__\nStore.__name__\nself._kept\nsetattr(Store, 'read', None)\n'gateway.store'\n"
    )
    assert list(reached(source)) == []
