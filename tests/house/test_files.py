"""What holds for every file of the house."""

import os
import re
import tomllib

from tests.builders.commands import ran_here
from tests.builders.places import ROOT
from tests.builders.processes import ran
from tests.house.files import files, named


def test_commands_that_the_readme_names_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)\b", text)) - {"run"} <= targets
    assert "run" in targets
    pages = ("README.md", *(named(p) for p in files("*.md")))
    named_on = {
        command: page
        for page in pages
        for command in re.findall(r"`gateway ([a-z-]+)\b", (ROOT / page).read_text(encoding="utf-8"))
    }
    for command, page in named_on.items():
        done = ran_here(os.environ, command, "--help")
        assert done.returncode == 0, (page, command, done.stderr)
    script = ran([str(ROOT / ".venv/bin/gateway"), "--help"])
    assert script.returncode == 0, script.stderr
    assert all(command in script.stdout for command in named_on)


def test_pages_that_a_page_links_to_exist() -> None:
    leading = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")
    pages = [ROOT / "README.md", ROOT / "CHANGELOG.md", *files("*.md")]
    links = [(page, target) for page in pages for target in leading.findall(page.read_text(encoding="utf-8"))]
    assert links
    assert [(named(page), target) for page, target in links if not (page.parent / target).exists()] == []


def test_configuration_rows_name_their_source() -> None:
    for path in (ROOT / "config").glob("*.toml"):
        if path.name == "gateway.toml":
            continue
        text = path.read_text(encoding="utf-8")
        assert tomllib.loads(text)
        assert "source" in text, path
