"""Nothing is done in the name of somebody who was not told: who asks and who acts is never assumed."""

import ast
from collections.abc import Iterator

from tests.builders.places import ROOT

TOLD = {"asker", "by"}
"""Parameters that say whose call it is. A forgotten one has to be an error, not a call of customs'."""


def assumed(source: str) -> Iterator[tuple[int, str]]:
    """The line and name of each such parameter that has a default other than None."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            continue
        arguments = node.args
        positional = (*arguments.posonlyargs, *arguments.args)
        pairs = [
            *zip(positional[len(positional) - len(arguments.defaults) :], arguments.defaults, strict=True),
            *zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True),
        ]
        for argument, default in pairs:
            is_none = isinstance(default, ast.Constant) and default.value is None
            if argument.arg in TOLD and default is not None and not is_none:
                yield node.lineno, argument.arg


def test_who_asks_is_never_assumed() -> None:
    assert [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for path in sorted(ROOT.glob("gateway/**/*.py"))
        for line, name in assumed(path.read_text("utf-8"))
    ] == []


def test_an_assumed_one_is_found() -> None:
    assert list(assumed("async def lodge(raw, *, by, asker=AS_CUSTOMS): ...")) == [(1, "asker")]
    assert list(assumed("def lodge(raw, by=CUSTOMS, charge=None): ...")) == [(1, "by")]
    assert list(assumed("def events(*, by: Actor, asker: Asker, since=None): ...")) == []
