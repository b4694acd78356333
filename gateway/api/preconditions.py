"""Preconditions of calls (RFC 9110, 13): a declaration's ETag is of what its reader is told, and an act may name the one that was read."""

import re
from collections.abc import Awaitable, Callable, Collection
from dataclasses import replace
from hashlib import blake2b
from http import HTTPStatus
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from gateway.access import Caller
from gateway.api.context import JSON, ApiContext
from gateway.api.localization import Wording
from gateway.beside import beside_if_large
from gateway.domain.errors import CallInvalid, Conflict, PreconditionFailed
from gateway.domain.record import ReadState, Record

T = TypeVar("T")
Told = Callable[[], Awaitable[str]]
"""Gives the ETag of what the caller would be told now."""
Act = Callable[[Record, ReadState | None], Awaitable[T]]
"""Acts on a declaration, judged by the state that is named."""

_TAG = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS = re.compile(rf"{_TAG}(?:[ \t]*,[ \t]*{_TAG})*")
_ANY = "*"
_TRIED = 20
"""An act whose declaration moves on so often between its reading and the act is refused."""
_NOWHERE = ReadState(version=0)
"""A state that no declaration is in: an act on it is carried out nowhere, and the same that was carried out before is answered."""


async def shown(request: Request, context: ApiContext, caller: Caller, record: Record) -> Response:
    """Answer with a declaration and its ETag; 304 where the caller has it already.

    Raises:
        PreconditionFailed: `If-Match` names another one.
        CallInvalid: a header is none of its kind.
    """
    wording = context.wording(request)
    written = await context.case.declaration(record, caller, wording)
    tag = await _tag(record, written, wording)
    wanted = _named(request, "if-match")
    if wanted is not None and not {tag, _ANY} & wanted:
        raise PreconditionFailed("The declaration is another one by now: get it again.")
    headers = {"ETag": tag, **wording.headers}
    if has_already(request, tag):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(written, headers=headers, media_type=JSON)


def has_already(request: Request, tag: str) -> bool:
    """Whether the caller says that they have what has this tag.

    Raises:
        CallInvalid: the header is none of its kind.
    """
    had = _named(request, "if-none-match")
    # A weak form names the same (RFC 9110, 13.1.2).
    return had is not None and bool({tag, _ANY} & {one.removeprefix("W/") for one in had})


async def act_as_read(
    request: Request, context: ApiContext, caller: Caller, place: str, act: Act[T], read: ReadState | None = None
) -> T:
    """Act on a declaration as it was read: with `If-Match`, only while the caller is told what they were told under that ETag.

    Of what happens between the comparison and the act, only what is told counts: else it is compared and tried again.

    Args:
        request: the call.
        context: what it is answered with.
        caller: who makes it.
        place: the declaration, as its address names it.
        act: is given the declaration, and the state on which it is to be judged.
        read: the state that the call's body names.

    Raises:
        PreconditionFailed: the caller would be told something else now.
        NotKnown, Ambiguous: as in `ApiContext.seen`.
    """
    record = await context.seen(request, caller, place)
    tags = _named(request, "if-match")
    if tags is None:
        return await act(record, read)

    async def is_told(now: Record) -> bool:
        return await _is_told(context, caller, now, tags)

    return await _act_while(lambda: context.seen(request, caller, place), is_told, act, read)


async def act_on_part_as_read(
    request: Request, current: Callable[[], Awaitable[Record]], told: Told, act: Act[T], read: ReadState | None = None
) -> T:
    """Act on what stands beside a declaration, as a control order: with `If-Match`, only while the caller is told what they were.

    Args:
        request: the call.
        current: gives the declaration as it is.
        told: gives the ETag of the part as the caller would be shown it.
        act: is given the declaration, and the state on which it is to be judged.
        read: the state that the call's body names.

    Raises:
        PreconditionFailed: the caller would be told something else now.
    """
    tags = _named(request, "if-match")
    if tags is None:
        return await act(await current(), read)

    async def is_told(now: Record) -> bool:
        return _ANY in tags or await told() in tags

    return await _act_while(current, is_told, act, read)


def is_as_read(request: Request, tag: str) -> bool:
    """Whether `If-Match` is not stated, or names this tag.

    Raises:
        CallInvalid: it names none.
    """
    tags = _named(request, "if-match")
    return tags is None or bool({tag, _ANY} & tags)


def tagged(request: Request, written: bytes) -> Response:
    """Answer with JSON and its ETag; to a reading call with 304 where the caller has it already.

    Raises:
        CallInvalid: a header is none of its kind.
    """
    headers = {"ETag": tag_of(written)}
    if request.method == "GET" and has_already(request, headers["ETag"]):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Response(written, headers=headers, media_type=JSON)


def tag_of(written: bytes) -> str:
    """Return the ETag of what somebody is shown, in whatever language it would be."""
    return f'"{blake2b(written, digest_size=16).hexdigest()}"'


async def _act_while(
    current: Callable[[], Awaitable[Record]],
    is_told: Callable[[Record], Awaitable[bool]],
    act: Act[T],
    read: ReadState | None,
) -> T:
    record = await current()
    for _ in range(_TRIED):
        if not await is_told(record):
            return await _same_again(record, act)
        state = read or ReadState(version=record.current_version, decision=record.reached.decision)
        try:
            return await act(record, replace(state, seq=record.event_seq))
        except Conflict:
            before, record = record, await current()
            if record.event_seq == before.event_seq:
                raise
    raise PreconditionFailed("The declaration did not stand still: try it again.")


async def _same_again(record: Record, act: Act[T]) -> T:
    """Answer an act that was carried out before, whatever came since: its first answer may have been lost."""
    try:
        return await act(record, _NOWHERE)
    except Conflict as error:
        raise PreconditionFailed("It is another one by now: get it again; nothing was done.") from error


async def _is_told(context: ApiContext, caller: Caller, record: Record, tags: Collection[str]) -> bool:
    """Whether one of these tags is that of the declaration as the caller would be shown it, in the language of the tag."""
    if _ANY in tags:
        return True
    languages = {tag.strip('"').rpartition("-")[2] for tag in tags} & context.catalogue.languages.keys()
    whole = await context.case.whole(record)
    for language in sorted(languages):
        wording = context.case.wording([language])
        written = await context.case.declaration(whole, caller, wording)
        if await _tag(whole, written, wording) in tags:
            return True
    return False


async def _tag(record: Record, written: bytes, wording: Wording) -> str:
    """Return the ETag of a declaration as somebody is shown it; a long one is read beside the loop."""
    digest = await beside_if_large(record.size, lambda: blake2b(written, digest_size=16).hexdigest())
    return f'"{digest}-{wording.texts_language}"'


def _named(request: Request, header: str) -> frozenset[str] | None:
    """Return the tags that a header names; None without it.

    Raises:
        CallInvalid: it names none.
    """
    lines = request.headers.getlist(header)
    if not lines:
        return None
    text = ",".join(lines).strip(" \t")
    if text != _ANY and _TAGS.fullmatch(text) is None:
        raise CallInvalid(f'{header.title()} is * or ETags as they were given, each in quotation marks: "5f0c-en".')
    return frozenset({_ANY} if text == _ANY else re.findall(_TAG, text))
