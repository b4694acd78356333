"""The simulated licensing authority: export authorisations behind OAuth2 client credentials."""

import re
from base64 import b64decode
from hmac import compare_digest
from pathlib import Path
from secrets import token_urlsafe
from time import monotonic
from urllib.parse import parse_qs, unquote_plus

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from adapters.simulation import Document, Documents, Fault, Simulator, fault_of
from adapters.simulation.records import Records, as_json, read_forms, read_records

CLIENT_ID = "gateway"
CLIENT_SECRET = "dual-use-simulator-secret"
"""The client that the simulated authority knows."""
TOKEN_S = 300
"""Seconds that a token lives."""

_CATALOGUE = Path(__file__).with_name("simulator_documents.toml")
_FORMS = read_forms(_CATALOGUE)
_GENERATED = re.compile(r"DU\.XX\.2026\.1\d{6}", re.ASCII)
_NULLABLE = frozenset({"valid_from", "valid_to", "end_user_country", "destinations", "balance"})
_NULLABLE_IN_A_LINE = {"quantity": None, "amount": None}
_PLENTY = {"value": "1000000000", "unit": "H87"}


def _build(documents: Documents) -> ASGIApp:
    records = Records(documents, form=_FORMS["individual"], nullable=_NULLABLE)
    tokens: dict[str, float] = {}

    async def token(request: Request) -> Response:
        form = {key: values[0] for key, values in parse_qs((await request.body()).decode("ascii", "replace")).items()}
        if form.get("grant_type") != "client_credentials":
            return _json({"error": "unsupported_grant_type"}, 400)
        if not _is_known(*_credentials(request, form)):
            return _json({"error": "invalid_client"}, 401)
        now = monotonic()
        for stale in [old for old, until in tokens.items() if until <= now]:
            del tokens[stale]
        given = token_urlsafe(24)
        tokens[given] = now + TOKEN_S
        return _json({"access_token": given, "token_type": "Bearer", "expires_in": TOKEN_S})

    async def licence(request: Request) -> Response:
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or tokens.get(bearer, 0.0) <= monotonic():
            return _json({"error": "invalid_token"}, 401)
        number = request.query_params.get("number")
        if not number:
            return _json({"error": "number_missing"}, 400)
        record = records.find(number)
        if record is not None and fault_of(request.scope) is Fault.UNKNOWN_STATUS:
            record = {**record, "status": "UNHEARD_OF"}
        return _json({"number": number, "licence": record and _whole(record)})

    return Starlette(
        routes=[
            Route("/oauth2/token", token, methods=["POST"]),
            Route("/api/v1/export-licences", licence),
        ]
    )


def _credentials(request: Request, form: dict[str, str]) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return form.get("client_id", ""), form.get("client_secret", "")
    try:
        client, _, secret = b64decode(value, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return unquote_plus(client), unquote_plus(secret)


def _is_known(client: str, secret: str) -> bool:
    return compare_digest(client.encode(), CLIENT_ID.encode()) & compare_digest(secret.encode(), CLIENT_SECRET.encode())


def _whole(record: Document) -> Document:
    lines = [{**_NULLABLE_IN_A_LINE, **line} for line in record["lines"]]
    balance = record["balance"]
    if balance is not None:
        balance = {
            key: [{**_NULLABLE_IN_A_LINE, **entry} for entry in balance[key]] for key in ("lines", "declarations")
        }
    return {**record, "lines": lines, "balance": balance}


def _json(value: Document, status: int = 200) -> Response:
    return Response(as_json(value), status_code=status, media_type="application/json")


def _generated(reference: str) -> Document | None:
    if not _GENERATED.fullmatch(reference):
        return None
    return {
        **_FORMS["individual"],
        "reference": reference,
        "destinations": ["AU", "CA", "CH", "GB", "JP", "NO", "US"],
        "lines": [{"line": 1, "cn_code": "8806", "control_code": "9A012", "quantity": _PLENTY}],
        "balance": {"lines": [{"line": 1, "quantity": _PLENTY}], "declarations": []},
    }


SIMULATOR = Simulator(
    name="dual_use",
    title="Dual-use export authorisations",
    build=_build,
    documents=read_records(_CATALOGUE, _FORMS),
    generated=_generated,
    credentials={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    own_faults=frozenset({Fault.UNKNOWN_STATUS}),
)
