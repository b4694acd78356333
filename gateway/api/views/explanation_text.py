"""An explanation as text: sections of paragraphs, made from what its reader may see and from nothing else."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.api.views.explanation_texts import ExplanationTexts
from gateway.domain.texts.sentences import named

View = Mapping[str, Any]
Section = dict[str, Any]
Paragraph = list[str]
"""Sentences: the first one says what it is about."""
Written = Callable[[str, str], str]
"""Writes an amount and its unit as the reader's language does."""

_KEYS_LISTED = 5
"""Keys listed for one row, at most."""


def as_sections(view: View, texts: ExplanationTexts, written: Written) -> list[Section]:
    """Return the sections of an explanation, each with its title and its paragraphs; `written` writes quantities."""
    if view["decision"] is None:
        title = texts.heading("undecided", lrn=view["lrn"])
        return [{"title": title, "paragraphs": [[texts.say("undecided", version=view["version"])]]}]
    number, lrn = view["decision"]["number"], view["lrn"]
    sections: list[tuple[str, Iterable[Paragraph]]] = [
        (texts.heading("decision", number=number, lrn=lrn), [list(_decision(view, texts))]),
        (texts.heading("facts"), _facts(view, texts, written)),
        (texts.heading("findings"), _findings(view, texts)),
        (texts.heading("won"), [[one] for one in _won(view["won"], texts)]),
    ]
    if view["trader"] is not None:
        sections.append((texts.heading("trader"), [[one] for one in _trader(view["trader"], texts)]))
    if view["rows"] is not None:
        sections.append((texts.heading("rows"), ([_row(row, texts)] for row in view["rows"])))
    if view["acts"]:
        sections.append((texts.heading("acts"), (list(_act(act, texts)) for act in view["acts"])))
    if view["again"] is not None:
        sections.append((texts.heading("again"), [[_again(view["again"], texts)]]))
    return [{"title": title, "paragraphs": list(paragraphs)} for title, paragraphs in sections]


def _decision(view: View, texts: ExplanationTexts) -> Iterator[str]:
    decision = view["decision"]
    yield texts.say(
        "decided",
        version=view["version"],
        mrn=view["mrn"] or texts.say("mrn_unknown"),
        effect=texts.term("standing", decision["effect"]),
        at=_moment(decision["decided_at"]),
        advice=texts.term("advice", decision["advice"]),
    )
    if decision["forecast"]:
        yield texts.say("forecast")
    if view["kind"] == "supplementary":
        yield texts.say("supplementary")
    yield texts.say("newest" if decision["newest"] else "superseded")
    yield texts.say("rules", version=decision["rules"]["version"], digest=decision["rules"]["digest"])


def _facts(view: View, texts: ExplanationTexts, written: Written) -> Iterator[Paragraph]:
    for document in view["documents"]:
        named = {
            "type": document["type"],
            "reference": document["reference"],
            "items": texts.of_items(_numbers(document["covers"]), len(document["covers"])),
        }
        if document["status"] == "unrouted" and not document["answers"]:
            yield [texts.say("document_unrouted", **named), *_unasked(document, texts)]
            continue
        if document["status"] == "not_told":
            yield [texts.say("document_not_told", **named)]
            continue
        status, effect = texts.term("status", document["status"]), texts.term("effect", document["effect"])
        paragraph = [texts.say("document", **named, status=status, effect=effect)]
        if document["national"] is not None:
            paragraph.append(_national(document["national"], texts))
        for answer in document["answers"]:
            paragraph += _answer(answer, document, texts, written)
        if not document["answers"]:
            paragraph.append(texts.say("nobody"))
        paragraph += [_quantity(line, texts, written) for line in document["quantity"]]
        for order in document["movements"]:
            kind, state = texts.term("order", order["kind"]), texts.term("state", order["state"])
            at = _moment(order["planned_at"])
            paragraph.append(texts.say("movement", number=order["number"], at=at, kind=kind, state=state))
        yield paragraph


def _unasked(document: View, texts: ExplanationTexts) -> Iterator[str]:
    """Yield the sentence on an unasked document; nothing for one that was stored before classes were kept."""
    if document["note"] is not None:
        known = texts.term("document_class", document["document_class"] or "unknown")
        yield texts.say("document_unasked", document_class=known, note=document["note"])


def _national(national: View, texts: ExplanationTexts) -> str:
    facts = ", ".join(f"{column} {value}" for column, value in national["facts"].items())
    named = {"profile": national["profile"], "facts": facts or "-"}
    if national["code"] is not None:
        code = f"{national['code']} {national['detail']}".rstrip()
        return texts.say("national", **named, code=code, says=national["says"])
    if national["unknown"]:
        return texts.say("national_not_known", **named, unknown=", ".join(national["unknown"]))
    return texts.say("national_held", **named)


def _answer(answer: View, document: View, texts: ExplanationTexts, written: Written) -> Iterator[str]:
    at, status = _moment(answer["at"]), texts.term("status", answer["status"])
    if answer["verified_by"] == "officer":
        yield texts.say("asked_officer", at=at, status=status)
    else:
        names = {
            **named("authority", document["authority_name"] or ""),
            **named("system", document["system_name"] or ""),
        }
        yield texts.say("asked", **names, at=at, status=status)
    if (officer := answer.get("officer")) is not None:
        both = {"officer": officer["officer"], "means": officer["means"], "reason": officer["reason"]}
        second = officer["second_officer"]
        yield texts.say("officer", **both) if second is None else texts.say("officers", **both, second=second)
    if answer.get("cause"):
        yield texts.say("cause", cause=answer["cause"], attempts=answer["attempts"])
    if (record := answer.get("record")) is not None:
        yield texts.say("record", facts=", ".join(_record(record, texts)))
    if left := answer.get("left"):
        lines = (
            texts.say("left_line", line=line["line"], available=written(line["available"], line["unit"]))
            for line in left
        )
        yield texts.say("left", lines="; ".join(lines))
    if ids := answer.get("message_ids"):
        yield texts.say("messages", ids=", ".join(ids))
    if digests := answer.get("evidence"):
        yield texts.say("evidence", digests=", ".join(digests))


def _record(record: View, texts: ExplanationTexts) -> Iterator[str]:
    yield texts.say("record_type", type=record["type"])
    yield texts.say("record_status", status=record["status"])
    if record["decision"] is not None:
        yield texts.say("record_decision", decision=record["decision"])
    if record["valid_from"] is not None:
        yield texts.say("record_from", day=record["valid_from"])
    if record["valid_to"] is not None:
        yield texts.say("record_to", day=record["valid_to"])
    if record["holder"] is not None:
        yield texts.say("record_holder", holder=record["holder"])
    if record["destinations"]:
        yield texts.say("record_destinations", destinations=", ".join(record["destinations"]))
    if record["successors"]:
        yield texts.say("record_successors", successors=", ".join(record["successors"]))


def _quantity(line: View, texts: ExplanationTexts, written: Written) -> str:
    if line["declared"] is None or line["line"] is None:
        return texts.say("quantity_unknown", item=line["goods_item"], reason=line["reason"])
    return texts.say(
        "quantity",
        item=line["goods_item"],
        line=line["line"],
        declared=written(line["declared"], line["unit"]),
        available=texts.term("status", "not_told" if line["read"] and line["reason"] is None else "undetermined")
        if line["available"] is None
        else written(line["available"], line["unit"]),
        movement=texts.term("movement", line["movement"]),
    )


def _findings(view: View, texts: ExplanationTexts) -> Iterator[Paragraph]:
    found = [one for document in view["documents"] for one in document["findings"]] + view["findings"]
    if not found:
        yield [texts.say("no_findings")]
    for finding in found:
        finding_texts = {"code": finding["code"], "subject": _subject(finding, texts), "message": finding["message"]}
        if finding["mode"] == "shadow":
            paragraph = [texts.say("finding_shadow", **finding_texts, would=texts.term("would", finding["effect"]))]
        elif finding["mode"] == "officers":
            paragraph = [texts.say("finding_officers", **finding_texts)]
        else:
            paragraph = [texts.say("finding", **finding_texts, effect=texts.term("effect", finding["effect"]))]
        if finding["remedy"]:
            paragraph.append(texts.say("remedy", remedy=finding["remedy"]))
        if finding["legal_basis"]:
            paragraph.append(texts.say("basis", basis=finding["legal_basis"]))
        paragraph += [texts.say("rule", name=rule["name"], promise=rule["promise"]) for rule in finding["rules"]]
        yield paragraph


def _subject(finding: View, texts: ExplanationTexts) -> str:
    item, document = finding["goods_item"], finding["document"]
    if document is None:
        return texts.say("subject_declaration") if item is None else texts.say("subject_item", item=item)
    if item is None:
        return texts.say("subject_document", **document)
    return texts.say("subject_both", item=item, **document)


def _won(won: View, texts: ExplanationTexts) -> Iterator[str]:
    alike: dict[tuple[str, str], list[int]] = {}
    for item in won["items"]:
        causes = "; ".join(dict.fromkeys(_cause(cause, texts) for cause in item["because"]))
        alike.setdefault((item["effect"], causes), []).append(item["goods_item"])
    for (effect, causes), numbers in alike.items():
        many = "s" if len(numbers) > 1 else ""
        if effect in {"hold", "refuse"}:
            because = causes or texts.say("cause_unknown")
            effect_name = texts.term("standing", effect)
            yield texts.say(f"item{many}", items=_numbers(numbers), effect=effect_name, causes=because)
        else:
            yield texts.say(f"item{many}_free", items=_numbers(numbers))
    yield texts.say("gravest", effect=texts.term("effect", won["effect"]))
    for name, counts in (("less_grave", won["less_grave"]), ("shadow", won["shadow"])):
        for one in counts:
            effect = texts.term("effect", one["effect"])
            yield texts.say(name, count=one["count"], effect=effect)


def _cause(cause: View, texts: ExplanationTexts) -> str:
    if cause["code"] is not None:
        return texts.say("cause_finding", code=cause["code"], says=cause["says"].rstrip("."))
    document = cause["document"]
    if cause["says"] == "unheld":
        return texts.say("cause_unheld", **document)
    return texts.say("cause_document", **document, status=texts.term("status", cause["says"]))


def _trader(trader: View, texts: ExplanationTexts) -> Iterator[str]:
    yield texts.say("told_effect", effect=texts.term("standing", trader["effect"]))
    if trader["softened"]:
        yield texts.say("told_softened")
    if not trader["findings"]:
        yield texts.say("told_nothing")
    sentences = (
        texts.say("told_finding", code=one["code"], message=one["message"], remedy=one["remedy"])
        for one in trader["findings"]
    )
    yield from dict.fromkeys(sentences)


def _row(row: View, texts: ExplanationTexts) -> str:
    keys = [" ".join(key) for key in row["keys"]]
    listed = ", ".join(keys[:_KEYS_LISTED])
    if len(keys) > _KEYS_LISTED:
        listed += " " + texts.say("row_more", count=len(keys) - _KEYS_LISTED)
    start, end = row["valid_from"], row["valid_to"]
    return texts.say(
        "row",
        place=row["place"] or texts.say("row_nowhere"),
        what=texts.term("row", row["table"]),
        keys=listed,
        period=texts.say("row_since", start=start) if end is None else texts.say("row_between", start=start, end=end),
        source=row["source"],
    )


def _act(act: View, texts: ExplanationTexts) -> Iterator[str]:
    by = _who(act["by"], texts) if act["by"] is not None else texts.say("act_unknown")
    yield texts.say("act", at=_moment(act["at"]), what=texts.term("act", act["event"]), by=by)
    if act["second"] is not None:
        yield texts.say("act_second", second=_who(act["second"], texts))
    if act["reason"] is not None:
        yield texts.say("act_reason", reason=act["reason"])


def _who(who: View, texts: ExplanationTexts) -> str:
    named = {"person": who["person"] or texts.say("act_unnamed"), "key": who["id"], "role": who["role"]}
    if who["id"] is None:
        return texts.say("act_before", **named)
    if who["asserted_by"] is not None:
        return texts.say("act_asserted", **named)
    return texts.say("act_key" if who["proven"] else "act_unproven", **named)


def _again(again: View, texts: ExplanationTexts) -> str:
    outcome, tables = again["outcome"], again["tables"]
    if outcome in {"declaration_erased", "answers_erased", "answers_changed"}:
        return texts.say(f"again_{outcome}")
    if again["same_tables"]:
        return texts.say("again_same" if outcome == "same" else "again_different")
    name = {"same": "again_same_elsewhere", "not_asked": "again_not_asked"}.get(outcome, "again_different_elsewhere")
    return texts.say(name, version=tables["version"], digest=tables["digest"])


def _numbers(numbers: Sequence[int]) -> str:
    """Write ascending numbers, runs of them shortened: `1 - 4, 7`."""
    return ", ".join(f"{start} - {end}" if end > start else f"{start}" for start, end in _runs(numbers))


def _runs(numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
    start: int | None = None
    end = 0
    for number in sorted(numbers):
        if start is None:
            start = number
        elif number > end + 1:
            yield start, end
            start = number
        end = number
    if start is not None:
        yield start, end


def _moment(text: str) -> str:
    """Write a time as people read it: `2026-11-25 09:12:03 UTC`."""
    return f"{text[:10]} {text[11:19]} UTC"
