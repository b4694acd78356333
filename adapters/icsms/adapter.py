"""The adapter of ICSMS: reads what market surveillance authorities say of suspended products, and tells them what customs did.

No real interface is public: this one is our own proposal, with the data of Impl. Reg. (EU) 2021/2248.
"""

import json
from datetime import date, datetime
from pathlib import Path
from urllib.parse import quote

from gateway.contract import (
    Exchange,
    NoticeReceipt,
    Occasion,
    Request,
    RequestRejected,
    Settings,
    SuspensionEvent,
    SuspensionNotice,
    SuspensionQuery,
    UnexpectedAnswer,
)
from gateway.contract.reading import Record, read_codes, read_json

REGIME = "product_safety"
"""The one regime that ICSMS speaks about."""
NOTICES = "/api/v1/customs/notices"
MESSAGES = "/api/v1/customs/messages"
MRN = "[0-9]{2}[A-Z]{2}[A-Z0-9]{14}"
_JSON = "application/json"


class IcsmsAdapter:
    """The adapter of ICSMS: words come by pushes and are read back, notices are sent once by their key."""

    def __init__(self, settings: Settings) -> None:
        codes = Path(__file__).with_name("codes.toml").read_text(encoding="utf-8")
        self._decisions = read_codes(codes, "decision", str)
        self._findings = read_codes(codes, "finding", str)
        self._duties = read_codes(codes, "duty", str)

    def read_notification(self, request: Request) -> tuple[SuspensionEvent, ...]:
        """Read the messages that were pushed, each with its case and number."""
        events = tuple(self._event(one) for one in read_json(request.body).records("messages"))
        if not events:
            raise UnexpectedAnswer("a push without a message")
        return events

    def said(self, query: SuspensionQuery, occasion: Occasion) -> Exchange[tuple[SuspensionEvent, ...]]:
        """Read all messages about a declaration, those of its case where that is known."""
        path = f"{MESSAGES}?mrn={quote(query.mrn, safe='')}"
        response = yield Request(path=path, headers={"Accept": _JSON, "X-Request-Id": occasion.message_id})
        answer = read_json(response.body)
        answer.text("mrn", query.mrn)
        events = (self._event(one) for one in answer.records("messages"))
        return tuple(one for one in events if query.reference in (None, one.reference))

    def tell(self, notice: SuspensionNotice, occasion: Occasion) -> Exchange[NoticeReceipt]:
        """Tell of a suspension, of the answer to a request, or of what became of refused goods."""
        if notice.regime != REGIME:
            raise RequestRejected("ICSMS is told of product safety alone")
        content = {
            "key": notice.key,
            "kind": self._duties.code(notice.duty, occasion.at.date()),
            "case": notice.reference,
            "mrn": notice.mrn,
            "office": notice.customs_office,
            "goods_items": list(notice.goods_items),
            "suspended_at": notice.opened_at.isoformat().replace("+00:00", "Z"),
            "content": dict(notice.fields),
        }
        response = yield Request(
            method="POST",
            path=NOTICES,
            headers={"Content-Type": _JSON, "Accept": _JSON, "X-Request-Id": occasion.message_id},
            body=json.dumps(content, sort_keys=True).encode(),
        )
        answer = read_json(response.body)
        return NoticeReceipt(key=answer.text("key", notice.key), reference=answer.optional(answer.text, "case"))

    def _event(self, message: Record) -> SuspensionEvent:
        at: datetime = message.instant("said_at")
        word = self._decisions.meaning(message.text("decision"), at.date())
        items = message.counts("goods_items")
        if message.boolean("all_items") == bool(items):
            raise UnexpectedAnswer("a message is about all goods items, or names those that it is about")
        return SuspensionEvent(
            reference=message.text("case"),
            version=message.count("number"),
            mrn=message.text("mrn", MRN),
            goods_items=items,
            regime=REGIME,
            word=word,
            at=at,
            fields=self._fields(message, word, at.date()),
        )

    def _fields(self, message: Record, word: str, on: date) -> dict[str, str]:
        """Return what a word needs beside (Annex II): who says it, by which acts, and why goods are refused."""
        fields = {"authority": message.text("authority"), "category": message.text("category")}
        if acts := message.texts("legal_acts"):
            fields["legal_acts"] = "; ".join(acts)
        finding, reasons = message.optional(message.text, "finding"), message.optional(message.text, "reasons")
        if (finding is not None) != (word == "refuse"):
            raise UnexpectedAnswer("a refusal says what is found, and nothing else does")
        if finding is not None:
            fields["finding"] = self._findings.meaning(finding, on)
        if reasons is not None:
            fields["reasons"] = reasons
        objects = message.optional(message.boolean, "objects_to_other_procedures")
        if objects is not None:
            fields["other_procedures"] = "objected" if objects else "not_objected"
        return fields
