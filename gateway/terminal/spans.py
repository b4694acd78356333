"""Spans of time as commands print them."""

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def span(seconds: float) -> str:
    """Return a span in its two largest units: `2 d 3 h`, `4 min 10 s`."""
    parts: list[str] = []
    left = int(max(0.0, seconds))
    for unit, size in _UNITS:
        number, left = divmod(left, size)
        if number or parts:
            parts.append(f"{number} {unit}")
        if len(parts) == 2:
            break
    return " ".join(part for part in parts if not part.startswith("0 ")) or "0 s"
