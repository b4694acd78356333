"""The oldest Python that `requires-python` names reads the code, too: what its standard library refuses while a newer one takes it."""

import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from types import MappingProxyType

import adapters
import gateway
import gateway_client

ELSEWHERE = ("gateway.cli.skeletons", "gateway.cli.__main__", "gateway.conformance.pytest")
"""What is no module of the gateway's, or does something when it is imported."""


def modules() -> Iterator[str]:
    """The names of all modules that are delivered."""
    for package in (gateway, adapters, gateway_client):
        for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not found.name.startswith(ELSEWHERE) and not found.name.endswith("__main__"):
                yield found.name


def test_no_default_of_a_dataclass_is_one_that_python_3_11_refuses() -> None:
    """A default without a hash is refused there, and that of a mapping proxy came with 3.12."""
    for name in modules():
        for found in vars(importlib.import_module(name)).values():
            if isinstance(found, type) and is_dataclass(found) and found.__module__ == name:
                refused = [one.name for one in fields(found) if isinstance(one.default, MappingProxyType)]
                assert not refused, f"{name}.{found.__name__}: {', '.join(refused)}: take default_factory"
