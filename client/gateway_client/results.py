"""What the gateway says of a declaration.

Of each answer the members that most callers need are fields; all of them are in `body`, as they came. Members that a newer gateway has are
ignored, values that this version does not know stay text, and what is missing is None: nothing of that is an error, nor ever a release.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

NOT_DECIDED = frozenset({"received", "processing"})
"""States in which a version is not decided yet."""
EFFECTS = frozenset({"release", "hold", "refuse"})

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One statement of a decision: what is wrong, and what to do about it, in your language."""

    code: str
    effect: str
    message: str
    remedy: str
    goods_item: int | None
    document: str | None
    """Type and reference, `N853 CHEDP.FR.2026.0000001`."""
    body: Body = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cited:
    """A document that the declaration cites, as it stands."""

    type: str
    reference: str
    status: str
    effect: str
    authority: str | None
    body: Body = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision with its reasons."""

    effect: str
    """`release`, `hold`, `refuse`, or what a newer gateway says."""
    advice: str
    forecast: bool
    """Whether it only says what would be decided: the goods are not presented yet."""
    version: int | None
    number: int | None
    findings: tuple[Finding, ...]
    body: Body = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A time limit that runs."""

    kind: str
    """`lapse`, `approval`, `application`, `hold` (one of the law while goods are held), or what a newer gateway says."""
    words: str | None
    """What has to be done and until when, in your language."""
    until: str | None
    """The last day, as 2026-12-31; None: it is not known, or it is no day's end."""
    turn: str | None
    legal_basis: str | None
    findings: tuple[str, ...]
    """The codes of those that it is about."""
    body: Body = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What a trader applied for: nothing of it moves before customs grants it."""

    id: str
    kind: str
    state: str
    link: str
    body: Body = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """An order that waits for a second person: nothing of it moves before they approve it."""

    id: str
    state: str
    ends_at: str
    body: Body = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """A version of a declaration, as it stood when the gateway answered."""

    id: str
    version: int | None
    lrn: str | None
    mrn: str | None
    accepted_at: str | None
    """When customs accepted it; None: it has not, so nothing is reserved and nothing can be released."""
    state: str
    decision: Decision | None
    documents: tuple[Cited, ...]
    carried_out: bool
    """Whether the call that this answers is carried out; otherwise it is received, and the gateway works on it."""
    waits_for: Application | Approval | None = None
    """What the call became instead of being carried out."""
    clocks: tuple[Clock, ...] = ()
    """The time limits that run, the next one first; none also where they were not read."""
    etag: str | None = None
    """The tag of what you were told (RFC 9110), where the declaration was read by itself; None: it was the answer to another call."""
    body: Body = field(repr=False, compare=False)

    @property
    def decided(self) -> bool:
        """Whether this version is decided."""
        return bool(self.state) and self.state not in NOT_DECIDED and self.decision is not None

    @property
    def effect(self) -> str | None:
        """The effect of the decision; None: it is not decided."""
        return self.decision.effect if self.decided and self.decision is not None else None

    @property
    def undetermined(self) -> bool:
        """Whether nobody can say what becomes of the goods: it is not decided, or the effect is none that this version knows."""
        return self.effect not in EFFECTS

    @property
    def released(self) -> bool:
        """Whether the last order to release goods was carried out, so that what it names may leave; never while it is open."""
        return self.carried_out and self.waits_for is None and self.body.get("released") is True

    @property
    def may_be_released(self) -> bool:
        """Whether the goods may be released: accepted, decided so for this version, not foreseen, and nothing waits for somebody else."""
        found = self.decision
        return (
            self.state == "decided"
            and self.carried_out
            and self.waits_for is None
            and bool(self.accepted_at)
            and found is not None
            and found.effect == "release"
            and not found.forecast
            and self.version is not None
            and found.version == self.version
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Preflight:
    """The decision that a declaration would get now; nothing was stored or reserved."""

    decision: Decision
    documents: tuple[Cited, ...]
    body: Body = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a decision is what it is, in sections of paragraphs in your language."""

    sections: tuple[tuple[str, tuple[str, ...]], ...]
    """Of each its title and its paragraphs."""
    body: Body = field(repr=False, compare=False)


def declaration(
    body: Body, *, carried_out: bool = True, waits_for: Application | Approval | None = None
) -> Declaration:
    """Read a declaration."""
    found = body.get("decision")
    return Declaration(
        id=_text(body, "id"),
        version=_number(body, "version"),
        lrn=_said(body, "lrn"),
        mrn=_said(body, "mrn"),
        accepted_at=_said(body, "accepted_at"),
        state=_text(body, "state"),
        decision=decision(found) if isinstance(found, Mapping) else None,
        documents=_documents(body),
        carried_out=carried_out,
        waits_for=waits_for,
        clocks=tuple(map(_clock, objects(body, "clocks"))),
        body=body,
    )


def decision(body: Body) -> Decision:
    """Read a decision; one that does not say that it is no forecast is one."""
    return Decision(
        effect=_text(body, "effect"),
        advice=_text(body, "advice"),
        forecast=body.get("forecast") is not False,
        version=_number(body, "version"),
        number=_number(body, "number"),
        findings=tuple(map(_finding, objects(body, "findings"))),
        body=body,
    )


def waiting(body: Body) -> Application | Approval | None:
    """Read what a call became that is not carried out before somebody else says so; None: it is none of these."""
    link = body.get("link")
    if isinstance(link, str) and link.startswith("/v1/applications/"):
        kind, state = _text(body, "kind"), _text(body, "state")
        return Application(id=_text(body, "id"), kind=kind, state=state, link=link, body=body)
    if "ends_at" in body:
        return Approval(id=_text(body, "id"), state=_text(body, "state"), ends_at=_text(body, "ends_at"), body=body)
    return None


def preflight(body: Body) -> Preflight:
    """Read what a declaration would come to."""
    found = body.get("decision")
    foreseen = decision(found if isinstance(found, Mapping) else {})
    return Preflight(decision=foreseen, documents=_documents(body), body=body)


def explanation(body: Body) -> Explanation:
    """Read an explanation."""
    sections = tuple(
        (_text(one, "title"), tuple(" ".join(map(str, paragraph)) for paragraph in one.get("paragraphs") or ()))
        for one in objects(body, "told")
    )
    return Explanation(sections=sections, body=body)


def objects(body: Body, name: str) -> Sequence[Body]:
    """Return the objects of a list, those of another kind left out."""
    listed = body.get(name)
    return [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []


def _documents(body: Body) -> tuple[Cited, ...]:
    return tuple(
        Cited(
            type=_text(one, "type"),
            reference=_text(one, "reference"),
            status=_text(one, "status"),
            effect=_text(one, "effect"),
            authority=_said(one, "authority"),
            body=one,
        )
        for one in objects(body, "documents")
    )


def _clock(body: Body) -> Clock:
    listed = body.get("findings")
    return Clock(
        kind=_text(body, "kind"),
        words=_said(body, "words"),
        until=_said(body, "until"),
        turn=_said(body, "turn"),
        legal_basis=_said(body, "legal_basis"),
        findings=tuple(one for one in listed if isinstance(one, str)) if isinstance(listed, list) else (),
        body=body,
    )


def _finding(body: Body) -> Finding:
    about = body.get("document")
    document = f"{_text(about, 'type')} {_text(about, 'reference')}" if isinstance(about, Mapping) else None
    return Finding(
        code=_text(body, "code"),
        effect=_text(body, "effect"),
        message=_text(body, "message"),
        remedy=_text(body, "remedy"),
        goods_item=_number(body, "goods_item"),
        document=document,
        body=body,
    )


def _text(body: Body, name: str) -> str:
    return _said(body, name) or ""


def _said(body: Body, name: str) -> str | None:
    value = body.get(name)
    return value if isinstance(value, str) else None


def _number(body: Body, name: str) -> int | None:
    value = body.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
