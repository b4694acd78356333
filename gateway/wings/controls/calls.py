"""Calls about control orders: a control is ordered, goods are appointed, results come in, and what is open is listed."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.context import ApiContext, documented, json
from gateway.api.preconditions import act_as_read, act_on_part_as_read, tag_of, tagged
from gateway.api.requests import call
from gateway.domain.codec import encode
from gateway.domain.control_order import OrderState
from gateway.domain.errors import CallInvalid, NotKnown
from gateway.domain.permission import Role
from gateway.domain.record import ReadState, Record
from gateway.wings.controls.acts import Doing, NewOrder
from gateway.wings.controls.bodies import (
    ControlAct,
    ControlAppointment,
    ControlOrderBody,
    ControlPage,
    ControlReasonBody,
    ControlResultBody,
    ControlScope,
    FurtherControl,
    NewControl,
    order_body,
)
from gateway.wings.controls.kept import FIRST, ControlWords, KeptOrder, KeptOrders, PresentPerson
from gateway.wings.controls.order import ActName
from gateway.wings.controls.steps import NONE, OrderSteps

Id = Annotated[str, Path(description="The declaration's id; or its MRN, or `_` with `lrn`")]
Ordered = Annotated[int, Path(ge=1, le=2**62, alias="number", description="The control order's number")]
_ONE = "/v1/controls/{number}"
_TAGGED: Mapping[str, Any] = MappingProxyType({"tags": ["controls"]})


@dataclass(frozen=True, slots=True)
class ControlCall:
    """A call by which something is done under a control order."""

    body: type[ControlAct]
    doing: Callable[[Any], Doing]
    says: str
    call: Call = Call.ORDER_CONTROL


def _appointed(said: ControlAppointment) -> Doing:
    return Doing(name=ActName.APPOINTED, place=said.place, time=said.time, told=said.told)


def _scoped(said: ControlScope) -> Doing:
    return Doing(name=ActName.SCOPED, goods_items=tuple(said.goods_items))


def _resulted(said: ControlResultBody) -> Doing:
    return Doing(
        name=ActName.BEGUN if said.under_way else ActName.RESULT,
        code=said.code,
        goods_items=tuple(said.goods_items or ()),
        told=said.told,
        types=tuple(said.types or ()),
        reference=said.reference,
        duty_change=said.duty_change,
    )


def _by_reason(name: ActName, says: str) -> ControlCall:
    return ControlCall(ControlReasonBody, lambda said: Doing(name=name, code=said.code), says, Call.WAIVE_CONTROL)


ACTS: Mapping[str, ControlCall] = MappingProxyType(
    {
        "appointment": ControlCall(
            ControlAppointment,
            _appointed,
            "Says where and when goods are controlled, which announces it to the parties: of goods, amendments are refused from then on.",
        ),
        "scope": ControlCall(
            ControlScope, _scoped, "Sets the goods items that are controlled, as they are in the newest version."
        ),
        "result": ControlCall(
            ControlResultBody,
            _resulted,
            "Enters what came of a control: satisfactory, its goods may go; else they stay until an officer settles it.",
        ),
        "settlement": _by_reason(
            ActName.SETTLED, "Settles what a control found: its goods may go; from a level on two officers say so."
        ),
        "waiver": _by_reason(
            ActName.WAIVED, "Gives a control up: its goods may go; from a level on two officers say so."
        ),
        "transfer": _by_reason(
            ActName.TRANSFERRED,
            "Has a control go on after the release of its goods (UCC Art. 194(1)); from a level on two officers say so.",
        ),
        "further": ControlCall(
            FurtherControl,
            lambda _: Doing(name=ActName.FURTHER),
            "Opens an order again for a further examination (UCC Art. 190(1)).",
        ),
    }
)
"""By the last part of their address."""


def register(app: FastAPI, context: ApiContext, steps: OrderSteps, kept: KeptOrders) -> None:
    """Add the calls to the application."""
    limit_bytes = context.settings.limits.body_bytes

    async def ordered(request: Request, record_id: Id) -> Response:
        """Orders a control of goods items: they are not released before it has ended, by no override; of released goods it comes after."""
        caller = context.caller(request, Call.ORDER_CONTROL)
        payload = await call(request, limit_bytes, NewControl)
        new = NewOrder(
            types=tuple(payload.types),
            goods_items=tuple(payload.goods_items or ()),
            office=payload.office,
            level=payload.level,
            instruction=payload.instruction,
            beside=tuple(payload.beside or ()),
            reference=payload.reference,
        )
        by = caller.actor(payload.officer)

        async def opened(record: Record, read: ReadState | None) -> Response:
            made = await steps.open(record.id, new, by=by, words=payload.words, seen=read)
            return await shown(request, caller, record.id, made.number)

        return await act_as_read(request, context, caller, record_id, opened, payload.read)

    def acting(act: ControlCall) -> Callable[[Request, int], Awaitable[Response]]:
        async def acted(request: Request, number: Ordered) -> Response:
            caller = context.caller(request, act.call)
            payload = await call(request, limit_bytes, act.body)
            record_id = await kept.declaration_of(number, caller.offices_for(act.call))
            if record_id is None:
                raise NotKnown(NONE)
            request.scope["declaration"] = record_id
            present = tuple(PresentPerson(person=one) for one in getattr(payload, "persons", None) or ())
            word = ControlWords(by=caller.actor(payload.officer), reason=payload.words, present=present)

            async def done(_: Record | None, read: ReadState | None) -> Response:
                await steps.act(record_id, number, act.doing(payload), word=word, seen=read)
                return await shown(request, caller, record_id, number)

            if "if-match" not in request.headers:
                return await done(None, payload.read)

            async def told() -> str:
                return tag_of(await _written(kept, caller, record_id, number))

            current = partial(context.lifecycle.steps.current, record_id)
            return await act_on_part_as_read(request, current, told, done, payload.read)

        acted.__doc__ = act.says
        return acted

    async def shown(request: Request, caller: Caller, record_id: str, number: int) -> Response:
        return tagged(request, await _written(kept, caller, record_id, number))

    one = {200: ControlOrderBody}
    app.add_api_route(
        "/v1/declarations/{record_id}/controls",
        ordered,
        methods=["POST"],
        **_TAGGED,
        **documented(one, body=NewControl),
    )
    for name, act in ACTS.items():
        app.add_api_route(f"{_ONE}/{name}", acting(act), methods=["POST"], **_TAGGED, **documented(one, body=act.body))


def register_reading(app: FastAPI, context: ApiContext, kept: KeptOrders) -> None:
    """Add the calls that read control orders to the application."""

    async def read(request: Request, number: Ordered) -> Response:
        """Gives a control order, with the ETag that acts under it take as `If-Match`."""
        caller = context.caller(request, Call.CONTROLS)
        record_id = await kept.declaration_of(number, caller.offices_for(Call.CONTROLS))
        if record_id is None:
            raise NotKnown(NONE)
        return tagged(request, await _written(kept, caller, record_id, number))

    async def listed(
        request: Request,
        office: Annotated[str | None, Query(max_length=8, description="Only those that this customs office carries out")] = None,
        state: Annotated[OrderState | None, Query(description="Only those that stand so")] = None,
        declaration: Annotated[str | None, Query(max_length=36, description="Only those of this declaration: id, MRN or LRN")] = None,
        ended: Annotated[bool, Query(description="Also those that are over")] = False,
        cursor: Annotated[str | None, Query(max_length=100, description="`next` of the page before")] = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> Response:  # fmt: skip
        """Gives control orders: first those whose appointment is over, then the most urgent."""
        caller = context.caller(request, Call.CONTROLS)
        found = await kept.listed(
            declaration=await context.id_of(caller, declaration),
            office=office,
            state=state,
            offices=caller.offices_for(Call.CONTROLS),
            ended=ended,
            after=place_of(cursor),
            limit=limit + 1,
        )
        bodies = [order_body(one, by_officer=_reads_instructions(caller)) for one in found[:limit]]
        following = cursor_of(found[limit - 1]) if len(found) > limit else None
        return json(encode({"items": bodies, "next": following}))

    app.add_api_route(_ONE, read, methods=["GET"], **_TAGGED, **documented({200: ControlOrderBody}))
    app.add_api_route("/v1/controls", listed, methods=["GET"], **_TAGGED, **documented({200: ControlPage}))


async def _written(kept: KeptOrders, caller: Caller, record_id: str, number: int) -> bytes:
    one = next(one for one in await kept.of(record_id) if one.order.number == number)
    return encode(order_body(one, by_officer=_reads_instructions(caller)))


def _reads_instructions(caller: Caller) -> bool:
    return not caller.roles.isdisjoint((Role.OFFICER, Role.RISK, Role.AUDITOR))


def cursor_of(shown: KeptOrder) -> str:
    """Return the cursor of what stands behind an order in the list."""
    return " ".join(map(str, shown.place))


def place_of(cursor: str | None) -> tuple[int, int, str, int]:
    """Return the place that a cursor names.

    Raises:
        CallInvalid: it is none of this list.
    """
    if cursor is None:
        return FIRST
    try:
        late, rank, due, number = cursor.split(" ")
        return int(late), int(rank), datetime.fromisoformat(due).isoformat(), int(number)
    except ValueError:
        raise CallInvalid("cursor is none that this list gave.") from None
