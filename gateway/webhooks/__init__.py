"""Webhooks: notices are made events of those who want them, and events are sent to their receivers."""

from gateway.webhooks.fan_out import FanOut
from gateway.webhooks.loops import running
from gateway.webhooks.payload import Payloads
from gateway.webhooks.receivers import Receivers
from gateway.webhooks.sender import Sender, SenderLimits

__all__ = ["FanOut", "Payloads", "Receivers", "Sender", "SenderLimits", "running"]
