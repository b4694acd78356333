"""Which requests a fault strikes and a hold catches, and what becomes of them, at an authority that speaks JSON."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from adapters.simulation import Fault, run_simulator
from adapters.simulation.faults import SPOKEN, Aim, Faults, Planned, Sent

TOY = "tests.adapters.simulation.authority"
PATH = "/documents/A%2F1"


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        run_simulator(TOY) as running,
        httpx.AsyncClient(base_url=running.url, timeout=20, trust_env=False) as client,
    ):
        yield client


async def control(client: httpx.AsyncClient, path: str, **given: object) -> httpx.Response:
    return await client.post(f"/_simulator/{path}", json=given)


async def answered(client: httpx.AsyncClient) -> int:
    """How many look-ups the authority has done, this one included."""
    number: int = (await client.get(PATH)).json()["answered"]
    return number


async def until_held(client: httpx.AsyncClient, count: int) -> None:
    async with asyncio.timeout(20):
        while (await client.get("/_simulator")).json()["held"] != count:
            pass


@pytest.mark.parametrize(("fault", "effects"), [("error", 0), ("error_after", 1)])
async def test_an_error_before_or_after_the_effect(client: httpx.AsyncClient, fault: str, effects: int) -> None:
    (await control(client, "faults", fault=fault, count=1)).raise_for_status()
    answer = await client.get(PATH)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert await answered(client) == effects + 1


@pytest.mark.parametrize(("fault", "effects"), [("refuse_connection", 0), ("drop_after", 1)])
async def test_a_reset_before_or_after_the_effect(client: httpx.AsyncClient, fault: str, effects: int) -> None:
    (await control(client, "faults", fault=fault, count=1)).raise_for_status()
    with pytest.raises(httpx.ReadError):
        await client.get(PATH)
    assert await answered(client) == effects + 1


async def test_an_old_answer_is_that_of_then_and_the_effect_is_there(client: httpx.AsyncClient) -> None:
    (await control(client, "faults", fault="stale")).raise_for_status()
    (await client.put("/_simulator/documents/A%2F1", json={"status": "withdrawn"})).raise_for_status()
    assert (await client.get(PATH)).json()["status"] == "valid"
    (await control(client, "faults", fault=None)).raise_for_status()
    told = (await client.get(PATH)).json()
    assert (told["status"], told["answered"]) == ("withdrawn", 2)


async def test_an_answer_without_an_effect_is_the_right_one_and_nothing_is_done(client: httpx.AsyncClient) -> None:
    (await control(client, "faults", fault="no_effect", count=1)).raise_for_status()
    assert (await client.get(PATH)).json()["answered"] == 1
    assert await answered(client) == 1


async def test_a_late_request_with_a_body_is_answered(client: httpx.AsyncClient) -> None:
    (await control(client, "faults", fault="late", seconds=0.01)).raise_for_status()
    assert (await client.request("GET", PATH, content=b"<asked/>")).json()["answered"] == 1


@pytest.mark.parametrize("fault", sorted(SPOKEN - {Fault.UNKNOWN_STATUS}))
async def test_what_an_authority_cannot_say_is_not_set(client: httpx.AsyncClient, fault: str) -> None:
    answer = await control(client, "faults", fault=fault)
    assert answer.status_code == 422
    assert fault in answer.json()["detail"]
    assert (await client.get("/_simulator")).json()["faults"] == []


@pytest.mark.parametrize(
    ("path", "given"),
    [
        ("faults", {"fault": "down", "count": 0}), ("hold", {}), ("hold", {"when": "soon"}),
        ("hold", {"when": "before", "orphan": "adopt"}), ("hold", {"when": "before", "count": 0}),
        ("hold", {"when": "after", "orphan": "perform"}),
    ],
)  # fmt: skip
async def test_a_plan_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, path: str, given: dict[str, object]
) -> None:
    assert (await control(client, path, **given)).status_code == 422
    state = (await client.get("/_simulator")).json()
    assert (state["faults"], state["holds"]) == ([], [])


async def test_an_authority_without_a_ledger_tells_none(client: httpx.AsyncClient) -> None:
    assert (await client.get("/_simulator/ledger/A%2F1")).status_code == 404


@pytest.mark.parametrize("mark", [{"content": b"<a>one-two</a>"}, {"headers": {"SOAPAction": '"one-two"'}}, {"params": {"q": "one-two"}}])  # fmt: skip
async def test_a_text_is_looked_for_in_target_action_and_body(
    client: httpx.AsyncClient, mark: dict[str, object]
) -> None:
    (await control(client, "faults", fault="down", reference="A/1", containing="one-two")).raise_for_status()
    assert (await client.get(PATH)).status_code == 200
    assert (await client.request("GET", PATH, **mark)).status_code == 503  # type: ignore[arg-type]
    (await control(client, "faults", fault=None, reference="A/1")).raise_for_status()
    assert (await client.request("GET", PATH, **mark)).status_code == 503, "another aim was lifted"  # type: ignore[arg-type]
    (await control(client, "faults", fault=None, reference="A/1", containing="one-two")).raise_for_status()
    assert (await client.request("GET", PATH, **mark)).status_code == 200  # type: ignore[arg-type]


def test_the_narrowest_aim_strikes_and_each_counts_for_itself() -> None:
    faults = Faults()
    faults.plan(Planned(fault=Fault.DOWN))
    faults.plan(Planned(fault=Fault.EMPTY, aim=Aim(containing="release"), count=1))
    faults.plan(Planned(fault=Fault.HTML, aim=Aim(reference="A"), count=1))
    faults.plan(Planned(fault=Fault.HANG, aim=Aim(reference="A", containing="release"), count=2))
    faults.plan(Planned(fault=Fault.HALF, aim=Aim(reference="A", containing="reserve"), count=1))

    def struck(target: bytes, body: bytes) -> Fault | None:
        planned = faults.strike(Sent(target=target, action=b"", body=body))
        return None if planned is None else planned.fault

    assert [struck(b"/A", b"release") for _ in range(5)] == [
        Fault.HANG,
        Fault.HANG,
        Fault.HTML,
        Fault.EMPTY,
        Fault.DOWN,
    ]
    assert struck(b"/A", b"reserve") is Fault.HALF
    assert struck(b"/B", b"reserve") is Fault.DOWN
    faults.lift(Aim())
    assert struck(b"/A", b"reserve") is None


@pytest.mark.parametrize(("when", "meanwhile"), [("before", 1), ("after", 2)])
async def test_a_held_request_has_its_effect_on_the_right_side(
    client: httpx.AsyncClient, when: str, meanwhile: int
) -> None:
    (await control(client, "hold", when=when, reference="A/1", count=1)).raise_for_status()
    waiting = asyncio.create_task(answered(client))
    await until_held(client, 1)
    assert await answered(client) == meanwhile
    (await control(client, "hold/release")).raise_for_status()
    assert await waiting == 3 - meanwhile
    await until_held(client, 0)


async def test_several_requests_wait_at_one_point_and_are_released_together(client: httpx.AsyncClient) -> None:
    (await control(client, "hold", when="before", reference="A/1")).raise_for_status()
    waiting = [asyncio.create_task(answered(client)) for _ in range(5)]
    await until_held(client, 5)
    assert (await client.get("/documents/B%202")).json()["answered"] == 1, "no other one waits"
    (await control(client, "hold/release")).raise_for_status()
    assert sorted(await asyncio.gather(*waiting)) == [2, 3, 4, 5, 6]


async def test_a_fault_strikes_a_held_request_when_it_goes_on(client: httpx.AsyncClient) -> None:
    (await control(client, "hold", when="before", reference="A/1", count=1)).raise_for_status()
    (await control(client, "faults", fault="drop_after", reference="A/1", count=1)).raise_for_status()
    waiting = asyncio.create_task(answered(client))
    await until_held(client, 1)
    (await control(client, "hold/release")).raise_for_status()
    with pytest.raises(httpx.ReadError):
        await waiting
    assert await answered(client) == 2
