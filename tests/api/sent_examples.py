"""The examples of the API's description, sent as a reader of it would."""

from datetime import UTC, datetime

import httpx

from gateway.api.operations import Operations, example_folders
from tests.api.lodging import WAIT, XML
from tests.builders.door import Door


def example(operation: str, name: str) -> tuple[bytes, dict[str, str]]:
    """The body of an example as it is sent, and its media type."""
    (file,) = (file for folder in example_folders() for file in folder.glob(f"{operation}.{name}.*"))
    return file.read_bytes(), XML if file.suffix == ".xml" else {"Content-Type": "application/json"}


class Sent:
    """What a reader of the description sends, and how it is taken."""

    def __init__(self, door: Door) -> None:
        self._door = door
        self.operations: set[str] = set()

    def __call__(
        self,
        caller: str,
        operation: str,
        shown: str,
        status: int,
        *,
        reference: str | None = None,
        receiver: str = "",
        **values: object,
    ) -> httpx.Response:
        (call,) = (one.call for one in Operations.read().by_call.values() if one.id == operation)
        method, path = call.split()
        body, headers = example(operation, shown)
        body = body.replace(b"2026-03-02T09:12:00Z", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}".encode())
        body = body.replace(b"https://broker.example/in", receiver.encode())
        answer = self._door[caller].request(
            method,
            path.format(**values),
            content=body,
            headers={**headers, **WAIT},
            params={"reference": reference} if reference is not None else None,
        )
        assert answer.status_code == status, f"{operation}.{shown}: {answer.status_code} {answer.text}"
        self.operations.add(f"{operation}.{shown}")
        return answer
