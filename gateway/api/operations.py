"""The description of each operation beside what its code does: names, refusals, headers and examples, from `operations.toml` and the files of wings."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any

import msgspec

from gateway.api.problems import page_of
from gateway.domain.errors import GatewayError
from gateway.wing_files import wing_files, wing_folders

FILE = Path(__file__).with_name("operations.toml")
EXAMPLES = Path(__file__).with_name("examples")
"""One body a file: the operation's id, a point and what it shows; XML or JSON by the file's ending."""
EVERY = "every"
"""The group of refusals that may end any operation but that of health."""
_HEALTH = "GET /healthz"
MESSAGE = "message"
"""The group of those that take a declaration."""
MATCHED = "matched"
"""The group of those that act on a declaration only as it was read, where `If-Match` names that."""
_READ = "GET /v1/declarations/{record_id}"
_PROBLEM = "application/problem+json"
_WAIT = {
    "name": "Prefer",
    "in": "header",
    "required": False,
    "description": "`wait=N`: the seconds to wait for the decision (RFC 7240); clipped to what `Preference-Applied` says",
    "schema": {"type": "string"},  # whatever else is preferred is passed over
    "example": "wait=10",
}
_LANGUAGE = {
    "name": "Accept-Language",
    "in": "header",
    "required": False,
    "description": "The language of sentences (RFC 9110): those of the catalogue, else English; `Content-Language` says which",
    "schema": {"type": "string"},
    "example": "de",
}
_IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": "The ETag under which the declaration was read (RFC 9110): where its reader is told something else by now, nothing is done",
    "schema": {"type": "string"},
    "example": '"0a1b2c3d4e5f60718293a4b5c6d7e8f9-en"',
}
_IF_NONE_MATCH = {
    **_IF_MATCH,
    "name": "If-None-Match",
    "description": "The ETag of what the caller has: 304 where the answer would be the same",
}
_TAG = {"description": "The tag of what this reader is told, in this language", "schema": {"type": "string"}}
_UNCHANGED = {"description": "What the caller has is what the answer would be", "headers": {"ETag": _TAG}}
_WAITED = {"description": "The seconds that were waited for the decision", "schema": {"type": "string"}}
_LOCATION = {"description": "Where what was taken is found", "schema": {"type": "string"}}
_AGAIN = {"description": "Seconds after which it can be tried again", "schema": {"type": "integer", "minimum": 1}}
_LATER = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})


class Operation(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The description of one operation."""

    call: str
    """Its method and path."""
    id: str
    """The name by which generated clients call it."""
    refusals: tuple[str, ...] = ()
    """The groups of codes that it may end with, beside those of every operation."""
    prefer: bool = False
    """Whether it waits for a decision."""
    public: bool = False
    """Whether nobody is asked who they are."""
    tagged: bool = False
    """Whether its answer has an ETag."""


class _File(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    refusals: dict[str, tuple[str, ...]]
    operation: tuple[Operation, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """The description of all operations."""

    groups: Mapping[str, Sequence[str]]
    """Codes of refusals, by the name of their group."""
    by_call: Mapping[str, Operation]

    @classmethod
    @cache
    def read(cls) -> "Operations":
        """Read the files."""
        read = [msgspec.toml.decode(FILE.read_bytes(), type=_File)]
        read += [msgspec.convert({"refusals": one.refusals, "operation": one.operation}, _File) for one in wing_files()]
        return cls(
            groups={name: codes for one in read for name, codes in one.refusals.items()},
            by_call={operation.call: operation for one in read for operation in one.operation},
        )

    def refusals(self, operation: Operation) -> Mapping[int, tuple[str, Sequence[str]]]:
        """Return the codes that an operation may be refused with by their status, each list with the name of its component."""
        groups = operation.refusals if operation.call == _HEALTH else (EVERY, *operation.refusals)
        statuses = _statuses()
        found: dict[int, dict[str, list[str]]] = {}
        for group in groups:
            for code in self.groups[group]:
                found.setdefault(statuses[code], {}).setdefault(group, []).append(code)
        return {
            status: (
                f"Refused{status}{''.join(group.title() for group in by_group if group != EVERY)}",
                sorted({code for codes in by_group.values() for code in codes}),
            )
            for status, by_group in sorted(found.items())
        }


def complete(described: dict[str, Any], *, declaration: str) -> None:
    """Add to a description what the file says: ids, headers, refusals by status and code, and examples.

    Args:
        described: the description of all operations.
        declaration: the name of the schema of a declaration in JSON; empty: none is read here.
    """
    operations = Operations.read()
    components = described["components"].setdefault("responses", {})
    for path, methods in described["paths"].items():
        for method, call in methods.items():
            operation = operations.by_call[f"{method.upper()} {path}"]
            call["operationId"] = operation.id
            if operation.public:
                call["security"] = []
            _add_headers(call, operation, speaks=path.startswith("/v1/"))
            for media, content in call.get("requestBody", {}).get("content", {}).items():
                if declaration and MESSAGE in operation.refusals and media == "application/json":
                    content["schema"] = {"$ref": f"#/components/schemas/{declaration}"}
                if found := dict(_shown(operation, media)):
                    content["examples"] = found
            for status, (name, codes) in operations.refusals(operation).items():
                if str(status) not in call["responses"]:
                    components.setdefault(name, _refusal(status, codes))
                    call["responses"][str(status)] = {"$ref": f"#/components/responses/{name}"}


def _add_headers(call: dict[str, Any], operation: Operation, *, speaks: bool) -> None:
    parameters = call.setdefault("parameters", [])
    if operation.prefer:
        parameters.append(_WAIT)
    if speaks:
        parameters.append(_LANGUAGE)
    if MATCHED in operation.refusals:
        parameters.append(_IF_MATCH)
    if operation.tagged or operation.call == _READ:
        parameters.append(_IF_NONE_MATCH)
        call["responses"]["200"]["headers"] = {"ETag": _TAG}
        call["responses"]["304"] = _UNCHANGED
    for status, answer in call["responses"].items():
        if operation.prefer and status == str(HTTPStatus.OK.value):
            answer["headers"] = {"Preference-Applied": _WAITED}
        if status in {str(HTTPStatus.ACCEPTED.value), str(HTTPStatus.CREATED.value)}:
            answer["headers"] = {"Location": _LOCATION}


def example_folders() -> Sequence[Path]:
    """Return the folders of examples."""
    return (EXAMPLES, *wing_folders("examples"))


def examples(operation: Operation) -> Iterator[tuple[str, Path]]:
    """Return the files with examples of an operation's body, by what they show."""
    for file in sorted(file for folder in example_folders() for file in folder.glob(f"{operation.id}.*")):
        yield file.stem.partition(".")[2], file


def _shown(operation: Operation, media: str) -> Iterator[tuple[str, Any]]:
    for name, file in examples(operation):
        if media.endswith(file.suffix[1:]):
            text = file.read_text(encoding="utf-8")
            yield name, {"value": text if file.suffix == ".xml" else msgspec.json.decode(text)}


def _refusal(status: int, codes: Sequence[str]) -> dict[str, Any]:
    """Return the answer for a status, with one example for each code."""
    titles = _titles()
    schema = {"$ref": "#/components/schemas/Problem"}
    examples = {
        code: {
            "summary": titles[code],
            "value": {
                "type": page_of(code),
                "title": titles[code],
                "status": status,
                "detail": titles[code],
                "code": code,
                "errors": [],
            },
        }
        for code in codes
    }
    answer = {
        "description": " ".join(f"`{code}`: {titles[code]}." for code in codes),
        "content": {_PROBLEM: {"schema": schema, "examples": examples}},
    }
    if status in _LATER:
        answer["headers"] = {"Retry-After": _AGAIN}
    return answer


def _classes(of: type[GatewayError] = GatewayError) -> Iterator[type[GatewayError]]:
    yield of
    for one in of.__subclasses__():
        yield from _classes(one)


@cache
def _statuses() -> Mapping[str, int]:
    """Return the status of each code."""
    return {one.code: one.status for one in _classes()}


@cache
def _titles() -> Mapping[str, str]:
    """Return the title of each code: that of the most general refusal that has it."""
    found: dict[str, str] = {}
    for one in _classes():
        found.setdefault(one.code, one.title())
    return found
