"""The construction of an adapter and of its rule of identity from the names that its manifest gives."""

import importlib
from collections.abc import Mapping, Sequence
from typing import Any

from gateway.contract import Settings, identity_fault
from gateway.contract.earlier import spoken


def construct(
    module: str,
    name: str,
    *,
    values: Mapping[str, str],
    secrets: Mapping[str, str],
    methods: Sequence[str],
    contract: str,
) -> Any:
    """Import an adapter's class and construct it; whatever its code raises comes through.

    Its code is given what the `contract` gave that it was built for.

    Raises:
        TypeError: the class lacks methods that its manifest promises.
    """
    adapter = getattr(importlib.import_module(module), name)(Settings(values=dict(values), secrets=dict(secrets)))
    missing = [method for method in methods if not callable(getattr(adapter, method, None))]
    if missing:
        raise TypeError(f"{name} has no method {', '.join(missing)}")
    return spoken(adapter, contract)


def identity_rule(name: str, document_types: Sequence[str]) -> Any:
    """Import an adapter's rule of identity, `module:function`, and try it; whatever its code raises comes through.

    Raises:
        TypeError: it is no pure rule.
    """
    module, _, function = name.partition(":")
    rule = getattr(importlib.import_module(module), function)
    if fault := identity_fault(rule, document_types):
        raise TypeError(f"its rule of identity {function} {fault}")
    return rule
