"""Nothing that identifies the gateway or a person stands in facts, messages, addresses, or what the code prints and logs."""

import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from lxml import etree

from gateway.conformance.alteration import is_xml, json_of, with_texts, xml_of
from gateway.conformance.checks.fields import rows_with
from gateway.conformance.inspection import Inspection
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.conformance.secrecy import personal_data_in
from gateway.contract import Answer
from gateway.dispatch.evidence import Redaction

SECRET_IN_PATH = rule(
    "disclosure.secret_in_path",
    "No secret stands in an address: addresses are logged on the way, and at the authority",
    "let the gateway authenticate (manifest, [auth]), or put it into a header or the message",
)
SECRET_SHOWN = rule(
    "disclosure.secret_shown",
    "No secret stands in a result, in a message of an error, or in what the code prints or logs",
    "leave it out; log nothing of the settings",
)
PERSON_SHOWN = rule(
    "disclosure.person_shown",
    "No fact, no text for people and no message of an error holds personal data that stands in an answer",
    "name the fields that you report, one by one; never quote an answer in a message",
)

PERSON = {"given_name": "Kanarienvogel", "family_name": "Gelbgefieder", "birth_date": "1970-01-31"}
"""A person that answers contain, where nobody asked for one."""


def check_disclosure(inspection: Inspection) -> Iterator[Nonconformity]:
    """Plant a person in every answer, and look for secrets everywhere."""
    hidden = Redaction(inspection.package.secrets.values())
    for recording in inspection.answered():
        result = inspection.result(recording)
        for request in result.requests:
            if hidden.text(request.path) != request.path:
                yield Nonconformity(rule=SECRET_IN_PATH, place=recording.place, what=f"of {request.method}")
        for text in texts(result.value):
            if hidden.text(text) != text:
                yield Nonconformity(rule=SECRET_SHOWN, place=recording.place, what="in what the adapter says")
        if isinstance(result.value, Answer) and result.value.certificate is not None:
            for key, fact in result.value.certificate.facts.items():
                for what in personal_data_in(f'"{key}": "{fact}"'):
                    yield Nonconformity(rule=PERSON_SHOWN, place=recording.place, what=f"{what} in the fact {key}")
        yield from _planted(inspection, recording, hidden)
    printed = inspection.process.output(inspection.printed_before).decode("utf-8", "replace")
    if hidden.text(printed) != printed:
        yield Nonconformity(rule=SECRET_SHOWN, place="standard output", what="it is printed or logged")


def _planted(inspection: Inspection, recording: Recording, hidden: Redaction) -> Iterator[Nonconformity]:
    for number, answer in enumerate(recording.answers):
        body = with_person(answer.body)
        if body is None:
            continue
        spoilt = with_texts(body, lambda text: "UNHEARD_OF" if text in _codes(inspection, recording) else None)
        bodies = [body, *([spoilt] if spoilt is not None else []), body[: len(body) - 2]]
        results = inspection.results(recording, rows_with(recording, number, bodies))
        for result in results:
            told = [*texts(result.value), result.ending.raised.text if result.ending.raised is not None else ""]
            if any(one in text for text in told for one in PERSON.values()):
                at = result.place or recording.line("exchange", number, "response")
                where = "in the message of an error" if result.ending.raised is not None else "in what the adapter says"
                yield Nonconformity(rule=PERSON_SHOWN, place=at, what=where)
                return
            if any(hidden.text(text) != text for text in told):
                yield Nonconformity(rule=SECRET_SHOWN, place=result.place, what="in the message of an error")
                return


def _codes(inspection: Inspection, recording: Recording) -> set[str]:
    value = inspection.result(recording).value
    certificate = getattr(value, "certificate", None)
    return {certificate.authority_status} if certificate is not None else set()


def with_person(body: bytes) -> bytes | None:
    """Return an answer with a person added to each of its objects or elements; None where it has none."""
    if is_xml(body):
        root = xml_of(body)
        if root is None:
            return None
        parents = [one for one in root.iter() if isinstance(one.tag, str) and len(one)]
        for parent in parents:
            applicant = etree.SubElement(parent, "Applicant")
            for name, value in PERSON.items():
                etree.SubElement(applicant, name).text = value
        return etree.tostring(root)
    value = json_of(body)
    return json.dumps(_with_person(value)).encode() if isinstance(value, dict) else None


def _with_person(value: Any) -> Any:
    if isinstance(value, dict):
        return {**{key: _with_person(one) for key, one in value.items()}, "applicant": PERSON}
    return [_with_person(one) for one in value] if isinstance(value, list) else value


def texts(value: Any) -> Iterator[str]:
    """Yield every text of a result."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from (*texts(key), *texts(one))
    elif isinstance(value, tuple):
        for one in value:
            yield from texts(one)
    elif is_dataclass(value) and not isinstance(value, type):
        for member in fields(value):
            yield from texts(getattr(value, member.name))
