"""Trials of adapters in processes that may hang, crash or exit, each with the adapter at which it did."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from gateway.dispatch import trial


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """An adapter's code and the values that it is constructed with."""

    name: str
    module: str
    cls: str
    values: Mapping[str, str]
    secrets: Mapping[str, str] = field(repr=False)
    methods: Sequence[str] = ("verify",)
    identity: str | None = None
    """`module:function` of its rule of identity; None: it has none of its own."""
    types: Sequence[str] = ()
    folder: str | None = None
    """Where its `authority.toml` stands; None: it has code."""


def tried(candidates: Sequence[Candidate], *, within_s: float) -> dict[str, str]:
    """Import and construct the candidates in one process, and return the faults by name.

    One that hangs or takes the process with it is reported so, and the ones behind it are tried in another.
    """
    faults: dict[str, str] = {}
    waiting = list(candidates)
    while waiting:
        reports, ending = _run(waiting, within_s)
        faults |= {str(one["name"]): str(one["fault"]) for one in reports if one["fault"] is not None}
        done = len(reports)
        if done < len(waiting):
            faults[waiting[done].name] = f"its import or construction {ending}"
            done += 1
        waiting = waiting[done:]
    return faults


def _run(candidates: Sequence[Candidate], within_s: float) -> tuple[list[dict[str, str | None]], str]:
    # By standard input: arguments and environment of a process can be read by others.
    order = json.dumps(
        {
            "path": [str(Path(entry).absolute()) for entry in sys.path],
            "adapters": [
                {
                    "name": one.name,
                    "module": one.module,
                    "class": one.cls,
                    "values": dict(one.values),
                    "secrets": dict(one.secrets),
                    "methods": list(one.methods),
                    "identity": one.identity,
                    "types": list(one.types),
                    "folder": one.folder,
                }
                for one in candidates
            ],
        }
    )
    try:
        ended = subprocess.run(
            [sys.executable, "-P", str(Path(trial.__file__))],
            input=order.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=within_s,
            check=False,
        )
        output, ending = ended.stdout, f"ended its process with status {ended.returncode}"
    except subprocess.TimeoutExpired as late:
        output, ending = late.stdout or b"", f"took longer than {within_s:g} s"
    return [json.loads(line) for line in output.splitlines() if line.endswith(b"}")], ending
