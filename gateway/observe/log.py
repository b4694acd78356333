"""Log lines as JSON: ids, codes and counts, never what was sent or received; secrets are taken out of all that is printed."""

import io
import json
import logging
import sys
from collections.abc import Callable, Hashable, Iterable, Mapping, MutableMapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TextIO, cast

import msgspec
import structlog

from gateway.domain.searched_secret import LEAST
from gateway.observe.line_writer import LineWriter
from gateway.observe.repeats import RepeatedFaults
from gateway.observe.timestamps import timestamp

declaration_id: ContextVar[str | None] = ContextVar("declaration_id", default=None)
"""The id of the declaration that is being worked on; None where none is, or none that is stored."""
correlation_id: ContextVar[str | None] = ContextVar("correlation_id", default=None)
"""The id of the call that is being answered; the caller's own `X-Correlation-ID` if it sent one. That of work which no call began is the
declaration's."""

_EACH = frozenset({"key_not_known"})
"""Warnings and errors of which every line is written: how many there may be is bounded where they come from."""
_DIFFERS = frozenset(
    {
        "timestamp", "level", "correlation_id", "declaration", "message_id", "why", "held", "doubts", "late", "size", "number",
        "events", "attempts", "changes", "declarations",
    }
)  # fmt: skip
"""The members that differ from line to line about one fault."""

_hidden: set[str] = set()


def hide(secrets: Iterable[str]) -> None:
    """Have none of these printed from now on, in any log line."""
    for secret in secrets:
        if len(secret) >= LEAST:
            _hidden.update({secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]})


def redacted(text: str) -> str:
    """Return a text without secrets."""
    for secret in _hidden:
        if secret in text:
            text = text.replace(secret, "[redacted]")
    return text


def _redacted_bytes(text: bytes) -> bytes:
    return redacted(text.decode()).encode() if _hidden else text


class SecretFilter(io.TextIOBase):
    """A stream in which secrets are replaced; what is written past Python, to the descriptor itself, is not seen here."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text, whole: a secret that is written in pieces is not found."""
        return self._stream.write(redacted(text))

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


def configure_logging(level: str = "info", *, beside: bool = False) -> None:
    """Make every log line of this process, the libraries' too, one JSON object on standard error.

    `beside`: a thread writes them, and faults that repeat are summed up: whoever serves waits for no reader.
    """
    global _output
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _with_moment,
        _with_ids,
        _without_exception_text,
    ]
    faults = RepeatedFaults() if beside else None
    last: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, _rendered]
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared, processors=last if faults is None else [_Summed(faults), *last]
    )
    handler: logging.Handler = logging.StreamHandler()
    put = _put_directly
    if faults is not None:
        writer = LineWriter(sys.stderr.fileno(), due=_due_of(faults), lost=_about_lost, redacted=_redacted_bytes)
        handler, put = _WrittenBeside(writer, faults), writer.write
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    _output = _Output(put=put, faults=faults, news=root.isEnabledFor(logging.INFO))
    for talkative in ("uvicorn.access", "httpx", "httpcore", "procrastinate"):
        logging.getLogger(talkative).setLevel(logging.WARNING)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _put_directly(line: bytes) -> None:
    sys.stderr.write(line.decode() + "\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Output:
    """The place of the lines that are written past the logging of the rest."""

    put: Callable[[bytes], None]
    faults: RepeatedFaults | None
    news: bool
    """Whether lines about what goes well are wanted."""


_output: _Output | None = None
"""None: nobody has said yet where lines go."""
_encode = msgspec.json.Encoder(enc_hook=str).encode


def line(event: str, /, **fields: object) -> None:
    """Write the line about a call, a decision, an order: what is written for each of them goes past the logging of the rest.

    What is None is left out.
    """
    if _output is None or not _output.news:
        return
    if None in fields.values():
        fields = {name: value for name, value in fields.items() if value is not None}
    told: dict[str, object] = {"event": event, "level": "info", "logger": "gateway", "timestamp": timestamp(), **fields}
    if (correlation := correlation_id.get()) is not None:
        told.setdefault("correlation_id", correlation)
    if (declaration := declaration_id.get()) is not None:
        told.setdefault("declaration", declaration)
    _output.put(_rendered_bytes(told))


def flood_line(event: str, /, **fields: str | int) -> None:
    """Write the line about a fault that may come thousands of times a second: the first one; it costs little to sum the others up."""
    if _output is None:
        return
    told = {"event": event, "level": "warning", "logger": "gateway", **fields}
    if _output.faults is None or not _output.faults.again((event, *fields.values()), told):
        _output.put(_rendered_bytes({**told, "timestamp": timestamp()}))


class _WrittenBeside(logging.Handler):
    """The handler whose lines a thread writes."""

    def __init__(self, writer: LineWriter, faults: RepeatedFaults) -> None:
        super().__init__()
        self._writer = writer
        self._faults = faults

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record)
        except structlog.DropEvent:
            return
        except Exception:
            self.handleError(record)
            return
        self._writer.write(text.encode(errors="replace"), at_once=record.levelno >= logging.WARNING)

    def flush(self) -> None:
        self._writer.flush()

    def close(self) -> None:
        for one in self._faults.rest():
            self._writer.write(_rendered_bytes({"timestamp": timestamp(), **one}))
        self._writer.flush()
        super().close()


class _Summed:
    """The step at which a fault that repeats is kept back."""

    def __init__(self, faults: RepeatedFaults) -> None:
        self._faults = faults

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        if event.get("level") not in {"warning", "error", "critical"} or event.get("event") in _EACH:
            return event
        record = event.get("_record")
        # A library's text has what differs in it; what it is made of has not.
        what = record.msg if event.get("_from_structlog") is False and record is not None else event.get("event")
        fields = {name: value for name, value in event.items() if name not in _DIFFERS and not name.startswith("_")}
        fields["event"] = event.get("event")
        key: Hashable = (str(what), *(f"{name}={value}" for name, value in sorted(fields.items()) if name != "event"))
        if self._faults.again(key, {**fields, "level": event["level"]}, event.get("declaration")):
            raise structlog.DropEvent
        return event


def _due_of(faults: RepeatedFaults) -> Callable[[], tuple[Sequence[bytes], float | None]]:
    def due() -> tuple[Sequence[bytes], float | None]:
        lines, next_s = faults.due()
        return [_rendered_bytes({"timestamp": timestamp(), **one}) for one in lines], next_s

    return due


def _about_lost(number: int) -> bytes:
    told = {"event": "log_lines_lost", "level": "warning", "logger": "gateway", "timestamp": timestamp()}
    return _rendered_bytes({**told, "number": number})


def _rendered(_logger: Any, _method: str, event: Mapping[str, Any]) -> str:
    return _rendered_bytes(event).decode()


def _rendered_bytes(event: Mapping[str, Any]) -> bytes:
    try:
        return _encode(event)
    except (UnicodeEncodeError, TypeError):
        return json.dumps(dict(event), default=str).encode()


def _with_moment(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    event["timestamp"] = timestamp()
    return event


def _with_ids(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    if (current := correlation_id.get()) is not None:
        event.setdefault("correlation_id", current)
    if (worked_on := declaration_id.get()) is not None:
        event.setdefault("declaration", worked_on)
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
