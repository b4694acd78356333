"""Sessions as rows: what is over is forgotten after its time, and nothing that still counts."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from gateway.domain.permission import Role
from gateway.domain.subject import BegunSignIn, Errand, Room, Subject
from gateway.store import Store

ANN = Subject(
    issuer="customs", subject="ann", name="customs:1", person="Ann", is_person=True, role=Role.OFFICER,
    offices=frozenset({"FR001260"}),
)  # fmt: skip
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def test_a_session_is_what_was_proven(database_url: str) -> None:
    async with Store.opened(database_url) as store:
        await store.sessions.begin(b"1", ANN, lasts=HOUR, sid="s", id_token="token")
        found = await store.sessions.use(b"1", idle=HOUR)
        assert found is not None
        assert (found.subject, found.room, found.sid, found.id_token) == (ANN, Room.CONSOLE, "s", "token")
        assert found.ends_at - found.began_at == pytest.approx(HOUR, abs=timedelta(seconds=1))
        assert await store.sessions.use(b"2", idle=HOUR) is None


async def test_what_is_over_is_forgotten_after_its_time(database_url: str) -> None:
    async with Store.opened(database_url) as store:
        for digest in (b"over", b"ended", b"open"):
            await store.sessions.begin(digest, ANN, lasts=HOUR)
        await store.sessions.end(b"ended", by="person")
        await store.sessions.prove(ANN)
        begun = BegunSignIn(kind=Errand.SIGN_IN, issuer="customs", target="/")
        await store.sessions.begin_sign_in(b"state", b"browser", begun, lasts=HOUR)
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("UPDATE session SET ends_at = now() - interval '2 days' WHERE digest = 'over'")
            connection.execute("UPDATE session SET ended_at = now() - interval '2 days' WHERE digest = 'ended'")
            await store.sessions.forget(3 * DAY)
            assert connection.execute("SELECT count(*) FROM session").fetchone() == (3,)
            await store.sessions.forget(DAY)
            assert connection.execute("SELECT digest FROM session").fetchall() == [(b"open",)]
            assert await store.sessions.proven("customs:1", within=HOUR) == ANN
            assert await store.sessions.take_sign_in(Errand.SIGN_OUT, b"state", b"browser") is None
            assert await store.sessions.take_sign_in(Errand.SIGN_IN, b"state", b"browser") == begun
            connection.execute("UPDATE proven_subject SET proven_at = now() - interval '2 days'")
            assert await store.sessions.proven("customs:1", within=HOUR) is None
            await store.sessions.forget(DAY)
            assert connection.execute("SELECT count(*) FROM proven_subject").fetchone() == (0,)


async def test_an_issuer_names_whose_sessions_end(database_url: str) -> None:
    async with Store.opened(database_url) as store:
        await store.sessions.begin(b"1", ANN, lasts=HOUR)
        with pytest.raises(ValueError, match="a subject or a session"):
            await store.sessions.end_at_issuer("customs", subject=None, sid=None, until=datetime.now(UTC))
        await store.sessions.end_at_issuer("another", subject="ann", sid=None, until=datetime.now(UTC))
        assert await store.sessions.use(b"1", idle=HOUR) is not None


async def test_what_was_typed_goes_into_the_next_session_of_its_person_alone_and_not_for_ever(
    database_url: str,
) -> None:
    ben = replace(ANN, subject="ben", name="customs:2", person="Ben")
    async with Store.opened(database_url) as store:
        sessions = store.sessions
        for digest, whose in ((b"before", ANN), (b"ben", ben), (b"after", ANN)):
            await sessions.begin(digest, whose, lasts=HOUR)
        await sessions.end(b"before", by="person")
        assert await sessions.keep_draft(b"nobody", Room.CONSOLE, "/a", "{}") is False
        assert await sessions.keep_draft(b"before", Room.PORTAL, "/a", "{}") is False
        assert await sessions.keep_draft(b"before", Room.CONSOLE, "/a", '{"reason":"x"}') is True
        await sessions.carry_draft(b"before", b"ben")
        assert await sessions.draft(b"ben", "/a") is None
        assert await sessions.draft(b"before", "/a") is None, "it is gone for whoever comes next"
        await sessions.keep_draft(b"before", Room.CONSOLE, "/a", '{"reason":"y"}')
        await sessions.carry_draft(b"before", b"after")
        assert (await sessions.draft(b"after", "/a"), await sessions.draft(b"after", "/b")) == ('{"reason":"y"}', None)
        found = await sessions.use(b"after", idle=HOUR)
        assert found is not None
        assert found.has_draft
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("UPDATE session SET draft_at = now() - interval '31 minutes' WHERE digest = 'after'")
            assert await sessions.draft(b"after", "/a") is None
            await sessions.forget(DAY)
            assert connection.execute("SELECT count(*) FROM session WHERE draft IS NOT NULL").fetchone() == (0,)
        await sessions.keep_draft(b"after", Room.CONSOLE, "/a", "{}")
        await sessions.drop_draft(b"after")
        assert await sessions.draft(b"after", "/a") is None
