"""What a party reads of quantities: its own and what is left, never what others have."""

from dataclasses import replace
from typing import Any

from msgspec import structs

from gateway.access import Caller
from gateway.api.views import declaration as resources
from tests.builders.shown import AT, ENGLISH, OFFICER, TRADER, read, record


def lines(caller: Caller, *, confirmed: bool) -> list[dict[str, Any]]:
    whole = record(confirmed=confirmed)
    (document,) = whole.documents
    (line,) = document.quantity
    told = structs.replace(
        line, certified="500", others="100", reserved="60", written_off="0", left_after="340", read=True, read_at=AT
    )
    assert whole.decision is not None
    documents = (structs.replace(document, quantity=(told,)),)
    decision = replace(whole.decision, decision=replace(whole.decision.decision, documents=documents))
    body = read(resources.declaration(replace(whole, documents=documents, decision=decision), caller, ENGLISH))
    foreseen = read(resources.preflight(decision.decision, AT, caller, ENGLISH))
    return [*body["documents"][0]["quantity"], *foreseen["documents"][0]["quantity"]]


def test_what_others_have_is_told_to_customs_alone() -> None:
    for confirmed in (False, True):
        for line in lines(OFFICER, confirmed=confirmed):
            assert (line["certified"], line["others"]) == ("500", "100")
        told = lines(TRADER, confirmed=confirmed)
        # While the refusal is not confirmed, nothing is told of what it refuses; in a preflight nothing is decided.
        assert len(told) == (2 if confirmed else 1)
        for line in told:
            assert (line["certified"], line["others"]) == (None, None)
            assert (line["reserved"], line["written_off"], line["left_after"]) == ("60", "0", "340")
            assert line["read_at"] == "2026-11-01T08:30:00Z"
