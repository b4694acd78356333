"""What an event tells of rows: evidence once, words without people, columns that never change."""

import json
from datetime import UTC, datetime

from gateway.domain.events import GENESIS, Event, EventKind, SealedEvent, chain
from gateway.store.chain import expected, verify_rows
from gateway.store.covered_rows import cover, digest
from gateway.store.erasure import without_personal_text

AT = datetime(2026, 11, 26, 12, 0, tzinfo=UTC)
CITED, RAW, BESIDE = (f"sha256:{letter * 64}" for letter in "abc")


def event(kind: EventKind, **body: object) -> Event:
    return Event(kind=kind, at=AT, body=body)


def rows_told(sealed: SealedEvent) -> dict[str, object]:
    told: dict[str, object] = json.loads(sealed.text)["body"]["rows"]
    return told


def as_rows(events: tuple[SealedEvent, ...]) -> list[dict[str, object]]:
    return [
        {"seq": one.seq, "kind": one.kind.value, "at": one.at, "text": one.text, "hash": one.hash} for one in events
    ]


def test_the_last_event_tells_and_what_is_cited_is_not_told_again() -> None:
    events = (event(EventKind.DOCUMENTS_VERIFIED, facts=CITED), event(EventKind.DECIDED, number=1, raw=RAW))
    first, last = cover(events, {"decision 1": {"body": "x"}}, seq=4, head=GENESIS, evidence=(CITED, RAW, BESIDE))
    assert "rows" not in json.loads(first.text)["body"]
    assert rows_told(last) == {"decision 1": {"body": "x"}, f"evidence_link {BESIDE}": {}}
    assert (first.seq, last.seq) == (5, 6)
    assert first.hash == chain(GENESIS, first.text)
    assert last.hash == chain(first.hash, last.text)


def test_what_events_cite_is_expected() -> None:
    events = cover((event(EventKind.RECEIVED, raw=RAW),), {"declaration": {}}, seq=0, head=GENESIS)
    answers = [{"evidence": [CITED, BESIDE]}]
    looked = event(EventKind.DOCUMENTS_VERIFIED, documents=answers, facts=CITED, content="sha256:none")
    events += cover((looked,), {"movement 1": {"body": None}}, seq=1, head=events[-1].hash)
    known = expected(as_rows(events))
    links = {place for place in known.rows if place.startswith("evidence_link ")}
    assert links == {f"evidence_link {one}" for one in (RAW, CITED, BESIDE)}
    assert known.since == 1
    assert f"evidence_link {CITED}: is gone; event 2 tells of it" in list(verify_rows(known, (), {}))


def test_an_event_of_no_known_form_is_a_fault() -> None:
    events = cover((event(EventKind.RECEIVED),), {"declaration": {}}, seq=0, head=GENESIS)
    odd = event(EventKind.ERASED, what="words", rows=["step 1"])
    text = json.dumps({"seq": 2, "kind": odd.kind, "at": "2026-11-26T12:00:00Z", "body": odd.body})
    events += (SealedEvent(seq=2, kind=odd.kind, at=AT, text=text, hash=chain(events[-1].hash, text)),)
    assert expected(as_rows(events)).faults == ["event 2 tells of rows in no form that is known here"]


def test_words_are_taken_out_wherever_they_stand() -> None:
    said = {
        "seq": 4,
        "release": {"items": [], "override": {"officer": "a", "reason": "b", "second_officer": None}, "reference": "R"},
        "by": {"id": "key", "person": "a", "role": "officer"},
    }
    left = json.loads(without_personal_text(json.dumps(said)))
    assert left["release"]["override"] == {"officer": "erased", "reason": "erased", "second_officer": None}
    assert left["by"] == {"id": "key", "person": "erased", "role": "officer"}
    assert (left["seq"], left["release"]["reference"]) == (4, "R")


def test_a_digest_is_of_the_text_as_it_is_stored() -> None:
    assert digest("abc") == "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
