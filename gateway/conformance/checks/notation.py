"""The same answer, spelled as another program would: it is read by its structure, and means the same."""

import json
from collections.abc import Iterator
from typing import Any

from lxml import etree

from gateway.conformance.alteration import is_xml, json_of, xml_of
from gateway.conformance.checks.fields import rows_with
from gateway.conformance.inspection import Inspection
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule

OTHER_MEANING = rule(
    "notation.other_meaning",
    "Blanks, the order of keys, escapes, comments and prefixes of namespaces change nothing",
    "parse the answer (`read_json`, lxml); never look for a text or a pattern in it",
)


def check_notation(inspection: Inspection) -> Iterator[Nonconformity]:
    """Spell every recorded answer otherwise."""
    for recording in inspection.answered():
        recorded = inspection.result(recording)
        for number, answer in enumerate(recording.answers):
            spelled = dict(spellings(answer.body, _statuses(inspection, recording)))
            results = inspection.results(recording, rows_with(recording, number, list(spelled.values())))
            for how, result in zip(spelled, results, strict=True):
                if (result.value, result.fault) != (recorded.value, recorded.fault):
                    what = f"{how} it says {result.shown()}, and {recorded.shown()} as it is recorded"
                    place = recording.line("exchange", number, "response")
                    yield Nonconformity(rule=OTHER_MEANING, place=place, what=what)


def _statuses(inspection: Inspection, recording: Recording) -> list[str]:
    """Return the authority's other status codes, for a comment that says the contrary."""
    values = [inspection.result(one).value for one in inspection.of(recording.method)]
    certificates = [one.certificate for one in values if getattr(one, "certificate", None) is not None]
    return sorted({one.authority_status for one in certificates})


def spellings(body: bytes, statuses: list[str]) -> Iterator[tuple[str, bytes]]:
    """Yield other spellings of a body, and how each is called."""
    if is_xml(body):
        root = xml_of(body)
        if root is not None:
            yield from _of_xml(root, statuses)
        return
    value = json_of(body)
    if isinstance(value, dict):
        yield "indented", json.dumps(value, indent=2, ensure_ascii=False).encode()
        yield "with its keys in another order", json.dumps(_turned(value)).encode()
        yield "without blanks", json.dumps(value, separators=(",", ":")).encode()
        yield "with blanks around it", b" \r\n" + json.dumps(value).encode() + b"\n"


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _turned(one) for key, one in reversed(value.items())}
    return [_turned(one) for one in value] if isinstance(value, list) else value


def _of_xml(root: etree._Element, statuses: list[str]) -> Iterator[tuple[str, bytes]]:
    whole = etree.tostring(root)
    yield "with a declaration before it", b'<?xml version="1.0" encoding="UTF-8"?>\n' + whole
    if len(root):
        for element in root.iter():
            if isinstance(element.tag, str) and not len(element) and (element.text or "").strip() in statuses:
                tag = etree.QName(element).localname
                contrary = "".join(f"<{tag}>{one}</{tag}>" for one in statuses)
                for of in (root, element.getparent()):
                    if of is not None:
                        of.insert(0, etree.Comment(f" {contrary} "))
                break
        yield "with a comment in it", etree.tostring(root)
