"""What an adapter's code imports and calls, by its syntax tree: pure computation on what it is given.

Only the modules that the entry point leads to are looked at: a simulator may do what it likes.
"""

import ast
import sys
from collections.abc import Iterator

from gateway.conformance.inspection import Inspection
from gateway.conformance.rule import ConformanceRule, Nonconformity, rule
from gateway.dispatch.delivered import is_delivered

IMPORT = rule(
    "imports.not_allowed",
    "An adapter imports gateway.contract, lxml and what of the standard library computes",
    "leave it out: the gateway owns the network, the clock, the dice and the files",
)
CALL = rule(
    "imports.call_not_allowed",
    "An adapter asks no clock and no dice, opens nothing, and runs no text as code",
    "take the time from `occasion.at`, randomness from `occasion.nonce`; read your own data beside `__file__` when it is constructed",
)

ALLOWED = frozenset(
    {
        "__future__", "abc", "array", "base64", "binascii", "bisect", "bz2", "calendar", "cmath", "codecs", "collections", "contextlib",
        "copy", "csv", "dataclasses", "datetime", "decimal", "difflib", "email", "enum", "fractions", "functools", "graphlib", "gzip",
        "hashlib", "heapq", "hmac", "html", "io", "ipaddress", "itertools", "json", "logging", "lzma", "math", "numbers", "operator",
        "pathlib", "pprint", "re", "reprlib", "statistics", "string", "stringprep", "struct", "textwrap", "tomli", "types", "typing",
        "unicodedata", "urllib", "uuid", "warnings", "xml", "zlib", "zoneinfo",
    }
)  # fmt: skip
"""The allowed modules of the standard library: what computes."""
BROUGHT = frozenset({"stringzilla"})
"""The allowed ones of the gateway's own dependencies: what delivered adapters use."""
_NOT_OF_IT = (
    "urllib.request",
    "urllib.robotparser",
    "logging.handlers",
    "logging.config",
    "xml.sax.xmlreader",
    "xmlrpc",
)
_CALLS = frozenset({"eval", "exec", "compile", "open", "input", "breakpoint", "__import__", "globals", "exit", "quit"})
_CLOCKS = frozenset({"now", "utcnow", "today", "fromtimestamp", "uuid1", "uuid4"})
_OWN = frozenset({"__file__", "__package__", "__name__"})
_FILES = frozenset({"read_text", "read_bytes", "open", "iterdir", "glob", "rglob"})
_WRITES = frozenset(
    {"write_text", "write_bytes", "unlink", "mkdir", "touch", "rename", "replace_file", "rmdir", "symlink_to", "chmod"}
)
_INSIDE = frozenset(
    {"__subclasses__", "__globals__", "__builtins__", "__code__", "__loader__", "__import__", "modules"}
)


def check_imports(inspection: Inspection) -> Iterator[Nonconformity]:
    """Look at every module of the adapter's code."""
    package = inspection.package
    # What is delivered byte for byte is tested with what the gateway itself brings.
    brought = BROUGHT if is_delivered(package.package, package.folder) else frozenset()
    for file, tree in package.modules.items():
        for line, found, what in looked_through(tree, package.package):
            if found is IMPORT and what.partition(".")[0] in brought:
                continue
            yield Nonconformity(rule=found, place=f"{file.relative_to(package.folder)}:{line}", what=what)


def looked_through(tree: ast.Module, package: str) -> Iterator[tuple[int, ConformanceRule, str]]:
    """Yield line, rule and what is not allowed in a module."""
    own = _own_files(tree)
    for node in ast.walk(tree):
        match node:
            case ast.Import():
                yield from ((node.lineno, IMPORT, one.name) for one in node.names if not _may(one.name, package))
            case ast.ImportFrom(level=0):
                whole = [f"{node.module}.{one.name}" for one in node.names]
                yield from ((node.lineno, IMPORT, one) for one in whole if not _may(one, package))
            case ast.Name(id="__builtins__" | "__loader__" | "__import__" as name):
                yield node.lineno, CALL, name
            case ast.Attribute(attr=name) if name in _INSIDE:
                yield node.lineno, CALL, ast.unparse(node)
            case ast.Call() if (what := _called(node, own)) is not None:
                yield node.lineno, CALL, what


def _called(call: ast.Call, own: frozenset[str]) -> str | None:
    """Return a call that is not allowed; None: it is."""
    match call.func:
        case ast.Name(id=name) if name in _CALLS:
            return f"{name}()"
        case ast.Attribute(attr=name, value=value):
            asks = name in _CLOCKS and not _has_arguments(call)
            if asks or name in _WRITES or (name in _FILES and not _is_own(value, own)):
                return f"{ast.unparse(value)}.{name}()"
    return None


def _may(module: str, package: str) -> bool:
    if module.startswith(_NOT_OF_IT):
        return False
    first = module.partition(".")[0]
    if module == package or module.startswith(f"{package}."):
        return True
    if first == "gateway":
        return module == "gateway.contract" or module.startswith("gateway.contract.") or module == "gateway"
    return (
        first == "lxml"
        or module.startswith("importlib.resources")
        or (first in ALLOWED and first in sys.stdlib_module_names)
    )


def _has_arguments(call: ast.Call) -> bool:
    # `datetime.fromtimestamp(seconds, UTC)` computes; `datetime.now(UTC)` asks the clock.
    return isinstance(call.func, ast.Attribute) and call.func.attr == "fromtimestamp" and len(call.args) > 1


def _own_files(tree: ast.Module) -> frozenset[str]:
    """Return the names that are made of `__file__`."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and _is_own(node.value, frozenset(found)):
            found |= {one.id for one in node.targets if isinstance(one, ast.Name)}
    return frozenset(found)


def _is_own(value: ast.expr, own: frozenset[str]) -> bool:
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    return bool(names & (_OWN | own))
