"""The API's own documentation: OpenAPI, and a page that shows it without the internet."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from gateway.api import operations
from gateway.api.schemas import answers as models
from gateway.api.schemas import bodies
from gateway.beside import beside
from gateway.domain.codec import encode
from gateway.domain.errors import NotKnown
from gateway.intake.json_schema import json_schemas
from gateway.settings import SIMULATED, Settings

_FILES = Path(str(files("fastapi_offline"))) / "static"
_ASSETS = {"swagger-ui-bundle.js": "text/javascript", "swagger-ui.css": "text/css", "favicon.png": "image/png"}
_KEYS = {"bearer": {"type": "http", "scheme": "bearer"}, "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"}}


def register(app: FastAPI, settings: Settings) -> None:
    """Add `/docs` and what it needs to the application, and complete its OpenAPI description."""

    async def page(_request: Request) -> Response:
        shown = get_swagger_ui_html(
            openapi_url="/openapi.json",
            title=app.title,
            swagger_js_url="/docs/assets/swagger-ui-bundle.js",
            swagger_css_url="/docs/assets/swagger-ui.css",
            swagger_favicon_url="/docs/assets/favicon.png",
            # The validator badge would send the description to a server on the internet.
            swagger_ui_parameters={"validatorUrl": None},
        )
        if not settings.simulators:
            return shown
        banner = f"<body>\n<p><strong>{SIMULATED}</strong></p>".encode()
        return HTMLResponse(bytes(shown.body).replace(b"<body>", banner, 1))

    async def asset(request: Request) -> Response:
        name = request.path_params["name"]
        if name not in _ASSETS:
            raise NotKnown
        return FileResponse(_FILES / name, media_type=_ASSETS[name])

    # Made at its first request: it would be a quarter of the time that a process takes to start, and hardly anybody reads it.
    @cache
    def written() -> bytes:
        return encode(described_api(app, settings))

    async def description(_request: Request) -> Response:
        return Response(await beside(written), media_type="application/json")

    app.router.routes.append(Route("/openapi.json", description))
    app.router.routes.append(Route("/docs", page))
    app.router.routes.append(Route("/docs/assets/{name}", asset))


def described_api(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """Return the description of the application's operations (OpenAPI 3.1)."""
    described = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        webhooks=app.webhooks.routes,
        tags=app.openapi_tags,
    )
    unnamed: tuple[type[BaseModel], ...] = (*_bodies(described), models.Problem)
    _, unseen = models_json_schema(
        [(model, "validation") for model in unnamed], ref_template="#/components/schemas/{model}"
    )
    components = described.setdefault("components", {})
    components.setdefault("schemas", {}).update(unseen["$defs"])
    whole, native = json_schemas(*settings.format_folders(), schemas=settings.schemas, named=settings.schema_paths())
    components["schemas"].update(native)
    components["securitySchemes"] = _KEYS
    described["servers"] = [{"url": "/"}]  # relative to the address at which this description was read
    described["security"] = [{name: []} for name in _KEYS]
    _name_choices(described)
    operations.complete(described, declaration=whole)
    return described


def _name_choices(described: dict[str, Any]) -> None:
    """Give answers that are one of several things a schema with a name: generators make a type of each, and of no other."""
    for content in _contents(described):
        schema = content["schema"]
        if "discriminator" in schema:
            name = "Or".join(one["$ref"].rpartition("/")[2].removesuffix("Body") for one in schema["oneOf"])
            named = {key: value for key, value in schema.items() if key != "title"}
            described["components"]["schemas"][name] = named
            content["schema"] = {"$ref": f"#/components/schemas/{name}"}


def _contents(described: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the contents of all answers that have a schema."""
    for methods in described["paths"].values():
        for call in methods.values():
            for answer in call["responses"].values():
                yield from (one for one in answer.get("content", {}).values() if "schema" in one)


def _bodies(described: Mapping[str, Any]) -> Iterator[type[bodies.CallBody]]:
    """Yield the models of the bodies that calls name, which the framework does not find by their signatures."""
    contents = (
        content
        for methods in described["paths"].values()
        for call in methods.values()
        for content in call.get("requestBody", {}).get("content", {}).values()
    )
    named = {content["schema"].get("$ref", "").rpartition("/")[2] for content in contents}
    yield from (model for model in _models(bodies.CallBody) if model.__name__ in named)


def _models(of: type[bodies.CallBody]) -> Iterator[type[bodies.CallBody]]:
    for one in of.__subclasses__():
        yield one
        yield from _models(one)
