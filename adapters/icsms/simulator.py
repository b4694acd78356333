"""ICSMS, simulated: cases with their messages, and the notices that customs sent, behind OAuth2 client credentials.

Nothing is pushed by itself: `pushed` writes what ICSMS would push of a case, all of it, the newest message alone, or any other choice.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from adapters.icsms.adapter import MESSAGES, NOTICES
from adapters.simulation import Documents, Fault, Simulator, fault_of
from adapters.simulation.documents import Document, read_catalogue
from adapters.simulation.records import as_json
from adapters.simulation.tokens import TokenEndpoint

CLIENT_ID = "icsms-simulator-client"
CLIENT_SECRET = "icsms-simulator-secret"
"""The client that the simulated system knows."""
_NULLABLE = ("finding", "reasons", "objects_to_other_procedures")


def messages_of(case: Document) -> list[dict[str, Any]]:
    """Return the messages of a case as they cross, in the order of their numbers."""
    return [
        {**dict.fromkeys(_NULLABLE), **one, "case": case["reference"], "number": number, "mrn": case["mrn"]}
        for number, one in enumerate(case["messages"], 1)
    ]


def pushed(messages: Sequence[dict[str, Any]]) -> bytes:
    """Return the body of a push of these messages."""
    return json.dumps({"messages": list(messages)}).encode()


class _Icsms:
    """The system with its tokens, over the frame's documents, which are its cases, and by their keys the notices that it took."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._tokens = TokenEndpoint(CLIENT_ID, CLIENT_SECRET)
        self._routes = Starlette(
            routes=[
                self._tokens.route("/oauth2/token"),
                Route(MESSAGES, self._messages),
                Route(NOTICES, self._notice, methods=["POST"]),
            ]
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._routes(scope, receive, send)

    async def _messages(self, request: Request) -> Response:
        """Answer with all messages about a declaration."""
        if (refusal := self._tokens.refused(request)) is not None:
            return refusal
        mrn = request.query_params.get("mrn", "")
        cases = [case for case in self._documents.stored().values() if case.get("mrn") == mrn]
        messages = [one for case in cases for one in messages_of(case)]
        if fault_of(request.scope) is Fault.UNKNOWN_CODE:
            messages = [{**one, "decision": "UNHEARD_OF"} for one in messages]
        return _json({"mrn": mrn, "messages": messages})

    async def _notice(self, request: Request) -> Response:
        """Take a notice, once by its key; answer with the case, which a first notice opens."""
        if (refusal := self._tokens.refused(request)) is not None:
            return refusal
        try:
            notice: dict[str, Any] = json.loads(await request.body())
            key, mrn, case = notice["key"], notice["mrn"], notice["case"]
        except (ValueError, KeyError, TypeError):
            return _json({"error": "notice_not_readable"}, 422)
        known = self._documents.peek(key) or self._documents.put(key, {"notice": notice})
        if known["notice"] != notice:
            return _json({"error": "key_reused"}, 409)
        return _json({"key": key, "case": case or f"ICSMS-{mrn}"})


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(as_json(value), status_code=status, media_type="application/json")


SIMULATOR = Simulator(
    name="icsms",
    title="ICSMS, market surveillance",
    build=_Icsms,
    documents=read_catalogue(Path(__file__).with_name("simulator_documents.toml")),
    credentials={"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET},
    own_faults=frozenset({Fault.UNKNOWN_CODE}),
)
