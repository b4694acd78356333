"""Whether a webhook is the gateway's (Standard Webhooks), and what it tells."""

import base64
import binascii
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from standardwebhooks import Webhook
from standardwebhooks.webhooks import EmptyWebhookSecretError

from gateway_client.errors import ClockDiffers, NotGenuine
from gateway_client.results import Body, Declaration, declaration

TOLERANCE_S = 300.0
"""How far the clocks may differ, by the specification."""
_MOST_DIGITS = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """What the gateway sent to a webhook. The same event may come again: its id is the same then."""

    id: str
    """Drop what you have: an event comes at least once."""
    type: str
    timestamp: str
    number: int | None
    """Which of this webhook's events it is, from 1 on in its `series`."""
    series: str | None
    notice: Body
    """What happened, as the notices tell it; a test event has none."""
    declaration: Declaration | None
    """As it stood when the webhook was sent; None: read it."""
    link: str | None
    """Where the declaration is read."""
    body: Body = field(repr=False, compare=False)


def verify_webhook(
    content: bytes,
    headers: Mapping[str, str],
    secrets: str | Sequence[str],
    *,
    tolerance: float = TOLERANCE_S,
    now: float | None = None,
) -> Event:
    """Return what a webhook tells, once it is sure that the gateway sent it.

    Args:
        content: the body as it came, byte for byte.
        headers: those of the call, in any case.
        secrets: the secret (`whsec_...`), or several while they are rotated: one of them is enough.
        tolerance: how many seconds this clock may differ from the signature's.
        now: this clock, in seconds since 1970.

    Raises:
        NotGenuine: it is not signed with one of the secrets, or is no webhook.
        ClockDiffers: it is signed rightly, for a time that is too far from this clock's.
        ValueError: a secret is none.
    """
    said = {name.lower(): value for name, value in headers.items()}
    id, stamp, signed = (said.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not id or not signed:
        raise NotGenuine("webhook-id, webhook-timestamp and webhook-signature are needed")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= _MOST_DIGITS):
        raise NotGenuine("webhook-timestamp is no number of seconds")
    listed = [secrets] if isinstance(secrets, str) else list(secrets)
    if not listed:
        raise ValueError("a secret is needed")
    given = _signatures(signed)
    # Every secret is tried on every signature, whether one has matched or not: how long it takes tells nothing.
    matches = [
        hmac.compare_digest(_signature(secret, id, int(stamp), content), one) for secret in listed for one in given
    ]
    if not any(matches):
        raise NotGenuine("no signature was made with a secret of this receiver")
    ahead = (time.time() if now is None else now) - int(stamp)
    if abs(ahead) > tolerance:
        raise ClockDiffers(ahead, tolerance)
    return _event(id, content)


def _signatures(signed: str) -> list[bytes]:
    """Return the signatures of the version that is read here."""
    found = []
    for one in signed.split():
        version, _, text = one.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(text, validate=True))
            except binascii.Error:
                continue
    return found


def _signature(secret: str, id: str, stamp: int, content: bytes) -> bytes:
    try:
        signer = Webhook(secret)
    except (ValueError, EmptyWebhookSecretError) as error:
        raise ValueError("a secret is `whsec_` with base64 behind it") from error
    try:
        text = content.decode()
        made = signer.sign(id, datetime.fromtimestamp(stamp, tz=UTC), text)
    except (ValueError, OverflowError, OSError) as error:
        raise NotGenuine("the webhook is not written as webhooks are") from error
    return base64.b64decode(made.partition(",")[2])


def _event(id: str, content: bytes) -> Event:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotGenuine("the body is no JSON") from error
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, dict):
        raise NotGenuine("the body is no event of the gateway")
    number, series, link = data.get("number"), data.get("series"), data.get("link")
    notice, told = data.get("notice"), data.get("declaration")
    return Event(
        id=id,
        type=str(body.get("type") or ""),
        timestamp=str(body.get("timestamp") or ""),
        number=number if isinstance(number, int) and not isinstance(number, bool) else None,
        series=series if isinstance(series, str) else None,
        notice=notice if isinstance(notice, dict) else {},
        declaration=declaration(told) if isinstance(told, dict) else None,
        link=link if isinstance(link, str) else None,
        body=body,
    )
