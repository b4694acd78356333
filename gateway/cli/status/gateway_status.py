"""The status of a gateway: what its readiness and a scrape of its figures tell, and what is not known."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

import httpx

from gateway.cli.status.scraped_figures import FigureNow, ScrapedFigures
from gateway.terminal.called_gateway import URL_VARIABLE, metrics_url, own_url

_WITHIN_S = 10.0
_HELD = "gateway_held"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayPlace:
    """Where a gateway is asked."""

    url: str
    figures_url: str
    key: str | None = None
    """For the figures, where they are not had without."""

    @classmethod
    def of(cls, named_url: str, key: str | None) -> "GatewayPlace":
        """Return that of a gateway that is named, or of the configured one, whose figures may have an address of their own."""
        is_here = URL_VARIABLE not in os.environ and named_url == own_url(os.environ)
        own = metrics_url(os.environ) if is_here else None
        return cls(url=named_url, figures_url=own or f"{named_url.rstrip('/')}/metrics", key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayStatus:
    """What was found at one moment."""

    at: datetime
    place: GatewayPlace
    parts: Mapping[str, bool] | None
    """The readiness of the process that answered; None: none did."""
    figures: ScrapedFigures | None
    why_not: str | None
    """Why there are no figures."""

    @property
    def is_known(self) -> bool:
        """Whether everything could be found out."""
        return self.parts is not None and self.figures is not None and self.figures.database_answers

    @property
    def is_ready(self) -> bool:
        """Whether everything is known and each process is ready."""
        return (
            self.is_known
            and all((self.parts or {}).values())
            and all(one["not_ready"] == [] for one in self.processes or ())
        )

    @property
    def tables_wait(self) -> bool:
        """Whether the tables of the configuration do not count until a person approves them."""
        return self.figures is not None and any(one.number for one in self.figures.each("gateway_tables_waiting"))

    @property
    def processes(self) -> Sequence[Mapping[str, Any]] | None:
        """The serving processes of this gateway; None: they are not known."""
        return None if self.figures is None else _processes(self.figures)

    def body(self) -> Mapping[str, Any]:
        """Return all of it; null is what is not known."""
        figures = self.figures
        stands = figures if figures is not None and figures.database_answers else None
        return {
            "at": self.at,
            "url": self.place.url,
            "figures_from": self.place.figures_url,
            "figures_unknown": self.why_not,
            "ready": None if self.parts is None else all(self.parts.values()),
            "not_ready": None if self.parts is None else _wrong(self.parts),
            "version": None if figures is None else _version(figures),
            "processes": self.processes,
            "database_answers": None if figures is None else figures.database_answers,
            "certificates": None if figures is None else _certificates(figures),
            **_installation(stands),
            "authorities": None if figures is None else _authorities(figures, stands),
        }


def read_status(place: GatewayPlace) -> GatewayStatus:
    """Ask a gateway how it stands."""
    figures, why_not = None, None
    with httpx.Client(timeout=_WITHIN_S, trust_env=False) as client:
        parts = _parts(client, place)
        try:
            answer = _answer(client, place.figures_url, _credentials(place))
            if answer.status_code == httpx.codes.OK:
                figures = ScrapedFigures(answer.text)
            else:
                why_not = _refusal(answer.status_code)
        except httpx.HTTPError as error:
            why_not = f"no answer ({type(error).__name__})"
        except httpx.InvalidURL:
            why_not = "the address is none"
        except ValueError:
            why_not = "what answers there tells no figures"
    return GatewayStatus(at=datetime.now(UTC), place=place, parts=parts, figures=figures, why_not=why_not)


def _answer(client: httpx.Client, url: str, headers: Mapping[str, str] = MappingProxyType({})) -> httpx.Response:
    """Ask once more where nothing comes: one process that stands still has a share of the connections, and another one may answer."""
    try:
        return client.get(url, headers=headers)
    except httpx.TimeoutException:
        return client.get(url, headers=headers)


def _refusal(status: int) -> str:
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return f"refused ({status}): it takes a key with the right `metrics`, by GATEWAY_API_KEY or --api-key; with metrics_port none"
    return f"answered with {status}"


def _credentials(place: GatewayPlace) -> dict[str, str]:
    # At an address of their own nobody asks for a key, and it is sent to nobody who does not.
    shared = urlsplit(place.figures_url).netloc == urlsplit(place.url).netloc
    return {"x-api-key": place.key} if place.key is not None and shared else {}


def _parts(client: httpx.Client, place: GatewayPlace) -> Mapping[str, bool] | None:
    """Return the parts of the readiness of whichever process answers."""
    try:
        body = _answer(client, f"{place.url.rstrip('/')}/readyz").json()
        return {name: part is True for name, part in body.items() if name != "ready"} if "ready" in body else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, AttributeError, TypeError):
        return None


def _wrong(parts: Mapping[str, bool]) -> list[str]:
    return sorted(name for name, is_so in parts.items() if not is_so)


def _version(figures: ScrapedFigures) -> str | None:
    return next((one.labels["version"] for one in figures.each("gateway_build_info")), None)


def _processes(figures: ScrapedFigures) -> Sequence[Mapping[str, Any]]:
    ready: dict[str, dict[str, bool]] = {}
    for one in figures.each("gateway_process_ready"):
        ready.setdefault(one.labels["pid"], {})[one.labels["part"]] = one.number == 1
    return [
        {
            "pid": int(pid),
            # An older gateway tells nothing of it: that is not known.
            "not_ready": _wrong(ready[pid]) if pid in ready else None,
            "cpu_seconds": figures.number("gateway_process_cpu_seconds_total", {"pid": pid}),
            "resident_bytes": one.number,
            "open_files": figures.number("gateway_process_open_files", {"pid": pid}),
            "clock_ahead_of_database_s": figures.number("gateway_clock_ahead_of_database_seconds", {"pid": pid}),
        }
        for one in figures.each("gateway_process_resident_bytes")
        for pid in (one.labels["pid"],)
    ]


def _certificates(figures: ScrapedFigures) -> Sequence[Mapping[str, Any]]:
    return [
        {
            **one.labels,
            "usable": one.number == 1,
            "ends_s": figures.number("gateway_certificate_ends_seconds", one.labels),
        }
        for one in figures.each("gateway_certificate_usable")
    ]


_ONE = {
    "held": "gateway_held_declarations",
    "unlisted": "gateway_unlisted_declarations",
    "given_up": "gateway_given_up",
    "backlog": "gateway_backlog_waiting",
    "assessments_due": "gateway_looks_due",
    "approvals": "gateway_approvals_waiting",
    "checkpoints": "gateway_checkpoint",
}
"""Members of the status with the figure that each shows."""
_EACH = {
    "held_by_finding": _HELD,
    "held_by_authority": "gateway_held_authority",
    "movements_open": "gateway_movements_open",
    "tables_waiting": "gateway_tables_waiting",
    "tables_rejected": "gateway_tables_rejected",
    "applications": "gateway_applications_waiting",
    "jobs": "gateway_jobs",
    "versions": "gateway_processes",
}
"""The same of those that have labels."""


def _installation(figures: ScrapedFigures | None) -> Mapping[str, Any]:
    """Return what stands in the database; null where it did not answer."""
    if figures is None:
        return dict.fromkeys((*_ONE, *_EACH))
    return {
        **{member: _told(figures.one(name)) for member, name in _ONE.items()},
        **{member: [_told(one) for one in figures.each(name)] for member, name in _EACH.items()},
    }


def _told(one: FigureNow) -> Mapping[str, Any]:
    number = None if one.number is None else int(one.number)
    return {**one.labels, "number": number, "oldest_s": one.oldest_s}


def _authorities(figures: ScrapedFigures, stands: ScrapedFigures | None) -> Sequence[Mapping[str, Any]]:
    """Return each authority of which a figure tells anything."""
    held = figures.each("gateway_held_authority")
    names = {one.labels["authority"] for one in held}
    of_adapters = (
        "gateway_authority_calls_total",
        "gateway_breakers_open",
        "gateway_adapter_off",
        "gateway_contingency_windows",
        "gateway_movements_open",
        "gateway_clock_ahead_of_authority_seconds",
    )
    names |= {one.labels["adapter"] for name in of_adapters for one in figures.each(name)}
    found = []
    for name in sorted(names):
        of = {"adapter": name}
        off = next((one for one in figures.each("gateway_adapter_off") if one.labels["adapter"] == name), None)
        found.append(
            {
                "adapter": name,
                "breakers_open": None if stands is None else int(stands.number("gateway_breakers_open", of) or 0),
                "off": off.labels["state"] if off is not None else None,
                "off_known": stands is not None,
                "off_s": off.oldest_s if off is not None else None,
                "windows": None if stands is None else int(stands.number("gateway_contingency_windows", of) or 0),
                "calls": _calls(figures, name),
                "clock_ahead_s": figures.number("gateway_clock_ahead_of_authority_seconds", of),
            }
        )
    return found


def _calls(figures: ScrapedFigures, adapter: str) -> Mapping[str, int]:
    """Return how the calls went since the gateway was started, by outcome."""
    return {
        one.labels["outcome"]: int(one.number or 0)
        for one in figures.each("gateway_authority_calls_total")
        if one.labels["adapter"] == adapter
    }
