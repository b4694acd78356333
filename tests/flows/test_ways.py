"""The ways in `docs/architecture.md` are those that a declaration and its release go: followed in one process, call by call.

And how often each file is entered by what walks: the functions that are handed it, each where it is entered first.
"""

import asyncio
import inspect
import re
import sys
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby, pairwise
from types import CodeType, FrameType
from typing import Any, NamedTuple, cast

import httpx
import pytest
from lxml import html

from gateway import web
from gateway.access import Authenticator, Issuers, SessionReader, readers_of
from gateway.api import create_api
from gateway.app import opened, web_context
from gateway.domain.declaration import Declaration
from gateway.domain.record import Record, Work
from gateway.domain.release import ReleaseOrder, StepReceived
from gateway.intake import Accepted
from gateway.lifecycle.journal import Journal
from gateway.lifecycle.movements.orders import CarriedOut
from gateway.lifecycle.processing.assessment import Seen
from gateway.lifecycle.processing.outcome import JudgedCase
from gateway.settings import load
from gateway.store import NewDeclaration, Outcome, ReleaseReceived
from gateway.web.console.case_view import CaseReading
from gateway.web.visit import Visit
from tests.builders.architecture import resolved, way
from tests.builders.places import ROOT
from tests.builders.running import Authorities, declaration

HEADERS = {"Content-Type": "application/xml", "Prefer": "wait=20"}
MOST = 3
"""How often a walk enters a file, at most."""
UNDER_LEASE = (Work, Journal, Seen, JudgedCase, CarriedOut, Outcome)
"""What is worked on under a lease, and what comes of it."""


class Entry(NamedTuple):
    """Where a function was entered first, by which task, and what kinds of things it was handed."""

    place: int
    task: object
    handed: frozenset[type]


@contextmanager
def entered() -> Iterator[dict[CodeType, Entry]]:
    """Takes down in which order functions are entered for the first time."""
    order: dict[CodeType, Entry] = {}

    def follow(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code not in order:
            named = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
            handed = frozenset(type(frame.f_locals.get(name)) for name in named if name != "self")
            order[code] = Entry(len(order), _task(), handed)

    sys.setprofile(follow)
    try:
        yield order
    finally:
        sys.setprofile(None)


def _task() -> object:
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def walk(order: dict[CodeType, Entry], walks: Collection[type]) -> list[str]:
    """The gateway's files in the order in which functions that are handed one of these kinds are entered, task by task."""
    home, began = f"{ROOT / 'gateway'}/", dict[object, int]()
    for entry in order.values():
        began.setdefault(entry.task, entry.place)
    on_it = [
        (began[entry.task], entry.place, code.co_filename.removeprefix(home))
        for code, entry in order.items()
        if code.co_filename.startswith(home) and not entry.handed.isdisjoint(walks)
    ]
    return [file for _, _, file in sorted(on_it)]


def entries(files: Sequence[str]) -> Counter[str]:
    """How often each file is entered from another one."""
    return Counter(file for file, _ in groupby(files))


def too_often(files: Sequence[str]) -> dict[str, int]:
    """The files that are entered more often than a walk should."""
    return {file: times for file, times in entries(files).items() if times > MOST}


def follows(order: dict[CodeType, Entry], names: list[str]) -> list[str]:
    """What of a way is not gone, or not in this order."""
    codes = {name: inspect.unwrap(cast(Any, resolved(name))).__code__ for name in names}
    missing = [name for name, code in codes.items() if code not in order]
    gone = [(order[code].place, name) for name, code in codes.items() if code in order]
    return missing + [name for (before, _), (place, name) in pairwise(gone) if place < before]


async def test_a_declaration_its_release_and_its_page_go_the_ways_that_are_told(
    simulated: Authorities, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in simulated.environment.items():
        monkeypatch.setenv(name, value)
    own = {"GATEWAY_DATABASE_URL": database_url, "GATEWAY_SECURITY__MODE": "none"}
    settings = load({**simulated.environment, **own})
    raw = declaration("01", "WAYS").replace(b"CHEDP.FR.2026.0000001", b"CHEDP.XX.2026.1550002")
    async with opened(settings, database_url=database_url) as gateway:
        issuers = Issuers(settings.security)
        sessions = SessionReader(settings.security, gateway.store, issuers)
        authenticator = Authenticator(settings.security, readers_of(settings, gateway.store, issuers, sessions))
        api = create_api(gateway.lifecycle, gateway.dispatcher, settings, gateway.catalogue, authenticator)
        web.register(api, web_context(settings, gateway, issuers, sessions, authenticator, api.state.context))
        transport = httpx.ASGITransport(api)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=60) as http:
            with entered() as order:
                lodged = await http.post("/v1/declarations", content=raw, headers=HEADERS)
            assert (lodged.status_code, lodged.json()["decision"]["effect"]) == (200, "release"), lodged.text
            assert follows(order, way("The way of a declaration")) == []
            assert_short(walk(order, (Accepted, Declaration, NewDeclaration, *UNDER_LEASE)))
            path = f"/v1/declarations/{lodged.json()['id']}/release"
            with entered() as order:
                released = await http.post(path, json={}, headers={"Prefer": "wait=20"})
            assert (released.status_code, released.json()["state"]) == (200, "released"), released.text
            assert follows(order, way("The way of a release")) == []
            assert_short(walk(order, (ReleaseOrder, ReleaseReceived, StepReceived, Record, *UNDER_LEASE)))
            cookies = await signed_in(http)
            with entered() as order:
                page = await http.get(f"/console/declarations/{lodged.json()['id']}", headers=cookies)
            assert page.status_code == 200, page.text
            assert_short(walk(order, (Visit, CaseReading)))


async def signed_in(http: httpx.AsyncClient) -> dict[str, str]:
    """The cookies of a demo officer; they are kept by hand, as they are for https alone."""
    page = await http.get("/sign-in")
    fields = html.fromstring(page.text).iterfind(".//input[@type='hidden']")
    data = {"person": "first-officer"} | {str(one.get("name")): str(one.get("value")) for one in fields}
    own = {"origin": "http://127.0.0.1", "sec-fetch-site": "same-origin", "cookie": cookie_of(page)}
    return {"cookie": cookie_of(await http.post("/sign-in/demo", data=data, headers=own))}


def cookie_of(answer: httpx.Response) -> str:
    return "; ".join(line.partition(";")[0] for line in answer.headers.get_list("set-cookie"))


def assert_short(files: Sequence[str]) -> None:
    """It goes through many files, and comes back to none of them too often."""
    assert len(set(files)) > 10, files
    assert too_often(files) == {}, files


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


def test_a_walk_that_comes_back_too_often_is_found() -> None:
    files = ["driver", "book", "driver", "driver", "book", "driver", "orders", "driver"]
    assert entries(files) == {"driver": 4, "book": 2, "orders": 1}
    assert too_often(files) == {"driver": 4}
