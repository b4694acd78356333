"""Calls about suspensions: goods are suspended, words entered, duties done, and what is open is listed."""

from datetime import date
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.context import ApiContext, documented, json
from gateway.api.preconditions import act_as_read
from gateway.api.requests import call
from gateway.domain.codec import encode
from gateway.domain.errors import CallInvalid
from gateway.domain.permission import Role
from gateway.domain.record import ReadState, Record
from gateway.store.rows import is_id
from gateway.wings.suspensions.acts import Order, Saying
from gateway.wings.suspensions.bodies import (
    DoneDuty,
    NewSuspension,
    NewWord,
    SuspensionBody,
    SuspensionPage,
    opener,
    suspension_body,
)
from gateway.wings.suspensions.fold import by_told_number
from gateway.wings.suspensions.kept import FIRST, KeptSuspensions, ListedSuspension
from gateway.wings.suspensions.steps import SuspensionSteps

Id = Annotated[str, Path(description="The declaration's id; or its MRN, or `_` with `lrn`")]
Suspended = Annotated[int, Path(ge=1, le=9_999, alias="number", description="The suspension's number")]
_ONE = "/v1/declarations/{record_id}/suspensions"


def register(app: FastAPI, context: ApiContext, steps: SuspensionSteps, kept: KeptSuspensions) -> None:
    """Add the calls to the application."""
    _register_acts(app, context, steps, kept)
    _register_list(app, context, kept)


def _register_acts(app: FastAPI, context: ApiContext, steps: SuspensionSteps, kept: KeptSuspensions) -> None:
    limit_bytes = context.settings.limits.body_bytes

    async def suspend(request: Request, record_id: Id) -> Response:
        """Suspends goods items: they are not released before the words or the clock of the regime free them, by no override."""
        caller = context.caller(request, Call.SUSPEND)
        payload = await call(request, limit_bytes, NewSuspension)
        order = Order(
            regime=payload.regime,
            by=opener(payload, by_officer=Role.OFFICER in caller.asker.roles),
            goods_items=tuple(payload.goods_items or ()),
            stated=payload.stated,
            variant=payload.variant,
            reference=payload.reference,
        )
        by = caller.actor(payload.officer)

        async def opened(record: Record, read: ReadState | None) -> Response:
            made = await steps.open(record.id, order, by=by, reason=payload.reason, seen=read)
            return json(encode(suspension_body(record.id, made, as_party=False)))

        return await act_as_read(request, context, caller, record_id, opened, payload.read)

    async def word(request: Request, record_id: Id, number: Suspended) -> Response:
        """Enters a word: the declarant's own, or one that the office had; a second person says it, too, where two are needed."""
        caller = context.caller(request, Call.SUSPENSION_WORD)
        payload = await call(request, limit_bytes, NewWord)
        if caller.sees_as_trader and (payload.received_at, payload.officer, payload.seen) != (None,) * 3:
            raise CallInvalid("received_at, officer and seen are said by officers.")
        saying = Saying(
            name=payload.word,
            stated=payload.stated,
            received_at=payload.received_at,
            extends_to=payload.extends_to,
            goods_items=tuple(payload.goods_items or ()),
        )
        by = caller.actor(payload.officer)

        async def spoken(record: Record, read: ReadState | None) -> Response:
            real = number
            if caller.sees_as_trader:
                told = by_told_number(await kept.of(record.id)).get(number)
                real = told.number if told is not None else 0
            made = await steps.say(record.id, real, saying, by=by, asker=caller.asker, reason=payload.reason, seen=read)
            return json(encode(suspension_body(record.id, made, as_party=caller.sees_as_trader, number=number)))

        return await act_as_read(request, context, caller, record_id, spoken, payload.read)

    async def duty(request: Request, record_id: Id, number: Suspended, name: Annotated[str, Path(max_length=60)]) -> Response:  # fmt: skip
        """Says that a notice was given that is owed: clocks may run from it."""
        caller = context.caller(request, Call.SUSPENSION_DUTY)
        payload = await call(request, limit_bytes, DoneDuty)
        saying = Saying(name=name, stated=payload.stated, received_at=payload.done_at)
        by = caller.actor(payload.officer)

        async def done(record: Record, read: ReadState | None) -> Response:
            made = await steps.say(record.id, number, saying, by=by, asker=caller.asker, duty=True, seen=read)
            return json(encode(suspension_body(record.id, made, as_party=False)))

        return await act_as_read(request, context, caller, record_id, done)

    one = {200: SuspensionBody}
    tagged: dict[str, Any] = {"tags": ["suspensions"]}
    app.add_api_route(_ONE, suspend, methods=["POST"], **tagged, **documented(one, body=NewSuspension))
    app.add_api_route(f"{_ONE}/{{number}}/words", word, methods=["POST"], **tagged, **documented(one, body=NewWord))
    app.add_api_route(
        f"{_ONE}/{{number}}/duties/{{name}}", duty, methods=["POST"], **tagged, **documented(one, body=DoneDuty)
    )


def _register_list(app: FastAPI, context: ApiContext, kept: KeptSuspensions) -> None:
    async def listed(
        request: Request,
        declaration: Annotated[
            str | None, Query(max_length=36, description="Only those of this declaration: id, MRN or LRN")
        ] = None,
        ended: Annotated[bool, Query(description="Also those that have ended")] = False,
        cursor: Annotated[str | None, Query(max_length=80, description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:
        """Gives suspensions, the nearest deadline first; a trader names a declaration, and gets those of which it is told."""
        caller = context.caller(request, Call.SUSPENSIONS)
        if caller.sees_as_trader:
            return await _own(caller, declaration, ended=ended)
        found = await kept.listed(
            declaration=await context.id_of(caller, declaration),
            offices=caller.offices_for(Call.SUSPENSIONS),
            ended=ended,
            after=place_of(cursor),
            limit=limit + 1,
        )
        shown = found[:limit]
        bodies = [suspension_body(one.declaration_id, one.suspension, as_party=False, cause=one.cause) for one in shown]
        following = cursor_of(shown[-1]) if len(found) > limit else None
        return json(encode({"items": bodies, "next": following}))

    async def _own(caller: Caller, declaration: str | None, *, ended: bool) -> Response:
        if declaration is None:
            raise CallInvalid("A trader names a declaration.")
        record_id = await context.id_of(caller, declaration) or ""
        told = by_told_number(await kept.of(record_id))
        bodies = [suspension_body(record_id, one, as_party=True, number=number) for number, one in told.items()]
        return json(encode({"items": [one for one in bodies if ended or not one["state"].is_over], "next": None}))

    app.add_api_route(
        "/v1/suspensions", listed, methods=["GET"], tags=["suspensions"], **documented({200: SuspensionPage})
    )


def cursor_of(shown: ListedSuspension) -> str:
    """Return the cursor of what stands behind a suspension in the list."""
    return " ".join(map(str, shown.place))


def place_of(cursor: str | None) -> tuple[str, str, int]:
    """Return the place that a cursor names.

    Raises:
        CallInvalid: it is none of this list.
    """
    if cursor is None:
        return FIRST
    day, _, rest = cursor.partition(" ")
    after, _, number = rest.partition(" ")
    if not is_id(after) or not number.isascii() or not number.isdigit() or len(number) > 4 or not _is_day(day):
        raise CallInvalid("cursor is none that this list gave.")
    return day, after, int(number)


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
