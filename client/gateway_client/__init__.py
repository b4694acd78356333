"""A client of the gateway: lodge, wait, amend, release, follow the notices, verify a webhook."""

from gateway_client.asynchronous import AsyncGateway
from gateway_client.errors import ClockDiffers, NotGenuine, Refused, Unreachable, Violation
from gateway_client.names import ByLrn
from gateway_client.notices import Gap, Notice
from gateway_client.results import (
    Application,
    Approval,
    Cited,
    Clock,
    Decision,
    Declaration,
    Explanation,
    Finding,
    Preflight,
)
from gateway_client.synchronous import Gateway
from gateway_client.webhooks import Event, verify_webhook

__all__ = [
    "Application",
    "Approval",
    "AsyncGateway",
    "ByLrn",
    "Cited",
    "Clock",
    "ClockDiffers",
    "Decision",
    "Declaration",
    "Event",
    "Explanation",
    "Finding",
    "Gap",
    "Gateway",
    "NotGenuine",
    "Notice",
    "Preflight",
    "Refused",
    "Unreachable",
    "Violation",
    "verify_webhook",
]
