"""The log of an answer that an authority's file does not fit: the line and what is wrong there, and nothing of the answer."""

import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog

from gateway.contract import Answer, Direction, DocumentQuery, Request, Status
from gateway.dispatch import RetryPolicy
from gateway.dispatch.registry import load_adapters
from gateway.domain.verification import CitedDocument, Requirement
from gateway.settings.adapters import AdapterConfig
from tests.builders.places import ROOT
from tests.dispatch.declarative.timber import line_of
from tests.dispatch.misbehaviour import CERTIFICATE, odd
from tests.dispatch.server import ONCE, about, always, dispatching, http, loaded, wire

CITES = ROOT / "adapters/cites"
NUMBER = "26FR0100001"
QUERY = DocumentQuery(type="C638", reference=NUMBER, direction=Direction.IMPORT)
ASKED = Requirement(
    document=CitedDocument(type="C638", reference=NUMBER, adapter="cites"), adapter="cites", query=QUERY
)


@pytest.fixture(params=["delivered", "a partner's"])
def package(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a package that is one file: interpreted in the loop, or in a sandbox."""
    if request.param == "delivered":
        yield "adapters.cites"
        return
    shutil.copytree(CITES, tmp_path / "copied_permits")
    (tmp_path / "copied_permits/further.toml").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield "copied_permits"
    sys.modules.pop("copied_permits", None)


async def logged(package: str, answer: bytes, *, status: int = 200) -> dict[str, Any]:
    """What is logged of an answer."""
    with structlog.testing.capture_logs() as lines:
        async with wire(always(http(answer, status))) as server:
            config = AdapterConfig(
                name="cites", package=package, base_url=server.url, secrets={"header_value": "env:KEY"}
            )
            adapters = load_adapters([config], allow_draft=True, environment={"KEY": "k3vX9-bQ7aLm"})
            async with dispatching(adapters["cites"], policy=ONCE) as dispatcher:
                await dispatcher.ask(ASKED)
    (line,) = (one for one in lines if one["event"] == "authority_gave_no_answer")
    return dict(line)


async def test_a_fault_is_logged_with_its_line_and_without_the_answer(package: str) -> None:
    text = (CITES / "authority.toml").read_text()
    line = await logged(package, (CITES / "exchanges/unheard_of.json").read_bytes())
    assert line["why"] == "status: ... is not in the code list"
    assert line["place"] == f"authority.toml:{line_of(text, '[[status]]')}"
    assert "UNHEARD" not in str(line)
    line = await logged(package, b'{"code": "REQUEST_NOT_READABLE"}', status=422)
    assert line["why"] == "the authority says so (fault rejected)"
    assert line["place"] == f"authority.toml:{line_of(text, '[[fault]]')}"


async def test_code_that_overran_is_logged_with_what_it_did() -> None:
    def spinning(query: Any, occasion: Any) -> Any:
        yield Request(path="/x")
        until = time.thread_time() + 0.05
        while time.thread_time() < until:
            pass
        return Answer(status=Status.VALID, certificate=CERTIFICATE)

    with structlog.testing.capture_logs() as lines:
        async with (
            wire(always(http(b"{}"))) as server,
            dispatching(loaded(server.url, odd(spinning)), policy=RetryPolicy(step_budget_s=0.02)) as dispatcher,
        ):
            await dispatcher.ask(about())
    (line,) = (one for one in lines if one["event"] == "adapter_overran")
    assert (line["why"], line["place"]) == ("the adapter's code took longer than 0.02 s", None)
