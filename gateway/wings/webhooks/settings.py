"""The settings of webhooks: where they may lead, and how they are sent."""

from pathlib import Path
from typing import Annotated

from pydantic import Field, field_validator, model_validator

from gateway.settings_table import SettingsTable

_Seconds = Annotated[float, Field(ge=0.001, le=86_400)]
_Count = Annotated[int, Field(ge=1, le=1_000_000)]
_Days = Annotated[float, Field(gt=0, le=3_650)]


class WebhookSettings(SettingsTable):
    """Where webhooks may lead, and how they are sent."""

    allowed_hosts: tuple[str, ...] = ()
    """Hosts, names or addresses, that webhooks may lead to though their addresses are private, of the link or of this machine. All
    others need public addresses."""
    ports: Annotated[tuple[Annotated[int, Field(ge=1, le=65_535)], ...], Field(min_length=1)] = (443,)
    """Ports that webhooks may lead to."""
    ca_file: Path | None = None
    """Certificates (PEM) of authorities that receivers' certificates may be by, beside those that the system trusts."""
    of_one: _Count = 20
    """Webhooks that one caller may have at the same time."""
    timeout_seconds: _Seconds = 15
    """A receiver that has not answered by then failed."""
    declaration_bytes: Annotated[int, Field(ge=0, le=16_777_216)] = 262_144
    """A declaration that is longer is not sent along: the event has its link."""
    at_once: _Count = 64
    """Events that one process sends at the same time; an eighth of them at most for one owner."""
    at_once_of_one: _Count = 8
    """Those of one webhook; one alone while it fails, or while its receiver takes more than 2 seconds to answer."""
    first_seconds: _Seconds = 5
    """After this long an event that failed is sent again; each further pause is twice the one before, and up to a half more or less."""
    longest_seconds: _Seconds = 3_600
    """The longest such pause."""
    probe_seconds: _Seconds = 60
    """A webhook at which several declarations' events failed one after the other is tried so often, and with one event."""
    dead_after_days: _Days = 7
    """After so many days an event that could not be delivered is tried no more by itself."""
    kept_days: _Days = 30
    """After so many days a delivery is forgotten."""

    @field_validator("allowed_hosts")
    @classmethod
    def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        if faults := [host for host in hosts if not host or "/" in host or "*" in host or host != host.strip()]:
            raise ValueError(f"{faults[0]!r:.60} is no host: a name or an IP address alone, without a port")
        return tuple(host.lower().strip("[]").rstrip(".") for host in hosts)

    @model_validator(mode="after")
    def _is_kept_until_dead(self) -> "WebhookSettings":
        if self.kept_days < self.dead_after_days:
            raise ValueError(
                "kept_days is shorter than dead_after_days: events would be forgotten that are tried still"
            )
        return self
