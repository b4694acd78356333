"""The trial of adapters' code in a process of its own before the gateway takes it into its own.

It runs as a script: `python -P trial.py`. Standard input is JSON, `{"path": [...], "adapters": [{name, module, class, folder,
values, secrets, methods, identity, types}]}`; standard output is one JSON line for each adapter as soon as its turn is over, so that
whoever waits knows at whom it ended when it ends early. Only the standard library and the contract are imported.
"""

import contextlib
import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def construct(
    module: str,
    name: str,
    *,
    values: Mapping[str, str],
    secrets: Mapping[str, str],
    methods: Sequence[str],
    folder: str | None = None,
) -> Any:
    """Import an adapter's class and construct it; whatever its code raises comes through.

    With a `folder` it is the adapter of the file `authority.toml` there, which has no code of its own.

    Raises:
        TypeError: the class lacks methods that its manifest promises.
    """
    from gateway.contract import Settings

    settings = Settings(values=dict(values), secrets=dict(secrets))
    if folder is not None:
        from gateway.dispatch import declarative

        return declarative.load(Path(folder), settings)
    adapter = getattr(importlib.import_module(module), name)(settings)
    missing = [method for method in methods if not callable(getattr(adapter, method, None))]
    if missing:
        raise TypeError(f"{name} has no method {', '.join(missing)}")
    return adapter


def identity_rule(name: str, document_types: Sequence[str]) -> Any:
    """Import an adapter's rule of identity, `module:function`, and try it; whatever its code raises comes through.

    Raises:
        TypeError: it is no pure rule.
    """
    from gateway.contract import identity_fault

    module, _, function = name.partition(":")
    rule = getattr(importlib.import_module(module), function)
    if fault := identity_fault(rule, document_types):
        raise TypeError(f"its rule of identity {function} {fault}")
    return rule


def main() -> None:
    """Try the adapters that standard input names, one after the other."""
    # What an adapter prints must not look like a report.
    reports = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    order = json.load(sys.stdin)
    sys.path[:] = order["path"]

    def report(**what: str | None) -> None:
        reports.write(json.dumps(what) + "\n")
        reports.flush()

    for one in order["adapters"]:
        fault = None
        try:
            with contextlib.redirect_stdout(sys.stderr):
                construct(
                    one["module"],
                    one["class"],
                    values=one["values"],
                    secrets=one["secrets"],
                    methods=one["methods"],
                    folder=one["folder"],
                )
                if one["identity"] is not None:
                    identity_rule(one["identity"], one["types"])
        except BaseException as error:
            fault = f"{type(error).__name__}: {error}"
        report(name=one["name"], fault=fault)
    # An adapter's threads or exit handlers have no say in when this ends.
    os._exit(0)


if __name__ == "__main__":
    main()
