"""The view of an authority: its health in one process, and what is known of it over all of them."""

from dataclasses import asdict
from typing import Any

from gateway.dispatch import AdapterHealth
from gateway.domain.contingency import Window
from gateway.store import WaitedFor


def adapter(health: AdapterHealth, waited: WaitedFor | None, window: Window | None) -> dict[str, Any]:
    """Return an adapter's health with what waits for its authority, and the contingency window that is open for it."""
    body = asdict(health)
    return {
        **body,
        "waiting": waited.declarations if waited is not None else 0,
        "waiting_since": waited.since if waited is not None else None,
        "back_at": waited.back_at if waited is not None else None,
        "window": None
        if window is None
        else {"number": window.number, "mode": window.mode, "link": f"/v1/contingency/{window.number}"},
    }
