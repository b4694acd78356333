"""The reference page of the contract, `docs/contract.md`: everything public with types, units and errors, from the source."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from tests.builders.places import ROOT

FOLDER = ROOT / "gateway" / "contract"
SECTIONS: Mapping[str, str] = {
    "adapter": "The shape of an adapter",
    "vocabulary": "Questions, orders and answers",
    "suspension": "Suspended goods",
    "party": "Operators",
    "errors": "Errors",
    "manifest": "The manifest",
    "identity": "Identity of documents",
    "reading": "Readers of JSON, and code lists",
    "xml": "Readers of XML",
    "xml_text": "Writing XML by hand",
    "ws_security": "WS-Security",
}
"""The modules in the order of the page, each with its title."""
_LISTS = ("Args:", "Returns:", "Raises:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One public thing: a class, a function, a constant, or a member of a class."""

    name: str
    """With its class: `Quantity.unit`."""
    type: str
    default: str
    text: str
    """Its docstring."""
    member: bool


def module_page(module: str) -> str:
    """The section of one module: what it is for, and a row for everything in it."""
    given = _given(module)
    name = "gateway.contract" if given else f"gateway.contract.{module}"
    return (
        f"\n## {SECTIONS[module]}\n\n`from {name} import ...`\n\n{ast.get_docstring(_tree(module))}\n\n"
        f"| name | type | without it | meaning |\n|---|---|---|---|\n"
        + "".join(_row(one, module if given and one.name not in given else None) for one in entries(module))
    )


def _row(entry: Entry, only_in: str | None) -> str:
    """A row of the table; `only_in` is the module that a thing is imported from, where the package does not give it out."""
    shown = f"`{entry.name.rpartition('.')[2]}`" if entry.member else f"**`{entry.name}`**"
    text = entry.text if entry.member or only_in is None else f"{entry.text} (In `gateway.contract.{only_in}`.)"
    return f"| {shown} | {_code(entry.type)} | {_code(entry.default)} | {_cell(text)} |\n"


def page() -> str:
    """The sections of all modules."""
    return "".join(map(module_page, SECTIONS))


@cache
def entries(module: str) -> tuple[Entry, ...]:
    """Everything public of a module, in the order of its source."""
    return tuple(_entries(_tree(module).body, "", enum=False))


def raised(module: str) -> Iterator[tuple[str, set[str], str]]:
    """The public functions that raise in their own body: what, and what their docstring and their class's say."""
    for node in _tree(module).body:
        parts = node.body if isinstance(node, ast.ClassDef) else [node]
        for one in parts:
            if not isinstance(one, ast.FunctionDef) or one.name.startswith("_"):
                continue
            told = f"{ast.get_docstring(node) or ''} {ast.get_docstring(one) or ''}"  # type: ignore[arg-type]
            errors = {
                ast.unparse(inner.exc.func)
                for inner in ast.walk(one)
                if isinstance(inner, ast.Raise) and isinstance(inner.exc, ast.Call)
            }
            yield one.name, {"UnexpectedAnswer" if error == "self._fault" else error for error in errors}, told


def modules() -> set[str]:
    """The names of the contract's modules that partners import; `earlier` is for the gateway that asks what they built."""
    return {file.stem for file in FOLDER.glob("*.py")} - {"__init__", "earlier"}


def _tree(module: str) -> ast.Module:
    return ast.parse((FOLDER / f"{module}.py").read_text(encoding="utf-8"))


def _given(module: str) -> frozenset[str]:
    """The names of a module that the package itself gives out; none: it is imported by its own name."""
    package = ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8"))
    return frozenset(
        one.name
        for node in package.body
        if isinstance(node, ast.ImportFrom) and node.module == f"gateway.contract.{module}"
        for one in node.names
    )


def _entries(body: list[ast.stmt], within: str, *, enum: bool) -> Iterator[Entry]:
    for node, after in zip(body, [*body[1:], ast.Pass()], strict=True):
        named = _named(node)
        if named is None or named.startswith("_") or (isinstance(node, ast.Assign) and named == "code"):
            continue
        name, member = f"{within}{named}", bool(within)
        if isinstance(node, ast.ClassDef):
            bases = [ast.unparse(base) for base in node.bases]
            told = ast.get_docstring(node) or ""
            if code := next(
                (one.value for one in node.body if isinstance(one, ast.Assign) and _named(one) == "code"), None
            ):
                told = f"`{ast.literal_eval(code)}`: {told}"
            yield Entry(name=name, type=", ".join(bases), default="", text=told, member=member)
            yield from _entries(node.body, f"{name}.", enum="StrEnum" in bases)
        elif isinstance(node, ast.FunctionDef):
            text = ast.get_docstring(node) or ""
            yield Entry(name=name, type=_signature(node), default="", text=text, member=member)
        elif isinstance(node, ast.AnnAssign | ast.Assign):
            value = "" if node.value is None or (not member and not enum) else _default(node.value)
            kind = ast.unparse(node.annotation) if isinstance(node, ast.AnnAssign) else ""
            if kind == "TypeAlias" and node.value is not None:
                kind = ast.unparse(node.value)
            if not member and not kind and isinstance(node.value, ast.Constant):
                kind = _default(node.value)
            yield Entry(
                name=name, type=value if enum else kind, default="" if enum else value, text=_text(after), member=member
            )


def _named(node: ast.stmt) -> str | None:
    match node:
        case ast.ClassDef() | ast.FunctionDef():
            return node.name
        case ast.AnnAssign(target=ast.Name(id=name)):
            return name
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return None if isinstance(value, ast.Call) and ast.unparse(value.func) == "TypeVar" else name
    return None


def _text(node: ast.stmt) -> str:
    match node:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return text
    return ""


def _default(value: ast.expr) -> str:
    """A default as it is written; that of a field, without how it is made."""
    if isinstance(value, ast.Call) and ast.unparse(value.func) == "field":
        given = {one.arg: one.value for one in value.keywords}
        made = given.get("default", given.get("default_factory"))
        if made is None:
            return ""
        return (
            {"Auth": "Auth()", "Limits": "Limits()"}.get(ast.unparse(made), "{}")
            if "default" not in given
            else ast.unparse(made)
        )
    return ast.unparse(value)


def _signature(node: ast.FunctionDef) -> str:
    given = ast.unparse(node.args).removeprefix("self, ").removeprefix("self")
    returned = ast.unparse(node.returns) if node.returns is not None else ""
    if any(ast.unparse(one) == "property" for one in node.decorator_list):
        return returned
    return f"({given}) -> {returned}".replace("'", "").replace("=_NO_PREFIXES", "={}")


def _code(text: str) -> str:
    return f"`{text}`".replace("|", "\\|") if text else ""


def _cell(text: str) -> str:
    """A docstring as one line: paragraphs one after the other, its lists in sentences."""
    parts: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped:
            parts.append(f"*{stripped}*" if stripped in _LISTS else stripped)
    return " ".join(parts).replace("|", "\\|")
