"""What one client may have of a resource, who waits, and whose turn is next."""

import asyncio
from collections.abc import Callable

import pytest

from gateway.resources import LOOPS, OURS, Resource, Shortage, UsedUp, live, refused

NAME = "database_turns"


def resource(bound: float = 4, **more: float) -> Resource:
    return Resource(NAME, bound, **more)  # type: ignore[arg-type]  # amounts alone


async def waiting(of: Resource, many: int) -> None:
    while of.waiting != many:  # noqa: ASYNC110  # it is the loop's own turns that are waited for
        await asyncio.sleep(0)


def begun(of: Resource, served: list[str], *clients: str) -> "list[asyncio.Task[None]]":
    """Begins a wait for each client, in their order, that notes who is served."""

    async def wait(client: str) -> None:
        await of.acquire(client)
        served.append(client)

    return [asyncio.create_task(wait(client)) for client in clients]


def test_a_client_has_its_share_and_the_others_what_is_left() -> None:
    one = resource(4, share=2)
    assert [one.take("a") for _ in range(3)] == [None, None, Shortage.OWN]
    assert [one.take("b"), one.take("c"), one.take("c"), one.take("d")] == [None, None, Shortage.ALL, Shortage.ALL]
    one.put_back("a")
    assert (one.take("d"), one.in_use, one.clients) == (None, 4, 4)
    for client in "abcd":
        one.put_back(client)
    assert (one.in_use, one.clients, one.by_client.get("a", 0)) == (0, 0, 0)


def test_a_client_has_no_more_than_so_many_times_what_is_left() -> None:
    one = resource(8, times_left=3)
    assert [one.take("a") for _ in range(7)] == [*[None] * 6, Shortage.OWN]
    assert [one.take("b"), one.take("b"), one.take("a"), one.take("c")] == [None, None, Shortage.OWN, Shortage.ALL]


def test_what_is_larger_than_a_share_is_had_by_who_has_nothing_else() -> None:
    one = resource(10, share=2)
    assert (one.take("a", 6), one.take("a", 1), one.take("b", 6)) == (None, Shortage.OWN, Shortage.ALL)


def test_clients_leave_some_free_for_the_gateway_and_its_loops_some_for_who_is_not_known_yet() -> None:
    one = resource(4, kept=2, kept_of_loops=1)
    assert [one.take("a"), one.take("b"), one.take("c")] == [None, None, Shortage.ALL]
    assert [one.take(LOOPS), one.take(LOOPS)] == [None, Shortage.ALL]
    assert [one.take(OURS), one.take(OURS)] == [None, Shortage.ALL]


async def test_a_client_waits_for_the_next_turn_of_loops_that_want_all_there_is() -> None:
    one, served = resource(10, share=3, kept=4, kept_of_loops=1), list[str]()
    assert [one.take(LOOPS) for _ in range(10)] == [*[None] * 9, Shortage.ALL]
    tasks = begun(one, served, LOOPS, LOOPS, "a")
    await waiting(one, 3)
    for _ in range(3):
        one.put_back(LOOPS)
    await asyncio.gather(*tasks)
    assert served == ["a", LOOPS, LOOPS]


def test_who_is_refused_is_counted() -> None:
    one, before = resource(1), refused[NAME]
    one.take("a")
    with pytest.raises(UsedUp, match=f"{NAME}: all"), one.taken("b"):
        pass
    one.put_back("a")
    with one.taken("b"):
        assert one.in_use == 1
    assert (one.in_use, refused[NAME] - before) == (0, 1)


async def test_those_who_wait_are_served_by_how_little_their_client_has() -> None:
    one, served = resource(3, share=2), list[str]()
    for client in ("a", "a", "b"):
        one.take(client)
    tasks = begun(one, served, "a", "a", "b", "c", "d")
    await waiting(one, 5)
    for client in ("a", "b", "a"):
        one.put_back(client)
    await waiting(one, 2)
    for client in ("c", "b"):
        one.put_back(client)
    await asyncio.gather(*tasks)
    assert served == ["c", "b", "a", "d", "a"]
    assert (one.waiting, one.in_use) == (0, 3)


async def test_what_the_gateway_needs_to_know_its_callers_comes_first() -> None:
    one, served = resource(1), list[str]()
    one.take("a")
    tasks = begun(one, served, "b", LOOPS, OURS)
    await waiting(one, 3)
    for left, client in enumerate(("a", OURS, "b")):
        one.put_back(client)
        await waiting(one, 2 - left)
    await asyncio.gather(*tasks)
    assert served == [OURS, "b", LOOPS]


async def test_one_client_that_waits_keeps_nobody_else_waiting() -> None:
    one = resource(4, share=1)
    one.take("a")
    (task,) = begun(one, [], "a")
    await waiting(one, 1)
    await one.acquire("b")
    assert (one.in_use, one.waiting) == (2, 1)
    one.put_back("a")
    await task


def _cancel(task: "asyncio.Task[None]", one: Resource) -> None:
    task.cancel()


def _serve_and_cancel(task: "asyncio.Task[None]", one: Resource) -> None:
    one.put_back("a")
    task.cancel()


@pytest.mark.parametrize("how", [_cancel, _serve_and_cancel])
async def test_who_goes_away_takes_nothing_with_them(how: "Callable[[asyncio.Task[None], Resource], None]") -> None:
    one = resource(1)
    one.take("a")
    (task,) = begun(one, [], "b")
    await waiting(one, 1)
    how(task, one)
    await asyncio.gather(task, return_exceptions=True)
    assert (one.waiting, one.by_client.get("b", 0)) == (0, 0)


async def test_several_who_go_away_at_once_take_nothing_with_them() -> None:
    one, served = resource(1), list[str]()
    one.take("a")
    tasks = begun(one, served, "b", "b", "c", "d")
    await waiting(one, 4)
    one.put_back("a")
    for task in tasks[:3]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert (served, one.in_use, one.waiting) == (["d"], 1, 0)


async def test_who_waited_too_long_is_told_why() -> None:
    one = resource(2, share=1)
    one.take("a")
    with pytest.raises(UsedUp) as own:
        await one.acquire("a", within_s=0.001)
    one.take("b")
    with pytest.raises(UsedUp) as all_of_it:
        await one.acquire("c", within_s=0.001)
    assert (own.value.shortage, all_of_it.value.shortage, one.waiting) == (Shortage.OWN, Shortage.ALL, 0)


def test_each_is_found_by_its_name_as_long_as_it_is_used() -> None:
    one = Resource(NAME, 1, of="traces")
    assert one in live()
    with pytest.raises(KeyError):
        Resource("heaps", 1)
