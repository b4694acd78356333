"""Decisions that hold for causes which a trader is not told: written into a database in place of what was decided."""

import re
from dataclasses import replace
from typing import Any

import psycopg
from msgspec import structs

from gateway.decisions import listed
from gateway.domain.codec import decode, encode
from gateway.domain.decision import Advice, Disclosure, Effect, Finding, Mode, Named, Nature, NumberedDecision
from gateway.domain.verification import DocumentStatus
from gateway.store.listing import listing_text
from tests.builders.fish_case import Cases
from tests.builders.running import declaration, settled


def finding_of(code: str, effect: Effect, nature: Nature, **more: Any) -> Finding:
    """A finding about the first goods item."""
    given: dict[str, Any] = {
        "advice": Advice.DOCUMENTS,
        "goods_item": 1,
        "document": None,
        "message": "A cause.",
        "remedy": "Nothing.",
        "legal_basis": "A basis.",
    }
    return Finding(code=code, effect=effect, nature=nature, **{**given, **more})


REFUSED = (finding_of("SW-DEC-023", Effect.REFUSE, Nature.REFUSAL, advice=Advice.REJECT),)
CAUSES = {
    "a refusal that is not confirmed": (finding_of("SW-DEC-026", Effect.REFUSE, Nature.REFUSAL, advice=Advice.REJECT),),
    "a selection to control": (
        finding_of("SW-DEC-143", Effect.HOLD, Nature.UNDETERMINED, advice=Advice.CONTROL, told=Disclosure.CONTROL),
    ),
    "a suspension of which nobody is told": (
        finding_of("SW-DEC-307", Effect.HOLD, Nature.CHECK, told=Disclosure.CONTROL),
    ),
    "a suspension whose clock ran out": (
        finding_of("SW-DEC-306", Effect.HOLD, Nature.UNDETERMINED, told=Disclosure.CONTROL),
    ),
    "a suspicion": (
        finding_of("SW-DEC-185", Effect.HOLD, Nature.UNDETERMINED, told=Disclosure.BOUNDS),
        finding_of("SW-DEC-190", Effect.NONE, Nature.CHECK, mode=Mode.OFFICERS),
    ),
    "a fault of the gateway": (finding_of("SW-DEC-900", Effect.HOLD, Nature.UNDETERMINED, told=Disclosure.FAULT),),
    "what its authority refused": REFUSED,
    "a change that names a refusal": (
        finding_of("SW-DEC-140", Effect.HOLD, Nature.CHECK, told=Disclosure.ONCE_CONFIRMED),
    ),
    "what a row says nothing of": (finding_of("SW-DEC-118", Effect.HOLD, Nature.CHECK),),
}
FOUR = tuple(CAUSES)[:4]
"""A refusal that is not confirmed, a selection to control, a suspicion, a fault of the gateway."""
STATUSES: dict[str, dict[str, Any]] = {
    "what its authority refused": {"status": DocumentStatus.REFUSED, "quantity": ()},
    "a change that names a refusal": {"status": DocumentStatus.WITHDRAWN, "quantity": ()},
}
"""How the document stands besides; the first causes leave it valid, with what is reserved."""


def hold_for(
    connection: psycopg.Connection[Any], record_id: str, findings: tuple[Finding, ...], more: dict[str, Any]
) -> None:
    """Has a declaration held for findings, with its document standing besides as `more` says."""
    row = connection.execute("SELECT body FROM decision WHERE declaration_id = %s", (record_id,)).fetchone()
    assert row is not None
    numbered = decode(row[0], NumberedDecision)
    effect = Effect.REFUSE if any(one.effect is Effect.REFUSE for one in findings) else Effect.HOLD
    gravest_of_it = findings[0].effect
    document = numbered.decision.documents[0]
    named = tuple(replace(one, document=Named(document.type, document.reference)) for one in findings)
    decision = replace(
        numbered.decision,
        effect=effect,
        advice=findings[0].advice,
        findings=named,
        items=tuple(structs.replace(one, effect=effect) for one in numbered.decision.items),
        documents=(structs.replace(document, effect=gravest_of_it, **more), *numbered.decision.documents[1:]),
    )
    held = replace(numbered, decision=decision)
    connection.execute("UPDATE decision SET body = %s WHERE declaration_id = %s", (encode(held).decode(), record_id))
    connection.execute(
        "UPDATE declaration SET listing = %s, held_since = now() WHERE id = %s",
        (listing_text(listed(held, held=True, gave_up=False)), record_id),
    )
    status = more.get("status", DocumentStatus.VALID)
    about = encode([{"type": document.type, "reference": document.reference, "status": status}]).decode()
    connection.execute(
        "UPDATE notice SET effect = %s, documents = %s WHERE declaration_id = %s", (effect.value, about, record_id)
    )


def held_for_causes(cases: Cases, named: str) -> dict[str, dict[str, str]]:
    """Has declarations that are alike held for each of the four causes; returns their names."""
    found = {}
    with cases.gateway.client() as client, psycopg.connect(cases.database, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")  # decisions are append-only
        for number, cause in enumerate(FOUR):
            reply = client.lodge(declaration("01", f"{named}-{number}"), "application/xml", wait_s=20)
            body = settled(client, reply.body["id"]).body
            found[cause] = {name: body[name] for name in ("id", "lrn", "mrn")}
            hold_for(connection, body["id"], CAUSES[cause], {})
    return found


def alike(text: str, names: dict[str, str]) -> str:
    """A page without what is no cause's: names, moments, and what each draws on a certificate after the one before.

    Nor the digest of what its trader may read, names and moments included, and the nonce of the answer.
    """
    for name, value in names.items():
        text = text.replace(value, name)
    text = re.sub(r"<time.*?</time>|today \d\d:\d\d|(?s:<svg class=\"sw-bar\".*?</svg>)", "", text)
    text = re.sub(r"shown=[0-9a-f]{32}|nonce=\"[^\"]*\"|\d\d:\d\d(:\d\d)?", "", text)
    return re.sub(r"[\d.,\u202f]+ kg", "", text)
