"""The API's description as a reader of it sees it: which operation a call is of, and what it says of its answers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import httpx

from gateway.api import create_api
from gateway.api.openapi import described_api
from gateway.settings import load
from gateway.settings.messages import load_catalogue
from gateway.wing import Kernel
from gateway.wings.listed import WINGS


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedOperation:
    """One operation of the description."""

    pattern: re.Pattern[str]
    method: str
    described: Mapping[str, Any]

    def codes(self, status: int) -> Sequence[str]:
        """The codes of refusals that it names for a status."""
        answer = resolved(self.described["responses"].get(str(status), {}))
        content = answer.get("content", {}).get("application/problem+json", {})
        return tuple(content.get("examples", {}))


class _Nobody:
    """In the place of every part of a gateway, none of which is asked anything."""

    def __getattr__(self, name: str) -> "_Nobody":
        return self


@cache
def documentation() -> Mapping[str, Any]:
    """The description of all calls, as it is served."""
    nobody: Any = _Nobody()
    settings = load({})
    catalogue = load_catalogue(*settings.folders())
    kernel = Kernel(settings=settings, store=nobody, lifecycle=nobody, dispatcher=nobody, pulses=nobody)
    further = [wing(kernel).calls for wing in WINGS]
    return described_api(create_api(nobody, nobody, settings, catalogue, further=further), settings)


@cache
def operations() -> tuple[DescribedOperation, ...]:
    """Every operation, those of the most literal path first."""
    found = [
        DescribedOperation(pattern=_pattern(path), method=method.upper(), described=call)
        for path, calls in sorted(documentation()["paths"].items(), key=lambda one: (one[0].count("{"), one[0]))
        for method, call in calls.items()
    ]
    return tuple(found)


def operation_of(method: str, path: str) -> DescribedOperation | None:
    """The operation that a call is of; None: it is of none."""
    return next((one for one in operations() if one.method == method and one.pattern.fullmatch(path)), None)


def resolved(part: Mapping[str, Any]) -> Mapping[str, Any]:
    """A part of the description, or what it refers to."""
    found: Mapping[str, Any] = part
    if (reference := part.get("$ref")) is not None:
        found = documentation()
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
    return found


def must_be_described(answer: httpx.Response) -> None:
    """Fails where an operation is refused with a code that its description does not name for that status."""
    if not answer.headers.get("content-type", "").startswith("application/problem+json"):
        return
    operation = operation_of(answer.request.method, answer.request.url.path)
    if operation is None:
        return
    answer.read()
    code = answer.json()["code"]
    assert code in operation.codes(answer.status_code), (
        f"{operation.described['operationId']}: {answer.status_code} {code} is not described"
    )


def _pattern(path: str) -> re.Pattern[str]:
    parts = re.split(r"(\{[^}]+\})", path)
    inner = {"{reference}": ".+"}
    return re.compile("".join(inner.get(one, "[^/]+") if one.startswith("{") else re.escape(one) for one in parts))
