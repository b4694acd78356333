"""The chain shows any change of what happened."""

from datetime import UTC, datetime

from gateway.domain.events import GENESIS, Event, EventKind, chain, seal

AT = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EVENTS = [
    Event(kind=EventKind.RECEIVED, at=AT, body={"version": 1}),
    Event(kind=EventKind.DECIDED, at=AT, body={"number": 1}),
]


def test_each_seal_covers_everything_before_it() -> None:
    first, second = seal(EVENTS, seq=0, head=GENESIS)
    assert (first.seq, second.seq) == (1, 2)
    assert first.hash == chain(GENESIS, first.text)
    assert second.hash == chain(first.hash, second.text)


def test_sealing_goes_on_where_it_ended() -> None:
    whole = seal(EVENTS, seq=0, head=GENESIS)
    (first,) = seal(EVENTS[:1], seq=0, head=GENESIS)
    assert seal(EVENTS[1:], seq=1, head=first.hash) == whole[1:]


def test_another_text_has_another_hash() -> None:
    first, _ = seal(EVENTS, seq=0, head=GENESIS)
    assert chain(GENESIS, first.text.replace('"version":1', '"version":2')) != first.hash
