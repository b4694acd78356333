"""The identities that a piece of work will ask for, said beforehand by the rules that run elsewhere: it is done where there are any."""

from collections.abc import Iterable

from gateway.beside import beside_if_large
from gateway.domain.declaration import Declaration
from gateway.domain.identity import AsCited, AskedIdentities, Identify, Identities
from gateway.domain.movement import Movement
from gateway.domain.record import Work
from gateway.domain.tables.in_force import InForce
from gateway.lifecycle.movements.orders import document_of
from gateway.routing import cited


async def learn_cited(identities: Identities, declaration: Declaration, view: InForce) -> None:
    """Have said which documents a declaration cites, all of them in one order."""
    asked = AskedIdentities()
    await beside_if_large(declaration.size, lambda: cited(declaration, view, asked))
    await identities.learn_all(asked.named)


async def learn_of_work(identities: Identities, work: Work, view: InForce) -> None:
    """Have said which documents the work on a declaration is about: those that it cites, moved, was decided on, and is ordered about."""
    asked = AskedIdentities()
    await beside_if_large(work.declaration.size, lambda: _ask(work, view, asked))
    await identities.learn_all(asked.named)


async def learn_moved(identities: Identities, movements: Iterable[Movement]) -> None:
    """Have said which documents movements are of."""
    await identities.learn_all((one.adapter, one.type, one.reference) for one in movements)


def _ask(work: Work, view: InForce, identify: Identify) -> None:
    named = cited(work.declaration, view, identify)
    as_cited = AsCited(identify, {})
    for step in work.steps:
        document_of(step, work, as_cited, view)
    for movement in work.movements:
        as_cited.document(movement)
    # An order goes on under the spelling that is cited now, at whom it was begun.
    for adapter, moved in {(one.adapter, one.type) for one in work.movements}:
        for kind, reference in named.values():
            if kind == moved:
                identify(adapter, kind, reference)
    others = [one.document for one in work.inside] + [one.key for one in (*work.officer_verifications, *work.answers)]
    for kind, reference in others:
        identify(view.adapter(kind, work.declaration.direction), kind, reference)
