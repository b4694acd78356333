"""Calls about risk information that is owed: listed, drafted and answered by analysts alone."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Path, Request
from pydantic import BaseModel, Field, StringConstraints, model_validator
from starlette.responses import Response

from gateway.access import Call
from gateway.api.context import ApiContext, documented, json
from gateway.api.requests import call
from gateway.api.schemas.bodies import CallBody
from gateway.domain.actor import Actor
from gateway.domain.codec import encode
from gateway.wings.controls.risk.analysts import analyst_of
from gateway.wings.controls.risk.ledger import DoneAbout, ToldInformation
from gateway.wings.controls.risk.owed import ConfirmedBy, RiskInformation

_ONE = "/v1/risk/duties/{record_id}/{event}"
Declared = Annotated[str, Path(max_length=36)]
Numbered = Annotated[int, Path(ge=1, le=2**31 - 1)]


class InformationDone(CallBody):
    """What was done about risk information: it was exchanged, or why it was not."""

    done: DoneAbout
    reference: Annotated[str, StringConstraints(min_length=1, max_length=70)] | None = None
    """Under which it was exchanged."""
    words: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = None
    """Why it was not exchanged."""

    @model_validator(mode="after")
    def _is_whole(self) -> "InformationDone":
        if (self.reference is not None, self.words is not None) != (
            self.done is DoneAbout.EXCHANGED,
            self.done is DoneAbout.NOT_EXCHANGED,
        ):
            raise ValueError(
                "what was exchanged has a reference, what was not has words that say why, and neither has both"
            )
        return self


class OwedBody(BaseModel):
    """Something that was confirmed, of which nobody has said yet what was done about it."""

    declaration: str
    event: Annotated[int, Field(description="The number of the event by which it is confirmed")]
    mrn: str | None
    about: ConfirmedBy
    number: Annotated[int, Field(description="Of the control order, or of the suspension in its declaration")]
    found: Annotated[str | None, Field(description="The code of the result, or how the suspension stands")]
    since: datetime


class OwedPage(BaseModel):
    """Risk information that is owed: the 200 that are owed longest, and how many there are."""

    many: int
    items: list[OwedBody]


class DraftedGoodsBody(BaseModel):
    """A goods item in a draft."""

    number: int
    commodity_code: str
    description: str
    origin: str | None
    procedure: str | None
    net_mass: str | None
    supplementary_units: str | None
    value: str | None


class DraftBody(BaseModel):
    """The draft of a form, of what is stored: a person types it into the system of the administrations."""

    marking: str
    basis: str
    declaration: str
    mrn: str | None
    direction: str | None
    office: str | None
    about: ConfirmedBy
    number: int
    found: str | None
    title: Annotated[str | None, Field(description="What was found, or the regime of the suspension")]
    since: datetime
    types: Annotated[list[str], Field(description="Of control, that were carried out")]
    duty_change: str | None
    parties: Annotated[dict[str, str], Field(description="EORIs by role")]
    transport_documents: list[str]
    containers: list[str]
    goods: list[DraftedGoodsBody]
    erased: Annotated[bool, Field(description="Whether what was declared is erased, so that nothing of it stands here")]


class InformationDoneBody(BaseModel):
    """What was done about risk information."""

    declaration: str
    event: int
    done: DoneAbout
    reference: str | None
    words: str | None
    marking: str


def register(app: FastAPI, context: ApiContext, information: Callable[[], RiskInformation]) -> None:
    """Add the calls to the application; `information` is opened with the first of them."""
    limit_bytes = context.settings.limits.body_bytes

    def analyst(request: Request) -> Actor:
        return analyst_of(context.caller(request, Call.PACKS), context.settings)

    async def owed(request: Request) -> Response:
        """Gives the risk information that is owed (UCC Art. 46(5)), the oldest first, for analysts alone."""
        analyst(request)
        found = await information().owed()
        items = [{name: getattr(one, name) for name in OwedBody.model_fields} for one in found.oldest]
        return json(encode({"many": found.many, "items": items}))

    async def drafted(request: Request, record_id: Declared, event: Numbered) -> Response:
        """Gives the draft of a form about something that was confirmed; it is sent nowhere."""
        analyst(request)
        return json(encode(await information().draft(record_id, event)))

    async def told(request: Request, record_id: Declared, event: Numbered) -> Response:
        """Keeps under seal what was done about risk information: that it was exchanged, or why it was not."""
        by = analyst(request)
        said = await call(request, limit_bytes, InformationDone)
        done = ToldInformation(
            declaration=record_id, event=event, done=said.done, reference=said.reference, words=said.words
        )
        kept = await information().tell(done, by=by)
        return json(encode({name: getattr(kept, name) for name in InformationDoneBody.model_fields}))

    tagged: dict[str, Any] = {"tags": ["controls"]}
    app.add_api_route("/v1/risk/duties", owed, methods=["GET"], **tagged, **documented({200: OwedPage}))
    app.add_api_route(_ONE, drafted, methods=["GET"], **tagged, **documented({200: DraftBody}))
    app.add_api_route(
        _ONE, told, methods=["POST"], **tagged, **documented({200: InformationDoneBody}, body=InformationDone)
    )
