"""Every refusal that code raises with a text of its own is said in every language."""

import ast
import re
from collections.abc import Iterator

import pytest

import gateway.app  # noqa: F401 - all refusals are known
from gateway.domain.errors import GatewayError
from gateway.settings import load
from gateway.settings.messages import load_catalogue
from tests.builders.places import ROOT

CATALOGUE = load_catalogue(*load({}).folders())
OF_PAGES = ("gateway/web/", "gateway/cli/", "gateway/golden/", "gateway/wings/")
"""Where what is refused is said by pages and commands, in their own words; of wings, their `pages` alone."""
LOGGED = frozenset(
    {"TokenRefused", "IssuerAway", "SignInEnded", "SignedOut", "ElsewhereSent", "PaperNotMade", "NoRoleHere", "StoreUnavailable"}
)  # fmt: skip
"""Refusals whose details are of the gateway's inside, or of a page."""
ADDRESSES = "gateway/wings/webhooks/addresses.py"
"""It names the member and quotes a fault of the address, which is English."""
FILLED = (("X", "X"), ("Goods item 1", "is"), ("Goods item 1", "was"), ("invalidated", ""))


def kinds(of: type[GatewayError] = GatewayError) -> Iterator[type[GatewayError]]:
    if of.__module__.startswith("gateway."):
        yield of
    for one in of.__subclasses__():
        yield from kinds(one)


def said() -> Iterator[tuple[str, list[str]]]:
    """Every detail that stands in the code, with its place, filled in so many ways."""
    names = {one.__name__ for one in kinds()} - LOGGED
    for file in sorted((ROOT / "gateway").rglob("*.py")):
        path = file.relative_to(ROOT).as_posix()
        if path.startswith(OF_PAGES) and (not path.startswith("gateway/wings/") or "page" in path):
            continue
        if path == ADDRESSES:
            continue
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call) and node.args and getattr(node.func, "id", None) in names:
                found = [_filled(node.args[0], *words) for words in FILLED]
                if isinstance(found[0], str):
                    yield f"{path}:{node.lineno}", [one for one in found if one is not None]


def _filled(argument: ast.expr, first: str, others: str) -> str | None:
    if isinstance(argument, ast.Constant):
        return argument.value if isinstance(argument.value, str) else None
    if not isinstance(argument, ast.JoinedStr):
        return None
    words = iter((first,))
    return "".join(
        str(part.value) if isinstance(part, ast.Constant) else next(words, others) for part in argument.values
    )


@pytest.mark.parametrize("language", ["de", "fr"])
def test_every_refusal_is_said_in_every_language(language: str) -> None:
    texts = CATALOGUE.refusals[language]
    lacking = {f"{place}: {ways[0]}" for place, ways in said() if not any(map(texts.detail, ways))}
    assert not lacking, "\n".join(sorted(lacking)) + "\nadd them to config/messages/problems.*.toml"
    untitled = {one.__name__ for one in kinds() if one.__name__ not in texts.texts["title"]}
    assert not untitled


def test_english_titles_are_those_of_the_code() -> None:
    titles = CATALOGUE.refusals["en"].texts["title"]
    assert {one.__name__: titles.get(one.__name__) for one in kinds()} == {one.__name__: one.title() for one in kinds()}
    assert set(titles) == {one.__name__ for one in kinds()}, "nobody says the others"


def test_parameters_stand_in_what_is_said() -> None:
    texts = CATALOGUE.refusals["de"]
    assert texts.detail("Of goods item 3 only 12.5 kg are left to release.") == (
        "Von Position 3 sind nur 12.5 kg zu überlassen übrig."
    )
    assert texts.detail("Goods items 1, 2 are suspended: no override releases what is.") == (
        "Die Positionen 1, 2 sind ausgesetzt: Keine Entscheidung entgegen überlässt sie."
    )
    assert texts.detail("nothing that code says") is None


@pytest.mark.parametrize("language", ["en", "de", "fr"])
def test_what_is_quoted_is_quoted_as_it_is(language: str) -> None:
    """Braces, signs of patterns, and what looks like another text are no parameters of anything."""
    for quoted in ("'{a}'", r"'\1.*'", "'x'; there are: y", "'a\nb'"):
        said = CATALOGUE.refusals[language].detail(f"There is no parameter {quoted}; there are: q.")
        assert said is not None
        assert quoted.partition(";")[0] in said
        assert not re.search(r"\{b\}", said)
