"""The reader of one answer, however its bytes are cut: where it ends is known exactly, and what follows is none of it.

The grammar of the head is httptools' (llhttp, strict); the boundaries are counted here, since a parser that goes on behind the
end of a message does not tell that it did.
"""

import re
from collections.abc import Callable

import httptools

from gateway.contract import UnexpectedAnswer
from gateway.dispatch.http.call import MAX_ERROR_BODY, WITHOUT_BODY, HttpAnswer, HttpCall

MAX_HEADERS = 128
MAX_INTERIM = 16
"""Interim answers (1xx) before the final one."""
MAX_CHUNK_LINE = 1024
"""Bytes of the line that states a chunk's size, with its extensions."""
MAX_TRAILER = 8 * 1024
_BEGINNING = b"HTTP/1."
_CHUNK_LINE = re.compile(rb"([0-9A-Fa-f]{1,16})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?")
_TRAILER_LINE = re.compile(rb"[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*")


class _Head:
    """The head of an answer, as httptools reads it."""

    def __init__(self, raw: bytes) -> None:
        self.headers: dict[str, str] = {}
        self.many = 0
        self.status = 0
        self.keep_alive = False
        self._parser = httptools.HttpResponseParser(self)
        try:
            self._parser.feed_data(raw)
            del self._parser  # which refers to this
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            raise UnexpectedAnswer(f"the answer is no HTTP: {type(error).__name__}") from error
        if self.status == 0:
            raise UnexpectedAnswer("the answer is no HTTP: its head does not end where it seems to")
        if self.many > MAX_HEADERS:
            raise UnexpectedAnswer(f"the answer has more than {MAX_HEADERS} headers")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take one header; cookies are nobody's."""
        self.many += 1
        key, text = name.decode("ascii").lower(), value.decode("utf-8", "surrogateescape")
        if key != "set-cookie":
            self.headers[key] = f"{self.headers[key]}, {text}" if key in self.headers else text

    def on_headers_complete(self) -> None:
        """Take what holds for the whole answer, before the parser goes on to the body."""
        self.status = self._parser.get_status_code()
        self.keep_alive = self._parser.should_keep_alive()


class AnswerReader:
    """The reader of the answer to one request.

    `status` stands once the head of the final answer has come, `complete` once its last byte has; `is_read` tells whether its
    status is one that is read whole.
    """

    def __init__(self, call: HttpCall) -> None:
        self._call = call
        self._buffer = bytearray()
        self._next: Callable[[AnswerReader], bool] = AnswerReader._read_head
        # A function of the class: a bound one would refer back to this, and only a search for cycles would free both.
        self._interim = 0
        self._head: _Head | None = None
        self._parts: list[bytes] = []
        self._size = 0
        self._left = 0
        self._trailer = 0
        self.status: int | None = None
        self.is_read = False
        self.complete = False

    @property
    def keeps_alive(self) -> bool:
        """Whether the connection can take another request: all of this answer has come, and nothing else."""
        return self.complete and not self._buffer and self._head is not None and self._head.keep_alive

    def feed(self, data: bytes) -> None:
        """Take what has come.

        Raises:
            UnexpectedAnswer: it is no HTTP, or is beyond its limits.
        """
        self._buffer += data
        while not self.complete and self._buffer and self._next(self):
            pass

    def answer(self) -> HttpAnswer:
        """Return what has come: all of an answer that is read, of another one as much as evidence keeps."""
        assert self._head is not None
        body = self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)
        body = body if self.is_read else body[:MAX_ERROR_BODY]
        return HttpAnswer(status=self._head.status, headers=self._head.headers, body=body)

    def _read_head(self) -> bool:
        buffer = self._buffer
        if buffer[: len(_BEGINNING)] != _BEGINNING[: len(buffer)]:
            raise UnexpectedAnswer("the answer is no HTTP: it does not begin so")
        end = buffer.find(b"\r\n\r\n") + 4
        if (end if end > 3 else len(buffer)) > self._call.max_head:
            raise UnexpectedAnswer(f"the head of the answer is larger than {self._call.max_head} bytes")
        if end == 3:
            return False
        head = _Head(bytes(buffer[:end]))
        del buffer[:end]
        if head.status < 200:
            self._interim += 1
            if self._interim > MAX_INTERIM:
                raise UnexpectedAnswer(f"more than {MAX_INTERIM} interim answers came before the answer")
            return True
        self._head, self.status, self.is_read = head, head.status, head.status in self._call.expect
        self._frame(head)
        return True

    def _frame(self, head: _Head) -> None:
        """Decide where the body ends (RFC 9112, 6.3)."""
        if self.is_read and head.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise UnexpectedAnswer("the answer is encoded although only identity was accepted")
        if not self._call.has_answer_body or head.status in WITHOUT_BODY:
            self.complete = True
        elif (coding := head.headers.get("transfer-encoding")) is not None:
            self._next = AnswerReader._read_chunk_line
            if coding.strip().lower() != "chunked":
                if self.is_read:
                    raise UnexpectedAnswer("the answer's transfer coding is not chunked alone")
                self._next = AnswerReader._read_to_the_end
        elif (length := head.headers.get("content-length")) is not None:
            self._left = int(length)
            self._next = AnswerReader._read_stated
            self._bound(self._left)
            self.complete = self._left == 0
        elif self.is_read:
            # Such a body ends with the connection: half of it looks like all of it.
            raise UnexpectedAnswer("the answer does not state its length")
        else:
            self._next = AnswerReader._read_to_the_end

    def _read_stated(self) -> bool:
        self._left -= self._take(self._left)
        self.complete = self._left == 0
        return True

    def _read_to_the_end(self) -> bool:
        self._take(len(self._buffer))
        return True

    def _read_chunk_line(self) -> bool:
        line = self._line(MAX_CHUNK_LINE)
        if line is None:
            return False
        if (found := _CHUNK_LINE.fullmatch(line)) is None:
            raise UnexpectedAnswer("the answer is no HTTP: a chunk does not state its size")
        self._left = int(found[1], 16)
        self._bound(self._left)
        self._next = AnswerReader._read_chunk if self._left else AnswerReader._read_trailer
        return True

    def _read_chunk(self) -> bool:
        self._left -= self._take(self._left)
        if self._left == 0:
            self._next = AnswerReader._read_chunk_end
        return True

    def _read_chunk_end(self) -> bool:
        line = self._line(0)
        if line is None:
            return False
        self._next = AnswerReader._read_chunk_line
        return True

    def _read_trailer(self) -> bool:
        line = self._line(MAX_TRAILER - self._trailer)
        if line is None:
            return False
        self._trailer += len(line)
        if line and _TRAILER_LINE.fullmatch(line) is None:
            raise UnexpectedAnswer("the answer is no HTTP: its trailer holds something else than headers")
        self.complete = not line
        return True

    def _line(self, most: int) -> bytes | None:
        """Take a line of at most so many bytes from what has come; None: its end has not."""
        end = self._buffer.find(b"\r\n")
        if (end if end >= 0 else len(self._buffer) - 1) > most:
            raise UnexpectedAnswer("the answer is no HTTP: a line of it is longer than it may be")
        if end < 0:
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take(self, most: int) -> int:
        """Take so much of the body from what has come, and return how much it was."""
        if len(self._buffer) <= most:
            # As nearly all of a large body is: copied once, and nothing behind it is moved.
            part = bytes(self._buffer)
            self._buffer.clear()
        else:
            part = bytes(self._buffer[:most])
            del self._buffer[:most]
        self._bound(len(part))
        self._parts.append(part)
        self._size += len(part)
        return len(part)

    def _bound(self, more: int) -> None:
        if self.is_read and self._size + more > self._call.max_bytes:
            raise UnexpectedAnswer(f"the answer is larger than {self._call.max_bytes} bytes")
        if not self.is_read and self._size > MAX_ERROR_BODY:
            raise UnexpectedAnswer("there is more of the answer than evidence keeps")
