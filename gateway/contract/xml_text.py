"""Values as they are written into XML by hand (contract 1.6).

A message whose form never changes is a text with gaps: what stands in the gaps is escaped here.
"""

import re
from datetime import UTC, datetime
from xml.sax.saxutils import escape

from gateway.contract.errors import RequestRejected

_NOT_CARRIED = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 has no way to say (section 2.2)."""


def escaped(name: str, value: str) -> str:
    """Gives a text as it stands between an element's tags; an attribute's needs more.

    Args:
        name: The element's name, for the message.
        value: Any text.

    Raises:
        RequestRejected: it holds characters that XML cannot carry.
    """
    if value.isascii() and (
        value.isalnum() or (value.isprintable() and not ("&" in value or "<" in value or ">" in value))
    ):
        return value  # numbers and codes: most of what is told
    if _NOT_CARRIED.search(value):
        raise RequestRejected(f"{name}: characters that XML cannot carry")
    return escape(value, {"\r": "&#13;"})


def moment_text(at: datetime) -> str:
    """Gives a moment as XML has it, in UTC with milliseconds: `2026-03-02T09:12:00.000Z`.

    Args:
        at: A moment with a time zone.
    """
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
