"""Write-offs that officers owe: goods were released unverified inside a contingency window, and nothing could be reserved."""

from gateway.domain.actor import Actor
from gateway.domain.approval import Approval
from gateway.domain.contingency import ListedInside
from gateway.domain.document import DocumentKey
from gateway.domain.errors import Conflict, NotKnown, Obstruction
from gateway.domain.movement import OrderLine
from gateway.domain.record import ReadState
from gateway.domain.release import InterventionKind, InterventionLine, InterventionOrder
from gateway.lifecycle.contingency import Contingency
from gateway.lifecycle.steps import CustomsSteps, Stepped

_OF_ONE = 1_000
"""Documents of one declaration inside a window, at most."""


class OwedWriteOffs:
    """The write-offs that a window's list says are to be entered, as two officers enter them."""

    def __init__(self, contingency: Contingency, steps: CustomsSteps) -> None:
        self._contingency = contingency
        self._steps = steps

    async def owed(self, number: int, record_id: str, document: DocumentKey) -> ListedInside:
        """Return the document in a window's list whose write-off is owed.

        Raises:
            NotKnown: it was not decided inside that window, or nothing has to be written off by officers.
            Conflict: it is written off already.
        """
        listed = await self._contingency.decided_inside(number, limit=_OF_ONE, owed=True, record_id=record_id)
        found = next((one for one in listed if one.entry.document == document), None)
        if found is None:
            raise NotKnown(f"Nothing of such a document is to be written off by officers because of window {number}.")
        if found.written_off:
            raise Conflict("The write-off was entered already.", obstruction=Obstruction("window", str(number)))
        return found

    async def enter(
        self,
        number: int,
        record_id: str,
        document: DocumentKey,
        *,
        by: Actor,
        second: Actor | None = None,
        reason: str,
        seen: ReadState | None = None,
    ) -> Stepped | Approval:
        """Take the order to write off what a window's list says; of one officer it waits for the approval of a second one.

        Raises:
            NotKnown: nothing of it is owed.
            Conflict: it is written off already, or the declaration does not allow it now.
            SamePerson: the second officer is the first.
        """
        found = await self.owed(number, record_id, document)
        order = InterventionOrder(
            kind=InterventionKind.FORCE,
            type=document.type,
            document_reference=document.reference,
            lines=tuple(_line(one) for one in found.entry.write_off),
            officer=by.person,
            second_officer=second.person if second is not None else None,
            reason=reason,
            reference=reference_of(number),
        )
        return await self._steps.intervene(record_id, order, by=by, second=second, seen=seen)


def reference_of(number: int) -> str:
    """Return customs' own number of the interventions that a window's list asks for: entered twice, they are one."""
    return f"window {number}"


def _line(line: OrderLine) -> InterventionLine:
    if line.quantities:
        counts = line.quantities[0]
        quantity, unit = counts.value, counts.unit
    else:
        assert line.amount is not None, "a line has a quantity or a value"
        quantity, unit = line.amount.value, line.amount.currency
    return InterventionLine(goods_item=line.goods_item, line=line.certificate_line, quantity=quantity, unit=unit)
