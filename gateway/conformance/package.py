"""The package of an adapter under test: its manifest, its files, its code lists, and the modules that its code is made of."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import tomli

from gateway.conformance.recording import FOLDER, Recording
from gateway.contract import CONTRACT_VERSION, Manifest, Status
from gateway.dispatch import declarative, read_manifest
from gateway.dispatch.auth import SECRETS
from gateway.dispatch.declarative import AuthorityFile, InterpretedCode
from gateway.dispatch.registry import contract_fault, folder_of
from gateway.domain.errors import ConfigurationError
from gateway.settings import AdapterConfig

CANARY = "kit-canary"


@dataclass(frozen=True, kw_only=True)
class AdapterPackage:
    """An adapter's package as it lies on the path; none of its code was run."""

    package: str
    folder: Path
    manifest: Manifest
    settings: Mapping[str, str]
    """Made up: those of the recordings."""
    recordings: tuple[Recording, ...] = field(default=(), repr=False)
    left_out: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Places of the recorded answers that become no fact, each with the reason."""
    meanings: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Status codes of which a person says that they are valid, each with what it means."""

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets with which the kit constructs the adapter: nobody else's, so that each is found wherever it appears."""
        of_auth = {name for kind in self.manifest.auth.kinds for name in SECRETS[kind]}
        return {name: f"{CANARY}-{name}-8f3a1c" for name in self.manifest.secrets if name not in of_auth}

    @cached_property
    def declared(self) -> InterpretedCode | None:
        """The stand-in for the code of an authority that is one file; None: the adapter has code."""
        file = self.folder / declarative.NAME
        return declarative.interpreted(file.read_text(encoding="utf-8")) if file.is_file() else None

    @property
    def described_in(self) -> str:
        """The file that holds its manifest."""
        return declarative.NAME if self.declared is not None else "manifest.toml"

    @cached_property
    def authority_file(self) -> AuthorityFile | None:
        """The file of an authority that is one, as read; None: the adapter has code."""
        file = self.folder / declarative.NAME
        return declarative.read_authority_file(file.read_text(encoding="utf-8")) if file.is_file() else None

    @cached_property
    def cap(self) -> str | None:
        """The reason why it always stays a draft: its file says that answers name nothing of what was asked; None: it says no such thing."""
        reasons = () if self.authority_file is None else self.authority_file.cap_reasons
        return (
            "; ".join(f"{declarative.NAME}:{line}: no answer names what was asked: {why}" for line, why in reasons)
            or None
        )

    @property
    def values(self) -> dict[str, str]:
        """The values that the adapter is constructed with, beside its secrets."""
        return {**self.settings, **(self.declared.values if self.declared is not None else {})}

    @property
    def identity(self) -> str | None:
        """The rule of identity by its whole name; None: the adapter has none of its own."""
        if self.declared is not None:
            return self.declared.identity
        return None if self.manifest.identity is None else f"{self.package}.{self.manifest.identity}"

    @property
    def contract(self) -> str:
        """The version of the contract that its code was built for."""
        return self.manifest.contract if self.declared is None else CONTRACT_VERSION

    @property
    def entry(self) -> tuple[str, str]:
        """The module and the class of the adapter."""
        if self.declared is not None:
            return self.declared.module, self.declared.name
        module, _, name = self.manifest.entry_point.partition(":")
        return f"{self.package}.{module}", name

    def relative(self, place: str) -> str:
        """Return a place, file and line, as a path within the package."""
        return place.removeprefix(f"{self.folder}/")

    @cached_property
    def modules(self) -> Mapping[Path, ast.Module]:
        """The files of the package that its code is made of, read as syntax: what the entry point imports, and no simulator."""
        waiting = [self.entry[0]]
        if self.identity is not None:
            waiting.append(self.identity.partition(":")[0])
        found: dict[Path, ast.Module] = {}
        while waiting:
            for file in self._files(waiting.pop()):
                if file not in found:
                    found[file] = ast.parse(file.read_text(encoding="utf-8"), str(file))
                    waiting += self._imported(file, found[file])
        return found

    def _files(self, module: str) -> Iterator[Path]:
        """Yield the file of a module and those of the packages around it, as far as they are this package's."""
        if module != self.package and not module.startswith(f"{self.package}."):
            return
        place = self.folder
        yield from (one for one in (place / "__init__.py",) if one.is_file())
        for part in module.removeprefix(self.package).strip(".").split(".") if module != self.package else ():
            place = place / part
            yield from (one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file())

    def _imported(self, file: Path, tree: ast.Module) -> Iterator[str]:
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from (one.name for one in node.names)
            elif isinstance(node, ast.ImportFrom):
                base = node.module or ""
                if node.level:
                    inner = file.relative_to(self.folder).parts[: -node.level]
                    base = ".".join((self.package, *inner, *([base] if base else [])))
                yield base
                yield from (f"{base}.{one.name}" for one in node.names)

    @cached_property
    def code_rows(self) -> tuple[tuple[str, str, str], ...]:
        """The rows of the package's code lists: the list's name, the code, and what it means."""
        found: list[tuple[str, str, str]] = []
        for file in sorted(self.folder.rglob("*.toml")):
            if file.name == "manifest.toml" or file.relative_to(self.folder).parts[0] in {FOLDER, "simulator"}:
                continue
            for name, rows in tomli.loads(file.read_text(encoding="utf-8")).items():
                rows = rows if isinstance(rows, list) else []
                coded = [one for one in rows if isinstance(one, dict) and {"code", "means"} <= one.keys()]
                found += [(name, str(one["code"]), str(one["means"])) for one in coded]
        return tuple(found)

    @cached_property
    def valid_codes(self) -> frozenset[str]:
        """The codes that are valid by a list of statuses, or by a mapping in the code."""
        listed = {code for name, code, means in self.code_rows if "status" in name and means == Status.VALID}
        dicts = (one for tree in self.modules.values() for one in ast.walk(tree) if isinstance(one, ast.Dict))
        pairs = (pair for one in dicts for pair in zip(one.keys, one.values, strict=True))
        for pair in pairs:
            match pair:
                case ast.Constant(value=str(code)), ast.Attribute(value=ast.Name(id="Status"), attr="VALID"):
                    listed.add(code)
        return frozenset(listed)

    @cached_property
    def statuses(self) -> frozenset[Status]:
        """The statuses that the adapter can give: those of its code lists, and those that its code names."""
        known = {one.value for one in Status}
        listed = {means for name, _, means in self.code_rows if "status" in name and means in known}
        named = {one.lower() for tree in self.modules.values() for one in _given(tree)}
        return frozenset(Status(one) for one in listed | (named & known))

    def defines(self, name: str) -> bool:
        """Whether a function or method of that name stands in its code."""
        nodes = (node for tree in self.modules.values() for node in ast.walk(tree))
        return any(isinstance(node, ast.FunctionDef) and node.name == name for node in nodes)


def _given(node: ast.AST) -> Iterator[str]:
    """Yield the statuses that code names, but for those that it only compares with."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Attribute) and isinstance(child.value, ast.Name) and child.value.id == "Status":
            yield child.attr
        elif not isinstance(child, ast.Compare):
            yield from _given(child)


def find_package(name: str, package: str) -> tuple[Manifest, Path]:
    """Return the manifest of a package and the folder where it lies; none of its code is run.

    Raises:
        ConfigurationError: there is no such package, or its manifest has faults.
    """
    manifest = read_manifest(AdapterConfig(name=name, package=package, base_url=""))
    if (fault := contract_fault(manifest)) is not None:
        raise ConfigurationError((f"{package}: contract: {fault}",))
    folder = folder_of(package)
    if folder is None:
        raise ConfigurationError((f"no package {package!r} with a manifest.toml or authority.toml is on the path",))
    return manifest, folder
