"""Writes one page as a tagged PDF, as a process of its own: the page comes in, the PDF goes out, and nothing else can be reached.

It is started by its file, and imports nothing of the gateway's: that alone would take longer than most papers.
"""

import ctypes
import os
import resource
import sys
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from lxml import html
from lxml.html import builder

IMPOSSIBLE = 3
"""The exit status where the libraries are not there."""
_PROCESSOR_S, _MEMORY = 60, 2 * 1024**3
STYLE = Path(__file__).with_name("static") / "paper.css"
_LIBRARIES = ("gobject-2.0", "pango-1.0", "pangoft2-1.0", "harfbuzz", "harfbuzz-subset", "fontconfig")
_SCREEN_ONLY = (
    "sw-trailbar", "sw-livebar", "sw-strip--done", "sw-btns", "sw-id__tools", "sw-verdict__more", "sw-toc", "sw-acts", "sw-key",
    "sw-long__all", "sw-defs", "sw-printonly",
)  # fmt: skip
"""The parts of a screen that are there to be used."""
_NOTHING_TO_READ = "//script | //noscript | //form | //*[@aria-hidden='true'] | //*[contains(@class, 'govuk-button')]"


@cache
def is_possible() -> bool:
    """Whether a PDF can be written here: the extra is installed, and the libraries that it stands on are."""
    if find_spec("weasyprint") is None:
        return False
    try:
        for name in _LIBRARIES:
            ctypes.CDLL(f"lib{name}.so.1" if name == "fontconfig" else f"lib{name}.so.0")
    except OSError:
        return False
    return True


def sheet(page: str) -> str:
    """Return the page as it is printed: its title, its language and what there is to read, in the page's own words."""
    read: Any = html.document_fromstring(page)
    (main,) = read.xpath("//main")
    head, language = read.findtext(".//title") or "", read.get("lang") or ""
    printed = [one.text_content() for one in main.xpath(_of_class("sw-printonly"))]
    # Each once, though several of these may be true of it.
    for one in dict.fromkeys(_unread(main)):
        one.drop_tree()
    # A heading with nothing under it, as that over what is on a page.
    for one in main.xpath(".//section[not(*[not(self::h2)])]"):
        one.drop_tree()
    for picture in main.xpath(".//svg"):
        _say(picture)
    for link in main.xpath(".//a[not(starts-with(@href, '#'))]"):
        link.attrib.pop("href", None)
    for part in main.xpath(".//details"):
        part.tag = "section"
    for line in main.xpath(".//summary"):
        line.tag = "div"
    made: Any = html.document_fromstring('<html><head><meta charset="utf-8"><title></title></head><body></body></html>')
    made.set("lang", language)
    (title,) = made.xpath("//title")
    title.text = head
    for text in printed:
        made.body.append(builder.E.p(" ".join(text.split()), {"class": "printed"}))
    made.body.append(main)
    return str(html.tostring(made, encoding="unicode", doctype="<!doctype html>"))


def _unread(main: Any) -> Iterator[Any]:
    for name in _SCREEN_ONLY:
        yield from main.xpath(_of_class(name))
    yield from main.xpath(" | ".join(f".{one}" for one in _NOTHING_TO_READ.split(" | ")))


def _of_class(name: str) -> str:
    return f".//*[contains(concat(' ', normalize-space(@class), ' '), ' {name} ')]"


def _say(picture: Any) -> None:
    """Put the sentence of a picture in its place: its figures stand beside it."""
    said = builder.E.span(picture.get("aria-label") or "")
    said.tail = picture.tail
    picture.getparent().replace(picture, said)


def written(page: str) -> bytes:
    """Write the PDF of a page; whatever it points at is not fetched."""
    from weasyprint import CSS, HTML  # only here: it takes half a second, and may not be installed
    from weasyprint.urls import URLFetcher

    nowhere = URLFetcher(allowed_protocols=())
    style = CSS(string=STYLE.read_text(encoding="utf-8"), url_fetcher=nowhere)
    made: bytes = HTML(string=sheet(page), url_fetcher=nowhere).write_pdf(
        stylesheets=[style], pdf_variant="pdf/ua-1", pdf_tags=True
    )
    return made


def main() -> int:
    """Write the PDF of the page on standard input, within limits of time and memory."""
    resource.setrlimit(resource.RLIMIT_CPU, (_PROCESSOR_S, _PROCESSOR_S))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    # Whoever decides goes first.
    os.nice(10)
    if not is_possible():
        return IMPOSSIBLE
    sys.stdout.buffer.write(written(sys.stdin.buffer.read().decode()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
