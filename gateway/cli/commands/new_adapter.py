"""`gateway new-adapter`: write the package of an adapter that works, to be filled in."""

import keyword
import os
import re
import shutil
import sys
from collections.abc import Collection, Iterator, Mapping
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Annotated

import jinja2
import typer

from gateway.contract import CONTRACT_VERSION
from gateway.dispatch.auth import SECRETS
from gateway.dispatch.delivered import listed
from gateway.domain.errors import ConfigurationError
from gateway.settings import load
from gateway.terminal.console import output_console
from gateway.terminal.exits import Exit

SKELETONS = Path(__file__).parents[1] / "skeletons"
KINDS: Mapping[str, tuple[str, ...]] = {
    "json": ("common", "code", "in_json", "json"),
    "soap": ("common", "code", "in_soap", "soap"),
    "declarative": ("common", "in_json", "declarative"),
    "declarative_soap": ("common", "in_soap", "declarative_soap"),
}
"""The folders of files that each kind of adapter is made of."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
_TYPE = re.compile(r"[0-9A-Z]{4}", re.ASCII)


def new_adapter(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="Of the adapter and its package: lower-case letters, digits, _.")
    ],
    json: Annotated[
        bool, typer.Option("--json", help="For an authority that answers in JSON; taken if nothing is said.")
    ] = False,
    soap: Annotated[
        bool, typer.Option("--soap", help="For one that answers in SOAP 1.1, with WS-Security and faults of its own.")
    ] = False,
    declarative: Annotated[
        bool, typer.Option("--declarative", help="Without code: the authority as one file.")
    ] = False,
    oauth2: Annotated[
        bool,
        typer.Option(
            "--oauth2", help="It asks for an OAuth2 token, by client credentials; else an API key in a header."
        ),
    ] = False,
    quantity: Annotated[
        bool,
        typer.Option(
            "--quantity", help="Of --json: it keeps a ledger, in which quantities are reserved and written off."
        ),
    ] = False,
    usage: Annotated[
        bool, typer.Option("--usage", help="Of --json: it takes no reservations, and is told at release what was used.")
    ] = False,
    type_: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="The code of the documents that are asked about.")
    ] = "C999",
) -> Exit:
    """Writes the package of an adapter that works, in a new folder NAME-adapter: manifest, adapter, codes, simulator, recordings, tests, README.

    `gateway conform NAME` passes on it at once; what is made up in it is yours to replace. Nothing that exists is overwritten.
    """
    kind = "_".join(name for name, wanted in (("declarative", declarative), ("soap", soap)) if wanted) or "json"
    moving = "quantity" if quantity else "usage" if usage else ""
    contradictions = {
        "one of --json, --soap": json and soap,
        "--oauth2 is of --json and --declarative: with --soap the account stands inside the message": oauth2 and soap,
        "one of --quantity, --usage": quantity and usage,
        f"--{moving} is of an adapter with code that reads JSON; docs/adapters-quantities.md leads others on": moving
        and kind != "json",
    }
    if (wrong := next((what for what, is_so in contradictions.items() if is_so), None)) is not None:
        raise typer.BadParameter(wrong)
    try:
        here = Path.cwd()
    except OSError as error:
        raise typer.BadParameter(f"the folder where one stands cannot be written: {error.strerror}") from error
    if (fault := name_fault(name, here, _configured(os.environ))) is not None:
        raise typer.BadParameter(f"{name}: {fault}")
    if not _TYPE.fullmatch(type_):
        raise typer.BadParameter(f"--type {type_}: four characters of TARIC are needed, C690")
    folder = here / f"{name}-adapter"
    if folder.exists() or folder.is_symlink():
        raise typer.BadParameter(f"{folder} exists: nothing is overwritten; take another name, or move it away")
    files = dict(rendered(name, kind, type_, oauth2=oauth2, moving=moving))
    try:
        folder.mkdir()
    except OSError as error:
        raise typer.BadParameter(f"{folder} cannot be written: {error.strerror or type(error).__name__}") from error
    try:
        for place, text in files.items():
            file = folder / place
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
    except OSError as error:
        # It was made here.
        shutil.rmtree(folder, ignore_errors=True)
        raise typer.BadParameter(f"{folder} cannot be written: {error.strerror or type(error).__name__}") from error
    console = output_console()
    for place in sorted(files):
        console.print(f"{folder.name}/{place}")
    console.print("\nIt works, with a made-up authority. Next:", style="green")
    console.print(f"  cd {folder.name}")
    console.print(f"  gateway conform {name}")
    console.print(f"  gateway ask {name} {type_} ID/17")
    console.print("and README.md there says what is yours to change.")
    return Exit.RELEASE


def name_fault(name: str, here: Path, configured: Collection[str]) -> str | None:
    """Return why an adapter cannot be called so; None: it can."""
    if not _NAME.fullmatch(name):
        meant = re.sub(r"[^a-z0-9_]+", "_", name.lower()).strip("_0123456789")
        hint = f": {meant}, say" if _NAME.fullmatch(meant) else ""
        return f"1 to 40 lower-case letters, digits and _ are needed, a letter first{hint}"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name):
        return "it is a word of Python's own"
    if f"adapters.{name}" in listed():
        return "an adapter of that name is delivered with the gateway"
    if name in configured:
        return f"an adapter of that name is configured, [adapters.{name}]"
    if name in sys.stdlib_module_names or name in sys.builtin_module_names or _is_importable(name, here):
        return "a package of that name can be imported already"
    return None


def _is_importable(name: str, here: Path) -> bool:
    """Whether a package or module of a name is on the path, or where one stands; none of its code is run."""
    return PathFinder.find_spec(name, [*sys.path, str(here)]) is not None


def _configured(environment: Mapping[str, str]) -> tuple[str, ...]:
    try:
        return tuple(load(environment).adapters)
    except ConfigurationError:
        # Whose configuration has faults can write an adapter all the same; `gateway check` names them.
        return ()


def rendered(
    name: str, kind: str, document_type: str, *, oauth2: bool = False, moving: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the files of a package with their contents; `moving` is its capability of quantities, whose files replace others."""
    soap = kind.endswith("soap")
    values = {
        "name": name,
        "soap": soap,
        "declarative": kind.startswith("declarative"),
        "document_type": document_type,
        "class_name": "".join(part.capitalize() for part in name.split("_")),
        "title": name.replace("_", " ").capitalize(),
        "contract": CONTRACT_VERSION,
        "oauth2": oauth2,
        "moving": moving,
        "quantity": moving == "quantity",
        # What stands inside the message is the adapter's own secret, and none of [auth].
        "secrets": ("password",) if soap else SECRETS["oauth2_client_credentials" if oauth2 else "header"],
    }
    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, keep_trailing_newline=True, autoescape=False)
    for part in (*KINDS[kind], *(("moving", moving) if moving else ())):
        for file in sorted((SKELETONS / part).rglob("*.j2")):
            place = str(file.relative_to(SKELETONS / part)).removesuffix(".j2").replace("NAME", name)
            yield place, environment.from_string(file.read_text(encoding="utf-8")).render(values)
