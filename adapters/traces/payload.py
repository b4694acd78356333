"""The payload of a request as it is written: its form never changes but by the items in it, so it is a text with gaps."""

from adapters.traces.port import Names, Payload
from gateway.contract.xml_text import escaped


def payload(operation: str, names: Names, *inside: str) -> Payload:
    """Write the payload of an operation, around what is written."""
    content = "".join(inside)
    shared = f' xmlns:base="{names.base_namespace}"' if "<base:" in content else ""
    head = f'<ched:{operation} xmlns:ched="{names.ched_namespace}"{shared}>'
    return Payload(operation, f"{head}{content}</ched:{operation}>")


def around(name: str, *inside: str) -> str:
    """Write an element with its prefix, around what is written; with nothing in it, it is empty."""
    return f"<{name}>{''.join(inside)}</{name}>" if inside else f"<{name}/>"


def leaf(name: str, value: str) -> str:
    """Write an element with its prefix, with a text in it.

    Raises:
        RequestRejected: the text holds characters that XML cannot carry.
    """
    return f"<{name}>{escaped(name.partition(':')[2], value)}</{name}>"
