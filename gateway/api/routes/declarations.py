"""Calls about declarations: lodging them, reading them, and every step that follows."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import FastAPI, Path, Query, Request
from starlette.responses import Response

from gateway.access import Call, Caller
from gateway.api.context import ApiContext, documented, is_awaited, json
from gateway.api.known_parameters import OF_A_NAME
from gateway.api.orders import officer_verification, officers_of
from gateway.api.places import PlaceIn
from gateway.api.preconditions import act_as_read, shown
from gateway.api.requests import body, call, must_be_known, preferred_wait, query
from gateway.api.routes import applications
from gateway.api.schemas import answers as models
from gateway.api.schemas import bodies
from gateway.api.schemas.lists import DeclarationPage, DeclarationsQuery
from gateway.api.views import actors, lists
from gateway.api.views import declaration as resources
from gateway.api.views.actors import ApprovalBody
from gateway.api.views.applications import ApplicationBody
from gateway.beside import beside_if_large
from gateway.domain.acts import Act
from gateway.domain.approval import Approval
from gateway.domain.control import ExaminationOf
from gateway.domain.declaration import MessageKind
from gateway.domain.errors import CallInvalid
from gateway.domain.record import ReadState, Record
from gateway.domain.work_list import ListOrder, Search
from gateway.lifecycle import Stepped
from gateway.lifecycle.applications import NO_GROUNDS, ApplicationGrounds

BASE = resources.COLLECTION
_ONE = f"{BASE}/{{record_id}}"
DOCUMENT_TYPE = re.compile(r"[A-Z0-9]{4}")
CLOCKS_DIFFER_BY = timedelta(minutes=5)
"""How far ahead of ours the clock of a declaration system may be."""

Id = Annotated[
    str,
    Path(
        description="The declaration's id or MRN; `-`: the query names it by `lrn` and, where several have it, `declarant`"
    ),
]
Answers = {200: models.DeclarationBody, 202: models.DeclarationBody}
Applied: Mapping[int, Any] = {
    200: models.DeclarationBody | ApplicationBody,
    202: models.DeclarationBody | ApplicationBody,
}
"""Of a trader's, once the declaration is accepted, the answer is the application."""
CitedType = Annotated[str, Path(pattern=r"^[A-Z0-9]{4}$")]
CitedReference = Annotated[str, Query(max_length=70, description="Empty: an additional reference without a number")]
"""Beside its type in the address: a document that the declaration cites."""
AnswersOfTwo = {200: models.DeclarationBody, 202: models.DeclarationBody | ApprovalBody}
"""Of what may need a second person: 202 is the approval that waits, or the declaration that is worked on."""


def register(app: FastAPI, context: ApiContext) -> None:
    """Add the calls to the application."""
    _register_declarations(app, context)
    _register_steps(app, context)
    _register_officers_acts(app, context)


def _register_declarations(app: FastAPI, context: ApiContext) -> None:
    """Add the calls that lodge, find and read declarations."""
    limit = context.settings.limits.body_bytes

    @app.post(
        BASE,
        tags=["declarations"],
        status_code=HTTPStatus.OK,
        **documented(Applied, declaration=True, query=bodies.GroundsQuery),
    )
    async def lodge(request: Request) -> Response:
        """Lodges a declaration, or what a foreign format's message asks for; durable once answered."""
        caller = context.caller(request, Call.LODGE)
        grounds = grounds_of(request)
        wait = preferred_wait(request, context.settings.max_wait_seconds)
        by = caller.actor()
        lodged = await context.lifecycle.lodging.lodge(
            await body(request, limit),
            request.headers.get("content-type"),
            by=by,
            asker=caller.asker,
            grounds=grounds,
            waited_for=bool(wait),
            charge=context.admitted(request).cites,
        )
        record = lodged.record
        context.durable(request, record, lodged.seq)
        if lodged.application is not None:
            return applications.answer(context, request, lodged.application, caller)
        if record.due and wait and is_awaited(record, caller):
            record = await context.lifecycle.once_decided(lodged.id, seq=lodged.seq, within_s=wait)
        if lodged.fresh and lodged.message is MessageKind.LODGE and lodged.version == 1 and not caller.sees_as_trader:
            # Nobody else has done anything to it yet: the store need not be read.
            acts: Sequence[Act] | None = [actors.lodged(record, by)]
        else:
            acts = await context.acts(record, caller)
        return await context.answer(request, record, caller, acts, wait=wait, warnings=lodged.warnings)

    @app.get(BASE, tags=["declarations"], **documented({200: DeclarationPage}, query=DeclarationsQuery))
    async def find(request: Request) -> Response:
        """Gives a page of the declarations that the caller may see, with what their rows show and what is held of them."""
        caller = context.caller(request, Call.READ)
        asked = query(request, DeclarationsQuery) or DeclarationsQuery()
        if asked.view != "whole":
            return await page(request, caller, asked)
        async with context.admitted(request).whole_page(asked.limit):
            return await page(request, caller, asked)

    async def page(request: Request, caller: Caller, asked: DeclarationsQuery) -> Response:
        most = context.settings.limits.page_bytes
        listed = await context.lifecycle.work_list.page(
            search_of(asked),
            eoris=caller.eoris,
            offices=caller.offices_for(Call.READ),
            at_once=context.refusals_at_once,
            cursor=await context.places.read(caller, PlaceIn.DECLARATIONS, asked.cursor),
            limit=asked.limit,
            whole=asked.view == "whole",
            most=most,
        )
        wording = context.wording(request)
        listed = replace(
            listed, records=tuple([await context.case.counted(one, caller, wording) for one in listed.records])
        )
        limits = context.lifecycle.limits
        items = await beside_if_large(listed.size, lambda: lists.items(listed, caller, wording, limits, most=most))
        listed = listed.first(len(items))
        await context.case.note(caller, listed.found, Call.READ)
        following = await context.places.written(caller, PlaceIn.DECLARATIONS, listed.next)
        return json(lists.page(replace(listed, next=following), items), wording=wording)

    @app.get(_ONE, tags=["declarations"], **documented({200: models.DeclarationBody}))
    async def get(
        request: Request, record_id: Id, version: Annotated[int | None, Query(ge=1, le=9_999)] = None
    ) -> Response:
        """Gives a declaration as it is now, or one of its versions."""
        caller = context.caller(request, Call.READ)
        record = await context.read(request, caller, record_id, Call.READ, version)
        return await shown(request, context, caller, record)


def _register_steps(app: FastAPI, context: ApiContext) -> None:
    """Add the calls by which a declaration is accepted, amended and invalidated."""
    limit = context.settings.limits.body_bytes

    @app.post(f"{_ONE}/acceptance", tags=["declarations"], **documented(Answers, body=bodies.Acceptance))
    async def accept(request: Request, record_id: Id) -> Response:
        """Customs accepted the declaration; a pre-lodged one: the goods are presented. It is decided again."""
        caller = context.caller(request, Call.ACCEPT)
        payload = await call(request, limit, bodies.Acceptance)
        if payload.accepted_at > context.lifecycle.now() + CLOCKS_DIFFER_BY:
            raise CallInvalid("accepted_at lies in the future.")

        async def accepted(record: Record, read: ReadState | None) -> Stepped:
            return await context.lifecycle.steps.accept(
                record.id,
                mrn=payload.mrn,
                accepted_at=payload.accepted_at,
                by=caller.actor(),
                asker=caller.asker,
                seen=read,
            )

        step = await act_as_read(request, context, caller, record_id, accepted, payload.read)
        warnings = context.lifecycle.lodging.warnings_of_mrn(payload.mrn, "/mrn")
        return await context.stepped(request, caller, replace(step, warnings=warnings))

    @app.post(
        f"{_ONE}/amendments", tags=["declarations"], **documented(Applied, declaration=True, query=bodies.GroundsQuery)
    )
    async def amend(request: Request, record_id: Id) -> Response:
        """Lodges the declaration's next version; a trader's, once the declaration is accepted, is an application."""
        caller = context.caller(request, Call.AMEND)
        grounds = grounds_of(request)
        raw = await body(request, limit)

        async def amended(record: Record, read: ReadState | None) -> Stepped:
            return await context.lifecycle.lodging.amend(
                record.id,
                raw,
                request.headers.get("content-type"),
                by=caller.actor(),
                asker=caller.asker,
                grounds=grounds,
                charge=context.admitted(request).cites,
                seen=read,
            )

        step = await act_as_read(request, context, caller, record_id, amended)
        context.durable(request, step.record, step.seq)
        return await stepped(request, caller, step)

    @app.post(f"{_ONE}/invalidation", tags=["declarations"], **documented(Applied, body=bodies.Invalidation))
    async def invalidate(request: Request, record_id: Id) -> Response:
        """Asks for the declaration to be invalidated; a trader's request, once it is accepted, is an application."""
        caller = context.caller(request, Call.INVALIDATE)
        payload = await call(request, limit, bodies.Invalidation)

        async def invalidated(record: Record, read: ReadState | None) -> Stepped:
            return await context.lifecycle.steps.invalidate(
                record.id,
                reason=payload.reason or payload.grounds or "not stated",
                by=caller.actor(),
                asker=caller.asker,
                grounds=ApplicationGrounds(name=payload.grounds, statement=payload.reason),
                seen=read,
            )

        step = await act_as_read(request, context, caller, record_id, invalidated, payload.read)
        return await stepped(request, caller, step)

    async def stepped(request: Request, caller: Caller, step: Stepped) -> Response:
        if step.application is not None:
            return applications.answer(context, request, step.application, caller)
        return await context.stepped(request, caller, step)


def _register_officers_acts(app: FastAPI, context: ApiContext) -> None:
    """Add the calls by which officers examine, verify and confirm."""
    limit = context.settings.limits.body_bytes

    @app.post(f"{_ONE}/control", tags=["declarations"], **documented(Answers, body=bodies.Control))
    async def control(request: Request, record_id: Id) -> Response:
        """Customs announces an examination, or says how it ended: till then its goods items are not released; of goods, amendments are refused."""
        caller = context.caller(request, Call.CONTROL)
        payload = await call(request, limit, bodies.Control)
        examinations = context.lifecycle.examinations
        said: Mapping[str, Any] = {
            "reference": payload.reference,
            "by": caller.actor(payload.officer),
            "asker": caller.asker,
        }

        async def examined(record: Record, read: ReadState | None) -> Stepped:
            if payload.announced:
                of, items = payload.of or ExaminationOf.GOODS, payload.goods_items or ()
                return await examinations.announce(record.id, of=of, goods_items=items, seen=read, **said)
            if payload.withdrawn:
                return await examinations.withdraw(record.id, reason=payload.reason or "", seen=read, **said)
            return await examinations.took_place(record.id, result=payload.result, seen=read, **said)

        step = await act_as_read(request, context, caller, record_id, examined, payload.read)
        return await context.stepped(request, caller, step)

    @app.post(
        f"{_ONE}/documents/{{document_type}}/verification",
        tags=["declarations"],
        **documented(AnswersOfTwo, body=bodies.OfficersVerification),
    )
    async def verify(
        request: Request, record_id: Id, document_type: CitedType, reference: CitedReference = ""
    ) -> Response:
        """Records an officer's own verification of a cited document; the declaration is decided again."""
        caller = context.caller(request, Call.VERIFY_DOCUMENT)
        payload = await call(request, limit, bodies.OfficersVerification)
        by, second = officers_of(caller, payload.officer, payload.second_officer)
        verification = officer_verification(document_type, reference, payload, by, second, at=context.lifecycle.now())

        async def verified(record: Record, read: ReadState | None) -> Stepped | Approval:
            return await context.lifecycle.steps.take_verification(
                record.id, verification, by=by, second=second, seen=read
            )

        step = await act_as_read(request, context, caller, record_id, verified, payload.read)
        return await context.stepped(request, caller, step)

    @app.post(f"{_ONE}/confirmation", tags=["declarations"], **documented(Answers, body=bodies.Confirmation))
    async def confirm(request: Request, record_id: Id) -> Response:
        """Customs confirms a refusal: from now on the trader is told of it."""
        caller = context.caller(request, Call.CONFIRM)
        payload = await call(request, limit, bodies.Confirmation)
        by = caller.actor(payload.officer)

        async def confirmed(record: Record, read: ReadState | None) -> Stepped:
            return await context.lifecycle.steps.confirm(record.id, by=by, heard=payload.heard, seen=read)

        step = await act_as_read(request, context, caller, record_id, confirmed, payload.read)
        return await context.stepped(request, caller, step)


def search_of(asked: DeclarationsQuery) -> Search:
    """Return the search that a call's query asks for."""
    kind, _, reference = (asked.document or "").partition("/")
    typed = bool(reference) and DOCUMENT_TYPE.fullmatch(kind) is not None
    ends = {form for text in asked.q or () for form in (text, text.upper())}
    return Search(
        order=(order := ListOrder(asked.order)),
        # Of what is open and not held there is a list by turns; that by age is of what is held.
        held=True if order.by_age and asked.turn is None else None,
        effects=_one_of(asked.effect),
        effect_kinds=_one_of(asked.effect_kind),
        turns=_one_of(asked.turn),
        states=_one_of(asked.state),
        advices=_one_of(asked.advice),
        findings=_one_of(asked.finding),
        offices=_one_of(asked.office),
        authorities=_one_of(asked.authority),
        document_type=kind if typed else None,
        document=reference if typed else asked.document,
        declarant=asked.declarant,
        mrn=asked.mrn,
        lrn=asked.lrn,
        ends=frozenset(ends),
        since=asked.since,
        until=asked.until,
    )


def _one_of(values: Any) -> frozenset[Any] | None:
    return None if values is None else frozenset(values)


def grounds_of(request: Request) -> ApplicationGrounds:
    """Return the grounds that a call's query names.

    Raises:
        CallInvalid: they are none.
    """
    if request.scope["query_string"]:
        of_name = OF_A_NAME if "record_id" in request.path_params else ()
        must_be_known(request, *bodies.GroundsQuery.model_fields, *of_name)
    named = query(request, bodies.GroundsQuery)
    return NO_GROUNDS if named is None else ApplicationGrounds(name=named.grounds, statement=named.reason)
