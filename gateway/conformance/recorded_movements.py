"""The movements that `gateway record --movements` orders at a test system: each with what has to stand there before it, and taken back after it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_CEILING, Decimal
from hashlib import sha256

from gateway.conformance.asked_authority import AskedAuthority
from gateway.conformance.checks.movements import COUNTED, MOST_ORDERED
from gateway.conformance.question import AskedQuestion, ask_authority, order_movement
from gateway.contract import (
    Answer,
    DocumentQuery,
    Ledger,
    LedgerLine,
    Money,
    MovementKind,
    OrderLine,
    Quantity,
    QuantityOrder,
    Receipt,
    ReceiptOutcome,
    Reference,
    ReferenceKind,
)
from gateway.dispatch.movements import has_position

RESERVE, WRITE_OFF, CANCEL = MovementKind.RESERVE, MovementKind.WRITE_OFF, MovementKind.CANCEL
FORCE, AMEND, DELETE = MovementKind.FORCE, MovementKind.AMEND, MovementKind.DELETE
_EMPTYING = frozenset({CANCEL, DELETE})
"""Movements that are ordered without lines."""
_GONE = frozenset({ReceiptOutcome.DONE, ReceiptOutcome.NO_RECORD})
"""Outcomes after which an emptied declaration has nothing there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One movement to record."""

    name: str
    about: str
    kind: MovementKind
    before: MovementKind | None = None
    """The movement of the same declaration that comes first, and is not recorded."""
    ordered: Decimal | None = Decimal(1)
    """The quantity that is ordered; None: more than is left."""


_INTERVENED = (
    Scene(name="force", about="A write-off whatever is left", kind=FORCE),
    Scene(name="delete", about="A write-off that is taken back", kind=DELETE, before=FORCE),
    Scene(name="amend", about="Another write-off in its place", kind=AMEND, before=FORCE, ordered=Decimal(2)),
)
SCENES: Mapping[str, tuple[Scene, ...]] = {
    "quantity": (
        Scene(name="reserve", about="A reservation", kind=RESERVE),
        Scene(name="reserve_too_much", about="A reservation of more than is left", kind=RESERVE, ordered=None),
        Scene(name="write_off", about="A write-off of what is reserved", kind=WRITE_OFF, before=RESERVE),
        Scene(name="cancel", about="A reservation that is cancelled", kind=CANCEL, before=RESERVE),
        Scene(name="cancel_nothing", about="A cancellation of nothing", kind=CANCEL),
        *_INTERVENED,
    ),
    "usage": (
        Scene(name="write_off", about="A usage", kind=WRITE_OFF),
        Scene(name="write_off_too_much", about="A usage of more than is left", kind=WRITE_OFF, ordered=None),
        *_INTERVENED,
    ),
}
"""The movements of each capability of which the kit asks for recordings."""


def scenes_of(capabilities: frozenset[str]) -> tuple[Scene, ...]:
    """Return the movements that an adapter's capabilities promise; none where it takes none."""
    return next((scenes for capability, scenes in SCENES.items() if capability in capabilities), ())


class NotMoved(Exception):
    """A document on which nothing can be ordered; the message says why, and what can be done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedScene:
    """The outcome of a scene: the movement that is to be recorded, or why none was ordered, and what was left behind."""

    scene: Scene
    question: AskedQuestion | None = None
    why_not: str | None = None
    left_behind: str | None = None
    """The declaration whose quantity could not be taken back; None: everything was."""
    is_stuck: bool = False
    """Whether nothing came to an end: another one would wait as long."""


@dataclass(slots=True, kw_only=True)
class MovementSession:
    """The orders of one command about one document: each scene has a declaration of its own, of which nothing is left there."""

    asked: AskedAuthority
    query: DocumentQuery
    office: str
    nonce: bytes
    """Random bytes: no key and no declaration was ordered with before."""
    _orders: int = field(default=0)

    def ordered(self, scenes: Sequence[Scene]) -> Iterator[OrderedScene]:
        """Yield the outcome of each scene in turn, up to one with which nothing came to an end.

        Raises:
            NotMoved: the document has no line of which enough is left.
        """
        line, left = self._line()
        for scene in scenes:
            played = self._played(scene, line, left)
            yield played
            if played.is_stuck:
                return

    def _played(self, scene: Scene, line: OrderLine, left: Decimal) -> OrderedScene:
        declaration = self._declaration(scene)
        if scene.before is not None:
            made = self._order(scene.before, declaration, line)
            if not _is_done(made):
                why = f"before it, {scene.before.value} of {declaration} was not done: {_shown(made)}"
                behind = self._left_behind(scene.before, None, declaration, made)
                return OrderedScene(scene=scene, why_not=why, left_behind=behind, is_stuck=made.is_stuck)
        question = self._order(scene.kind, declaration, _of(line, scene.ordered or left + 1))
        behind = self._left_behind(scene.kind, scene.before, declaration, question)
        return OrderedScene(scene=scene, question=question, left_behind=behind, is_stuck=question.is_stuck)

    def _left_behind(
        self, kind: MovementKind, before: MovementKind | None, declaration: str, made: AskedQuestion
    ) -> str | None:
        """Take back what a movement left, or what stood there before; return the declaration where that is not sure."""
        is_clear, is_done = isinstance(made.value, Receipt), _is_done(made)
        last = kind if is_done or not is_clear else before
        if last is None or (is_done and last in _EMPTYING):
            return None
        undone = self._order(CANCEL if last in (RESERVE, CANCEL) else DELETE, declaration, None)
        is_gone = isinstance(undone.value, Receipt) and undone.value.outcome in _GONE
        return None if is_gone else declaration

    def _order(self, kind: MovementKind, declaration: str, line: OrderLine | None) -> AskedQuestion:
        self._orders += 1
        order = QuantityOrder(
            type=self.query.type,
            reference=self.query.reference,
            declaration=Reference(kind=ReferenceKind.MRN, value=declaration),
            customs_office=self.office,
            key=sha256(self.nonce + b"%d" % self._orders).hexdigest()[:32],
            direction=self.query.direction,
            lines=() if kind in _EMPTYING or line is None else (line,),
        )
        return order_movement(self.asked, kind, order)

    def _declaration(self, scene: Scene) -> str:
        """Return the MRN of a declaration that nobody lodged: of the office's country, and of this scene alone."""
        digest = sha256(self.nonce + scene.name.encode()).hexdigest().upper()
        assert self.query.on is not None
        return f"{self.query.on:%y}{self.office[:2]}{digest[:12]}J1"

    def _line(self) -> tuple[OrderLine, Decimal]:
        """Return the smallest order on the first line of which enough is left, and how much that is."""
        answer = ask_authority(self.asked, "verify", self.query)
        if not isinstance(answer.value, Answer):
            raise NotMoved(f"{self.query.reference} cannot be asked about: `gateway ask` shows why ({answer.code})")
        ledger = answer.value.ledger
        if has_position(self.asked.loaded.manifest):
            told = ask_authority(self.asked, "position", self.query).value
            ledger = told if isinstance(told, Ledger) else ledger
        certificate = answer.value.certificate
        certified = {one.number: one for one in certificate.lines} if certificate is not None else {}
        for line in ledger.lines if ledger is not None else ():
            goods = certified.get(line.number)
            code = line.commodity_code if goods is None else goods.commodity_code
            by_value = goods is not None and goods.quantity is None and goods.amount is not None
            if line.available.value > MOST_ORDERED and code and not by_value:
                return _smallest(line, code), line.available.value
        raise NotMoved(
            f"{self.query.reference}: no line of it with a commodity code has more than {MOST_ORDERED} left by quantity; name a document that has, or "
            "write these recordings by hand"
        )


def _smallest(line: LedgerLine, code: str) -> OrderLine:
    return OrderLine(
        goods_item=1,
        certificate_line=line.number,
        commodity_code=code.ljust(8, "0"),
        quantities=(Quantity(value=Decimal(1), unit=line.available.unit),),
        amount=None if line.amount is None else Money(value=Decimal(1), currency=line.amount.currency),
    )


def _of(line: OrderLine, value: Decimal) -> OrderLine:
    """Return an order's line with another quantity; of what is counted a whole number."""
    counted = line.quantities[0].unit in COUNTED
    whole = value.to_integral_value(rounding=ROUND_CEILING) if counted else value
    return replace(line, quantities=tuple(replace(one, value=whole) for one in line.quantities))


def _is_done(question: AskedQuestion) -> bool:
    return isinstance(question.value, Receipt) and question.value.outcome is ReceiptOutcome.DONE


def _shown(question: AskedQuestion) -> str:
    if isinstance(question.value, Receipt):
        refusal = question.value.refusal
        return question.value.outcome.value if refusal is None else f"{question.value.outcome.value} ({refusal.value})"
    return f"no receipt ({question.code})"
