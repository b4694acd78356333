"""The client for asynchronous code: `async with`, `await`."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Self, TypeVar

import httpx
from tenacity import AsyncRetrying

from gateway_client import results
from gateway_client.calls import Answer, Call, Content, Params, delete, get, post
from gateway_client.connection import PATIENCE_S, TIMEOUT_S, Connection
from gateway_client.exchanges import EventReader, Exchange, Pause, Watch, as_read, decided, message, step
from gateway_client.names import Named, address, beside
from gateway_client.notices import START, Follower, Gap, Notice
from gateway_client.pages import Filter, page, search
from gateway_client.repeats import EXACT_S, SILENT_S, rule, unless_later, unreachable
from gateway_client.results import Body, Declaration, Explanation, Preflight

T = TypeVar("T")
_DECLARATIONS = "/v1/declarations"


class AsyncGateway:
    """A gateway, for asynchronous code; close it, or use it in `async with`.

    Args:
        url: its address.
        key: a key of it (`X-API-Key`).
        token: or a token of an issuer that it trusts.
        language: of all sentences, as `fr` or `de, en;q=0.5`.
        timeout: seconds until a call that nobody answers counts as not answered.
        patience: seconds for which a call is made again while nobody answers or the gateway is too busy; 0: never.
        tls: whom to trust, and a certificate of one's own.
        proxy: the address of a proxy.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        token: str | None = None,
        language: str | None = None,
        timeout: float = TIMEOUT_S,
        patience: float = PATIENCE_S,
        tls: ssl.SSLContext | None = None,
        proxy: str | None = None,
    ) -> None:
        self._at = Connection(
            url=url, key=key, token=token, language=language, timeout=timeout, patience=patience, tls=tls, proxy=proxy
        )
        self._http = httpx.AsyncClient(**self._at.client_options())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *raised: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def lodge(
        self, content: Content, *, wait: float = 0.0, media_type: str | None = None, **grounds: str
    ) -> Declaration:
        """Lodge a declaration, and wait so many seconds for its decision; the same bytes again are the same declaration.

        Raises:
            Refused: it was not taken; `errors` says why, each with its place.
            Unreachable: nobody answered; lodge the same bytes again.
        """
        params = tuple(grounds.items())
        return await self._follow(message(_DECLARATIONS, content, wait=wait, params=params, media_type=media_type))

    async def get(self, named: Named) -> Declaration:
        """Read a declaration as it is now; its `etag` may be named by an act, which is carried out only while you would be told the same."""
        return as_read(await self._send(get(address(named), tuple(beside(named).items()))))

    async def wait_for_decision(self, named: Named, wait: float) -> Declaration:
        """Wait so many seconds until a declaration is decided; it is returned undetermined if it is not in time."""
        return await self._follow(decided(named, until=time.monotonic() + wait))

    async def accept(
        self,
        named: Named,
        *,
        mrn: str,
        accepted_at: datetime | str,
        wait: float = 0.0,
        if_match: str | None = None,
        **more: Any,
    ) -> Declaration:
        """Say that customs accepted the declaration, or that its goods were presented."""
        at = accepted_at if isinstance(accepted_at, str) else accepted_at.isoformat()
        return await self.act(
            named, "acceptance", {"mrn": mrn, "accepted_at": at, **more}, wait=wait, if_match=if_match
        )

    async def amend(
        self,
        named: Named,
        content: Content,
        *,
        wait: float = 0.0,
        media_type: str | None = None,
        if_match: str | None = None,
        **grounds: str,
    ) -> Declaration:
        """Send the next version; a trader's, once the declaration is accepted, is an application (`waits_for`)."""
        params = (*beside(named).items(), *grounds.items())
        path = address(named, "amendments")
        return await self._follow(
            message(path, content, wait=wait, params=params, media_type=media_type, if_match=if_match)
        )

    async def release(
        self,
        named: Named,
        items: Sequence[Mapping[str, Any]] | None = None,
        *,
        wait: float = 0.0,
        if_match: str | None = None,
        **more: Any,
    ) -> Declaration:
        """Release goods: everything that is left, or these items (`{"goods_item": 2, "quantity": "60", "unit": "KGM"}`).

        Two releases of the same items are one, unless they have a `reference` each. The goods may leave where the answer is `released`;
        an order that has ended otherwise raises `Refused` with the code `SW-API-634` and the reason by goods item.
        """
        said = more if items is None else {"items": [*items], **more}
        return await self.act(named, "release", said, wait=wait, if_match=if_match)

    async def invalidate(
        self,
        named: Named,
        *,
        reason: str | None = None,
        grounds: str | None = None,
        wait: float = 0.0,
        if_match: str | None = None,
        **more: Any,
    ) -> Declaration:
        """Ask for the declaration to be invalidated; a trader's request, once it is accepted, is an application.

        `grounds` are a row of the gateway's table; customs has to name them once goods are released.
        """
        said = {"reason": reason, **({} if grounds is None else {"grounds": grounds}), **more}
        return await self.act(named, "invalidation", said, wait=wait, if_match=if_match)

    async def act(
        self,
        named: Named,
        what: str,
        said: Mapping[str, Any],
        *,
        params: Mapping[str, str] | None = None,
        wait: float = 0.0,
        repeats: bool = True,
        if_match: str | None = None,
    ) -> Declaration:
        """Take a step that has no method of its own: `act(id, "control", {"announced": True})`.

        Args:
            named: the declaration.
            what: the step, as its address ends.
            said: what is sent.
            params: what stands in the query.
            wait: for so many seconds until it is carried out.
            repeats: whether the same call again is the same step; `assessment` alone is another one each time.
            if_match: the `etag` of the declaration as it was read; where you would be told something else by now, the step is not
                taken, and `Refused` has the status 412.
        """
        return await self._follow(step(named, what, said, wait=wait, params=params, repeats=repeats, if_match=if_match))

    async def preflight(self, content: Content, *, amends: str | None = None) -> Preflight:
        """Ask what a declaration would come to now; nothing is stored. It spends some of a budget, so it is asked once."""
        params = () if amends is None else (("amends", amends),)
        answer = await self._send(post("/v1/preflight", content, params=params, repeats=False))
        return results.preflight(answer.said())

    async def explanation(self, named: Named, decision: int | None = None) -> Explanation:
        """Read why a decision is what it is; without a number the newest one."""
        numbered = {} if decision is None else {"decision": str(decision)}
        return results.explanation(await self.read(address(named, "explanation"), **beside(named), **numbered))

    async def read(self, path: str, **params: str) -> Body:
        """Read what has no method of its own: `read("/v1/me")`."""
        return (await self._send(get(path, tuple(params.items())))).said()

    async def send(self, path: str, said: Mapping[str, Any]) -> Body:
        """Make a call that has no method of its own, once: `send("/v1/approvals/ID", {"approve": True})`."""
        return (await self._send(post(path, said, repeats=False))).said()

    async def delete(self, path: str) -> Body:
        """Take back or away what has no method for it: `delete("/v1/approvals/ID")`."""
        return (await self._send(delete(path))).said()

    async def notices(self, after: str = START, kinds: Sequence[str] = ()) -> AsyncIterator[Notice | Gap]:
        """Follow what happens to all declarations that the caller may see, for ever, each at least once and in order.

        It goes on after lost connections, restarts and refusals for want of room. `after` is the `place` of the last one that was dealt
        with; a `Gap` comes where the gateway knows the place no more.

        Raises:
            Refused: the caller may not read, or no more.
        """
        follower = Follower(after, kinds)
        while True:
            began = time.monotonic()
            answer = await self._send(follower.call(), for_ever=True)
            told, rest_s = follower.take(answer, time.monotonic() - began)
            for one in told:
                yield one
            await asyncio.sleep(rest_s)

    async def list(self, **filters: Filter) -> AsyncIterator[Declaration]:
        """Go through the declarations that the caller may see, page by page, as `GET /v1/declarations` takes its filters."""
        async for one in self.pages(_DECLARATIONS, **filters):
            yield results.declaration(one)

    async def pages(self, path: str, **filters: Filter) -> AsyncIterator[Body]:
        """Go through a list that has no method of its own, page by page."""
        params: Params | None = search(filters)
        while params is not None:
            answer = await self._send(get(path, params))
            items, following = page(answer.said(), params)
            for one in items:
                yield one
            params = following

    async def _follow(self, exchange: Exchange[T]) -> T:
        """Do what an exchange wants done until it has its outcome."""
        try:
            wanted = next(exchange)
            while True:
                wanted = exchange.send(await self._do(wanted))
        except StopIteration as end:
            outcome: T = end.value
            return outcome

    async def _do(self, wanted: Call | Pause | Watch) -> Any:
        match wanted:
            case Pause():
                return await asyncio.sleep(wanted.seconds)
            case Watch():
                left_s = max(0.0, wanted.until - time.monotonic())
                again = AsyncRetrying(**rule(wanted.call, min(left_s, self._at.patience)))
                seen: Answer | Body | None = await again(self._watched, wanted)
                return unless_later(seen) if isinstance(seen, Answer) else seen
            case _:
                return await self._send(wanted)

    async def _send(self, call: Call, *, for_ever: bool = False) -> Answer:
        """Make a call, and again as far as it may be."""
        again = AsyncRetrying(**rule(call, None if for_ever else self._at.patience))
        answer: Answer = await again(self._once, call)
        return answer

    async def _once(self, call: Call) -> Answer:
        try:
            answer = await self._http.request(**self._at.request_options(call))
        except httpx.HTTPError as error:
            raise unreachable(self._at.url, error) from error
        return Answer(status=answer.status_code, headers=answer.headers, content=answer.content)

    async def _watched(self, watch: Watch) -> Answer | Body | None:
        """Read a stream until its last event; return an answer that is no stream, or None when it or the time is over."""
        reader, silent_s = EventReader(), min(SILENT_S, max(0.1, watch.until - time.monotonic()))
        try:
            async with self._http.stream(**self._at.request_options(watch.call, silent_s=silent_s)) as answer:
                if answer.status_code != httpx.codes.OK:
                    content = await answer.aread()
                    return Answer(status=answer.status_code, headers=answer.headers, content=content)
                async for piece in answer.aiter_bytes():
                    for event in reader.read(piece):
                        if watch.is_last(event):
                            return event
                    if watch.until - time.monotonic() < silent_s - EXACT_S:
                        return None
        except httpx.ReadTimeout:
            return None
        except httpx.HTTPError as error:
            raise unreachable(self._at.url, error) from error
        return None
