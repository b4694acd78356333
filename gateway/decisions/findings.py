"""The meaning of a raised finding: the tables give effect, advice and legal basis, the catalogue its sentences."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple, TypeVar

from gateway.decisions.case import OpenedCase, Raised
from gateway.decisions.undetermined import ALWAYS_HELD, OFFICERS_ONLY
from gateway.domain.decision import Advice, Disclosure, Effect, Finding, Mode, Named, Nature, gravest
from gateway.domain.declaration import Kind
from gateway.domain.document import DocumentKey
from gateway.domain.tables.in_force import InForce
from gateway.domain.tables.rows import DocumentRoute, RuleRow
from gateway.domain.texts.sentences import TextFault, Texts
from gateway.domain.verification import DocumentStatus

T = TypeVar("T")

BASIS_OF_ITS_ROW = frozenset({"SW-DEC-050", "SW-DEC-051", "SW-DEC-221"})
"""Findings whose legal basis is that of the row of the authority's decision or status: their own stands where it names none."""

RULE_FAILED = "SW-DEC-900"
"""A rule failed, or the tables or the catalogue do not know what it says: not determined, so a hold."""


class RaisedKey(tuple[str, int | None, DocumentKey | None, tuple[tuple[str, str], ...], DocumentStatus | None, str]):
    """The key of a raised finding, under which the same one twice is one."""

    __slots__ = ()

    @property
    def document(self) -> DocumentKey | None:
        """The document that it is about."""
        return self[2]

    @property
    def status(self) -> DocumentStatus | None:
        """The status that the finding gives to a document that its authority confirms."""
        return self[4]

    @classmethod
    def of(cls, raised: Raised) -> "RaisedKey":
        """Convert what a rule raised into that form.

        Raises:
            TypeError: it is no finding, and could be neither reported nor stored.
        """
        fits = raised.goods_item is None or isinstance(raised.goods_item, int)
        for text in (*raised.params.values(), raised.code, raised.legal_basis):
            fits = fits and isinstance(text, str)
        if not fits:
            raise TypeError(f"{raised.code!r} is not raised as a finding is")
        params = tuple(sorted(raised.params.items()))
        return cls((raised.code, raised.goods_item, raised.document, params, raised.status, raised.legal_basis))


class Failure(NamedTuple):
    """A fault of ours that a decision was made in spite of."""

    rule: str
    """The part that failed: a rule's name, or the code of a finding that the tables or the catalogue cannot tell."""
    error: Exception | None
    """The error that it raised; its text may quote a declaration, and is for nobody."""


def ask(
    checks: Iterable[Callable[[T], Iterable[Raised]]], subject: T, failures: list[Failure]
) -> dict[RaisedKey, None]:
    """Ask rules and return what they raised, each once; for those still missing of one that fails, a finding stands.

    The failure is added to the list.
    """
    found: list[RaisedKey] = []
    for check in checks:
        try:
            for raised in check(subject):
                found.append(RaisedKey.of(raised))
        except (
            Exception
        ) as error:  # whatever a rule trips over, the declaration is held and an officer sees which rule it was
            name = getattr(check, "__name__", "a rule")
            failures.append(Failure(name, error))
            found.append(RaisedKey.of(Raised(code=RULE_FAILED, params={"rule": name})))
    return dict.fromkeys(found)


def meant(raised: RaisedKey, file: OpenedCase, failures: list[Failure]) -> Finding:
    """Return the finding of what was raised; one that cannot be rendered becomes a failure, also added to the failures."""
    code, goods_item, document = raised[:3]
    error = None
    try:
        finding = meaning(raised, file)
    except Exception as tripped:
        error, finding = tripped, failed(code, goods_item, document, ceiling(file))
    if finding.code != code:
        failures.append(Failure(code, error))
    return finding


def meaning(raised: RaisedKey, file: OpenedCase) -> Finding:
    """Return the finding of what was raised."""
    code, goods_item, document, pairs, _, own_basis = raised
    tables = file.tables
    route = tables.route(document.type, file.direction) if document is not None else None
    params, row = _with_system(dict(pairs), route), tables.rule(code)
    if row is None:
        return failed(code, goods_item, document, ceiling(file))
    try:
        sentence, remedy, needed = tables.texts.rendered_with(code, _with_document(params, document))
    except TextFault:
        return failed(code, goods_item, document, ceiling(file))
    effect, nature, mode = _weighed(row, code, document, tables)
    basis = "" if own_basis and code in BASIS_OF_ITS_ROW else row.legal_basis
    return Finding(
        code=code,
        effect=capped(effect, file),
        advice=tables.advice(nature, effect, file.stage),
        goods_item=goods_item,
        document=Named(*document) if document is not None else None,
        message=sentence,
        remedy=remedy,
        legal_basis=_basis(basis, own_basis, route.legal_basis if route is not None else ""),
        mode=mode,
        params={name: value for name, value in needed.items() if name in params},
        nature=nature,
        told=row.told,
    )


def deserved(code: str, tables: InForce) -> Effect:
    """Return a finding's effect where the kind of declaration does not soften it; of one that no row knows a hold."""
    row = tables.rule(code)
    return Effect.HOLD if row is None else _weighed(row, code, None, tables)[0]


def _weighed(row: RuleRow, code: str, document: DocumentKey | None, tables: InForce) -> tuple[Effect, Nature, Mode]:
    """Return effect, nature and mode of a finding: by its row, but never less than a hold of what is not determined, and nothing that
    a trader could see of what is for officers alone.
    """
    if code in OFFICERS_ONLY:
        return Effect.NONE, row.nature, Mode.OFFICERS
    fixed = ALWAYS_HELD.get(code)
    if fixed is not None:
        return Effect.HOLD, fixed, Mode.ACTIVE
    if row.nature is Nature.UNDETERMINED:
        return gravest((row.effect, Effect.HOLD)), row.nature, Mode.ACTIVE
    mode = tables.mode(code, document.type if document is not None else None)
    return row.effect, row.nature, Mode.SHADOW if mode is Mode.OFFICERS else mode


def sentences(
    texts: Texts, code: str, params: Mapping[str, str], document: DocumentKey | Named | None
) -> tuple[str, str]:
    """Return a finding's message and remedy in one language.

    Raises:
        TextFault: if the language has no such sentence or word, or a parameter is missing.
    """
    return texts.rendered(code, _with_document(params, document))


def _with_document(params: Mapping[str, str], document: DocumentKey | Named | None) -> Mapping[str, str]:
    if document is None:
        return params
    return {**params, "type": document.type, "reference": document.reference}


def failed(rule: str, goods_item: int | None, document: DocumentKey | None, ceiling: Effect) -> Finding:
    """Return the finding that needs no table, for when the tables are what is missing."""
    return Finding(
        code=RULE_FAILED,
        effect=min(Effect.HOLD, ceiling, key=lambda effect: effect.gravity),
        advice=Advice.CONTROL,
        goods_item=goods_item,
        document=Named(*document) if document is not None else None,
        message=f"A check could not be carried out ({rule}).",
        remedy="An officer decides; nothing is needed from the declarant.",
        legal_basis="",
        params={"rule": rule},
        nature=ALWAYS_HELD[RULE_FAILED],
        told=Disclosure.FAULT,
    )


def _with_system(params: dict[str, str], route: DocumentRoute | None) -> dict[str, str]:
    """Return the parameters with the system beside the authority: the one is asked, the other decides."""
    if "authority" not in params:
        return params
    system = route.system if route is not None else None
    return {**params, "system": system or params["authority"]}


def _basis(*bases: str) -> str:
    return "; ".join(dict.fromkeys([basis for basis in bases if basis]))


def ceiling(file: OpenedCase) -> Effect:
    """Return the gravest effect that a finding may have on this declaration."""
    return Effect.RELEASE if file.declaration.kind is Kind.SUPPLEMENTARY else Effect.REFUSE


def capped(effect: Effect, file: OpenedCase) -> Effect:
    """Return the effect, or the gravest that this declaration allows."""
    most = ceiling(file)
    return effect if most is Effect.REFUSE or effect.gravity <= most.gravity else most
