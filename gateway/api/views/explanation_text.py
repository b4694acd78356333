"""An explanation as text: sections of paragraphs, made from what its reader may see and from nothing else."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gateway.api.views.explanation_texts import ExplanationTexts

Shown = Mapping[str, Any]
Section = dict[str, Any]
Paragraph = list[str]
"""Sentences: the first one says what it is about."""

_KEYS_SHOWN = 5
"""What one row was asked for, at most."""


def told(shown: Shown, words: ExplanationTexts) -> list[Section]:
    """Return the sections of an explanation, each with its title and its paragraphs."""
    if shown["decision"] is None:
        title = words.heading("undecided", lrn=shown["lrn"])
        return [{"title": title, "paragraphs": [[words.say("undecided", version=shown["version"])]]}]
    number, lrn = shown["decision"]["number"], shown["lrn"]
    sections: list[tuple[str, Iterable[Paragraph]]] = [
        (words.heading("decision", number=number, lrn=lrn), [list(_decision(shown, words))]),
        (words.heading("facts"), _facts(shown, words)),
        (words.heading("findings"), _findings(shown, words)),
        (words.heading("won"), [[one] for one in _won(shown["won"], words)]),
    ]
    if shown["trader"] is not None:
        sections.append((words.heading("trader"), [[one] for one in _trader(shown["trader"], words)]))
    if shown["rows"] is not None:
        sections.append((words.heading("rows"), ([_row(row, words)] for row in shown["rows"])))
    if shown["acts"]:
        sections.append((words.heading("acts"), (list(_act(act, words)) for act in shown["acts"])))
    if shown["again"] is not None:
        sections.append((words.heading("again"), [[_again(shown["again"], words)]]))
    return [{"title": title, "paragraphs": list(paragraphs)} for title, paragraphs in sections]


def _decision(shown: Shown, words: ExplanationTexts) -> Iterator[str]:
    decision = shown["decision"]
    yield words.say(
        "decided",
        version=shown["version"],
        mrn=shown["mrn"] or words.say("mrn_unknown"),
        effect=words.word("standing", decision["effect"]),
        at=_moment(decision["decided_at"]),
        advice=words.word("advice", decision["advice"]),
    )
    if decision["forecast"]:
        yield words.say("forecast")
    if shown["kind"] == "supplementary":
        yield words.say("supplementary")
    yield words.say("newest" if decision["newest"] else "superseded")
    yield words.say("rules", **decision["rules"])


def _facts(shown: Shown, words: ExplanationTexts) -> Iterator[Paragraph]:
    for document in shown["documents"]:
        named = {
            "type": document["type"],
            "reference": document["reference"],
            "items": words.of_items(_numbers(document["covers"]), len(document["covers"])),
        }
        if document["status"] == "unrouted" and not document["answers"]:
            yield [words.say("document_unrouted", **named), *_unasked(document, words)]
            continue
        status, effect = words.word("status", document["status"]), words.word("effect", document["effect"])
        paragraph = [words.say("document", **named, status=status, effect=effect)]
        if document["national"] is not None:
            paragraph.append(_national(document["national"], words))
        for answer in document["answers"]:
            paragraph += _answer(answer, document, words)
        if not document["answers"]:
            paragraph.append(words.say("nobody"))
        paragraph += [_quantity(line, words) for line in document["quantity"]]
        for order in document["movements"]:
            kind, state = words.word("order", order["kind"]), words.word("state", order["state"])
            at = _moment(order["planned_at"])
            paragraph.append(words.say("movement", number=order["number"], at=at, kind=kind, state=state))
        yield paragraph


def _unasked(document: Shown, words: ExplanationTexts) -> Iterator[str]:
    """Yield the sentence on an unasked document; nothing for one that was stored before classes were kept."""
    if document["note"] is not None:
        known = words.word("document_class", document["document_class"] or "unknown")
        yield words.say("document_unasked", document_class=known, note=document["note"])


def _national(national: Shown, words: ExplanationTexts) -> str:
    facts = ", ".join(f"{column} {value}" for column, value in national["facts"].items())
    named = {"profile": national["profile"], "facts": facts or "-"}
    if national["code"] is not None:
        code = f"{national['code']} {national['detail']}".rstrip()
        return words.say("national", **named, code=code, says=national["says"])
    if national["unknown"]:
        return words.say("national_not_known", **named, unknown=", ".join(national["unknown"]))
    return words.say("national_held", **named)


def _answer(answer: Shown, document: Shown, words: ExplanationTexts) -> Iterator[str]:
    at, status = _moment(answer["at"]), words.word("status", answer["status"])
    if answer["verified_by"] == "officer":
        yield words.say("asked_officer", at=at, status=status)
    else:
        yield words.say("asked", authority=document["authority_name"], at=at, status=status)
    if (officer := answer.get("officer")) is not None:
        both = {"officer": officer["officer"], "means": officer["means"], "reason": officer["reason"]}
        second = officer["second_officer"]
        yield words.say("officer", **both) if second is None else words.say("officers", **both, second=second)
    if answer.get("cause"):
        yield words.say("cause", cause=answer["cause"], attempts=answer["attempts"])
    if (record := answer.get("record")) is not None:
        yield words.say("record", facts=", ".join(_record(record, words)))
    if left := answer.get("left"):
        yield words.say("left", lines="; ".join(words.say("left_line", **line) for line in left))
    if ids := answer.get("message_ids"):
        yield words.say("messages", ids=", ".join(ids))
    if digests := answer.get("evidence"):
        yield words.say("evidence", digests=", ".join(digests))


def _record(record: Shown, words: ExplanationTexts) -> Iterator[str]:
    yield words.say("record_type", type=record["type"])
    yield words.say("record_status", status=record["status"])
    if record["decision"] is not None:
        yield words.say("record_decision", decision=record["decision"])
    if record["valid_from"] is not None:
        yield words.say("record_from", day=record["valid_from"])
    if record["valid_to"] is not None:
        yield words.say("record_to", day=record["valid_to"])
    if record["holder"] is not None:
        yield words.say("record_holder", holder=record["holder"])
    if record["destinations"]:
        yield words.say("record_destinations", destinations=", ".join(record["destinations"]))
    if record["successors"]:
        yield words.say("record_successors", successors=", ".join(record["successors"]))


def _quantity(line: Shown, words: ExplanationTexts) -> str:
    if line["declared"] is None or line["line"] is None:
        return words.say("quantity_unknown", item=line["goods_item"], reason=line["reason"])
    return words.say(
        "quantity",
        item=line["goods_item"],
        line=line["line"],
        declared=line["declared"],
        unit=line["unit"],
        available=_amount(line["available"], line["unit"], words),
        movement=words.word("movement", line["movement"]),
    )


def _amount(value: str | None, unit: str, words: ExplanationTexts) -> str:
    return words.word("status", "undetermined") if value is None else f"{value} {unit}"


def _findings(shown: Shown, words: ExplanationTexts) -> Iterator[Paragraph]:
    found = [one for document in shown["documents"] for one in document["findings"]] + shown["findings"]
    if not found:
        yield [words.say("no_findings")]
    for finding in found:
        said = {"code": finding["code"], "subject": _subject(finding, words), "message": finding["message"]}
        if finding["mode"] == "shadow":
            paragraph = [words.say("finding_shadow", **said, would=words.word("would", finding["effect"]))]
        elif finding["mode"] == "officers":
            paragraph = [words.say("finding_officers", **said)]
        else:
            paragraph = [words.say("finding", **said, effect=words.word("effect", finding["effect"]))]
        if finding["remedy"]:
            paragraph.append(words.say("remedy", remedy=finding["remedy"]))
        if finding["legal_basis"]:
            paragraph.append(words.say("basis", basis=finding["legal_basis"]))
        paragraph += [words.say("rule", name=rule["name"], promise=rule["promise"]) for rule in finding["rules"]]
        yield paragraph


def _subject(finding: Shown, words: ExplanationTexts) -> str:
    item, document = finding["goods_item"], finding["document"]
    if document is None:
        return words.say("subject_declaration") if item is None else words.say("subject_item", item=item)
    if item is None:
        return words.say("subject_document", **document)
    return words.say("subject_both", item=item, **document)


def _won(won: Shown, words: ExplanationTexts) -> Iterator[str]:
    alike: dict[tuple[str, str], list[int]] = {}
    for item in won["items"]:
        causes = "; ".join(dict.fromkeys(_cause(cause, words) for cause in item["because"]))
        alike.setdefault((item["effect"], causes), []).append(item["goods_item"])
    for (effect, causes), numbers in alike.items():
        many = "s" if len(numbers) > 1 else ""
        if effect in {"hold", "refuse"}:
            because = causes or words.say("cause_unknown")
            standing = words.word("standing", effect)
            yield words.say(f"item{many}", items=_numbers(numbers), effect=standing, causes=because)
        else:
            yield words.say(f"item{many}_free", items=_numbers(numbers))
    yield words.say("gravest", effect=words.word("effect", won["effect"]))
    for name, counts in (("less_grave", won["less_grave"]), ("shadow", won["shadow"])):
        for one in counts:
            effect = words.word("effect", one["effect"])
            if one["count"] == 1:
                yield words.say(f"{name}_one", effect=effect)
            else:
                yield words.say(name, count=one["count"], effect=effect)


def _cause(cause: Shown, words: ExplanationTexts) -> str:
    if cause["code"] is not None:
        return words.say("cause_finding", code=cause["code"], says=cause["says"].rstrip("."))
    document = cause["document"]
    if cause["says"] == "unheld":
        return words.say("cause_unheld", **document)
    return words.say("cause_document", **document, status=words.word("status", cause["says"]))


def _trader(told_to: Shown, words: ExplanationTexts) -> Iterator[str]:
    yield words.say("told_effect", effect=words.word("standing", told_to["effect"]))
    if told_to["softened"]:
        yield words.say("told_softened")
    if not told_to["findings"]:
        yield words.say("told_nothing")
    said = (
        words.say("told_finding", code=one["code"], message=one["message"], remedy=one["remedy"])
        for one in told_to["findings"]
    )
    yield from dict.fromkeys(said)


def _row(row: Shown, words: ExplanationTexts) -> str:
    keys = [" ".join(key) for key in row["keys"]]
    shown = ", ".join(keys[:_KEYS_SHOWN])
    if len(keys) > _KEYS_SHOWN:
        shown += " " + words.say("row_more", count=len(keys) - _KEYS_SHOWN)
    start, end = row["valid_from"], row["valid_to"]
    return words.say(
        "row",
        place=row["place"] or words.say("row_nowhere"),
        what=words.word("row", row["table"]),
        keys=shown,
        period=words.say("row_since", start=start) if end is None else words.say("row_between", start=start, end=end),
        source=row["source"],
    )


def _act(act: Shown, words: ExplanationTexts) -> Iterator[str]:
    by = _who(act["by"], words) if act["by"] is not None else words.say("act_unknown")
    yield words.say("act", at=_moment(act["at"]), what=words.word("act", act["event"]), by=by)
    if act["second"] is not None:
        yield words.say("act_second", second=_who(act["second"], words))
    if act["reason"] is not None:
        yield words.say("act_reason", reason=act["reason"])


def _who(who: Shown, words: ExplanationTexts) -> str:
    named = {"person": who["person"] or words.say("act_unnamed"), "key": who["id"], "role": who["role"]}
    if who["id"] is None:
        return words.say("act_before", **named)
    if who["asserted_by"] is not None:
        return words.say("act_asserted", **named)
    return words.say("act_key" if who["proven"] else "act_unproven", **named)


def _again(again: Shown, words: ExplanationTexts) -> str:
    outcome, tables = again["outcome"], again["tables"]
    if outcome in {"declaration_erased", "answers_erased", "answers_changed"}:
        return words.say(f"again_{outcome}")
    if again["same_tables"]:
        return words.say("again_same" if outcome == "same" else "again_different")
    name = {"same": "again_same_elsewhere", "not_asked": "again_not_asked"}.get(outcome, "again_different_elsewhere")
    return words.say(name, version=tables["version"], digest=tables["digest"])


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
