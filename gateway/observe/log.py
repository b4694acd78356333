"""Log lines as JSON: ids, codes and counts, never what was sent or received; secrets are taken out of all that is printed."""

import io
import json
import logging
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, TextIO, cast

import structlog

from gateway.domain.searched_secret import LEAST

declaration_id: ContextVar[str | None] = ContextVar("declaration_id", default=None)
"""The id of the declaration that is being worked on; None where none is, or none that is stored."""
correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
"""The id of the call that is being answered; the caller's own `X-Correlation-ID` if it sent one."""

_hidden: set[str] = set()


def hide(secrets: Iterable[str]) -> None:
    """Have none of these printed from now on, whoever logs or prints them."""
    for secret in secrets:
        if len(secret) >= LEAST:
            _hidden.update({secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]})


class SecretFilter(io.TextIOBase):
    """A stream in which secrets are replaced; what is written past Python, to the descriptor itself, is not seen here."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, whole: a secret that is written in pieces is not found."""
        for secret in _hidden:
            if secret in text:
                text = text.replace(secret, "[redacted]")
        return self._stream.write(text)

    def flush(self) -> None:
        """Write what is left."""
        self._stream.flush()

    def fileno(self) -> int:
        """Return the descriptor behind it."""
        return self._stream.fileno()

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream.isatty()

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the texts."""
        return self._stream.encoding


def hide_secrets_in_output() -> None:
    """Have secrets replaced in all that this process prints and logs."""
    if not isinstance(sys.stdout, SecretFilter):
        sys.stdout, sys.stderr = cast(TextIO, SecretFilter(sys.stdout)), cast(TextIO, SecretFilter(sys.stderr))


def configure_logging(level: str = "info") -> None:
    """Make every log line of this process, the libraries' too, one JSON object on standard error."""
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _with_correlation,
        _without_exception_text,
    ]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, structlog.processors.JSONRenderer()],
    )
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for talkative in ("uvicorn.access", "httpx", "httpcore", "procrastinate"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _with_correlation(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    if (current := correlation_id.get()) is not None:
        event.setdefault("correlation_id", current)
    return event


def _without_exception_text(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Keep only an exception's type and where it was raised: its text may quote what was sent."""
    info = event.pop("exc_info", None)
    record = event.get("_record")
    if info in (None, False) and record is not None and record.exc_info:
        info, record.exc_info, record.exc_text = record.exc_info, None, None
    if info is True:
        info = sys.exc_info()
    error = info if isinstance(info, BaseException) else info[1] if isinstance(info, tuple) else None
    if error is not None:
        event["error"] = type(error).__name__
        event["raised_at"] = raised_at(error)
    return event


def raised_at(error: BaseException) -> str:
    """Return the module and line where an exception was raised, without its text."""
    trace = error.__traceback__
    if trace is None:
        return "unknown"
    while trace.tb_next is not None:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_globals.get('__name__', '?')}:{trace.tb_lineno}"
