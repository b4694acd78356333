"""What a status code means is what its own word says, or what a person has signed; one code means one thing."""

import re
from collections.abc import Iterator
from datetime import UTC

from gateway.conformance.inspection import Inspection
from gateway.conformance.recording import FOLDER, MEANINGS, SETTINGS, Recording
from gateway.conformance.rule import Nonconformity, rule
from gateway.contract import Answer, Status

OTHER = rule(
    "meanings.other_status",
    "A status code means one thing in all recordings, and an end of the validity does not contradict it",
    "look at the row of the code list, and at what the authority's description says of the code",
)
CONTRARY = rule(
    "meanings.contrary_word",
    "No status code is valid whose word says that the document does not hold, or not yet: on hold, in examination, under review, in process",
    'give it the status that it says; if it is valid all the same, write what it means into exchanges/settings.toml: [meanings], "THE_CODE" = "what the authority says of it"',
)
MUTE = rule(
    "meanings.says_nothing",
    "A status code without a word (`S`, `70`) that is valid is in the table of codes that a person signs, with its meaning in words",
    'write what the authority says of it into exchanges/settings.toml: [meanings], "S" = "issued and in force"',
)
IDLE = rule(
    "meanings.idle",
    "What [meanings] says is of a code that is valid",
    "take the row out of [meanings], or mend its code",
)

_STEMS = (
    "revok", "cancel", "withdr", "annul", "void", "invalid", "expire", "reject", "refus", "denied", "deny", "suspend", "delete", "lapse",
    "unusable", "hold", "held", "examin", "review", "process", "progress", "inspect", "investigat", "await", "draft", "pending", "submit",
    "archiv", "replace", "block", "request", "applied", "provisional", "query", "queri", "obsolete", "stopped", "frozen", "detain", "seized",
)  # fmt: skip
"""The beginnings or parts of words by which an authority says that a document does not hold, or not yet."""
_NOT = frozenset({"not", "non", "no", "never"})
_GOOD = (
    "valid",
    "usable",
    "issued",
    "granted",
    "approv",
    "authoris",
    "authoriz",
    "accept",
    "active",
    "current",
    "in force",
)


def check_meanings(inspection: Inspection) -> Iterator[Nonconformity]:
    """Look at each code that recordings or code lists take for valid, and at each status that contradicts another."""
    valid: dict[str, str] = {}
    meant: dict[tuple[str, str | None], tuple[Status, Recording]] = {}
    for recording in inspection.of("verify"):
        value = recording.expect.value if recording.expect.holds_facts else inspection.result(recording).value
        certificate = value.certificate if isinstance(value, Answer) else None
        if not isinstance(value, Answer) or certificate is None:
            continue
        code, place = certificate.authority_status, recording.line("expect", "status")
        first, by = meant.setdefault((code, certificate.decision), (value.status, recording))
        if first is not value.status:
            what = f"{code} is {value.status.value} here, and {first.value} in {by.place}"
            yield Nonconformity(rule=OTHER, place=place, what=what)
        if value.status is Status.VALID:
            valid.setdefault(code, place)
            if certificate.decision is not None and certificate.decision not in inspection.package.meanings:
                yield from _contrary(certificate.decision, place)
        on = recording.at.astimezone(UTC).date()
        if value.status is Status.EXPIRED and certificate.valid_to is not None and certificate.valid_to > on:
            what = f"{code} is expected to be expired, and its validity ends on {certificate.valid_to} only"
            yield Nonconformity(rule=OTHER, place=place, what=what)
    for code in sorted(inspection.package.valid_codes - valid.keys()):
        valid[code] = inspection.package.described_in
    yield from _signed(inspection, valid)


def _signed(inspection: Inspection, valid: dict[str, str]) -> Iterator[Nonconformity]:
    meanings = inspection.package.meanings
    for code, place in valid.items():
        if (meaning := meanings.get(code)) is not None:
            inspection.remarks.append(f"to sign: {code} is valid: {meaning}")
        if re.search("[A-Za-z]{2}", code) is None:
            if meaning is None:
                yield Nonconformity(rule=MUTE, place=place, what=f"{code} is valid, and nothing says what it means")
            elif (word := contrary_word(meaning)) is not None:
                what = f"{code} is valid, and what it means says {word}"
                yield Nonconformity(rule=CONTRARY, place=place, what=what)
        elif meaning is None:
            yield from _contrary(code, place)
    for code in meanings.keys() - valid.keys():
        yield Nonconformity(rule=IDLE, place=f"{FOLDER}/{SETTINGS}", what=f"{MEANINGS}: {code} is nowhere valid")


def _contrary(code: str, place: str) -> Iterator[Nonconformity]:
    if (word := contrary_word(code)) is not None:
        what = f"{code} is expected to be valid, and its word says {word}"
        yield Nonconformity(rule=CONTRARY, place=place, what=what)


def contrary_word(code: str) -> str | None:
    """Return the word by which a code says that a document does not hold; None: it has none."""
    words: list[str] = [one.lower() for one in re.findall("[A-Z]?[a-z]+|[A-Z]+", code)]
    for place, word in enumerate(words):
        if _NOT.intersection(words[:place]):
            if word.startswith(_GOOD):
                return f"not {word}"
        elif any(stem in word for stem in _STEMS):
            return word
    return None
