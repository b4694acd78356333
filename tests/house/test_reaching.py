"""Tests import from no other test, and use nothing that its names keep to themselves, the code's own and anybody else's."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.files import files, named

CODE = ("gateway", "adapters", "gateway_client")
PRIVATE = re.compile(r"_[^_]\w*")
PRIVATE_PATH = re.compile(rf"(?:{'|'.join(CODE)})(?:\.\w+)*\._[^_.]\w*")
"""As `monkeypatch.setattr("gateway.store.notices._AT_ONCE", 3)` names one."""
OWN = ("self", "cls")
"""Of these every attribute is the test's own."""
ALLOWED = frozenset(
    {
        "_replace",  # a named tuple's own public method: it only stays clear of the names of fields
        "_exit",  # of `os`: an end without anything of an interpreter's
        "_execute_child",  # of `subprocess.Popen`: where a process comes about, which has no public name
        "_Element",  # lxml has no other name for the class of its elements
    }
)
"""Attributes of libraries that have no public name."""


def reached(source: str) -> Iterator[tuple[int, str]]:
    """The line and name of whatever a test module has no business with."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom):
            yield from ((node.lineno, path) for path in _imported(node) if _is_out_of_reach(path))
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, one.name) for one in node.names if _is_out_of_reach(one.name))
        elif isinstance(node, ast.Attribute | ast.Call) and (name := _named_in(node)) is not None:
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
        return _private(node.value, node.attr)
    texts = [one.value if isinstance(one, ast.Constant) else None for one in node.args[:2]]
    match texts:
        case [str(path), *_] if PRIVATE_PATH.fullmatch(path):
            return path
        case [None, str(attribute), *_]:  # as setattr, getattr and patch.object are given
            return _private(node.args[0], attribute)
    return None


def _private(of: ast.expr, attribute: str) -> str | None:
    """The attribute with what it is of, if it is private and of anything but the test's own class."""
    own = isinstance(of, ast.Name) and of.id in OWN
    if own or attribute in ALLOWED or not PRIVATE.fullmatch(attribute):
        return None
    return f"{ast.unparse(of)}.{attribute}"


def test_no_test_reaches_for_what_is_not_its_own() -> None:
    tests = [one for one in files("*.py") if named(one).startswith("tests/")]
    found = {named(one): list(reached(one.read_text(encoding="utf-8"))) for one in tests}
    assert {name: further for name, further in found.items() if further} == {}


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
        ("def test_it(store):\n    assert store._held", "store._held"),
        ("def test_it(rule):\n    rule._wait_s = 0.02", "rule._wait_s"),
        ("async def test_it(holding):\n    await holding._sweep()", "holding._sweep"),
        ("def test_it(self):\n    self.frame._obey()", "self.frame._obey"),
        ("def test_it(one):\n    one.clients['toy']._left", "one.clients['toy']._left"),
        ("def test_it(made):\n    made()._session", "made()._session"),
        ("def test_it(m, token):\n    m.setattr(token, '_ends_at', 0)", "token._ends_at"),
        ("def test_it(token):\n    getattr(token, '_ends_at')", "token._ends_at"),
    ],
)
def test_what_reaches_further_is_found(planted: str, name: str) -> None:
    assert {found for _, found in reached(planted)} == {name}


def test_what_is_there_for_all_is_not() -> None:
    source = (
        "import gateway\nfrom gateway.store import Store\nfrom tests.api.lodging import lodge\n"
        "gateway.__file__\nStore.__name__\nself._kept\nsetattr(Store, 'read', None)\n'gateway.store'\n"
        "cls._kept\nsetattr(self, '_kept', None)\nurl._replace(path='/')\netree._Element\ngetattr(node, '__name__')\n"
    )
    assert list(reached(source)) == []
