"""A client of the gateway over its HTTP interface, as seen from outside."""

import os
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import typer

from gateway.cli.exits import Exit
from gateway.domain.declaration_name import DeclarationName

KEY_VARIABLE = "GATEWAY_API_KEY"
"""The variable with the key for commands without `--api-key`."""
LONGEST_WAIT_S = 30
"""What the gateway clips a wait to."""
_MARGIN_S = 30.0
_POLL_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """The gateway's answer to a call: the declaration as it is now, or a problem."""

    status: int
    body: Mapping[str, Any]

    @property
    def taken(self) -> bool:
        """Whether the call was accepted."""
        return self.status in {200, 201, 202}

    @property
    def decision(self) -> Mapping[str, Any] | None:
        """The decision, if there is one."""
        return self.body.get("decision") if self.taken and self.application is None else None

    @property
    def application(self) -> str | None:
        """The address of the application that the call became; None: it was carried out."""
        link = self.body.get("link")
        return link if isinstance(link, str) and link.startswith("/v1/applications/") else None

    @property
    def waits_for_second(self) -> bool:
        """Whether it is an order that waits for a second person."""
        return self.taken and "ends_at" in self.body

    @property
    def effect(self) -> str | None:
        """The effect of the decision: release, hold or refuse."""
        return self.decision["effect"] if self.decision else None

    @property
    def outcome(self) -> Exit:
        """The exit status for a script; a declaration that is not decided yet is held."""
        if not self.taken:
            return Exit.NOT_ACCEPTED
        return {"release": Exit.RELEASE, "refuse": Exit.REFUSE}.get(self.effect or "", Exit.HOLD)


class GatewayClient:
    """A client of one gateway, under one key or none."""

    def __init__(self, url: str, *, key: str | None = None, language: str | None = None) -> None:
        headers = {"authorization": f"Bearer {key}"} if key else {}
        if language is not None:
            headers["accept-language"] = language
        self._http = httpx.Client(
            base_url=url, headers=headers, timeout=LONGEST_WAIT_S + _MARGIN_S, trust_env=False, limits=httpx.Limits()
        )

    def __enter__(self) -> "GatewayClient":
        return self

    def __exit__(self, *left: object) -> None:
        self._http.close()

    def lodge(self, raw: bytes, media_type: str, *, wait_s: float) -> Reply:
        """Lodge a message and wait for its decision.

        Raises:
            httpx.HTTPError: the gateway cannot be reached.
        """
        return self._post("/v1/declarations", content=raw, media_type=media_type, wait_s=wait_s)

    def amend(self, record_id: str, raw: bytes, media_type: str, *, wait_s: float) -> Reply:
        """Send the next version."""
        path = f"/v1/declarations/{record_id}/amendments"
        return self._post(path, content=raw, media_type=media_type, wait_s=wait_s)

    def accept(self, record_id: str, *, mrn: str, accepted_at: str, wait_s: float) -> Reply:
        """Report that customs accepted the declaration, or that its goods were presented."""
        return self._step(record_id, "acceptance", {"mrn": mrn, "accepted_at": accepted_at}, wait_s=wait_s)

    def release(self, record_id: str, release: Mapping[str, Any] | None = None, *, wait_s: float) -> Reply:
        """Release goods: everything that is left, or what `release` names."""
        return self._step(record_id, "release", release or {}, wait_s=wait_s)

    def intervene(self, record_id: str, intervention: Mapping[str, Any], *, wait_s: float) -> Reply:
        """Order the correction of a write-off by two officers."""
        return self._step(record_id, "interventions", intervention, wait_s=wait_s)

    def invalidate(self, record_id: str, *, reason: str | None = None, wait_s: float) -> Reply:
        """Ask for the declaration to be invalidated."""
        return self._step(record_id, "invalidation", {"reason": reason}, wait_s=wait_s)

    def verify(
        self, record_id: str, document_type: str, reference: str, *, verification: Mapping[str, Any], wait_s: float
    ) -> Reply:
        """Record an officer's own verification of a document."""
        path = f"documents/{quote(document_type, safe='')}/verification"
        return self._step(record_id, path, verification, params={"reference": reference}, wait_s=wait_s)

    def act(
        self,
        place: str,
        step: str,
        said: Mapping[str, Any],
        *,
        params: Mapping[str, str],
        wait_s: float,
        once: bool = False,
    ) -> Reply:
        """Act on the declaration that a place in the address names; `once`: without repeating it to ask for its outcome."""
        if not once:
            return self._step(place, step, said, params=params, wait_s=wait_s)
        path = f"/v1/declarations/{place}/{step}"
        reply = _reply(self._http.post(path, json=said, params=params, headers=_prefer(wait_s)))
        return self._decided(reply, time.monotonic() + wait_s)

    def get(self, record_id: str) -> Reply:
        """Read a declaration as it is now."""
        return _reply(self._http.get(f"/v1/declarations/{record_id}"))

    def explanation(self, name: DeclarationName, number: int | None = None) -> Reply:
        """Read the explanation of a decision; without a number that of the newest one."""
        params = {**name.beside, **({} if number is None else {"decision": str(number)})}
        return _reply(self._http.get(f"/v1/declarations/{name.place}/explanation", params=params))

    def movements(self, record_id: str) -> Sequence[Mapping[str, Any]]:
        """Read the movements of quantities that a declaration ordered at the authorities.

        Raises:
            httpx.HTTPError: the gateway cannot be reached, or does not show it.
        """
        found: Sequence[Mapping[str, Any]] = (
            self._http.get(f"/v1/declarations/{record_id}/movements").raise_for_status().json()["items"]
        )
        return found

    def read(self, path: str) -> httpx.Response:
        """Read a page."""
        return self._http.get(path)

    def say(self, path: str, body: Mapping[str, Any]) -> Reply:
        """Make a call that carries JSON."""
        return _reply(self._http.post(path, json=body))

    def _post(self, path: str, *, content: bytes, media_type: str, wait_s: float) -> Reply:
        until = time.monotonic() + wait_s
        headers = {**_prefer(wait_s), "content-type": media_type}
        reply = _reply(self._http.post(path, content=content, headers=headers))
        return self._decided(reply, until)

    def _decided(self, reply: Reply, until: float) -> Reply:
        """Return the declaration once it is decided, or the reply that it still waits."""
        # An application waits for customs, not for a decision on a declaration.
        while reply.status == 202 and reply.application is None and time.monotonic() < until:
            time.sleep(_POLL_S)
            found = self.get(reply.body["id"])
            if found.taken and found.body.get("state") not in {"received", "processing"}:
                return found
        return reply

    def _step(
        self,
        record_id: str,
        step: str,
        payload: Mapping[str, Any],
        *,
        wait_s: float,
        params: Mapping[str, str] | None = None,
    ) -> Reply:
        """Take a step; until it is carried out, the same call is repeated to ask for its outcome."""
        until = time.monotonic() + wait_s
        path = f"/v1/declarations/{record_id}/{step}"
        while True:
            headers = _prefer(until - time.monotonic())
            reply = _reply(self._http.post(path, json=payload, params=params, headers=headers))
            # What waits for a second person or for customs is not carried out by waiting for it.
            waits = "ends_at" in reply.body or reply.application is not None
            if reply.status != 202 or waits or time.monotonic() >= until:
                return reply
            time.sleep(_POLL_S)


def language_of(environment: Mapping[str, str]) -> str | None:
    """Return the language of a terminal as a tag (RFC 5646): `fr_BE.UTF-8` is `fr-BE`; None: it names none."""
    named = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    found = re.match(r"[A-Za-z]{2,3}(?:_[A-Za-z]{2})?(?=[.@]|$)", named)
    return found[0].replace("_", "-") if found else None


def read_key(named: str | None) -> str | None:
    """Read a key that is named by `env:NAME` or `file:PATH`, as secrets are everywhere in the gateway; without a name that of
    `GATEWAY_API_KEY`, if it is set.

    Raises:
        typer.BadParameter: it is named otherwise, as by itself: everybody on the machine could read it in the list of processes.
    """
    if named is None:
        return os.environ.get(KEY_VARIABLE) or None
    kind, _, place = named.partition(":")
    if kind not in {"env", "file"} or not place:
        raise typer.BadParameter(
            "a key on the command line can be read by everybody on this machine: put it into a file or a variable and say "
            f"--api-key file:PATH or --api-key env:NAME, or set {KEY_VARIABLE}; a key that was typed here is better replaced"
        )
    try:
        key = os.environ.get(place, "") if kind == "env" else Path(place).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"--api-key {named} cannot be read: {type(error).__name__}") from error
    if not key or not key.isprintable() or not key.isascii():
        raise typer.BadParameter(f"--api-key {named} holds no key")
    return key


def media_type_of(file: Path) -> str:
    """Return the media type of a declaration's file, by its name."""
    return "application/json" if file.suffix.lower() == ".json" else "application/xml"


def _prefer(wait_s: float) -> dict[str, str]:
    return {"prefer": f"wait={min(LONGEST_WAIT_S, max(0, round(wait_s)))}"}


def _reply(answer: httpx.Response) -> Reply:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {"title": f"The answer is not the gateway's: HTTP {answer.status_code}", "status": answer.status_code}
        return Reply(status=502 if answer.is_success else answer.status_code, body=body)
    return Reply(status=answer.status_code, body=body)
