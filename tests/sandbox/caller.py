"""An adapter whose code makes the calls of the system that it is pushed, by their numbers."""

import ctypes
import json
import os
from typing import Any

from gateway.contract import Request, RequestRejected, Settings

_LIBC = ctypes.CDLL(None, use_errno=True)


class Caller:
    """Makes one call for each push, and raises what came of it: its result, and the system's error."""

    def __init__(self, settings: Settings) -> None:
        self.user = os.getuid()

    def verify(self, query: Any, occasion: Any) -> Any:
        raise NotImplementedError

    def read_notification(self, request: Request) -> Any:
        number, arguments = json.loads(request.body)
        room = ctypes.create_string_buffer(4_096)
        given = [_argument(one, room) for one in arguments]
        ctypes.set_errno(0)
        result = _LIBC.syscall(ctypes.c_long(number), *given)
        raise RequestRejected(json.dumps([result, ctypes.get_errno(), self.user]))


def _argument(one: Any, room: Any) -> Any:
    if one == "room":
        return room
    return ctypes.c_char_p(one.encode()) if isinstance(one, str) else ctypes.c_long(one)
