"""The outcome of an event that was sent to a receiver."""

from dataclasses import dataclass

from gateway.wings.webhooks.webhook import DeliveryFault


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiverAnswer:
    """The answer of a receiver, or why there is none."""

    fault: DeliveryFault | None
    """None: it took the event."""
    status: int | None = None
