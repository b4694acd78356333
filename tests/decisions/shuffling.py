"""The same case in another order: of everything in which order must mean nothing."""

import random
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from msgspec import structs

from gateway.contract import Certificate, Ledger, OrderLine
from gateway.decisions import Case
from gateway.domain.declaration import Declaration, GoodsItem
from gateway.domain.movement import Movement, OwnQuantity
from gateway.domain.tables.in_force import Tables
from gateway.domain.tables.rows import Row
from gateway.domain.verification import Plan, Verification

T = TypeVar("T")


class Shuffler:
    """Puts things into an order of its own."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)

    def any(self, values: Sequence[T]) -> tuple[T, ...]:
        return tuple(self._dice.sample(list(values), len(values)))

    def case(self, case: Case) -> Case:
        """The same case: its goods items, citations, answers, movements and the rows of its tables in another order."""
        return replace(
            case,
            declaration=self._declaration(case.declaration),
            plan=self._plan(case.plan),
            tables=self.tables(case.tables),
            facts=structs.replace(
                case.facts,
                verifications=self.any([self._word(word) for word in case.facts.verifications]),
                movements=self.any([self._movement(one) for one in case.facts.movements]),
            ),
        )

    def tables(self, tables: Tables) -> Tables:
        """The same rows, as if their files and the rows in them had been read in another order."""
        rows: dict[str, Any] = {}
        for field in fields(tables):
            held = getattr(tables, field.name)
            if isinstance(held, tuple) and held and isinstance(held[0], Row):
                rows[field.name] = self.any(held)
        return replace(tables, messages=self.any(tables.messages), **rows)

    def _declaration(self, declaration: Declaration) -> Declaration:
        return structs.replace(
            declaration,
            documents=self.any(declaration.documents),
            references=self.any(declaration.references),
            items=self.any([self._item(item) for item in declaration.items]),
        )

    def _item(self, item: GoodsItem) -> GoodsItem:
        return structs.replace(item, documents=self.any(item.documents), references=self.any(item.references))

    def _plan(self, plan: Plan) -> Plan:
        documents = [structs.replace(document, cited=self.any(document.cited)) for document in plan.documents]
        requirements = [
            structs.replace(one, query=replace(one.query, lines=self.any(one.query.lines))) for one in plan.requirements
        ]
        return structs.replace(plan, documents=self.any(documents), requirements=self.any(requirements))

    def _word(self, word: Verification) -> Verification:
        return structs.replace(
            word,
            certificate=self._certificate(word.certificate) if word.certificate is not None else None,
            ledger=self._ledger(word.ledger) if word.ledger is not None else None,
        )

    def _certificate(self, certificate: Certificate) -> Certificate:
        return replace(
            certificate,
            lines=self.any(certificate.lines),
            destinations=self.any(certificate.destinations),
            successors=self.any(certificate.successors),
        )

    def _ledger(self, ledger: Ledger) -> Ledger:
        return replace(ledger, lines=self.any(ledger.lines), allocations=self.any(ledger.allocations))

    def _movement(self, movement: Movement) -> Movement:
        return structs.replace(
            movement,
            lines=self.any(movement.lines),
            holding=self._holding(movement.holding) if movement.holding is not None else None,
        )

    def _holding(self, holding: OwnQuantity) -> OwnQuantity:
        reserved: Sequence[OrderLine] = holding.reserved
        return structs.replace(holding, reserved=self.any(reserved), written_off=self.any(holding.written_off))
