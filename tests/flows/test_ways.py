"""The two ways in `docs/architecture.md` are those that a declaration and its release go: followed in one process, call by call."""

import inspect
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby, pairwise
from types import CodeType, FrameType
from typing import Any, cast

import httpx
import pytest

from gateway.api import create_api
from gateway.app import opened
from gateway.settings import load
from tests.builders.architecture import resolved, way
from tests.builders.running import Authorities, declaration

HEADERS = {"Content-Type": "application/xml", "Prefer": "wait=20"}


@contextmanager
def entered() -> Iterator[dict[CodeType, int]]:
    """Takes down in which order functions are entered for the first time."""
    order: dict[CodeType, int] = {}

    def follow(frame: FrameType, event: str, _: Any) -> None:
        if event == "call":
            order.setdefault(frame.f_code, len(order))

    sys.setprofile(follow)
    try:
        yield order
    finally:
        sys.setprofile(None)


def follows(order: dict[CodeType, int], names: list[str]) -> list[str]:
    """What of a way is not gone, or not in this order."""
    codes = {name: inspect.unwrap(cast(Any, resolved(name))).__code__ for name in names}
    places = [(order.get(code), name) for name, code in codes.items()]
    missing = [name for place, name in places if place is None]
    gone = [(place, name) for place, name in places if place is not None]
    return missing + [name for (before, _), (place, name) in pairwise(gone) if place < before]


async def test_a_declaration_and_its_release_go_the_ways_that_are_told(
    simulated: Authorities, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in simulated.environment.items():
        monkeypatch.setenv(name, value)
    own = {"GATEWAY_DATABASE_URL": database_url, "GATEWAY_SECURITY__MODE": "none"}
    settings = load({**simulated.environment, **own})
    raw = declaration("01", "WAYS").replace(b"CHEDP.FR.2026.0000001", b"CHEDP.XX.2026.1550002")
    async with opened(settings, database_url=database_url) as gateway:
        api = create_api(gateway.lifecycle, gateway.dispatcher, settings, gateway.catalogue)
        transport = httpx.ASGITransport(api)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as http:
            with entered() as order:
                lodged = await http.post("/v1/declarations", content=raw, headers=HEADERS)
            assert (lodged.status_code, lodged.json()["decision"]["effect"]) == (200, "release"), lodged.text
            assert follows(order, way("The way of a declaration")) == []
            path = f"/v1/declarations/{lodged.json()['id']}/release"
            with entered() as order:
                released = await http.post(path, json={}, headers={"Prefer": "wait=20"})
            assert (released.status_code, released.json()["state"]) == (200, "released"), released.text
            assert follows(order, way("The way of a release")) == []


def test_what_is_not_gone_or_gone_otherwise_is_found() -> None:
    with entered() as order:
        re.compile("x")
        httpx.URL("http://gateway")
    assert follows(order, ["re.compile", "httpx.URL.__init__"]) == []
    assert follows(order, ["httpx.URL.__init__", "re.compile"]) == ["re.compile"]
    assert follows(order, ["re.fullmatch"]) == ["re.fullmatch"]


@pytest.mark.parametrize("title", ["The way of a declaration", "The way of a release"])
def test_no_file_stands_in_more_than_two_stretches(title: str) -> None:
    files = [resolved(name).__module__ for name in way(title)]
    stretches = [file for file, _ in groupby(files)]
    assert len(files) > 15
    assert {file: stretches.count(file) for file in stretches if stretches.count(file) > 2} == {}
