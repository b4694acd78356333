"""Whatever stands in a reference arrives at the authority's server as one value, or is not sent.

The requests go over the gateway's transport to a real socket, and are decoded there as a server would: path segments,
parameters, the fields of a form, the values of JSON, the texts and attributes of XML.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, unquote

from gateway.conformance.alteration import is_xml, json_of, with_texts, xml_of
from gateway.conformance.checks.documents import near_misses
from gateway.conformance.exchanges import KitCall
from gateway.conformance.inspection import CODE, Inspection
from gateway.conformance.recording import Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.conformance.server import Arrived, http, scripted_server
from gateway.conformance.wire import AuthorityWire
from gateway.contract import Intervention

NOT_ONE_VALUE = rule(
    "references.not_one_value",
    "A reference arrives as one value, whatever stands in it, or the adapter raises `RequestRejected`",
    "percent-encode it, `quote(reference, safe='')`, better in the query than in the path; in a body let json or lxml write it",
)
OTHER_SHAPE = rule(
    "references.other_shape",
    "A reference changes nothing of a request but its own value",
    "percent-encode it, `quote(reference, safe='')`; never put it into a path, a query or a document as it is",
)
NOT_ITS_IDENTITY = rule(
    "references.not_its_identity",
    "A recorded document is asked about by the text that the rule of identity gives for it",
    "let the rule fold what the authority passes over and nothing else; record a document by its own spelling",
)
IDENTITY_TOO_WIDE = rule(
    "references.identity_too_wide",
    "Two numbers with other letters or digits are two documents by the rule of identity",
    "fold case, blanks and separators, as far as the authority passes over them; leave no letter and no digit out",
)
NOT_SENT = rule(
    "references.not_sent",
    "A reference with a slash, a blank or a letter beyond ASCII is asked about, or the adapter raises `RequestRejected`",
    "percent-encode it; the gateway sends no path with a character that is not",
)

HOSTILE = (
    "a/b", "../../etc/passwd", "a?b=c&d=e", "a#b", "a<b>&amp;\"'", "%2F", "%252e%252e", "a b", "a+b", "a;b=c", "a\\b", "Ä-Ω-魚",
    "a\tb", "a\x01b", "a\nb", "{0}", "'; DROP TABLE licence; --", "..", "x" * 70,
)  # fmt: skip
PLAIN = frozenset({"a/b", "a b", "Ä-Ω-魚"})
"""The characters in numbers of real documents."""


def check_references(inspection: Inspection) -> Iterator[Nonconformity]:
    """Ask about hostile references, by every method that names one."""
    asked: set[str] = set()
    yield from _too_wide(inspection)
    for recording in inspection.answered():
        if recording.reference is not None and recording.method not in asked:
            asked.add(recording.method)
            yield from asyncio.run(_asked(inspection, recording))


def _too_wide(inspection: Inspection) -> Iterator[Nonconformity]:
    """Ask the rule of identity about numbers that are almost a recorded one."""
    recorded = {one.reference: one for one in inspection.recordings if one.reference is not None}
    for reference, recording in recorded.items():
        others = [one for one in near_misses(reference) if _signs(one) != _signs(reference)]
        if (same := next((one for one in others if inspection.same(one, reference)), None)) is not None:
            what = f"{same!a} is {reference!a} by the rule of identity"
            yield Nonconformity(rule=IDENTITY_TOO_WIDE, place=recording.place, what=what)
            return


def _signs(reference: str) -> str:
    """Return the letters and digits of a number, but for the zeros before it."""
    return "".join(one for one in reference.casefold() if one.isalnum()).lstrip("0")


async def _asked(inspection: Inspection, recording: Recording) -> list[Nonconformity]:
    told: list[str] = []

    def script(arrived: Arrived) -> bytes:
        # The recorded answer, about the reference that was asked about, so that a second request is made too.
        place = min(len(server.arrived) - 1, len(recording.answers) - 1)
        answer = recording.answers[place]
        reference = recording.reference or ""
        body = with_texts(answer.body, lambda text: told[0] if text == reference else None)
        return http(body or answer.body, answer.status)

    found: list[Nonconformity] = []
    manifest = replace(inspection.package.manifest, auth=type(inspection.package.manifest.auth)())
    async with scripted_server(script) as server:
        wire = AuthorityWire(inspection.process, CODE, manifest, server.url, {})
        told[:] = [recording.reference or ""]
        await wire.run(recording.call)
        plain = list(server.arrived)
        found += _plain(inspection, recording, plain)
        for hostile in HOSTILE:
            reference = inspection.identity(hostile)
            if reference is None or inspection.is_given_up:
                continue
            server.arrived.clear()
            told[:] = [reference]
            ending = await wire.run(with_reference(recording.call, reference))
            if ending.killed is not None:
                inspection.kills.setdefault(f"{recording.place}, {hostile!a}", ending.killed)
                continue
            what = _fault(inspection, recording.reference or "", reference, plain, server.arrived)
            if what is not None:
                found.append(Nonconformity(rule=what[0], place=recording.place, what=f"{hostile!a}: {what[1]}"))
            elif ending.raised is not None and not ending.raised.place and not server.arrived and hostile in PLAIN:
                why = f"{hostile!a} cannot be asked about: {ending.raised.text or ending.raised.type}"
                found.append(Nonconformity(rule=NOT_SENT, place=recording.place, what=why))
        await wire.close()
    return found


def _plain(inspection: Inspection, recording: Recording, arrived: list[Arrived]) -> Iterator[Nonconformity]:
    """Look for the recorded reference in what arrived; some authorities take it in two parts, which is told as a note."""
    known = recording.reference or ""
    values = [value for one in arrived for value in decoded(one)[0]]
    if inspection.identity(known) != known:
        what = f"the gateway would ask for {inspection.identity(known)!a} where {known!a} is recorded"
        yield Nonconformity(rule=NOT_ITS_IDENTITY, place=recording.place, what=what)
    if not arrived or any(inspection.same(value, known) for value in values):
        return
    if any(inspection.same(unquote(value), known) for value in values):
        what = f"{known!a}: it arrives encoded still in {arrived[0].method} {arrived[0].target[:80]}"
        yield Nonconformity(rule=NOT_ONE_VALUE, place=recording.place, what=what)
    else:
        inspection.remarks.append(
            f"{recording.place}: {known!a} is no single value of what is asked: it was not looked for"
        )


def with_reference(call: KitCall, reference: str) -> KitCall:
    """Return a call about another document."""
    subject = call.subject
    if isinstance(subject, Intervention):
        return replace(call, subject=replace(subject, order=replace(subject.order, reference=reference)))
    return replace(call, subject=replace(subject, reference=reference))


def _fault(
    inspection: Inspection, known: str, reference: str, plain: list[Arrived], arrived: list[Arrived]
) -> tuple[Any, str] | None:
    for one, before in zip(arrived, plain, strict=False):
        values, parts = decoded(one)
        known_values, known_parts = decoded(before)
        if not any(inspection.same(value, known) for value in known_values):
            continue  # this request does not name the document
        if parts != known_parts:
            return (
                OTHER_SHAPE,
                f"{one.method} {one.target[:80]} has other parts than {before.method} {before.target[:80]}",
            )
        if not any(inspection.same(value, reference) for value in values):
            return NOT_ONE_VALUE, f"it is no value of {one.method} {one.target[:80]}"
    return None


def decoded(arrived: Arrived) -> tuple[list[str], tuple[Any, ...]]:
    """Return the values of a request as a server reads them, and what the request is made of without them."""
    path, _, query = arrived.target.partition("?")
    segments = [unquote(one) for one in path.split("/")]
    pairs = parse_qsl(query, keep_blank_values=True)
    body, kind = arrived.body, arrived.headers.get("content-type", "")
    values = [*segments, *(value for _, value in pairs)]
    parts: list[Any] = [arrived.method, len(segments), tuple(key for key, _ in pairs)]
    if "form-urlencoded" in kind:
        fields = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        values += [value for _, value in fields]
        parts.append(tuple(key for key, _ in fields))
    elif is_xml(body):
        root = xml_of(body)
        if root is None:
            return values, (*parts, "no XML")
        elements = [one for one in root.iter() if isinstance(one.tag, str)]
        values += [text for one in elements for text in ((one.text or ""), *map(str, one.attrib.values()))]
        parts.append(tuple((one.tag, tuple(one.attrib)) for one in elements))
    elif body:
        value = json_of(body)
        values += list(_texts(value))
        parts.append(_form(value) if value is not None else "no JSON")
    return values, tuple(parts)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value


def _form(value: Any) -> Any:
    if isinstance(value, dict):
        return tuple((key, _form(one)) for key, one in value.items())
    if isinstance(value, list):
        return tuple(_form(one) for one in value)
    return type(value).__name__
