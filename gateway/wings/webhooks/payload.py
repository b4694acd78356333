"""The body that a receiver is sent: the notice and the declaration as their owner reads them by the API at that moment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from msgspec import Raw

from gateway.access import Authenticator, Call, Caller
from gateway.api.case import CaseAnswers
from gateway.api.routes.notices import notice
from gateway.api.views.declaration import COLLECTION, location
from gateway.api.views.lists import summary_body
from gateway.domain.calendar import in_utc
from gateway.domain.codec import encode
from gateway.domain.declaration_name import DeclarationName
from gateway.domain.errors import NotKnown
from gateway.domain.notice import PostedNotice
from gateway.domain.work_list import ListOrder, Search, Turn
from gateway.lifecycle.work_list import ListedPage
from gateway.wings.webhooks.views import event_type
from gateway.wings.webhooks.webhook import ClaimedWebhook, Delivery, DeliveryFault, DigestKind

BYTES_OF_A_PART = 200
"""A declaration of so many documents and goods items is longer than so many times this: it is not written to be measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPayload(Exception):  # it is what there is instead of a payload
    """An event that is not sent."""

    fault: DeliveryFault


class Payloads:
    """The writer of events, each for the owner of its webhook by that one's access at the time of sending."""

    def __init__(self, cases: CaseAnswers, authenticator: Authenticator, *, declaration_bytes: int) -> None:
        """Take what writes declarations, who says what an access is, and from which size on a declaration is not sent along."""
        self._cases = cases
        self._authenticator = authenticator
        self._most = declaration_bytes

    async def owner(self, webhook: ClaimedWebhook) -> Caller | None:
        """Return the owner inside what the webhook is for and what their access is now; None: nothing is left.

        Raises:
            StoreUnavailable, Overloaded: it cannot be found out now.
        """
        caller = await self._authenticator.now(webhook.owner)
        if caller is None or caller.actor().role != webhook.role:
            return None
        if not all(caller.may(call) for call in (Call.WEBHOOKS, Call.NOTICES, Call.READ)):
            return None
        scope = webhook.scope
        if caller.sees_as_trader is not (scope.eoris is not None):
            return None
        eoris = None if caller.eoris is None or scope.eoris is None else caller.eoris & scope.eoris
        offices = _narrower(caller.offices, scope.offices)
        if eoris == frozenset() or offices == frozenset():
            return None
        # A machine reads here: what persons read is written down, this is not.
        return replace(caller, eoris=eoris, offices=offices, is_person=False)

    async def ended(self, webhook: ClaimedWebhook) -> bool:
        """Whether an owner of whom nothing is left has lost the access for good; a subject of an issuer may come back."""
        return await self._authenticator.now(webhook.owner) is not None or await self._authenticator.ended(
            webhook.owner
        )

    async def written(
        self, webhook: ClaimedWebhook, delivery: Delivery, owner: Caller, notices: Mapping[int, PostedNotice]
    ) -> str:
        """Write an event.

        Raises:
            NoPayload: it is not sent, as the owner may not read it, or nothing is left of it.
            StoreUnavailable: the database does not answer.
        """
        posted = None if delivery.notice is None else notices.get(delivery.notice)
        if delivery.notice is not None and posted is None:
            raise NoPayload(fault=DeliveryFault.FORGOTTEN)
        data = {"webhook": webhook.id, "number": delivery.number, "series": delivery.series}
        body = {
            "type": event_type(delivery.kind),
            "timestamp": delivery.made_at if posted is None else posted.at,
            "data": {**data, **await self._data(webhook, delivery, posted, owner)},
        }
        return encode(body).decode()

    async def _data(
        self, webhook: ClaimedWebhook, delivery: Delivery, posted: PostedNotice | None, owner: Caller
    ) -> Mapping[str, object]:
        if posted is not None:
            return await self._told(webhook, posted, owner)
        return await self._digest(owner) if delivery.kind == DigestKind.DIGEST else {}

    async def _digest(self, owner: Caller) -> Mapping[str, object]:
        """Return what is to be done, counted as the lists that its owner may read count it."""
        own = Turn.DECLARANT if owner.sees_as_trader else Turn.OFFICER
        whole = await self._page(owner, Search(is_open=True))
        mine = await self._page(owner, Search(turns=frozenset({own}), is_open=True, order=ListOrder.HELD_SINCE))
        assert whole.summary is not None, "the first page has it"
        counted = summary_body(whole.summary)
        yours, turns = counted["turns"].get(own, 0), counted["turns"]
        # What is not counted yet is in no list by turn, either.
        first = next(iter(mine.found), None) if yours else None
        oldest = None if first is None else first.held_since or first.received_at
        digest = {"yours": yours, "oldest": in_utc(oldest), "held": counted["held"], "turns": turns}
        return {"digest": digest, "link": f"{COLLECTION}?turn={own}"}

    async def _page(self, owner: Caller, search: Search) -> ListedPage:
        lists = self._cases.lifecycle.work_list
        offices = owner.offices_for(Call.READ)
        return await lists.page(
            search, eoris=owner.eoris, offices=offices, at_once=self._cases.at_once, cursor=None, limit=1, whole=False
        )

    async def _told(self, webhook: ClaimedWebhook, posted: PostedNotice, owner: Caller) -> dict[str, object]:
        if not posted.is_for(webhook.scope.kinds, owner.eoris):
            raise NoPayload(fault=DeliveryFault.NOT_THEIRS)
        try:
            record = await self._cases.seen(owner, DeclarationName(id=posted.declaration_id))
        except NotKnown:
            raise NoPayload(fault=DeliveryFault.NOT_THEIRS) from None
        wording = self._cases.wording([webhook.scope.language])
        declaration: Raw | None = None
        declared = record.detail.declared if record.detail is not None else None
        # By what the owner reads in any case: findings in shadow or for officers must not be why it is missing.
        parts = len(record.documents) + (len(declared.items) if declared is not None else 0)
        if parts * BYTES_OF_A_PART <= self._most:
            written = await self._cases.declaration(record, owner, wording)
            declaration = Raw(written) if len(written) <= self._most else None
        told = notice(posted, owner, self._cases.trail(wording), at_once=self._cases.at_once)
        return {"notice": told, "declaration": declaration, "link": location(record.id)}


def _narrower(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other
