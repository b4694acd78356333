"""A form that brings a file: its fields and the file, read in memory and kept nowhere."""

import base64
import sys
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import ClientDisconnect, Request

from gateway.api.requests import body
from gateway.domain.errors import CallInvalid, TooLarge
from gateway.web.fields import fields_once

_KIND = "multipart/form-data"
_FIELDS, _FIELD_BYTES = 200, 512 * 1024
_AROUND = 1024 * 1024
"""Bytes that a form may have beside its file."""
_PASSED_OVER = 64 * 1024 * 1024
"""Bytes of what is too large that are still heard: a browser that is cut off shows a fault of its own instead of the answer."""


CONTENT, NAME = "content", "name"
"""The hidden fields with a file that was sent, so that the same bytes are sent once more."""
KEPT_BYTES = 256 * 1024
"""Bytes of a file that a page carries along; a larger one is chosen once more."""
_NAME_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class SentFile:
    """A file that somebody chose."""

    name: str
    content: bytes

    @property
    def own_name(self) -> str:
        """Its name without folders, as far as it is shown."""
        return self.name.replace("\\", "/").rpartition("/")[2][:_NAME_SHOWN]

    @property
    def kept(self) -> str:
        """The file as a page carries it along; empty: it is too large for that."""
        return base64.b64encode(self.content).decode("ascii") if len(self.content) <= KEPT_BYTES else ""


class _InMemory(MultiPartParser):
    """Starlette's parser of such forms, which writes no file to a disk."""

    spool_max_size = sys.maxsize


async def form_with_file(request: Request, limit: int) -> tuple[Mapping[str, str], SentFile | None]:
    """Read a form: its fields, each once, and the file; None: none was chosen.

    Args:
        request: what brings it.
        limit: bytes that a file may have.

    Raises:
        CallInvalid: it is no such form, or a field stands twice.
        TooLarge: the file, or what is around it, is larger than is read.
        Later, Overloaded: there is no space for it now.
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise CallInvalid("A form with a file is needed.")
    try:
        raw = await body(request, limit + _AROUND)
    except TooLarge:
        await _passed_over(request)
        raise
    parser = _InMemory(request.headers, _once(raw), max_files=1, max_fields=_FIELDS, max_part_size=_FIELD_BYTES)
    try:
        form = await parser.parse()
    except MultiPartException as error:
        raise CallInvalid("The form cannot be read.") from error
    fields: list[tuple[str, str]] = []
    file = None
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            content = await value.read()
            if value.filename or content:
                file = SentFile(name=value.filename or "", content=content)
        else:
            fields.append((name, value))
    await form.close()
    if file is not None and len(file.content) > limit:
        raise TooLarge(f"The limit is {limit} bytes.")
    return fields_once(fields), file


async def _passed_over(request: Request) -> None:
    heard = 0
    with suppress(ClientDisconnect, RuntimeError):
        async for part in request.stream():
            heard += len(part)
            if heard > _PASSED_OVER:
                return


async def _once(raw: bytes) -> AsyncGenerator[bytes, None]:
    yield raw
