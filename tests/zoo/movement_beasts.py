"""Beasts that move quantities wrongly."""

from tests.zoo.beast import kit_beast
from tests.zoo.reading_beasts import START

KEY = '            "key": order.key,\n'
KEY_READ = '        answer.text("key", re.escape(order.key))\n'
POSTED = '            method="POST",\n'
ANSWER = "        answer, on = read_json(response.body), occasion.at.date()\n"
CHECK = "        _make_sure_of(receipt, kind, order)\n"
OUTCOME = "outcome=self._outcomes.meaning(code, on),"
REFUSAL = "refusal=None if reason is None else self._refusals.meaning(reason, on),"
LEDGER = "            ledger=self._ledger([answer], on),\n"
DONE = "Receipt(outcome=ReceiptOutcome.DONE)"
SAID = '            "lines": [_said(line) for line in order.lines],\n'
ITEM_AND_LINE = '{"goods_item": line.goods_item, "line": line.certificate_line, "weight": weight}'
ITEM_READ, LINE_READ = 'goods_item=taken.count("goods_item")', 'certificate_line=taken.count("line")'
VALUE = '{"value": format(line.quantities[0].value, "f"), '
ALLOCATED = "Allocation(declaration=order.declaration, state=AllocationState.RESERVED if kind is MovementKind.RESERVE else AllocationState.CONSUMED, goods_item=one.goods_item, certificate_line=one.certificate_line, quantity=one.quantities[0]) for one in order.lines"
STATED = ', "left": _left(held["lines"], books), "taken": books'
READ_POSITION = "        return answer.ledger\n"
REPLACE = ("from collections import Counter\n", "from collections import Counter\nfrom dataclasses import replace\n")


MOVEMENT_BEASTS = (
    kit_beast("makes_up", "of an answer that says no position it makes one of the order", "movements.position_made_up", (LEDGER, f"            ledger=Ledger(lines=(), allocations=tuple({ALLOCATED})),\n"), (CHECK, ""), files={"simulator.py": ((STATED, ""),)}, own_simulator=True, rerecorded=True),
    kit_beast("remembers", "its position is what it has ordered", "movements.position_made_up", (CHECK, '        self.__dict__.setdefault("kept", {})[order.declaration] = kind, order\n'), (READ_POSITION, f'        kind, order = self.__dict__.get("kept", {{}}).get(query.declaration, (None, None))\n        return answer.ledger if order is None else replace(answer.ledger, allocations=tuple({ALLOCATED}))\n'), REPLACE),
    kit_beast("first_order_line", "the first line of an order alone", "orders.line_unsaid", (SAID, SAID.replace("order.lines]", "order.lines[:1]]"))),
    kit_beast("first_line_ordered", "the first line of an order alone, and a receipt without a position", "movements.order_not_followed", (SAID, SAID.replace("order.lines]", "order.lines[:1]]")), (LEDGER, ""), (CHECK, ""), rerecorded=True),
    kit_beast("whole_kilograms", "it orders whole kilograms", "orders.fraction_unsaid", (VALUE, '{"value": str(int(line.quantities[0].value)), ')),
    kit_beast("whole_kilograms_ordered", "it orders whole kilograms, and believes what it is told", "movements.order_not_followed", (VALUE, '{"value": str(int(line.quantities[0].value)), '), (LEDGER, ""), (CHECK, ""), rerecorded=True),
    kit_beast("item_for_line", "item and line exchanged in its orders", "movements.order_not_followed", (ITEM_AND_LINE, '{"goods_item": line.certificate_line, "line": line.goods_item, "weight": weight}')),
    kit_beast("allocations_exchanged", "item and line exchanged in what is taken", "movements.order_not_followed", (ITEM_READ, 'goods_item=taken.count("line")'), (LINE_READ, 'certificate_line=taken.count("goods_item")')),
    kit_beast("weights_exchanged", "what is taken of one line is told of another", "movements.order_not_followed", ("        taken = (self._taken(one, on) for part in parts for one in part.records(\"taken\"))\n", "        rows = [self._taken(one, on) for part in parts for one in part.records(\"taken\")]\n        taken = (replace(one, quantity=other.quantity) for one, other in zip(rows, reversed(rows), strict=True))\n"), ("from collections import Counter\n", "from collections import Counter\nfrom dataclasses import replace\n")),
    kit_beast("new_key", "each sending has a key of its own", "movements.moved_twice", (KEY, '            "key": occasion.message_id,\n'), (KEY_READ, "")),
    kit_beast("ok_is_done", "HTTP 200 is done", "fields.truncated", (ANSWER, f"        return {DONE}\n{ANSWER}")),
    kit_beast("refused_is_done", "a refusal is done", "movements.position_differs", (OUTCOME, "outcome=ReceiptOutcome.DONE,"), (REFUSAL, "refusal=None,"), (LEDGER, ""), (CHECK, "")),
    kit_beast("refused_is_reached", "a refusal is done, and the recording says otherwise", "statuses.not_reached", (OUTCOME, "outcome=ReceiptOutcome.DONE,"), (REFUSAL, "refusal=None,"), (LEDGER, ""), (CHECK, "")),
    kit_beast("reserves_by_asking", "it reserves while it reads", "movements.moved_by_reading", (START, '        if query.declaration is not None:\n            kept = {"movement": "force", "number": query.reference, "mrn": "26FRD0000000099998", "office": "X", "key": occasion.message_id, "lines": [{"goods_item": 1, "line": 1, "weight": {"value": "1", "unit": "KGM"}}]}\n            yield Request(method="POST", path="/movements", body=json.dumps(kept).encode())\n' + START)),
    kit_beast("error_is_done", "an error after the order is done", "movements.lost_answer", (POSTED, POSTED + "            expect=frozenset({200, 500}),\n"), (ANSWER, f"        if response.status == 500:\n            return {DONE}\n{ANSWER}")),
    kit_beast("no_position", "its position is what was certified", "movements.position_differs", ('taken = (self._taken(one, on) for part in parts for one in part.records("taken"))', "taken = ()"), (CHECK, ""), (LEDGER, "")),
    kit_beast("any_order", "a receipt for another order will do", "documents.other_document", ('        answer.same("number", order.reference)\n', "")),
    kit_beast("any_outcome", "an outcome that it does not know is done", "documents.unknown_code", (OUTCOME, 'outcome={"REJECTED": ReceiptOutcome.REFUSED, "NOTHING_THERE": ReceiptOutcome.NO_RECORD}.get(code, ReceiptOutcome.DONE),')),
    kit_beast("body_by_hand", "the order is written by hand", "references.other_shape", ("            body=json.dumps(said).encode(),\n", "            body=json.dumps({**said, 'number': '@'}).replace('@', order.reference).encode(),\n")),
    kit_beast("retries_orders", "it sends an order again by itself", "repeats.asks_again", ("        response = yield Request(\n" + POSTED, "        response = None\n        while response is None or response.status == 503:\n          response = yield Request(\n            expect=frozenset({200, 503}),\n" + POSTED)),
)  # fmt: skip
