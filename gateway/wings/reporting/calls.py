"""Calls about Surveillance: the files of what was released, and what their receiver answers."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response, StreamingResponse

from gateway.access import Call, Caller
from gateway.api.context import ApiContext, documented, json
from gateway.api.requests import call
from gateway.api.schemas.bodies import CallBody
from gateway.domain.codec import encode
from gateway.domain.errors import NotAllowed
from gateway.wings.reporting.acknowledgement import Acknowledgements, ReceiverError
from gateway.wings.reporting.kept_files import KeptFiles

_MOST = 2**31 - 2
_FILES = "/v1/surveillance/files"
FileNumber = Annotated[int, Path(ge=1, le=_MOST, alias="number", description="The file's number")]
Word = Annotated[str, StringConstraints(pattern=r"^[ -~]{1,40}$")]


class RecordError(CallBody):
    """Why the receiver did not take a record."""

    mrn: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{18}$")]
    item: Annotated[int, Field(ge=1, le=99_999)]
    column: Word
    """By its data element, as in the file."""
    code: Word


class SurveillanceAcknowledgement(CallBody):
    """What the receiver says of a file: all of its records without an error are accepted."""

    errors: Annotated[list[RecordError], Field(max_length=1_000_000)]
    """Empty: all are."""


class SurveillanceFileBody(BaseModel):
    """A file of Surveillance."""

    number: int
    state: str
    """`closed`, `answered`; `lost`: its number was used before the database was restored, and its records are not here."""
    records: int
    digest: str | None
    """SHA-256 of its records, the lines below the first one, in hexadecimal digits."""
    made_at: datetime | None
    answered_at: datetime | None
    forgotten: bool
    """Whether its records are kept no more, after 400 days."""


class SurveillanceFilePage(BaseModel):
    """Files of Surveillance, in the order of their numbers."""

    items: list[SurveillanceFileBody]
    next: int | None
    """`after` of the next page; null: there are no more."""


class AnsweredRecordsBody(BaseModel):
    """How many records of a file the receiver took."""

    accepted: int
    rejected: int


def register(app: FastAPI, context: ApiContext, files: KeptFiles, answers: Acknowledgements) -> None:
    """Add the calls to the application."""
    limit_bytes = context.settings.limits.body_bytes

    def receiver(request: Request) -> Caller:
        caller = context.caller(request, Call.SURVEILLANCE)
        if caller.offices_for(Call.SURVEILLANCE) is not None:
            raise NotAllowed(
                "Files of Surveillance have goods of all customs offices: they are not for keys of some alone."
            )
        return caller

    async def listed(
        request: Request,
        after: Annotated[int, Query(ge=0, le=_MOST, description="Only files behind this number")] = 0,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Gives the files of Surveillance, in the order of their numbers, which have no gap."""
        receiver(request)
        found = await files.listed(after, limit + 1)
        following = found[limit - 1].number if len(found) > limit else None
        return json(encode({"items": found[:limit], "next": following}))

    async def file(request: Request, number: FileNumber) -> Response:
        """Gives a file of Surveillance, always the same bytes: lines of JSON, the first of which tells number, issuer, records, digest and annex; each other one a record that is new, replaced or cancelled."""
        receiver(request)
        body = await files.body(number)
        headers = {
            "Content-Disposition": f'attachment; filename="surveillance-{number}.ndjson.gz"',
            "Content-Length": str(body.length),
            "Cache-Control": "no-store",
        }
        return StreamingResponse(body.parts, media_type="application/gzip", headers=headers)

    async def acknowledged(request: Request, number: FileNumber) -> Response:
        """Takes what the receiver says of a file: its records are accepted but for those with errors. The same again changes nothing; another one is refused."""
        receiver(request)
        payload = await call(request, limit_bytes, SurveillanceAcknowledgement)
        errors = [ReceiverError(mrn=one.mrn, item=one.item, column=one.column, code=one.code) for one in payload.errors]
        return json(encode(await answers.take(number, errors)))

    tagged: dict[str, Any] = {"tags": ["surveillance"]}
    zipped = documented({})
    zipped["responses"][200] = {
        "description": "The file, compressed",
        "content": {"application/gzip": {"schema": {"type": "string", "format": "binary"}}},
    }
    app.add_api_route(_FILES, listed, methods=["GET"], **tagged, **documented({200: SurveillanceFilePage}))
    app.add_api_route(f"{_FILES}/{{number}}", file, methods=["GET"], **tagged, **zipped)
    app.add_api_route(
        f"{_FILES}/{{number}}/acknowledgement",
        acknowledged,
        methods=["POST"],
        **tagged,
        **documented({200: AnsweredRecordsBody}, body=SurveillanceAcknowledgement),
    )
