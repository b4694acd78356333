"""A webhook is believed only if the gateway signed it, for about now."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from standardwebhooks import Webhook

from gateway_client import ClockDiffers, NotGenuine, verify_webhook

OLD, NEW, OTHER = ("whsec_" + base64.b64encode(bytes([one]) * 24).decode() for one in (1, 2, 3))
AT = 1_764_241_200
BODY: dict[str, Any] = {
    "type": "declaration.decided", "timestamp": "2026-11-27T11:00:00Z",
    "data": {"number": 41, "notice": {"kind": "decided", "text": "ü"}, "declaration": None},
}  # fmt: skip
CONTENT = json.dumps(BODY, ensure_ascii=False).encode()


def signed(*secrets: str, content: bytes = CONTENT, at: int = AT) -> dict[str, str]:
    """The headers as the gateway sends them: one signature a secret that is valid."""
    made = [Webhook(one).sign("msg_1", datetime.fromtimestamp(at, tz=UTC), content.decode()) for one in secrets]
    return {"Webhook-Id": "msg_1", "Webhook-Timestamp": str(at), "Webhook-Signature": " ".join(made)}


@pytest.mark.parametrize(
    "headers",
    [
        signed(OLD),
        signed(NEW),
        signed(OTHER, NEW),
        {**signed(NEW), "webhook-signature": "v2,x " + signed(NEW)["Webhook-Signature"]},
    ],
)
def test_one_secret_and_one_signature_are_enough(headers: dict[str, str]) -> None:
    if "webhook-signature" in headers:
        headers = {name: value for name, value in headers.items() if name != "Webhook-Signature"}
    event = verify_webhook(CONTENT, headers, [NEW, OLD], now=AT + 3)
    assert (event.id, event.type, event.number, event.declaration) == ("msg_1", "declaration.decided", 41, None)
    assert event.notice["text"] == "ü"
    assert verify_webhook(CONTENT, signed(OLD), OLD, now=AT).body == BODY


def test_a_test_event_has_neither_notice_nor_declaration() -> None:
    content = json.dumps(
        {**BODY, "type": "webhook.test", "data": {"webhook": "w", "number": True, "series": 7}}
    ).encode()
    event = verify_webhook(content, signed(NEW, content=content), NEW, now=AT)
    assert (event.number, event.series, dict(event.notice), event.declaration, event.link) == (
        None,
        None,
        {},
        None,
        None,
    )


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (CONTENT, signed(OTHER)),
        (CONTENT + b" ", signed(NEW)),
        (CONTENT, {**signed(NEW), "Webhook-Id": "msg_2"}),
        (CONTENT, {**signed(NEW), "Webhook-Timestamp": str(AT + 1)}),
        (CONTENT, {**signed(NEW), "Webhook-Timestamp": "now"}),
        (CONTENT, {**signed(NEW), "Webhook-Timestamp": "-1"}),
        (CONTENT, {**signed(NEW), "Webhook-Timestamp": "99999999999"}),
        (CONTENT, {**signed(NEW), "Webhook-Signature": "v1 v1, v1,%%% ,"}),
        (CONTENT, {**signed(NEW), "Webhook-Signature": "v1a," + signed(NEW)["Webhook-Signature"][3:]}),
        (CONTENT, {}),
        (b"\xff", signed(NEW)),
        (b"[]", signed(NEW, content=b"[]")),
        (b"{", signed(NEW, content=b"{")),
        (b"[" * 100_000, signed(NEW, content=b"[" * 100_000)),
    ],
)  # fmt: skip
def test_nothing_else_is_believed(content: bytes, headers: dict[str, str]) -> None:
    with pytest.raises(NotGenuine):
        verify_webhook(content, headers, NEW, now=AT)


@pytest.mark.parametrize(("now", "told"), [(AT + 3600, "3600 s ahead of"), (AT - 3600, "3600 s behind")])
def test_a_clock_an_hour_off_is_told_by_how_much(now: float, told: str) -> None:
    with pytest.raises(ClockDiffers, match=told) as raised:
        verify_webhook(CONTENT, signed(NEW), NEW, now=now)
    assert raised.value.seconds == now - AT
    assert verify_webhook(CONTENT, signed(NEW), NEW, now=now, tolerance=3600).number == 41
    with pytest.raises(NotGenuine) as forged:
        verify_webhook(CONTENT, signed(OTHER), NEW, now=now)
    assert not isinstance(forged.value, ClockDiffers), "whoever forges learns nothing of the clock"


@pytest.mark.parametrize("secrets", ["", "whsec_", "whsec_%", []])
def test_no_secret_is_no_secret(secrets: str | list[str]) -> None:
    with pytest.raises(ValueError, match="secret"):
        verify_webhook(CONTENT, signed(NEW), secrets, now=AT)
