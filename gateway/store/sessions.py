"""The subjects whom issuers proved, the sessions of persons, and sign-ins that wait for their issuer.

What a browser keeps is random and stands here as its digest only: whoever reads the database cannot sign in by it.
"""

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg.rows import DictRow

from gateway.domain.permission import Role
from gateway.domain.subject import BegunSignIn, Errand, Room, Session, Subject
from gateway.store.database import Database

DRAFT_KEPT = timedelta(minutes=30)
"""The time for which typed texts wait for their person to be signed in again."""


class Sessions:
    """The access of persons and machines that issuers prove."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def prove(self, subject: Subject) -> None:
        """Note what an issuer says of a subject now; raise as `Database.rows` does."""
        await self._database.run("prove_subject", {**_scope(subject), "is_person": subject.is_person})

    async def proven(self, name: str, *, within: timedelta) -> Subject | None:
        """Return what an issuer last said of a subject, if that is not longer ago; raise as `Database.rows` does."""
        row = await self._database.row("proven_subject", {"name": name, "within": within})
        return None if row is None else _subject(row, is_person=row["is_person"])

    async def persons(self, *, within: timedelta, limit: int) -> Sequence[tuple[Subject, datetime]]:
        """Return the persons whom issuers proved lately, the last first, each with when; raise as `Database.rows` does."""
        rows = await self._database.rows("proven_persons", {"within": within, "limit": limit})
        return [(_subject(row, is_person=True), row["proven_at"].astimezone(UTC)) for row in rows]

    async def begin_sign_in(self, state: bytes, browser: bytes, sign_in: BegunSignIn, *, lasts: timedelta) -> None:
        """Keep a sign-in until its issuer answers; `state` and `browser` are digests. Raise as `Database.rows` does."""
        values = {
            "state": state,
            "kind": sign_in.kind.value,
            "browser": browser,
            "issuer": sign_in.issuer,
            "nonce": sign_in.nonce,
            "verifier": sign_in.verifier,
            "target": sign_in.target,
            "lasts": lasts,
        }
        await self._database.run("begin_sign_in", values)

    async def take_sign_in(self, kind: Errand, state: bytes, browser: bytes) -> BegunSignIn | None:
        """Use a sign-in or sign-out up; None: there is none, it is over, or it was begun in another browser.

        Raises:
            StoreUnavailable: the database does not answer.
        """
        row = await self._database.row("take_sign_in", {"kind": kind.value, "state": state, "browser": browser})
        if row is None or not row["good"]:
            return None
        return BegunSignIn(
            kind=kind, issuer=row["issuer"], nonce=row["nonce"], verifier=row["verifier"], target=row["target"]
        )

    async def begin(
        self, digest: bytes, subject: Subject, *, lasts: timedelta, sid: str | None = None, id_token: str | None = None
    ) -> None:
        """Sign a person in; `digest` is of what the browser keeps. Raise as `Database.rows` does."""
        values = {
            **_scope(subject),
            "digest": digest,
            "room": Room.of(subject.role).value,
            "sid": sid,
            "id_token": id_token,
            "lasts": lasts,
        }
        await self._database.run("begin_session", values)

    async def use(self, digest: bytes, *, idle: timedelta, noted: bool = True) -> Session | None:
        """Return a session that is not over; None: there is none. Raise as `Database.rows` does.

        That it is used is noted, unless nobody does anything in it: a page that stays open keeps no session alive.
        """
        row = await self._database.row("use_session", {"digest": digest, "idle": idle, "noted": noted})
        if row is None:
            return None
        return Session(
            subject=_subject(row, is_person=True),
            room=Room(row["room"]),
            sid=row["sid"],
            id_token=row["id_token"],
            has_draft=row["has_draft"],
            began_at=row["began_at"].astimezone(UTC),
            ends_at=row["ends_at"].astimezone(UTC),
        )

    async def among(self, digests: Collection[bytes]) -> frozenset[bytes]:
        """Return those of some digests that are of sessions that are not over; raise as `Database.rows` does."""
        found = await self._database.rows("sessions_among", {"digests": list(digests)})
        return frozenset(bytes(row["digest"]) for row in found)

    async def end(self, digest: bytes, *, by: str) -> None:
        """End one session; raise as `Database.rows` does."""
        await self._database.run("end_session", {"digest": digest, "by": by})

    async def end_all(self, issuer: str, subject: str, *, by: str) -> None:
        """End every session of a person, in all browsers; raise as `Database.rows` does."""
        await self._database.run("end_sessions_of", {"issuer": issuer, "subject": subject, "by": by})

    async def end_at_issuer(self, issuer: str, *, subject: str | None, sid: str | None, until: datetime) -> None:
        """End the sessions that an issuer ended: those of its session, or else of the subject, that had begun by then.

        Raises:
            ValueError: neither is named.
            StoreUnavailable: the database does not answer.
        """
        if subject is None and sid is None:
            raise ValueError("a subject or a session is needed")
        values = {"issuer": issuer, "subject": subject, "sid": sid, "until": until}
        await self._database.run("end_sessions_at_issuer", values)

    async def forget(self, kept: timedelta) -> None:
        """Forget what was over for so long; raise as `Database.rows` does."""
        await self._database.run("forget_sessions", {"kept": kept, "drafts_kept": DRAFT_KEPT})

    async def keep_draft(self, digest: bytes, room: Room, path: str, draft: str) -> bool:
        """Keep what was typed in a session, ended or not; False: there is none. Raise as `Database.rows` does."""
        values = {"digest": digest, "room": room.value, "path": path, "draft": draft}
        return await self._database.row("keep_draft", values) is not None

    async def carry_draft(self, before: bytes, digest: bytes) -> None:
        """Have what was typed in an earlier session of the same person go on in a new one; raise as `Database.rows` does."""
        await self._database.run("carry_draft", {"before": before, "digest": digest, "kept": DRAFT_KEPT})

    async def draft(self, digest: bytes, path: str) -> str | None:
        """Return what was kept for a page; None: nothing, or too long ago. Raise as `Database.rows` does."""
        row = await self._database.row("draft", {"digest": digest, "path": path, "kept": DRAFT_KEPT})
        return None if row is None else row["draft"]

    async def drop_draft(self, digest: bytes) -> None:
        """Erase what was kept; raise as `Database.rows` does."""
        await self._database.run("drop_draft", {"digest": digest})


def _scope(subject: Subject) -> dict[str, Any]:
    return {
        "name": subject.name,
        "issuer": subject.issuer,
        "subject": subject.subject,
        "person": subject.person,
        "role": subject.role.value,
        "eoris": None if subject.eoris is None else sorted(subject.eoris),
        "offices": None if subject.offices is None else sorted(subject.offices),
    }


def _subject(row: DictRow, *, is_person: bool) -> Subject:
    return Subject(
        issuer=row["issuer"],
        subject=row["subject"],
        name=row["name"],
        person=row["person"],
        is_person=is_person,
        role=Role(row["role"]),
        eoris=None if row["eoris"] is None else frozenset(row["eoris"]),
        offices=None if row["offices"] is None else frozenset(row["offices"]),
    )
