"""The classes that pages use, and style sheets without the rules of any other: `python -m tests.house.styles` cuts the vendored one in place.

A class that is new to the pages needs the vendored file as its package has it; `gateway/web/static/VENDOR.toml` says where that is.
"""

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.builders.places import ROOT

WEB = ROOT / "gateway" / "web"
VENDORED = WEB / "static" / "govuk-frontend.css"
_CLASS = re.compile(r"(?<![\w-])(?:govuk|sw)-[A-Za-z0-9_-]*")
_IN_SELECTOR = re.compile(r"\.((?:govuk|sw)-(?:[A-Za-z0-9_-]|\\.)+)")


def used() -> Callable[[str], bool]:
    """Whether a template, a view or a script uses a class; one that is put together is known by its beginning."""
    wings = ROOT / "gateway" / "wings"
    files = [*WEB.rglob("*.html"), *WEB.rglob("*.py"), *(WEB / "static").glob("*.js")]
    files += [*wings.rglob("*.html"), *wings.rglob("*.py")]
    words = {word for file in files for word in _CLASS.findall(file.read_text(encoding="utf-8"))}
    begun = tuple(word for word in words if word.endswith(("-", "__")) and word not in {"govuk-", "sw-"})
    return lambda name: name in words or (bool(begun) and name.startswith(begun))


def classes(css: str) -> set[str]:
    """The classes of ours and of the vendored style sheet that stand in selectors."""
    css = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return {name for head, _ in _rules(css) for name in _IN_SELECTOR.findall(head)} | {
        name
        for head, body in _rules(css)
        if head.startswith(("@media", "@supports", "@layer"))
        for name in classes(body)
    }


def cut(css: str, is_used: Callable[[str], bool]) -> str:
    """A minified style sheet without the selectors that name a class which nothing uses."""
    found = []
    for head, body in _rules(css):
        if head.startswith(("@media", "@supports", "@layer")):
            if inner := cut(body, is_used):
                found.append(f"{head}{{{inner}}}")
        elif head.startswith("@") or not head:
            found.append(f"{head}{{{body}}}" if body or head.startswith("@keyframes") else head)
        else:
            kept = [one for one in _split(head) if all(is_used(name) for name in _IN_SELECTOR.findall(one))]
            if kept:
                found.append(f"{','.join(kept)}{{{body}}}")
    return "".join(found)


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """The head and the body of each rule; a statement is a head alone, with its semicolon."""
    at = 0
    while at < len(css):
        ends = [place for sign in "{;" if (place := css.find(sign, at)) >= 0]
        if not ends:
            return
        end = min(ends)
        if css[end] == ";":
            yield css[at : end + 1].strip(), ""
            at = end + 1
            continue
        depth, close = 1, end + 1
        while depth:
            depth += {"{": 1, "}": -1}.get(css[close], 0)
            close += 1
        yield css[at:end].strip(), css[end + 1 : close - 1]
        at = close


def _split(selectors: str) -> list[str]:
    """Selectors that are parted by commas, but for the commas of functions."""
    return re.split(r",(?![^()]*\))", selectors)


if __name__ == "__main__":
    sheet = Path(sys.argv[1]) if len(sys.argv) > 1 else VENDORED
    VENDORED.write_text(cut(sheet.read_text(encoding="utf-8"), used()), encoding="utf-8")
