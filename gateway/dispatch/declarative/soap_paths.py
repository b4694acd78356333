"""The paths that can find something in an answer of SOAP: in what is told, and in a Fault of either version."""

from collections.abc import Mapping
from types import MappingProxyType

ENVELOPES: Mapping[str, str] = MappingProxyType(
    {"1.1": "http://schemas.xmlsoap.org/soap/envelope/", "1.2": "http://www.w3.org/2003/05/soap-envelope"}
)
"""The namespaces of the versions of SOAP."""
IN_FAULTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"1.1": ("faultcode", "faultstring", "faultactor", "detail"), "1.2": ("Code", "Reason", "Node", "Role", "Detail")}
)
"""The elements inside a Fault: of 1.1 without a namespace, of 1.2 in that of the envelope."""
ANSWER, FAULT, EITHER = "answer", "fault", "either"
"""Inside of what a path begins: the one element of the Body that is an answer, the one that is a Fault, or whichever comes."""


def misplaced(path: str, namespaces: Mapping[str, str], version: str, inside: str) -> str | None:
    """Return why a path can find nothing there, and what to write; None: it can."""
    first = path.partition("/")[0].partition("[")[0]
    prefix, _, name = first.rpartition(":")
    namespace = namespaces.get(prefix) if prefix else None
    if namespace in ENVELOPES.values() and not (
        version == "1.2" and inside != ANSWER and namespace == ENVELOPES[version] and name in IN_FAULTS[version]
    ):
        where = {
            ANSWER: "the one element of the Body",
            FAULT: "the Fault",
            EITHER: "the one element of the Body, or the Fault",
        }
        return f"a path begins inside {where[inside]}: {first} is not there" + _instead(inside, namespaces, version)
    if (
        inside == FAULT
        and namespace not in ENVELOPES.values()
        and (version == "1.2" or prefix or name not in IN_FAULTS["1.1"])
    ):
        return f"a path begins inside the Fault: {first} is not there" + _instead(inside, namespaces, version)
    if inside == EITHER and version == "1.2" and first in ("faultcode", "faultstring", "faultactor"):
        return f"a Fault of SOAP 1.2 has no {first}" + _instead(inside, namespaces, version)
    return None


def _instead(inside: str, namespaces: Mapping[str, str], version: str) -> str:
    if inside == ANSWER:
        return ""
    names = IN_FAULTS[version]
    if version == "1.2":
        prefix = next((one for one, uri in namespaces.items() if uri == ENVELOPES[version]), None)
        if prefix is None:
            return f'; name its namespace first, [namespaces] s = "{ENVELOPES[version]}", then s:{", s:".join(names)}'
        names = tuple(f"{prefix}:{name}" for name in names)
    return f"; in one of SOAP {version} stand {', '.join(names)}"
