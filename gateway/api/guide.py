"""The guide: the pages of the documentation, as `make docs` built them into this package, with a search that needs no internet."""

from pathlib import Path

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from gateway.domain.errors import NotKnown

_FOLDER = Path(__file__).resolve().parent.parent / "guide"
_POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


def register(app: FastAPI, folder: Path = _FOLDER) -> None:
    """Add `/docs/guide` to the application."""
    pages = StaticFiles(directory=folder, html=True, check_dir=False)

    async def start(_request: Request) -> Response:
        return RedirectResponse("/docs/guide/index.html")

    async def page(request: Request) -> Response:
        if not (folder / "index.html").is_file():
            raise NotKnown("The guide is not part of this installation; `make docs` builds it.")
        found = await pages.get_response(request.path_params["path"], request.scope)
        found.headers["Content-Security-Policy"] = _POLICY
        found.headers["X-Content-Type-Options"] = "nosniff"
        return found

    app.router.routes.append(Route("/docs/guide", start))
    app.router.routes.append(Route("/docs/guide/{path:path}", page))
