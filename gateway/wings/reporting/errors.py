"""Refusals about Surveillance."""

from collections.abc import Sequence

from gateway.domain.errors import CallInvalid, Conflict


class AnsweredOtherwise(Conflict):
    """The file was acknowledged before, with other errors: the first acknowledgement stays."""

    code = "SW-API-661"


class NeverSent(CallInvalid):
    """The acknowledgement names records that the file does not have."""

    code = "SW-API-662"

    def __init__(self, number: int, records: Sequence[tuple[str, int]]) -> None:
        named = ", ".join(f"{mrn} item {item}" for mrn, item in records[:20])
        more = f" and {len(records) - 20} more" if len(records) > 20 else ""
        super().__init__(
            f"File {number} has no record of {named}{more}: nothing was taken. Acknowledge the file in which they were sent."
        )
