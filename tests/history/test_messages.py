"""What is told of a message that the trail cites: by its event, and by its bytes."""

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway.domain.events import GENESIS, Event, EventKind, SealedEvent, seal
from gateway.history.messages import MessageWay, as_text, citing, message

AT = datetime(2026, 11, 25, 9, tzinfo=UTC)
RAW, ASKED, FACTS, ORDERED, REPORTED = (f"sha256:{letter * 64}" for letter in "abcde")
DOCUMENT = {"type": "N853", "reference": "CHEDP.1"}


def trail() -> tuple[SealedEvent, ...]:
    asked = {**DOCUMENT, "authority": "traces", "evidence": [ASKED]}
    bodies: tuple[tuple[EventKind, dict[str, Any]], ...] = (
        (EventKind.RECEIVED, {"raw": RAW, "content": "sha256:" + "f" * 64}),
        (EventKind.DOCUMENTS_VERIFIED, {"documents": [asked], "facts": FACTS}),
        (EventKind.QUANTITY_SETTLED, {"movements": [{**DOCUMENT, "evidence": [ORDERED, ASKED]}]}),
        (EventKind.DECIDED, {"rows": {f"evidence_link {REPORTED}": {}}}),
    )
    return seal([Event(kind=kind, at=AT, body=body) for kind, body in bodies], seq=0, head=GENESIS)


def test_each_message_is_told_with_the_event_that_cites_it_first() -> None:
    found = [(one.digest, one.event, one.way, one.authority) for one in citing(trail())]
    assert found == [
        (RAW, 1, MessageWay.LODGED, None),
        (ASKED, 2, None, "traces"),
        (FACTS, 2, MessageWay.FACTS, None),
        (ORDERED, 3, None, "traces"),
        (REPORTED, 4, None, None),
    ]


@pytest.mark.parametrize(
    ("digest", "stored", "way", "media_type"),
    [
        (RAW, b"\xef\xbb\xbf <?xml version='1.0'?><a/>", MessageWay.LODGED, "application/xml"),
        (FACTS, b'{"verifications": []}', MessageWay.FACTS, "application/json"),
        (
            ASKED,
            b"POST https://x/y HTTP/1.1\r\nContent-Type: text/xml; charset=utf-8\r\n\r\n<a/>",
            MessageWay.SENT,
            "text/xml",
        ),
        (ASKED, b"GET https://x/y HTTP/1.1\r\n\r\n", MessageWay.SENT, None),
        (ASKED, b"HTTP/1.1 200\r\ncontent-type: Application/JSON\r\n\r\n{}", MessageWay.RECEIVED, "application/json"),
        (ASKED, b"HTTP/1.1 200\r\n\r\n[]", MessageWay.RECEIVED, "application/json"),
        (ASKED, b"SW-ADP-001 TimeoutError: nothing came\r\n", MessageWay.FAILED, None),
        (ASKED, b"not sent: lease", MessageWay.NOT_SENT, None),
        (ASKED, b"", MessageWay.FAILED, None),
        (ASKED, None, None, None),
    ],
)
def test_its_bytes_say_which_way_it_went(
    digest: str, stored: bytes | None, way: MessageWay | None, media_type: str | None
) -> None:
    cited = next(one for one in citing(trail()) if one.digest == digest)
    told = message(cited, stored)
    assert (told.way, told.media_type) == (way, media_type)
    assert told.size == (None if stored is None else len(stored))


def test_as_text_nothing_is_hidden() -> None:
    assert as_text(b"HTTP/1.1 200\r\n\r\n<a>\xc3\xa9</a>") == "HTTP/1.1 200\n\n<a>é</a>"
    assert as_text("a\u202eb\u200bc\x1b[31m".encode()) == "a<U+202E>b<U+200B>c<U+001B>[31m"
    assert as_text(b"\xff\x00") == "\\xff<U+0000>"
