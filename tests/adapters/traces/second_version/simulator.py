"""The simulated customs port, speaking the second version: the first one's, with everything translated both ways."""

from dataclasses import replace

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from adapters.simulation import Documents
from adapters.traces.certex_v06 import ACTION, BASE, CHED, PATH
from adapters.traces.simulator import SIMULATOR as FIRST
from tests.adapters.traces.second_version.adapter import V04

_WORDS = [
    (V04.action.encode(), ACTION.encode()),
    (V04.names.ched_namespace.encode(), CHED.encode()),
    (V04.names.base_namespace.encode(), BASE.encode()),
]


def _to_first(text: bytes) -> bytes:
    for own, first in _WORDS:
        text = text.replace(own, first)
    return text


def _from_first(text: bytes) -> bytes:
    for own, first in _WORDS:
        text = text.replace(first, own)
    return text


def _build(documents: Documents) -> ASGIApp:
    first = FIRST.build(documents)

    async def second(scope: Scope, receive: Receive, send: Send) -> None:
        asked = _to_first(await Request(scope, receive).body())
        headers = [(name, _to_first(value)) for name, value in scope["headers"]]
        # What is asked under the first one's own path is asked at the wrong address.
        path = PATH if scope["path"] == V04.path else "/elsewhere"

        async def receive_translated() -> Message:
            return {"type": "http.request", "body": asked, "more_body": False}

        async def send_translated(message: Message) -> None:
            if message["type"] == "http.response.start":
                # All words have one length in both versions: the answer's length stays.
                await send(message)
            else:
                await send({**message, "body": _from_first(message.get("body", b""))})

        await first({**scope, "path": path, "headers": headers}, receive_translated, send_translated)

    return second


SIMULATOR = replace(FIRST, name="traces_v04", build=_build)
