"""The content of a call: its body, within the limit, and its caller's preferences."""

import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from gateway.api.admission import Admitted
from gateway.api.problems import BodyUnreadable, MediaTypeUnsupported, invalid_call
from gateway.domain.errors import CallInvalid, StandsTwice, TooLarge

M = TypeVar("M", bound=BaseModel)
REJECTION = "application/vnd.ncts.cc056c+xml"
"""Names a refusal as a message of transit, for a caller that asks for it."""

_WAIT = re.compile(r'(?:^|[,;\s])wait\s*=\s*"?0*([0-9]+)"?\s*(?=[,;]|$)', re.IGNORECASE)
_DIGITS = 9
"""A number with more is longer than any wait."""
_AS_IT_IS = ("", "identity")


async def body(request: Request, limit: int) -> bytes:
    """Read a call's body.

    Raises:
        MediaTypeUnsupported: it is compressed.
        TooLarge: it is, or declares to be, longer than `limit` bytes; no more than that is read.
        Later, Overloaded: there is no space for it now; it is not read.
        ClientDisconnect: the caller hung up.
    """
    if request.headers.get("content-encoding", "").strip().lower() not in _AS_IT_IS:
        raise MediaTypeUnsupported("Bodies are read as they are, without a Content-Encoding.")
    admitted: Admitted = request.scope["admitted"]
    declared = request.headers.get("content-length", "")
    admitted_length = int(declared) if declared.isdigit() else 0
    if admitted_length > limit:
        raise _too_large(limit)
    admitted.read(admitted_length)
    chunks = []
    length = 0
    async for chunk in request.stream():
        length += len(chunk)
        if length > limit:
            raise _too_large(limit)
        if length > admitted_length:
            admitted.read(length - admitted_length)
            admitted_length = length
        chunks.append(chunk)
    admitted.whole()
    sent = chunks[0] if len(chunks) == 1 else b"".join(chunks)
    if REJECTION in request.headers.get("accept", "").lower():
        # Its refusal is written in the language of the message, and about what that says; no other call keeps its body.
        request.scope["sent"] = sent
    return sent


async def call(request: Request, limit: int, kind: type[M]) -> M:
    """Read a call's JSON body.

    Raises:
        MediaTypeUnsupported: its Content-Type is another one.
        BodyUnreadable: it is not JSON.
        CallInvalid: it is not such a call; with every violation.
    """
    media_type = request.headers.get("content-type", "application/json").split(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise MediaTypeUnsupported("This call is read as application/json.")
    raw = await body(request, limit)
    try:
        return kind.model_validate_json(raw or b"{}")
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        if any(one["type"] == "json_invalid" for one in found):
            raise BodyUnreadable from error
        raise invalid_call(found) from error


def query(request: Request, kind: type[M]) -> M | None:
    """Read a call's query parameters; return None without any.

    Raises:
        CallInvalid: they are none of such a call; with every violation.
    """
    if not request.scope["query_string"]:
        return None
    must_stand_once(request)
    try:
        return kind.model_validate(dict(request.query_params))
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise invalid_call([{**one, "loc": ("query", *one["loc"])} for one in found]) from error


def must_stand_once(request: Request, *repeatable: str) -> None:
    """Require that no query parameter is given twice but the repeatable ones: all but the last would be passed over.

    Raises:
        StandsTwice: one does.
    """
    names = [name for name, _ in request.query_params.multi_items() if name not in repeatable]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise StandsTwice(
            f"The parameter {twice[0]!r:.60} stands twice; several values stand in one, parted by commas."
        )


def must_be_known(request: Request, *names: str) -> None:
    """Require that a call has no query parameter but these: a filter that is misspelt would show what it was to leave out.

    Raises:
        CallInvalid: it has another one.
    """
    if unknown := sorted(set(request.query_params) - set(names)):
        raise CallInvalid(f"There is no parameter {unknown[0]!r:.60}; there are: {', '.join(names) or 'none'}.")


def preferred_wait(request: Request, longest: int) -> int | None:
    """Return the seconds of `Prefer: wait=N` (RFC 7240), clipped; None without one."""
    for value in request.headers.getlist("prefer"):
        if found := _WAIT.search(value):
            return min(int(found[1]), longest) if len(found[1]) <= _DIGITS else longest
    return None


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"The limit is {limit} bytes.")
