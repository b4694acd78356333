"""The wings of this gateway."""

from gateway.wing import Wing
from gateway.wings.webhooks.wing import WebhooksWing

WINGS: tuple[type[Wing], ...] = (WebhooksWing,)
"""In the order in which their calls and pages are served."""
