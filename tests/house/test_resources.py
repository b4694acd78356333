"""Everything that can be used up has its row, its bound and its figure; nothing is bounded beside them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.resources import LISTED
from gateway.settings import Settings
from tests.builders.places import ROOT
from tests.house.row_keys import texts_below

GATEWAY = ROOT / "gateway"
QUEUES = frozenset({
    "Semaphore", "BoundedSemaphore", "Queue", "LifoQueue", "PriorityQueue", "SimpleQueue", "JoinableQueue",
    "CapacityLimiter", "ThreadPool",
})  # fmt: skip
"""What is a `Resource` here: made nowhere else."""
POOLS = re.compile(r"(PoolExecutor|ConnectionPool|^Pool|^Threads)$")
"""What keeps a number of connections, threads or processes: its number is a resource's bound."""
ELSEWHERE = {
    "gateway/cli/supervisor/shutdown.py: SimpleQueue": "news of signals, which may come at any moment; it holds as many as signals"
}
"""What needs no bound of its own, and why."""


def made(text: str) -> Iterator[tuple[str, ast.Call]]:
    """What is called in a file: the name, and the call."""
    tree = ast.parse(text)
    imported = (one for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for one in node.names)
    renamed = {one.asname: one.name for one in imported if one.asname}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            yield renamed.get(name, name), node


def bare(text: str, place: str) -> list[str]:
    """What a file makes that has a bound of its own, or none."""
    found = []
    for name, call in made(text):
        if name in QUEUES:
            found.append(f"{place}: {name}")
        elif POOLS.search(name) and name != "Threads":
            values = [*call.args, *(one.value for one in call.keywords)]
            if not any(
                isinstance(one, ast.Attribute) and one.attr == "bound" for value in values for one in ast.walk(value)
            ):
                found.append(f"{place}: {name}")
    return found


def files() -> list[Path]:
    return [one for one in sorted(GATEWAY.rglob("*.py")) if one.parent != GATEWAY / "resources"]


def test_nothing_is_bounded_beside_the_resources() -> None:
    found = [one for file in files() for one in bare(file.read_text(encoding="utf-8"), str(file.relative_to(ROOT)))]
    assert sorted(found) == sorted(ELSEWHERE)


@pytest.mark.parametrize(
    "planted",
    [
        "import asyncio\nroom = asyncio.Semaphore(3)", "from queue import Queue\nwaiting = Queue()",
        "from concurrent.futures import ThreadPoolExecutor as Pooled\nPooled(4)",
        "pool = AsyncConnectionPool(url, max_size=10)",
    ],
)  # fmt: skip
def test_a_bare_one_is_found(planted: str) -> None:
    assert bare(planted, "gateway/planted.py")


def test_a_pool_as_large_as_a_resource_is_none() -> None:
    assert bare("pool = AsyncConnectionPool(url, max_size=int(self.turns.bound))", "gateway/planted.py") == []


def test_every_row_is_a_resource_and_every_resource_has_its_row() -> None:
    named = set()
    for file in files():
        for name, call in made(file.read_text(encoding="utf-8")):
            if name in {"Resource", "Threads"} and call.args:
                first = call.args[0]
                assert isinstance(first, ast.Constant), f"{file}: a resource is named where it is made"
                named.add(first.value)
    assert named == set(LISTED)


def test_rows_name_settings_that_there_are() -> None:
    keys = set(_keys())
    for name, row in LISTED.items():
        for text in (row.bound, row.share):
            for key in re.findall(r"`([a-z_.]+)`", text):
                assert key in keys or key in LISTED or key in {"in_flight", "limits"}, (
                    f"{name}: there is no setting {key}"
                )


def _keys(model: type = Settings, prefix: str = "") -> Iterator[str]:
    texts_below(model)
    for name, field in model.model_fields.items():  # type: ignore[attr-defined]
        key = prefix + (field.alias or name)
        inner = field.annotation
        if isinstance(inner, type) and hasattr(inner, "model_fields"):
            yield from _keys(inner, key + ".")
        else:
            yield key
