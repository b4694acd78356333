"""An adapter whose orders look something up, and nothing more, and then say what their reference names."""

from dataclasses import replace
from typing import Any

from gateway.contract import Receipt, ReceiptOutcome, Refusal, Request, Settings, Unavailable

DONE = Receipt(outcome=ReceiptOutcome.DONE)
odd: Any = replace
DISBELIEVED: dict[str, Any] = {
    "DONE": DONE,
    "NOTHING": None,
    "TEXT": "done",
    "UNREADABLE": odd(DONE, outcome="done"),
    "UNREADABLE PART": odd(DONE, goods_item=0),
    "CONTRADICTION": replace(DONE, refusal=Refusal.STATUS),
}
"""What is no receipt after look-ups alone."""
RAISED: dict[str, Exception] = {"AWAY": Unavailable("x"), "BROKEN": ValueError("x")}


class Mover:
    """Looks something up by a POST that moves nothing."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def reserve(self, order: Any, occasion: Any) -> Any:
        yield Request(path="/look-up", method="POST", moves=False)
        if order.reference in RAISED:
            raise RAISED[order.reference]
        return DISBELIEVED[order.reference]

    verify = reserve
