"""The settings of traces: where spans are sent, and of how many traces."""

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import Field, field_validator

from gateway.settings_table import SettingsTable

_PATH = "/v1/traces"
"""Where receivers of OTLP over HTTP take traces, unless they are told otherwise."""


class TraceSettings(SettingsTable):
    """Where spans are sent, and of how many traces."""

    endpoint: Annotated[str | None, Field(max_length=500)] = None
    """Where spans are sent by OTLP over HTTP, such as `http://127.0.0.1:4318`; without a path `/v1/traces` is meant. Needs the extra `traces`. None: there are no traces."""
    share: Annotated[float, Field(ge=0, le=1)] = 1.0
    """The share of traces that is recorded, all of a trace or nothing."""

    @field_validator("endpoint")
    @classmethod
    def _is_a_url(cls, url: str | None) -> str | None:
        if url is None:
            return None
        try:
            parts = urlsplit(url)
            port, named = parts.port, parts.username is not None or parts.password is not None
        except ValueError as error:
            raise ValueError("a URL such as http://127.0.0.1:4318 is needed") from error
        if named:
            raise ValueError("a URL without name and password is needed: what is written here is no secret")
        if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0 or parts.query or parts.fragment:
            raise ValueError("a URL such as http://127.0.0.1:4318 is needed, without `?` and `#`")
        return url if parts.path.strip("/") else url.rstrip("/") + _PATH
