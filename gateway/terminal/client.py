"""The gateway's client as commands use it: each call has a reply that can be printed, and an exit status."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import typer

from gateway.domain.declaration_name import DeclarationName
from gateway.terminal.exits import Exit
from gateway_client import ByLrn, Declaration, Gateway, Refused, Unreachable
from gateway_client.names import Named

KEY_VARIABLE = "GATEWAY_API_KEY"
"""The variable with the key for commands without `--api-key`."""
_PATIENCE_S = 2.0
"""At a terminal it is better to read at once that nobody answers."""


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
    def released(self) -> bool:
        """Whether it answers an order to release goods that was carried out."""
        return self.status == HTTPStatus.OK and self.body.get("released") is True

    @property
    def outcome(self) -> Exit:
        """The exit status for a script; a declaration that is not decided yet is held."""
        if not self.taken:
            return Exit.NOT_ACCEPTED
        return {"release": Exit.RELEASE, "refuse": Exit.REFUSE}.get(self.effect or "", Exit.HOLD)


class GatewayClient:
    """The client of a gateway, `gateway_client`, with a refusal for a reply like any other: commands print both."""

    def __init__(
        self, url: str, *, key: str | None = None, language: str | None = None, patience: float = _PATIENCE_S
    ) -> None:
        self.gateway = Gateway(url, key=key, language=language, patience=patience)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *left: object) -> None:
        self.gateway.close()

    def lodge(self, raw: bytes, media_type: str, *, wait_s: float) -> Reply:
        """Lodge a message and wait for its decision.

        Raises:
            Unreachable: the gateway cannot be reached; as all that follow.
        """
        return _reply(lambda: self.gateway.lodge(raw, media_type=media_type, wait=wait_s))

    def amend(self, record_id: str, raw: bytes, media_type: str, *, wait_s: float) -> Reply:
        """Send the next version."""
        return _reply(lambda: self.gateway.amend(record_id, raw, media_type=media_type, wait=wait_s))

    def accept(self, record_id: str, *, mrn: str, accepted_at: str, wait_s: float) -> Reply:
        """Report that customs accepted the declaration, or that its goods were presented."""
        return _reply(lambda: self.gateway.accept(record_id, mrn=mrn, accepted_at=accepted_at, wait=wait_s))

    def release(self, record_id: str, release: Mapping[str, Any] | None = None, *, wait_s: float) -> Reply:
        """Release goods: everything that is left, or what `release` names."""
        return _reply(lambda: self.gateway.release(record_id, **(release or {}), wait=wait_s))

    def intervene(self, record_id: str, intervention: Mapping[str, Any], *, wait_s: float) -> Reply:
        """Order the correction of a write-off by two officers."""
        return self.act(record_id, "interventions", intervention, wait_s=wait_s)

    def invalidate(
        self, record_id: str, *, reason: str | None = None, grounds: str | None = None, wait_s: float
    ) -> Reply:
        """Ask for the declaration to be invalidated, on these grounds."""
        return _reply(lambda: self.gateway.invalidate(record_id, reason=reason, grounds=grounds, wait=wait_s))

    def verify(
        self, record_id: str, document_type: str, reference: str, *, verification: Mapping[str, Any], wait_s: float
    ) -> Reply:
        """Record an officer's own verification of a document."""
        step = f"documents/{quote(document_type, safe='')}/verification"
        return self.act(record_id, step, verification, params={"reference": reference}, wait_s=wait_s)

    def act(
        self,
        named: Named,
        step: str,
        said: Mapping[str, Any],
        *,
        params: Mapping[str, str] | None = None,
        wait_s: float,
        once: bool = False,
    ) -> Reply:
        """Act on a declaration; `once`: without repeating it to ask for its outcome."""
        return _reply(lambda: self.gateway.act(named, step, said, params=params, wait=wait_s, repeats=not once))

    def get(self, record_id: str) -> Reply:
        """Read a declaration as it is now."""
        return _reply(lambda: self.gateway.get(record_id))

    def say(self, path: str, body: Mapping[str, Any]) -> Reply:
        """Make a call that carries JSON."""
        try:
            return Reply(status=200, body=self.gateway.send(path, body))
        except Refused as refused:
            return refusal(refused)


def refusal(refused: Refused) -> Reply:
    """Return a refusal as the reply that it is."""
    return Reply(status=refused.status, body=refused.body or {"title": refused.title, "status": refused.status})


def no_reply(error: Unreachable) -> Reply:
    """Return what stands for a reply where there is none."""
    title, _, detail = str(error).partition(": ")
    return Reply(status=503, body={"title": title, "detail": detail})


def name_of(name: DeclarationName) -> Named:
    """Return a declaration's name as the client takes it."""
    return name.id or name.mrn or ByLrn(name.lrn or "", name.declarant)


def _reply(call: Callable[[], Declaration]) -> Reply:
    try:
        found = call()
    except Refused as refused:
        return refusal(refused)
    body = found.body if found.waits_for is None else found.waits_for.body
    return Reply(status=200 if found.carried_out else 202, body=body)


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
