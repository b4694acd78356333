"""What a raised finding means: the tables give effect, advice and legal basis, the catalogue its sentences."""

from collections.abc import Callable, Iterable
from typing import TypeVar

from gateway.decisions.case import CaseFile, Raised
from gateway.decisions.texts import TextFault, render
from gateway.domain.decision import Advice, DocumentKey, Effect, Finding, Mode, gravest
from gateway.domain.declaration import Kind
from gateway.domain.tables import Nature
from gateway.domain.verification import DocumentStatus

T = TypeVar("T")

RULE_FAILED = "SW-DEC-900"
"""A rule failed, or the tables or the catalogue do not know what it says: not determined, so a hold."""


class Said(tuple[str, int | None, DocumentKey | None, tuple[tuple[str, str], ...], DocumentStatus | None, str]):
    """What was raised, in a form in which the same twice is once."""

    __slots__ = ()

    @classmethod
    def of(cls, raised: Raised) -> "Said":
        """Puts what a rule raised into that form."""
        params = tuple(sorted(raised.params.items()))
        return cls((raised.code, raised.goods_item, raised.document, params, raised.status, raised.legal_basis))


def ask(check: Callable[[T], Iterable[Raised]], subject: T) -> list[Raised]:
    """Asks one rule; one that fails says so in the place of what it did not say."""
    said: list[Raised] = []
    try:
        said.extend(check(subject))
    except Exception:  # whatever a rule trips over, the declaration is held and an officer told which rule it was
        said.append(Raised(code=RULE_FAILED, params={"rule": getattr(check, "__name__", "a rule")}))
    return said


def meaning(said: Said, file: CaseFile) -> Finding:
    """Gives the finding of what was raised."""
    code, goods_item, document, pairs, _, own_basis = said
    params = dict(pairs)
    if authority := params.get("authority"):
        params["Authority"] = authority[0].upper() + authority[1:]
    if document is not None:
        params |= {"type": document.type, "reference": document.reference}
    row, message = file.tables.rule(code), file.tables.message(code)
    if row is None or message is None:
        return failed(code, goods_item, document, ceiling(file))
    try:
        sentence, remedy = render(message, params)
    except TextFault:
        return failed(code, goods_item, document, ceiling(file))
    effect = row.effect
    if row.nature is Nature.UNDETERMINED:
        effect = gravest((effect, Effect.HOLD))
    mode = Mode.ACTIVE
    if row.nature is not Nature.UNDETERMINED:
        mode = file.tables.mode(code, document.type if document is not None else None)
    return Finding(
        code=code,
        effect=capped(effect, file),
        advice=file.tables.advice(row.nature, effect, file.stage),
        goods_item=goods_item,
        document=document,
        message=sentence,
        remedy=remedy,
        legal_basis=_basis((row.legal_basis, own_basis), document, file),
        mode=mode,
    )


def failed(rule: str, goods_item: int | None, document: DocumentKey | None, ceiling: Effect) -> Finding:
    """The finding that needs no table, for when the tables are what is missing."""
    return Finding(
        code=RULE_FAILED,
        effect=min(Effect.HOLD, ceiling, key=lambda effect: effect.gravity),
        advice=Advice.CONTROL,
        goods_item=goods_item,
        document=document,
        message=f"A check could not be carried out ({rule}).",
        remedy="An officer decides; nothing is needed from the declarant.",
        legal_basis="",
    )


def _basis(bases: tuple[str, ...], document: DocumentKey | None, file: CaseFile) -> str:
    route = file.tables.route(document.type, file.direction) if document is not None else None
    named = (*bases, route.legal_basis if route is not None else "")
    return "; ".join(dict.fromkeys(basis for basis in named if basis))


def ceiling(file: CaseFile) -> Effect:
    """The gravest effect that a finding may have on this declaration."""
    return Effect.RELEASE if file.declaration.kind is Kind.SUPPLEMENTARY else Effect.REFUSE


def capped(effect: Effect, file: CaseFile) -> Effect:
    """Gives the effect, or the gravest that this declaration allows."""
    return min(effect, ceiling(file), key=lambda one: one.gravity)
