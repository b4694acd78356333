"""The news for a person since their last visit: told from their own marks and from what they are shown, and from nothing else."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from gateway.domain.seen_mark import SeenMark
from gateway.web.visit import Visit


def person_of(visit: Visit) -> bytes:
    """Return the key of a person's marks."""
    assert visit.session is not None, "only who is signed in has marks"
    subject = visit.session.session.subject
    return sha256(f"{subject.issuer}\0{subject.subject}".encode()).digest()


def state_told(body: Mapping[str, Any], effect: str | None) -> str:
    """Return the state of a declaration, as a list and its own page both show it to their reader."""
    return f"{body['version']} {body['state']} {effect or ''}"


async def last_visit(visit: Visit, declared: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> SeenMark | None:
    """Note that a person is shown a declaration in its present state, and return what they saw before."""
    decision = declared["decision"]
    shown = state_told(declared, decision["effect"] if decision is not None else None)
    newest = events[-1]["seq"] if events else 0
    return await visit.web.lifecycle.seen_marks.see(person_of(visit), declared["id"], event=newest, shown=shown)


def new_events(mark: SeenMark | None, events: Sequence[Mapping[str, Any]], person: str) -> Sequence[Mapping[str, Any]]:
    """Return the events that a person was not shown yet, without their own acts."""
    if mark is None:
        return ()
    return [one for one in events if one["seq"] > mark.event and not _is_by(one.get("actor"), person)]


def _is_by(actor: Mapping[str, Any] | None, person: str) -> bool:
    return actor is not None and actor.get("person") == person


async def changed_since(visit: Visit, bodies: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Return those declarations of a list that have changed since the person opened them last."""
    marks = await visit.web.lifecycle.seen_marks.of(person_of(visit), [body["id"] for body in bodies])
    return frozenset(
        body["id"]
        for body in bodies
        if body["id"] in marks and marks[body["id"]].shown != state_told(body, body["effect"])
    )
