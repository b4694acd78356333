"""Who is told apart from whom, and what a trader is shown."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from starlette.requests import Request

from gateway.access import ANYBODY, WHO_MAY, Authenticator, Budget, Call, Caller, CallHead, key_hash, new_key
from gateway.api.admission import own_share_of, share_of
from gateway.api.context import ApiContext
from gateway.api.localization import Wording
from gateway.api.views import declaration as resources
from gateway.contract import (
    Allocation,
    AllocationState,
    Certificate,
    Ledger,
    LedgerLine,
    Quantity,
    Reference,
    ReferenceKind,
)
from gateway.domain.errors import ConfigurationError, NotAllowed, NotAuthenticated
from gateway.domain.events import GENESIS, Event, EventKind, chain, seal
from gateway.domain.record import State
from gateway.domain.texts.sentences import Texts
from gateway.domain.verification import DocumentStatus, Verification
from gateway.history.messages import citing, message
from gateway.settings import ApiKey, Role, Security, SecurityMode, load
from gateway.settings.messages import load_catalogue
from tests.builders.shown import AT, ENGLISH, HELD, OFFICER, TRADER, read, record

AT_ONCE = Wording(Texts(language="en", messages={}, words={}), HELD, at_once=True)


def security(*keys: tuple[str, str, Role, tuple[str, ...]]) -> Security:
    return Security(
        mode=SecurityMode.API_KEY, keys=tuple(ApiKey(name=n, hash=key_hash(k), role=r, eoris=e) for n, k, r, e in keys)
    )


def called(door: Authenticator, key: str | None, header: bytes = b"x-api-key") -> Caller:
    headers = () if key is None else ((header, key.encode("latin-1", "replace")),)
    return asyncio.run(door.caller(CallHead.of("GET", "/v1/notices", headers)))


def test_a_caller_is_who_the_key_belongs_to() -> None:
    one, other = new_key(), new_key()
    door = Authenticator(security(("system", one, Role.CUSTOMS, ()), ("trader", other, Role.TRADER, ("FR1",))))
    assert called(door, one).name == "system"
    assert called(door, one).eoris is None
    assert called(door, other).eoris == frozenset({"FR1"})
    for wrong in (None, "", one[:-1], one + "x", key_hash(one), "ключ"):
        with pytest.raises(NotAuthenticated):
            called(door, wrong)


def test_a_trader_has_no_more_by_making_keys() -> None:
    nothing: Any = None
    settings = load({})
    context = ApiContext.of(nothing, nothing, settings, load_catalogue(settings.folder))
    request = Request({"type": "http", "client": ("192.0.2.1", 1), "headers": []})
    made = replace(TRADER, name="trader/erp", maker="trader")
    assert context.client(request, made) == context.client(request, TRADER) == "trader trader"
    one = replace(made, eoris=frozenset({"FR9"})).within(replace(TRADER, eoris=frozenset({"FR1", "FR9"})))
    assert one is not None
    assert share_of(one, "192.0.2.1") == "trader FR1 FR9", "whichever of its numbers a key is made for"


def test_a_share_is_a_companys_or_a_credentials_and_never_a_names() -> None:
    system = Caller(name="declaration system", roles=frozenset({Role.CUSTOMS}))
    named = replace(TRADER, person="declaration system", eoris=frozenset({"FR1"}))
    assert share_of(system, "") == "customs declaration system"
    assert share_of(named, "") == share_of(replace(named, name="other key", person="Ann"), "") == "trader FR1"
    officer = replace(system, roles=frozenset({Role.OFFICER}))
    assert share_of(officer, "") != share_of(system, "")
    assert share_of(replace(officer, person="Ann"), "") == share_of(replace(officer, person="Ben"), "")
    assert own_share_of(named, "") != own_share_of(replace(named, name="other key"), ""), "what each keeps open"
    assert share_of(ANYBODY, "192.0.2.1") != share_of(ANYBODY, "192.0.2.2")


def test_nobody_is_let_in_without_keys_and_everybody_in_the_open_mode() -> None:
    with pytest.raises(NotAuthenticated):
        called(Authenticator(Security()), new_key())
    assert called(Authenticator(Security(mode=SecurityMode.NONE)), None) is ANYBODY
    for call in set(Call) - {Call.OWN_KEYS}:
        ANYBODY.must_be_allowed(call)


def test_the_table_covers_every_call_and_an_authority_may_only_notify() -> None:
    assert set(WHO_MAY) == set(Call)
    assert {call for call, roles in WHO_MAY.items() if Role.AUTHORITY in roles} == {Call.NOTIFY, Call.ME}
    assert WHO_MAY[Call.NOTIFY] == {Role.AUTHORITY}
    for call, roles in WHO_MAY.items():
        for role in Role:
            caller = Caller(name="x", roles=frozenset({role}))
            if role in roles:
                caller.must_be_allowed(call)
            else:
                with pytest.raises(NotAllowed):
                    caller.must_be_allowed(call)


def test_an_authority_speaks_for_its_own_adapter_only() -> None:
    key = ApiKey(name="border", hash=key_hash("k"), role=Role.AUTHORITY, authority="traces")
    caller = called(Authenticator(Security(mode=SecurityMode.API_KEY, keys=(key,))), "k")
    assert caller.speaks_for("traces")
    assert not caller.speaks_for("catch")
    assert not OFFICER.speaks_for("traces")
    assert ANYBODY.speaks_for("catch")


def test_a_trader_is_not_told_a_refusal_before_it_is_confirmed() -> None:
    raw = resources.declaration(record(), TRADER, ENGLISH)
    body = read(raw)
    assert b'refuse"' not in raw
    assert b"no_release" not in raw
    assert body["decision"]["effect"] == "hold"
    assert body["decision"]["advice"] == "documents"
    assert body["decision"]["items"] == [{"goods_item": 1, "effect": "hold"}]
    (told,) = body["decision"]["findings"]
    assert (told["code"], told["message"], told["remedy"]) == (HELD.code, HELD.message, HELD.remedy)
    assert (body["documents"][0]["status"], body["documents"][0]["effect"]) == ("not_told", "none")
    assert b"refused" not in raw, "the authority's word would tell it"


@pytest.mark.parametrize("state", [State.RELEASED, State.INVALIDATED])
def test_what_is_over_is_not_said_to_be_held(state: State) -> None:
    body = read(resources.declaration(replace(record(), state=state), TRADER, ENGLISH))
    assert (body["decision"]["findings"], body["turn"]) == ([], "nobody")


def test_a_trader_is_told_a_confirmed_refusal_without_shadow_findings() -> None:
    body = read(resources.declaration(record(confirmed=True), TRADER, ENGLISH))
    assert body["decision"]["effect"] == "refuse"
    assert [f["code"] for f in body["decision"]["findings"]] == ["SW-DEC-040"]
    assert body["links"]["evidence"] is None


def test_a_trader_is_told_at_once_where_the_installation_says_so() -> None:
    body = read(resources.declaration(record(), TRADER, AT_ONCE))
    assert (body["decision"]["effect"], body["decision"]["advice"]) == ("refuse", "no_release")
    assert [(f["code"], f["mode"]) for f in body["decision"]["findings"]] == [("SW-DEC-040", "active")]
    assert body["documents"][0]["effect"] == "refuse"
    decision = record().decision
    assert decision is not None
    looked = read(resources.preflight(decision.decision, AT, TRADER, AT_ONCE))
    assert looked["decision"]["effect"] == "refuse"
    assert [f["mode"] for f in looked["decision"]["findings"]] == ["active"]


def test_before_anything_is_lodged_a_trader_reads_what_would_be_refused() -> None:
    """Nothing is decided then, so nobody has to confirm it: it is the trader's to put right."""
    decision = record().decision
    assert decision is not None
    looked = read(resources.preflight(decision.decision, AT, TRADER, ENGLISH))
    (found,) = looked["decision"]["findings"]
    assert (looked["decision"]["effect"], found["effect"], found["turn"]) == ("refuse", "refuse", "declarant")
    assert (found["code"], found["remedy"]) == ("SW-DEC-040", "Ask the authority.")
    assert looked["documents"][0]["status"] == "refused"
    lodged = read(resources.declaration(record(), TRADER, ENGLISH))
    assert [one["code"] for one in lodged["decision"]["findings"]] == [HELD.code]


@pytest.mark.parametrize(("said", "told_at_once"), [(None, False), ("after_confirmation", False), ("at_once", True)])
def test_when_a_trader_is_told_is_a_setting(said: str | None, told_at_once: bool) -> None:
    environment = {} if said is None else {"GATEWAY_NOTIFY_REFUSAL": said}
    nothing: Any = None
    settings = load(environment)
    room = ApiContext.of(nothing, nothing, settings, load_catalogue(settings.folder))
    assert room.refusals_at_once is told_at_once


def test_another_word_for_when_a_trader_is_told_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="notify_refusal"):
        load({"GATEWAY_NOTIFY_REFUSAL": "never"})


def test_an_officer_sees_everything() -> None:
    body = read(resources.declaration(record(), OFFICER, ENGLISH))
    assert body["decision"]["effect"] == "refuse"
    assert [f["mode"] for f in body["decision"]["findings"]] == ["active", "shadow"]
    assert body["links"]["evidence"] == f"/v1/declarations/{record().id}/evidence"


def test_what_is_not_known_is_null_and_never_zero() -> None:
    body = read(resources.declaration(record(), OFFICER, ENGLISH))
    assert body["documents"][0]["quantity"][0]["available"] is None
    assert body["mrn"] is None
    unasked = read(resources.declaration(replace(record(), decision=None), OFFICER, ENGLISH))
    assert unasked["decision"] is None
    silent = Verification(type="N853", reference="X", status=DocumentStatus.UNDETERMINED, cause="SW-ADP-01")
    checked = read(resources.document(silent, AT, OFFICER))
    assert (checked["status"], checked["quantity"], checked["certificate"]) == ("undetermined", None, None)


def test_an_older_version_links_to_itself() -> None:
    older = replace(record(), current_version=2)
    assert read(resources.declaration(older, OFFICER, ENGLISH))["links"]["self"].endswith("?version=1")


def test_a_trader_does_not_see_others_allocations() -> None:
    verification = Verification(
        type="N853",
        reference="X",
        status=DocumentStatus.VALID,
        certificate=Certificate(type="N853", reference="X", authority_status="70", holder="FR9", facts={"a": "b"}),
        ledger=Ledger(
            lines=(LedgerLine(number=1, available=Quantity(value=Decimal("12.50"), unit="KGM")),),
            allocations=(
                Allocation(
                    declaration=Reference(kind=ReferenceKind.MRN, value="26FR9"),
                    state=AllocationState.RESERVED,
                    goods_item=1,
                    certificate_line=1,
                    quantity=Quantity(value=Decimal("3"), unit="KGM"),
                ),
            ),
        ),
    )
    raw = resources.document(verification, AT, TRADER)
    assert read(raw)["quantity"] is None, "what is left, beside what was certified, tells what others have taken"
    assert b"26FR9" not in raw
    assert b"FR9" not in raw
    assert read(resources.document(verification, AT, OFFICER))["quantity"]["allocations"][0]["declaration"] == {
        "kind": "MRN",
        "value": "26FR9",
    }


def test_an_events_hash_can_be_computed_again_from_what_is_shown() -> None:
    sealed = seal(
        [
            Event(kind=EventKind.RECEIVED, at=AT, body={"raw": "sha256:" + "a" * 64, "content": "sha256:" + "c" * 64}),
            Event(kind=EventKind.DECIDED, at=AT, body={"effect": "refuse", "findings": ["SW-DEC-040"]}),
        ],
        seq=0,
        head=GENESIS,
    )
    raw = resources.events(sealed, 2, OFFICER, most=10_000)
    assert read(raw)["next"] == 2
    head = GENESIS
    for item in read(raw)["items"]:
        given = item.pop("hash")
        head = chain(head, msgspec.json.encode(item).decode())
        assert head == given
    assert read(resources.events(sealed, 3, OFFICER, most=10_000))["next"] is None
    assert b"refuse" not in resources.events(sealed, 2, TRADER, most=10_000)
    assert [
        e["digest"] for e in read(resources.evidence([message(one, None) for one in citing(sealed)], "x"))["items"]
    ] == ["sha256:" + "a" * 64]


def test_a_budget_refills_evenly_and_is_each_clients_own() -> None:
    now = 100.0
    budget = Budget(2, lambda: now)
    assert [budget.take("a"), budget.take("a")] == [0, 0]
    assert budget.take("a") == pytest.approx(30)
    assert budget.take("b") == 0
    now += 31
    assert budget.take("a") == 0
    assert budget.take("a") > 0


def test_the_clients_that_a_budget_remembers_are_bounded() -> None:
    budget = Budget(1, lambda: 0.0, clients=2)
    for client in "abc":
        assert budget.take(client) == 0
    assert budget.take("a") == 0, "the one longest unseen was forgotten"
    assert budget.take("c") > 0
