"""An exchange that is traced: what was raised, with its place, for people; never in what is kept."""

import asyncio
import time
from dataclasses import replace
from typing import cast

import pytest
from msgspec import structs

from gateway.contract import Adapter, Settings
from gateway.dispatch import RetryPolicy
from gateway.dispatch.authority_client import CallFault, open_client
from gateway.dispatch.breaker import Allowance
from gateway.dispatch.sandboxes import SandboxedCode
from gateway.dispatch.trace import TracedMessage, TracedStep, traced
from gateway.sandbox.steps import AdapterCall, Yielded, fault_of
from tests.dispatch.sandboxed import sandboxed
from tests.dispatch.server import about, always, http, loaded
from tests.dispatch.server import wire as served
from tests.dispatch.talkers import Talker

PACKAGE = "tests.dispatch"


@pytest.mark.parametrize("where", ["in the loop", "in a sandbox", "in the serving gateway's sandbox"])
async def test_the_place_is_told_where_it_is_asked_for_and_kept_nowhere(where: str) -> None:
    adapter = (
        cast(Adapter, Talker(Settings())) if where == "in the loop" else sandboxed("tests.dispatch.talkers", "Talker")
    )
    if isinstance(adapter, SandboxedCode):
        assert adapter.code.package is None, "as it is loaded to serve"
        if where == "in a sandbox":
            adapter = _telling(adapter)
    async with served(always(http(b'{"name": "Jean Dupont"}'))) as server:
        one = loaded(server.url, adapter, delivered=False)
        client, record = traced(
            open_client(
                "toy",
                one,
                RetryPolicy(attempts=1),
                None,
                asyncio.get_running_loop().time,
                lambda name, kind: None,
                lambda name, per_minute: Allowance(per_minute=per_minute, clock=time.monotonic),
            )
        )
        call = client.call(
            AdapterCall(method="verify", subject=about("ID/17").query),
            lambda value: value,
            lambda value: "",
            within_s=30,
            trail=record,
        )
        came = await client.once(call)
        await client.authority.close()
    assert came == CallFault("SW-ADP-04")
    assert record.error is not None
    fault = fault_of(record.error, PACKAGE)
    steps = [type(one.step) if isinstance(one, TracedStep) else TracedMessage for one in record.events]
    assert steps == [Yielded, TracedMessage, type(None)]
    assert all(one.seconds is not None and one.seconds >= 0 for one in record.events)
    if where == "in the serving gateway's sandbox":
        assert (fault.type, fault.place) == ("UnexpectedAnswer", "")
    else:
        assert (fault.type, fault.text) == ("KeyError", "'Jean Dupont'")
        assert fault.place.endswith("/tests/dispatch/talkers.py:16")
    kept = b"".join(item.body for item in record.items() if not item.body.startswith((b"GET", b"HTTP")))
    assert kept == b"SW-ADP-04 UnexpectedAnswer: the adapter raised KeyError"


def _telling(code: SandboxedCode) -> SandboxedCode:
    return replace(code, code=structs.replace(code.code, package=PACKAGE))
