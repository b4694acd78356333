"""What CONTRIBUTING.md says of a command, a rule and a page is all that each of them needs: they are added to a copy of the tree."""

import os
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.builders.places import ROOT
from tests.builders.processes import ran

LANGUAGES = ("en", "de", "fr")
TABLE = (
    (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## How to add")[2].partition("## A release")[0]
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("tree")
    for name in ("gateway", "adapters", "config", "xsd"):
        shutil.copytree(ROOT / name, copy / name)  # with what is compiled of it
    (copy / "tests").mkdir()
    shutil.copytree(ROOT / "tests/cases", copy / "tests/cases", ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def gateway(tree: Path, *arguments: str) -> tuple[int, str]:
    """Runs the copy's command; returns its exit status and what it writes."""
    environment = {**os.environ, "PYTHONPATH": str(tree), "GATEWAY_CONFIG": str(tree / "config")}
    done = ran(
        [sys.executable, "-c", "import sys; from gateway.cli import main; sys.exit(main())", *arguments],
        cwd=tree,
        env=environment,
    )
    return done.returncode, done.stdout + done.stderr


def written(tree: Path, file: str, text: str) -> None:
    path = tree / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text((path.read_text(encoding="utf-8") if path.exists() else "") + text, encoding="utf-8")


def changed(tree: Path, file: str, old: str, new: str) -> None:
    text = (tree / file).read_text(encoding="utf-8")
    assert old in text
    (tree / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def a_command(tree: Path) -> None:
    greet = 'import typer\n\n\ndef greet(whom: str) -> int:\n    """Greets somebody."""\n    typer.echo(f"Good day, {whom}.")\n    return 3\n'
    written(tree, "gateway/cli/commands/greet.py", greet)
    changed(
        tree, "gateway/cli/commands.toml", "[commands]\n", '[commands]\ngreet = "gateway.cli.commands.greet:greet"\n'
    )


def a_rule(tree: Path) -> None:
    rule = '''"""A rule of a test."""

from collections.abc import Iterator

from gateway.decisions.case import OpenedCase, Raised


def birthday(file: OpenedCase) -> Iterator[Raised]:
    """A declaration with this reference is noted."""
    if file.case.declaration.lrn == "BIRTHDAY":
        yield Raised(code="SW-DEC-099")
'''
    written(tree, "gateway/decisions/rules/birthday.py", rule)
    changed(tree, "gateway/decisions/ruleset.py", "    change,\n", "    birthday,\n    change,\n")
    rules = "FACT_RULES: tuple[Rule, ...] = (\n"
    changed(tree, "gateway/decisions/ruleset.py", rules, f"{rules}    _rule(birthday.birthday, _codes(99)),\n")
    row = '\n[[rule]]\ncodes = ["SW-DEC-099"]\neffect = "none"\nnature = "information"\nlegal_basis = "UCC Art. 6"\nvalid_from = 2016-05-01\nsource = "derived"\n'
    written(tree, "config/findings.toml", row)
    for number, language in enumerate(LANGUAGES):
        text = f'\n[[message]]\ncode = "SW-DEC-099"\ntitle = "birthday {number}"\nmessage = "It is {number}."\nremedy = "None {number}."\n'
        written(tree, f"config/messages/decisions.{language}.toml", text)


def a_page(tree: Path) -> None:
    page = '''"""A page of a test."""

from starlette.applications import Starlette
from starlette.responses import Response

from gateway.domain.subject import Room
from gateway.web.context import WebContext
from gateway.web.route import route
from gateway.web.visit import Visit


def register(app: Starlette, web: WebContext) -> None:
    """Serve the page."""
    route(app, web, "/console/weather", _weather, room=Room.CONSOLE)


async def _weather(visit: Visit) -> Response:
    return visit.page("console/weather.html")
'''
    written(tree, "gateway/web/console/weather.py", page)
    changed(tree, "gateway/web/routes.py", "    window,\n)", "    weather,\n    window,\n)")
    changed(tree, "gateway/web/routes.py", "_PLACES = (", "_PLACES = (weather, ")
    written(tree, "gateway/web/templates/console/weather.html", '<p>{{ t("weather.today") }}</p>\n')
    for number, language in enumerate(LANGUAGES):
        written(tree, f"config/messages/pages.{language}.toml", f'\n[weather]\ntoday = "It rains {number}."\n')


SHOWN = """
from types import SimpleNamespace
from pathlib import Path
from starlette.applications import Starlette
from gateway.settings.messages import load_catalogue
from gateway.web.routes import register
from gateway.web.templates_in_language import Templates
app = Starlette()
register(app, SimpleNamespace())
print([one.path for one in app.router.routes if "weather" in one.path])
pages = Templates.of(load_catalogue(Path("config")))
print([pages[one].render("console/weather.html") for one in ("en", "de", "fr")])
"""


@pytest.mark.whole
@pytest.mark.parametrize(("title", "add"), [("a command", a_command), ("a rule", a_rule), ("a page", a_page)])
def test_the_files_that_are_named_are_all(tree: Path, title: str, add: Callable[[Path], None]) -> None:
    before = {path: path.stat().st_mtime_ns for path in tree.rglob("*.*") if path.is_file()}
    add(tree)
    after = (path for path in tree.rglob("*.*") if path.is_file())
    touched = {str(path.relative_to(tree)) for path in after if before.get(path) != path.stat().st_mtime_ns}
    (row,) = (line for line in TABLE.splitlines() if line.startswith(f"| {title} |"))
    named = tuple(one.removesuffix("en.toml") for one in re.findall(r"`([\w/.]+)`", row))
    assert {one for one in touched if not one.startswith(named)} == set()
    if title == "a command":
        assert gateway(tree, "greet", "Ann") == (3, "Good day, Ann.\n")
    elif title == "a rule":
        status, said = gateway(tree, "check", "--cases", "tests/cases")
        found = [line for line in said.splitlines() if "SW-DEC-099" in line]
        # Nothing lacks but what has to be signed: the case and its near miss.
        assert (status, said.splitlines()[-1], len(found)) == (78, "1 fault", 1), said[-2000:]
        assert "case" in found[0]
    else:
        done = ran([sys.executable, "-c", SHOWN], cwd=tree, env={**os.environ, "PYTHONPATH": str(tree)})
        rain = [f"<p>It rains {number}.</p>" for number in range(len(LANGUAGES))]
        assert done.stdout.splitlines() == ["['/console/weather']", str(rain)], done.stderr
