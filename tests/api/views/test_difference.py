"""What became what between two decisions: as an officer reads it, and as a party that is not told all of either."""

import json
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from gateway.access import Caller
from gateway.api.localization import Wording
from gateway.api.views.difference import difference
from gateway.domain.acts import Act, Who
from gateway.domain.codec import encode
from gateway.domain.decision import Effect, Finding, ItemEffect, Mode, RulesIdentity
from gateway.domain.events import EventKind
from gateway.domain.movement import Shown
from gateway.domain.record import Record
from gateway.domain.verification import DocumentStatus, VerifiedBy
from gateway.history.difference import CauseOfChange, TwoDecisions
from tests.api.views.trail_views import CATALOGUE, view
from tests.builders.shown import AT, OFFICER, TRADER, finding, record

HANNA = Act(
    seq=5, event=EventKind.VERIFIED_BY_OFFICER, at=AT, by=Who(id="officer", role="officer", person="Hanna"), ordered={}
)


def made(effect: Effect, *findings: Finding, number: int = 1, status: str = "refused", **quantity: Any) -> Record:
    before = record(effect)
    numbered = before.decision
    assert numbered is not None
    (document,) = before.documents
    line = structs.replace(document.quantity[0], **quantity)
    documents = (
        structs.replace(
            document, status=DocumentStatus(status), effect=effect, verified_by=VerifiedBy.OFFICER, quantity=(line,)
        ),
    )
    decision = replace(
        numbered.decision,
        findings=findings,
        items=(ItemEffect(goods_item=1, effect=effect),),
        documents=documents,
        rules=RulesIdentity(version=str(number), digest=f"sha256:{number}"),
    )
    return replace(before, documents=documents, decision=replace(numbered, number=number, decision=decision))


def shown(before: Record, after: Record, caller: Caller, *causes: CauseOfChange, language: str = "en") -> Any:
    both = TwoDecisions(before=before, after=after, causes=causes)
    wording = Wording.chosen(CATALOGUE, [language], at_once=False)
    return json.loads(encode(difference(both, caller, wording, view(language))))


def test_an_officer_reads_what_became_what_and_who_did_it() -> None:
    before = made(Effect.REFUSE, finding(Effect.REFUSE), finding(Effect.HOLD, Mode.SHADOW))
    after = made(Effect.RELEASE, number=2, status="valid", movement=Shown.RESERVED, moved="100")
    found = shown(before, after, OFFICER, CauseOfChange(kind="step", at=AT, act=HANNA), CauseOfChange(kind="tables"))
    assert (found["before"]["effect"], found["after"]["effect"]) == ("refuse", "release")
    (document,) = found["documents"]
    assert (document["was"]["status"], document["now"]["status"]) == ("refused", "valid")
    assert (document["quantity"][0]["was"]["moved"], document["quantity"][0]["now"]["moved"]) == (None, "100")
    assert [one["mode"] for one in found["went"]] == ["active", "shadow"]
    assert (found["appeared"], found["changed"]) == ([], [])
    assert found["causes"][0]["by"]["person"] == "Hanna"
    assert found["sentences"] == [
        "The declaration was refused and is free to be released.",
        "Goods item 1 was refused and is free to be released.",
        "N853 CHEDP.FR.2026.1 was refused and is valid.",
        "N853 CHEDP.FR.2026.1, goods item 1: before nothing moved; now 100 kg reserved.",
        "No longer: SW-DEC-040: The certificate was rejected.",
        "Customs verified a document by hand.",
        "The tables were others: 1 (1) before, 2 (2) now.",
    ]


def test_other_figures_are_no_other_finding() -> None:
    before = made(Effect.HOLD, finding(Effect.HOLD))
    after = made(Effect.HOLD, replace(finding(Effect.HOLD), message="Rejected twice."), number=2)
    found = shown(before, after, OFFICER)
    assert (found["appeared"], found["went"]) == ([], [])
    assert found["changed"][0]["now"]["message"] == "Rejected twice."


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_a_party_sees_no_difference_in_what_it_is_not_told(language: str) -> None:
    hidden = (finding(Effect.HOLD, Mode.SHADOW), finding(Effect.NONE, Mode.OFFICERS))
    before = made(Effect.HOLD, replace(finding(Effect.HOLD), code="SW-DEC-020"), status="withdrawn")
    after = made(Effect.REFUSE, finding(Effect.REFUSE), *hidden, number=2, status="withdrawn")
    held = made(Effect.REFUSE, finding(Effect.REFUSE), status="withdrawn")
    causes = (
        CauseOfChange(kind="step", at=AT, act=HANNA),
        CauseOfChange(kind="window", at=AT),
        CauseOfChange(kind="ordered", at=AT),
    )
    found = shown(before, after, TRADER, *causes, language=language)
    text = json.dumps(found)
    assert not [one for one in ("refuse", "SW-DEC-040", "shadow", "officers", "Hanna", '"window"') if one in text]
    assert found["documents"] == found["items"] == []
    assert found["causes"] == []
    same = shown(held, after, TRADER, language=language)
    assert (same["appeared"], same["went"], same["changed"]) == ([], [], [])
    assert len(same["sentences"]) == 2
