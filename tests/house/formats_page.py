"""The foreign messages that are read, field by field, as their files say it."""

from gateway.intake.format_file import FormatFile, format_paths, read_format
from gateway.intake.rules import OPTIONAL_RULES
from gateway.intake.unread_leaves import read_paths
from tests.builders.places import ROOT


def formats_table() -> str:
    """What of each foreign message is read as which field, and what is not."""
    named = {path.stem: path for path in format_paths(ROOT / "config" / "formats")}
    files = {name: file for name, path in named.items() if (file := read_format(path, OPTIONAL_RULES, named)[0])}
    foreign = sorted(
        (file for file in files.values() if not file.json), key=lambda file: (file.extends is not None, file.name)
    )
    return "\n".join(_of(file, files.get(file.extends or "")) for file in foreign)


def escaped(path: str) -> str:
    """A path that divides no column."""
    return path.replace("|", "\\|")


def _of(file: FormatFile, base: FormatFile | None) -> str:
    known = read_paths(base) if base is not None else {}
    rows = [(path, field) for path, field in read_paths(file).items() if known.get(path) != field]
    before = base.unread if base is not None else ()
    unread = [row for row in file.unread if row not in before]
    kind = str(file.kind) if file.kind is not None else "by " + ", ".join(f"`{path}`" for path in file.kind_by)
    as_other = f" What it has in common with `{base.name}` is read as there." if base is not None else ""
    text = f"### {file.title}\n\n`{file.name}`, root `{file.root.rpartition('}')[2]}`: {kind}.{as_other}\n\n"
    text += "| in the message | read as |\n|---|---|\n" + "".join(
        f"| `{escaped(path)}` | {field} |\n" for path, field in rows
    )
    if unread:
        text += "\n| not read | why |\n|---|---|\n"
        text += "".join(f"| {', '.join(f'`{path}`' for path in row.paths)} | {row.reason} |\n" for row in unread)
    return text
