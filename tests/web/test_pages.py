"""What pages are made of: texts, vendored files, addresses; nothing runs here."""

import re
import tomllib
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jinja2 import Environment, StrictUndefined, meta
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from gateway.access.own_address import AddressUnknown, ElsewhereSent, local_path, own_origin, require_own_page
from gateway.domain.legible import legible
from gateway.web.assets import assets
from gateway.web.routes import register
from gateway.web.templates_in_language import templates
from gateway.wing_files import wing_files
from tests.builders.page_states import STATES, addresses
from tests.builders.places import ROOT
from tests.builders.story import catalogue

WEB = ROOT / "gateway" / "web"
SOURCES = (WEB, *(wing.folder for wing in wing_files()))
TEMPLATES = sorted(file for folder in SOURCES for file in (folder / "templates").rglob("*.html"))
TEXTS = catalogue().pages["en"]
_USED = re.compile(r"""\bt\("([a-z_]+\.[a-z_]+)"\s*(~)?""")


def used() -> tuple[set[str], set[str]]:
    """The texts that templates and pages name, and how those begin that are put together."""
    whole = {entry.text for wing in wing_files() for entry in wing.menu}
    begun: set[tuple[str, str]] = set()
    for file in (*TEMPLATES, *(file for folder in SOURCES for file in folder.rglob("*.py"))):
        text = file.read_text(encoding="utf-8")
        whole.update(re.findall(r"""(?:\bt|\.text)\(\s*"([a-z_]+\.[a-z_]*)"(?=\s*[,)])""", text))
        for either in re.findall(r"""\.text\("([a-z_]+\.[a-z_]+)" if [^\n]* else "([a-z_]+\.[a-z_]+)\"""", text):
            whole.update(either)
        begun.update(re.findall(r"""\bt\("([a-z_]+\.[a-z_]*)"\s*~|\.text\(f"([a-z_]+\.[a-z_]*)\{""", text))
    return whole, {one for either in begun for one in either if one}


def test_every_text_that_a_page_names_is_there_and_every_one_is_named() -> None:
    there = {f"{section}.{name}" for section, texts in TEXTS.items() for name in texts}
    whole, begun = used()
    assert whole <= there
    singular = {f"{key}_one" for key in whole}
    assert {key for key in there - whole - singular if not key.startswith(tuple(begun))} == set()


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.name)
def test_a_template_has_no_style_and_no_script_of_its_own(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|\|\s*safe\b|autoescape false", text)
    environment = Environment(loader=templates(), autoescape=True, undefined=StrictUndefined)
    environment.filters["legible"] = legible
    assert meta.find_undeclared_variables(environment.parse(text)) is not None


def test_every_page_has_a_state_in_the_list_of_all_that_are_opened() -> None:
    """Of the kernel: the tests of wings open theirs. Beside it: sign-in and sign-out, which `test_in_a_browser` opens, streams, what leads on, and what only a person's history makes."""
    app = Starlette()
    web: Any = None
    register(app, web)
    here = dict.fromkeys(
        (
            "fish",
            "wide",
            "large",
            "held",
            "denied",
            "lrn",
            "approval",
            "lacking",
            "taken",
            "applied",
            "application",
            "examined",
            "let_go",
        ),
        "x",
    ) | {"window": "1"}
    opened = {urlsplit(one).path for group in STATES for one in addresses(group, **here)}
    pages = {one.path for one in app.router.routes if isinstance(one, Route) and one.methods and "GET" in one.methods}
    unseen = {one for one in pages if not any(_matches(one, path) for path in opened)}
    assert {
        one
        for one in unseen
        if not one.startswith(("/sign-", "/signed-out", "/static/")) and not one.endswith(("/live", ".pdf", ".csv"))
    } == {
        "/console",  # leads on
        "/declarations/{id}/sent",  # a file, taken in test_portal
        "/console/declarations/{id}/assess",
        "/console/declarations/{id}/reported",  # opened in test_case
        "/console/declarations/{id}/messages/{digest}",  # opened in test_case_records
        "/console/declarations/{id}/export",
        "/console/approvals/{id}/withdraw",
        "/declarations/{id}/applications/{application}/withdraw",
        "/console/contingency/{number}/write-off",  # owed once an authority is back
        "/keys/{id}/revoke",  # opened in test_portal_keys
    }


def _matches(path: str, address: str) -> bool:
    return Route(path, lambda _: PlainTextResponse("")).path_regex.fullmatch(address) is not None


def test_what_others_made_is_as_it_was_taken() -> None:
    listed = tomllib.loads((WEB / "static" / "VENDOR.toml").read_text(encoding="utf-8"))["file"]
    for one in listed:
        content = (WEB / "static" / one["name"]).read_bytes()
        assert sha256(content).hexdigest() == one["sha256"], one["name"]
        assert {"package", "version", "source", "source_sha256", "license"} <= one.keys()
    ours = {"icon.svg", "single-window.css", "portal.css", "paper.css", "keys.js", "copy.js", "live.js", "VENDOR.toml"}
    assert {one["name"] for one in listed} | ours == {file.name for file in (WEB / "static").iterdir()}


def test_no_page_loads_anything_from_elsewhere_and_none_shows_a_crown() -> None:
    for name, asset in assets().items():
        text = asset.content.decode()
        assert not re.search(r"url\((?!#)|@import|@font-face|crown|crest", text), name


def test_vendor_is_not_served() -> None:
    assert "VENDOR.toml" not in assets()
    assert {"govuk-frontend.css", "single-window.css", "htmx.js"} <= set(assets())


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("localhost", "http://localhost"),
        ("LOCALHOST:1", "http://localhost:1"),
        ("[::1]:80", "http://[::1]:80"),
    ],
)
def test_on_this_machine_the_address_is_the_one_that_was_typed(host: str, origin: str) -> None:
    assert own_origin(None, [host]) == origin


@pytest.mark.parametrize(
    "hosts",
    [[], [""], ["a", "b"], ["evil.example"], ["127.0.0.1.evil.example"], ["x@127.0.0.1"], ["localhost:x"], ["[::1"]],
)
def test_no_other_name_is(hosts: list[str]) -> None:
    with pytest.raises(AddressUnknown):
        own_origin(None, hosts)
    assert own_origin("https://window.example", hosts) == "https://window.example"


def test_a_form_says_where_it_comes_from() -> None:
    own = "https://window.example"
    require_own_page(own, [own], [])
    require_own_page(own, [], ["same-origin"])
    for origins, sites in (
        ([], []),
        (["https://evil.example"], ["same-origin"]),
        ([own, "null"], []),
        ([own], ["cross-site"]),
    ):
        with pytest.raises(ElsewhereSent):
            require_own_page(own, origins, sites)


@pytest.mark.parametrize("target", ["/", "/console", "/console?q=%26&a=1", "/declarations/1?version=2"])
def test_a_page_here_is_one(target: str) -> None:
    assert local_path(target) == target


@pytest.mark.parametrize(
    "target", ["", "x", "//x", "/\\x", "/x\\y", "https://x", "/a b", "/\x00", "/ü", "/sign-in", "/static/x", "/v1/x"]
)
def test_anything_else_is_none(target: str) -> None:
    assert local_path(target) is None
