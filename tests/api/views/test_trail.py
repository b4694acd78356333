"""What happened to a declaration, told in every language: to customs with what each event says, to parties that it happened."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from gateway.api.views import declaration as resources
from gateway.api.views.trail import told
from gateway.api.views.trail_texts import NEVER_ON_DECLARATIONS, UNSEEN_BY_TRADERS
from gateway.domain.acts import Act, Who
from gateway.domain.events import GENESIS, Event, EventKind, chain, seal
from tests.api.views.trail_views import view
from tests.builders.shown import AT, EVIDENCE, OFFICER, TRADER, record

MOVED = {"movements": [{"type": "N853", "reference": "CHEDP.1", "kind": "reserve", "state": "done"}]}
BODIES: Mapping[EventKind, Mapping[str, Any]] = {
    **{
        EventKind(f"suspension.{kind}"): {
            "number": 1,
            "suspension": "product safety",
            "word": "maintain",
            "state": "maintained",
            "goods_items": [1],
        }
        for kind in ("opened", "word", "duty", "extended", "restated", "expired", "unconfirmed")
    },
    **{
        EventKind(f"control.{kind}"): {"number": 1, "state": "adverse", "goods_items": [1]}
        for kind in ("ordered", "changed", "adverse")
    },
    EventKind.RECEIVED: {"version": 7},
    EventKind.AMENDMENT_RECEIVED: {"version": 7},
    EventKind.ACCEPTANCE_RECEIVED: {"mrn": "26FR7"},
    EventKind.VERIFIED_BY_OFFICER: {"type": "C673", "reference": "CHEDP.7", "outcome": "valid"},
    EventKind.DOCUMENTS_VERIFIED: {"documents": [{"type": "C673", "reference": "CHEDP.7", "status": "pending"}]},
    EventKind.DECIDED: {"number": 7, "effect": "refuse"},
    EventKind.ALERTED: {"documents": [{"type": "C673", "reference": "CHEDP.7", "status": "withdrawn"}]},
    EventKind.GAVE_UP: {"documents": [{"type": "C673", "reference": "CHEDP.7", "status": "pending"}]},
    EventKind.CONFIRMED: {"number": 7},
    EventKind.RELEASE_RECEIVED: {"items": [{"goods_item": 7}]},
    EventKind.INTERVENTION_RECEIVED: {"type": "C673", "reference": "CHEDP.7", "kind": "force"},
    EventKind.REPORTED_OTHERWISE: {"type": "C673", "reference": "CHEDP.7", "step": 7},
    EventKind.QUANTITY_PLANNED: MOVED,
    EventKind.QUANTITY_SETTLED: MOVED,
    EventKind.QUANTITY_DIFFERED: MOVED,
    EventKind.RELEASED: {"whole": False, "items": [{"goods_item": number} for number in range(1, 9)]},
    EventKind.INTERVENED: {"documents": [{"type": "C673", "reference": "", "movement": "written_off"}]},
    EventKind.APPLICATION_RECEIVED: {"kind": "amendment"},
    EventKind.APPLICATION_GRANTED: {"kind": "invalidation"},
    EventKind.MRN_YIELDED: {"mrn": "26FR7"},
    EventKind.CONTINGENCY_OPENED: {"number": 7, "adapter": "catch"},
    EventKind.CONTINGENCY_CLOSED: {"number": 7},
    EventKind.CONTINGENCY_VERIFIED: {"type": "C673", "reference": "CHEDP.7", "window": 7, "status": "valid"},
    EventKind.ERASED: {"what": "words"},
    EventKind.TABLES_STORED: {"version": "7"},
    EventKind.TABLES_SWITCHED: {"digest": "sha256:7"},
    EventKind.ADAPTER_DISABLED: {"adapter": "catch"},
    EventKind.ADAPTER_QUARANTINED: {"adapter": "catch", "declarations": 3, "late": 2, "ended": 1, "memory": 4},
    EventKind.ADAPTER_ENABLED: {"adapter": "catch"},
    EventKind.ADAPTER_TIER: {"adapter": "catch", "tier": "conformant"},
    EventKind.EVIDENCE_EXPIRED: {"before": "2026-07-07"},
    EventKind.WORDS_ERASED: {"before": "2026-07-07"},
    EventKind.WINDOWS_ERASED: {"before": "2026-07-07"},
    EventKind.APPROVAL_ASKED: {"kind": "override"},
    EventKind.APPROVAL_ENDED: {"outcome": "expired"},
}


def sealed(kind: EventKind, body: Mapping[str, Any]) -> Any:
    (one,) = seal([Event(kind=kind, at=AT, body=body)], seq=0, head=GENESIS)
    return one


@pytest.mark.parametrize("language", ["en", "de", "fr"])
@pytest.mark.parametrize("kind", EventKind)
def test_each_kind_of_event_is_told_whole(language: str, kind: EventKind) -> None:
    writer = view(language)
    said = writer.sentence(sealed(kind, BODIES.get(kind, {})))
    assert said.endswith(".")
    assert not [one for one in (": -", " - ", "{") if one in said]
    # What an older version wrote may lack members: it is told all the same.
    if kind is not EventKind.DECIDED:
        assert writer.sentence(sealed(kind, {}))
    if kind not in NEVER_ON_DECLARATIONS | UNSEEN_BY_TRADERS:
        assert writer.plain(sealed(kind, {})).endswith(".")


def test_it_is_said_why_documents_were_asked_about_again() -> None:
    body = {**BODIES[EventKind.DOCUMENTS_VERIFIED], "because": ["push", "retry", "of a later version"]}
    said = view("en").sentence(sealed(EventKind.DOCUMENTS_VERIFIED, body))
    assert said == (
        "Answers about its documents: C673 CHEDP.7: pending. An authority reported a change. "
        "Its time to be asked about again had come. of a later version"
    )


def test_many_are_not_all_named() -> None:
    assert view("en").sentence(sealed(EventKind.RELEASED, BODIES[EventKind.RELEASED])) == (
        "Released: goods items 1, 2, 3, 4, 5 and 3 more."
    )


def test_customs_reads_who_acted_behind_the_hash_and_a_party_only_that_it_happened() -> None:
    events = seal(
        [
            Event(kind=EventKind.RECEIVED, at=AT, body={"version": 1, "raw": EVIDENCE}),
            Event(kind=EventKind.DECIDED, at=AT, body={"number": 1, "effect": "refuse"}),
            Event(kind=EventKind.ALERTED, at=AT, body={"documents": []}),
            Event(kind=EventKind.APPROVAL_ASKED, at=AT, body={"kind": "override"}),
        ],
        seq=0,
        head=GENESIS,
    )
    who = Who(id="customs", role="customs", person="Ann", proven=True)
    acts = [Act(seq=1, event=EventKind.RECEIVED, at=AT, by=who, ordered={})]
    written = resources.events(
        events, 10, OFFICER, most=100_000, sentences=told(view("en"), record(), OFFICER, acts)
    ).decode()
    head = GENESIS
    for event in events:
        text = event.text
        head = chain(head, text)
        assert f'{text[:-1]},"hash":"{head}","sentence":' in written
    first, second, *_ = json.loads(written)["items"]
    assert (first["sentence"], first["actor"]["person"]) == ("Version 1 was lodged.", "Ann")
    assert first["evidence"] == [f"/v1/declarations/{record().id}/evidence/{EVIDENCE}"]
    assert (second["sentence"], second["actor"]) == ("Decision 1: refused.", None)
    theirs = resources.events(events[:2], 10, TRADER, most=100_000, sentences=told(view("en"), record(), TRADER, acts))
    assert [set(one) for one in json.loads(theirs)["items"]] == [{"seq", "kind", "at", "sentence"}] * 2
    assert not [one for one in ("Ann", "refuse", "sha256", "alert", "approv") if one in theirs.decode()]
