"""The guide: the pages of the documentation, as `make docs` built them into this package, with a search that needs no internet.

Where it was not built, a checkout shows a page as it is written.
"""

import re
from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from gateway.domain.errors import NotKnown

_FOLDER = Path(__file__).resolve().parent.parent / "guide"
_CHECKOUT = _FOLDER.parent.parent
WRITTEN = _CHECKOUT / "docs" if (_CHECKOUT / "pyproject.toml").is_file() else None
"""The pages as they are written, beside the package of a checkout; None: it is installed."""
_PAGE = re.compile(r"((?:[a-z0-9_-]{1,80}/){0,3}[A-Za-z0-9_-]{1,80})\.html")
_AS_WRITTEN = "The guide is not built here: this page of it is shown as it is written. `make docs` builds the guide, with a search."
_POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def register(app: FastAPI, folder: Path = _FOLDER, written: Path | None = WRITTEN) -> None:
    """Add `/docs/guide` to the application; `written` are the pages as they are written, shown where none were built."""
    pages = StaticFiles(directory=folder, html=True, check_dir=False)

    async def start(_request: Request) -> Response:
        return RedirectResponse("/docs/guide/index.html")

    async def page(request: Request) -> Response:
        if not (folder / "index.html").is_file():
            return _as_written(request.path_params["path"], written)
        found = await pages.get_response(request.path_params["path"], request.scope)
        found.headers["Content-Security-Policy"] = _POLICY
        found.headers["X-Content-Type-Options"] = "nosniff"
        return found

    app.router.routes.append(Route("/docs/guide", start))
    app.router.routes.append(Route("/docs/guide/{path:path}", page))


def _as_written(path: str, written: Path | None) -> Response:
    """Answer with a page as it is written.

    Raises:
        NotKnown: there is none of the name.
    """
    named = _PAGE.fullmatch(path)
    page = written / f"{named[1]}.md" if written is not None and named is not None else None
    if page is None or not page.is_file():
        raise NotKnown("The guide is not part of this installation; `make docs` builds it.")
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY, "X-Content-Type-Options": "nosniff"}
    return PlainTextResponse(f"{_AS_WRITTEN}\n\n{page.read_text(encoding='utf-8')}", headers=headers)
