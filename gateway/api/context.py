"""The context that all calls of the API share: services, authentication, admission and the texts for traders."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import structlog
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from gateway.access import Authenticator, Budget, Call, Caller
from gateway.api.admission import Admission, Admitted, Shares
from gateway.api.approvals import SecondPerson
from gateway.api.case import CaseAnswers
from gateway.api.drain import Drain
from gateway.api.localization import Wording
from gateway.api.places import SealedPlaces
from gateway.api.problems import Later
from gateway.api.requests import REJECTION, preferred_wait
from gateway.api.schemas import bodies
from gateway.api.streams import StreamLimits, Streams
from gateway.api.views import actors
from gateway.api.views import declaration as resources
from gateway.api.views.authority_states import authority_states
from gateway.api.views.release_orders import not_carried_out
from gateway.api.views.requirements import RequirementView
from gateway.api.views.trail import TrailView
from gateway.contract import SuspensionEvent
from gateway.dispatch import Dispatcher
from gateway.domain.acts import Act
from gateway.domain.approval import Approval
from gateway.domain.contingency import Window
from gateway.domain.decision import NumberedDecision
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import CallInvalid, GatewayError, NotKnown, ReadBefore, Violation
from gateway.domain.record import Record
from gateway.domain.tables.in_force import InForce
from gateway.domain.texts.section_texts import SectionTexts
from gateway.lifecycle import Lifecycle, Stepped
from gateway.observe.scrape import Scrape
from gateway.settings import Settings
from gateway.settings.messages import Catalogue

log = structlog.get_logger(__name__)

JSON = "application/json"
NOBODYS = "00000000-0000-0000-0000-000000000000"
"""An id that no declaration has."""


TakeWords = Callable[[str, Sequence[SuspensionEvent]], Awaitable[Sequence[Any]]]
"""Takes the words that came by an adapter, and returns what is answered about each, once all are durable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiContext:
    """The parts that calls are answered with."""

    lifecycle: Lifecycle
    dispatcher: Dispatcher
    settings: Settings
    authenticator: Authenticator
    admission: Admission
    streams: Streams
    preflights: Budget
    catalogue: Catalogue
    case: CaseAnswers
    """Finds one declaration, and writes it."""
    places: SealedPlaces
    """SealedPlaces in lists, as traders get them."""
    requirements: Mapping[str, SectionTexts]
    """The texts about the requirements on goods, by language."""
    scrape: Scrape
    """Reads the figures for a scrape."""
    takers: list[TakeWords] = field(default_factory=list)
    """Take what authorities say about suspended goods; none: such words are not taken here."""
    drain: Drain = field(default_factory=Drain)
    """Whether this process is about to stop."""
    watching: set["asyncio.Task[None]"] = field(default_factory=set)
    """The tasks that wait for the decision on a large message."""

    @classmethod
    def of(
        cls,
        lifecycle: Lifecycle,
        dispatcher: Dispatcher,
        settings: Settings,
        catalogue: Catalogue,
        authenticator: Authenticator | None = None,
        scrape: Scrape | None = None,
    ) -> "ApiContext":
        """Make the context, with an authenticator of its own where none is passed.

        Raises:
            ConfigurationError: the texts of explanations or about requirements cannot be used.
        """
        return cls(
            lifecycle=lifecycle,
            dispatcher=dispatcher,
            settings=settings,
            authenticator=authenticator or Authenticator(settings.security),
            admission=Admission(_shares(settings), clock=time.monotonic, pressure=lambda: lifecycle.pressure),
            streams=Streams(_stream_limits(settings)),
            preflights=Budget(settings.security.preflights_per_minute, time.monotonic),
            catalogue=catalogue,
            case=CaseAnswers.of(lifecycle, settings, catalogue),
            places=SealedPlaces(lambda: lifecycle.place_keys.key()),
            requirements={name: SectionTexts(texts, name) for name, texts in catalogue.requirements.items()},
            scrape=scrape or Scrape(lambda: lifecycle.installation_figures()),
        )

    @property
    def approvals(self) -> SecondPerson:
        """The finder of the orders that wait for a second person."""
        return SecondPerson(lifecycle=self.lifecycle, cases=self.case, authenticator=self.authenticator)

    def caller(self, request: Request, call: Call) -> Caller:
        """Return the caller, as the middleware authenticated them, if they may make this call.

        Raises:
            NotAllowed: their role may not.
        """
        caller: Caller = request.scope["caller"]
        caller.must_be_allowed(call)
        return caller

    async def proven_anew(self, request: Request, call: Call) -> Caller:
        """Return the caller of a call that lasts, as they are now.

        Raises:
            NotAuthenticated, NotAllowed: they may not any more.
            StoreUnavailable, Overloaded: whether they may cannot be found out now.
        """
        caller = await self.authenticator.caller(request.scope["head"])
        caller.must_be_allowed(call)
        return caller

    @staticmethod
    def admitted(request: Request) -> Admitted:
        """Return the admission of a call, as the middleware let it in."""
        admitted: Admitted = request.scope["admitted"]
        return admitted

    def durable(self, request: Request, record: Record, seq: int) -> None:
        """Note that a call's message is stored: from here on it takes nothing but its place among those that wait.

        A large one keeps its bytes until it is decided: judging it takes memory, too.
        """
        request.scope["lodged"] = record.id
        admitted = self.admitted(request)
        if admitted.durable(waits=record.due):
            watching = asyncio.create_task(self._judged(admitted, record.id, seq), name=f"large {record.id}")
            self.watching.add(watching)
            watching.add_done_callback(self.watching.discard)

    async def _judged(self, admitted: Admitted, record_id: str, seq: int) -> None:
        try:
            await self.lifecycle.once_decided(record_id, seq=seq, within_s=self.settings.backlog_seconds)
        except GatewayError as error:
            # Whatever becomes of it: others must not wait for it.
            log.warning("large_message_lost_sight_of", declaration=record_id, error=type(error).__name__)
        finally:
            admitted.decided()

    async def seen(self, request: Request, caller: Caller, place: str, version: int | None = None) -> Record:
        """Return a declaration that the caller may see, by the text in the place of its id, or beside it.

        Raises:
            CallInvalid: that names none, or two.
            NotKnown: there is none, or it is not theirs: the two look the same.
            Ambiguous: several of those that they may see have this LRN.
        """
        beside = request.query_params
        name = DeclarationName.of_place(place, beside.get("lrn"), beside.get("declarant"))
        record = await self.case.seen(caller, name, version)
        request.scope["declaration"] = record.id
        return record

    async def read(
        self, request: Request, caller: Caller, place: str, what: Call, version: int | None = None
    ) -> Record:
        """Return a declaration that the caller may see and reads something of: where a person does, that is noted first.

        Raises:
            NotKnown: there is none, or it is not theirs: the two look the same.
            StoreUnavailable: it cannot be noted.
        """
        record = await self.case.whole(await self.seen(request, caller, place, version))
        await self.case.note(caller, [record], what)
        return record

    async def id_of(self, caller: Caller, text: str | None) -> str | None:
        """Return the id of the declaration that a filter names, by id, MRN or LRN; None without one.

        What the caller may not see has an id that is nobody's, so that nothing is found.
        """
        if text is None:
            return None
        try:
            name = DeclarationName.of_text(text)
            return (await self.lifecycle.names.find(name, eoris=caller.eoris, offices=caller.offices)).id
        except NotKnown:
            return NOBODYS

    async def change_told(self, request: Request, error: ReadBefore) -> None:
        """Add to a refused caller's error the effects of the decision that was read and of the present one; a trader is told no effect."""
        caller: Caller = request.scope["caller"]
        record_id: str | None = request.scope.get("declaration")
        if caller.sees_as_trader or record_id is None:
            return
        before, now = [await self.lifecycle.decision(record_id, number) for _, number in (error.read, error.now)]
        error.effects = (_effect(before), _effect(now))

    async def stepped(self, request: Request, caller: Caller, step: Stepped | Approval) -> Response:
        """Answer a step: the declaration as it is now, after waiting for its decision if that is preferred.

        A step that waits for a second person is answered with the approval.
        """
        if isinstance(step, Approval):
            return actors.waits(step)
        return await self._as_it_is(request, caller, step, await self._once_decided(request, step))

    async def released(self, request: Request, caller: Caller, step: Stepped | Approval) -> Response:
        """Answer an order to release goods, as `stepped`: 200 says that it was carried out.

        Raises:
            ReleaseNotCarriedOut: it has ended otherwise.
        """
        if isinstance(step, Approval):
            return actors.waits(step)
        record = await self._once_decided(request, step)
        last = record.last_release
        if last is not None and last.seq == step.seq:
            outcome = last.outcome
        else:
            outcome = await self.lifecycle.steps.outcome(record.id, step.seq)
        if outcome is not None and not outcome.done:
            raise not_carried_out(record, outcome, self.wording(request))
        return await self._as_it_is(request, caller, step, record)

    async def _once_decided(self, request: Request, step: Stepped) -> Record:
        wait = preferred_wait(request, self.settings.max_wait_seconds)
        caller: Caller = request.scope["caller"]
        if step.record.due and wait and is_awaited(step.record, caller):
            return await self.lifecycle.once_decided(step.record.id, seq=step.seq, within_s=wait)
        return step.record

    async def _as_it_is(self, request: Request, caller: Caller, step: Stepped, record: Record) -> Response:
        wait = preferred_wait(request, self.settings.max_wait_seconds)
        acts = await self.acts(record, caller)
        return await self.answer(request, record, caller, acts, wait=wait, warnings=step.warnings)

    async def acts(self, record: Record, caller: Caller) -> Sequence[Act] | None:
        """Return the acts on a declaration, with who did them; None for traders, who do not see officers."""
        return await self.case.acts(record, caller)

    def trail(self, wording: Wording) -> TrailView:
        """Return the writer of what happened to a declaration, in the language of an answer."""
        return self.case.trail(wording)

    def wording(self, request: Request) -> Wording:
        """Return the texts for one answer, in the first of the caller's languages that there is; else in English."""
        return self.case.wording(request.headers.getlist("accept-language"))

    @property
    def refusals_at_once(self) -> bool:
        """Whether traders see a refusal before customs has confirmed it."""
        return self.case.at_once

    async def answer(
        self,
        request: Request,
        record: Record,
        caller: Caller,
        acts: Sequence[Act] | None,
        *,
        wait: int | None = None,
        warnings: Sequence[Violation] = (),
    ) -> Response:
        """Answer with a declaration: 200 once everything received is decided and carried out, 202 before; a trader as `is_awaited`."""
        await self.case.note(caller, [record], Call.READ)
        status = HTTPStatus.ACCEPTED if is_awaited(record, caller) else HTTPStatus.OK
        wording = self.wording(request)
        written = await self.case.written(record, caller, wording, acts, warnings)
        headers = {"Location": resources.location(record.id), **wording.headers}
        if wait is not None:
            headers["Preference-Applied"] = f"wait={wait}"
        return Response(written, status_code=status, headers=headers, media_type=JSON)

    def client(self, request: Request, caller: Caller) -> str:
        """Return whose budget a call counts against: a trader's credential, of others each address has its own.

        A key that a trader made counts as the one that it was made with: nobody has more by making keys.
        """
        name = caller.own_share
        if caller.eoris is not None or request.client is None:
            return name
        return f"{name} {request.client.host}"

    def requirement_view(
        self, tables: InForce, wording: Wording, caller: Caller, windows: Sequence[Window]
    ) -> RequirementView:
        """Return the writer of answers about the requirements on goods, with how authorities answer just now.

        `windows` are the contingency windows that are in force.
        """
        states = authority_states(self.dispatcher.health(), self.lifecycle.answering())
        return RequirementView(
            tables,
            wording,
            self.requirements[wording.language],
            states,
            windows=windows,
            as_trader=caller.sees_as_trader,
        )

    def charge_preflight(self, request: Request, caller: Caller, documents: int = 1) -> None:
        """Take a number of documents off the client's budget of preflights.

        Raises:
            CallInvalid: nobody's budget is ever so large.
            Later: the budget is used up.
        """
        client = self.client(request, caller)
        if documents > self.preflights.size:
            raise CallInvalid(
                f"Authorities would be asked about {documents} documents; one call may have them asked about "
                f"{self.preflights.size}: name fewer goods items at a time."
            )
        if wait := self.preflights.take(client, documents):
            raise Later(wait)


def is_awaited(record: Record, caller: Caller) -> bool:
    """Whether something received of a declaration is to be waited for.

    For a trader that is the first decision of a version, and an invalidation: that officers had it judged again is not told.
    """
    if not (record.due or record.outstanding) or not caller.sees_as_trader:
        return record.due or record.outstanding
    return record.decision is None or record.reached.invalidating


def _effect(numbered: NumberedDecision | None) -> str | None:
    return numbered.decision.effect if numbered is not None else None


def _shares(settings: Settings) -> Shares:
    limits = settings.limits
    return Shares(
        calls=limits.calls_at_once,
        all_calls=limits.connections,
        messages=limits.messages_at_once,
        bytes=limits.bytes_at_once,
        durable_s=limits.durable_seconds,
        calls_per_minute=settings.security.calls_per_minute,
        references_per_minute=settings.security.references_per_minute,
        failures_per_minute=settings.security.unknown_keys_per_minute,
    )


def _stream_limits(settings: Settings) -> StreamLimits:
    return StreamLimits(all=settings.streams, of_one=settings.streams_of_one, lasts_s=settings.stream_seconds)


def json(content: bytes, status: int = HTTPStatus.OK, *, wording: Wording | None = None) -> Response:
    """Return a JSON response; `wording` holds the texts that it was written with."""
    headers = wording.headers if wording is not None else {}
    return Response(content, status_code=status, headers=headers, media_type=JSON)


def documented(
    answers: Mapping[int, Any],
    *,
    body: type[bodies.CallBody] | None = None,
    declaration: bool = False,
    query: type[BaseModel] | None = None,
) -> dict[str, Any]:
    """Return the API description of a call: its answers, the problem of all others, its body and its query."""
    described: dict[str, Any] = {
        "response_model": None,
        "responses": {
            **{status: {"model": model} for status, model in answers.items()},
            "default": {
                "description": "A problem document (RFC 9457)",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if declaration:
        content = {
            "application/xml": {"schema": {"type": "string", "description": "Any configured format"}},
            "application/json": {"schema": {"type": "object", "description": "The native format's structure"}},
        }
        described["openapi_extra"] = {"requestBody": {"required": True, "content": content}}
        described["responses"]["default"]["content"] |= {REJECTION: {"schema": {"type": "string"}}}
    elif body is not None:
        reference = {"$ref": f"#/components/schemas/{body.__name__}"}
        described["openapi_extra"] = {"requestBody": {"required": True, "content": {JSON: {"schema": reference}}}}
    if query is not None:
        described.setdefault("openapi_extra", {})["parameters"] = _parameters(query)
    return described


def _parameters(query: type[BaseModel]) -> list[dict[str, Any]]:
    described = query.model_json_schema(ref_template="#/components/schemas/{model}")
    needed = described.get("required", ())
    return [
        {
            "name": name,
            "in": "query",
            "required": name in needed,
            "description": schema.get("description", ""),
            **_written(schema),
        }
        for name, schema in described["properties"].items()
    ]


def _written(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the form of a parameter: what may be left out is never null, and several values stand in one, with commas."""
    options = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    plain = dict(schema)
    if len(options) == 1:
        plain = {**options[0], **{key: one for key, one in schema.items() if key not in ("anyOf", "default")}}
    return {"style": "form", "explode": False, "schema": plain} if plain.get("type") == "array" else {"schema": plain}
