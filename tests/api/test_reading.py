"""What a call carries is read within its limits."""

import time

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.types import Message

from gateway.access import ANYBODY
from gateway.api.admission import Admission, Shares
from gateway.api.requests import body, preferred_wait
from gateway.domain.errors import TooLarge
from gateway.lifecycle.processes.pressure import Pressure


def request(*messages: Message, **headers: str) -> tuple[Request, list[Message]]:
    """A call that brings these messages, and what of them was not read yet."""
    left = list(messages)

    async def receive() -> Message:
        return left.pop(0)

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    admission = Admission(Shares(), clock=time.monotonic, pressure=lambda: Pressure(most=1, longest_s=60, few=1))
    admitted = admission.enter("a", ANYBODY, message=True)
    return Request({"type": "http", "method": "POST", "headers": raw, "admitted": admitted}, receive), left


def part(content: bytes, *, more: bool = True) -> Message:
    return {"type": "http.request", "body": content, "more_body": more}


async def test_a_body_comes_in_parts() -> None:
    call, _ = request(part(b"ab"), part(b"cd"), part(b"", more=False))
    assert await body(call, 4) == b"abcd"


async def test_no_more_is_read_once_the_limit_is_passed() -> None:
    call, left = request(*[part(b"x" * 10)] * 100)
    with pytest.raises(TooLarge, match="25 bytes"):
        await body(call, 25)
    assert len(left) == 97


async def test_nothing_is_read_of_a_body_that_says_it_is_too_long() -> None:
    call, left = request(part(b"x", more=False), content_length="26")
    with pytest.raises(TooLarge):
        await body(call, 25)
    assert len(left) == 1


async def test_half_a_body_is_none() -> None:
    call, _ = request(part(b"half"), {"type": "http.disconnect"})
    with pytest.raises(ClientDisconnect):
        await body(call, 25)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("wait=5", 5),
        ('respond-async, wait="99"', 30),
        ("WAIT = 7; x=y", 7),
        ("wait=0", 0),
        ("handling=strict; wait=3", 3),
        ("await=5", None),
        ("wait=-1", None),
        ("wait=1.5", None),
        ("wait=soon", None),
        ("return=minimal", None),
    ],
)
def test_a_wait_is_preferred_as_rfc_7240_writes_it(value: str, seconds: int | None) -> None:
    assert preferred_wait(request(prefer=value)[0], 30) == seconds
