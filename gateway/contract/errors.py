"""The four ways in which an authority can fail to answer, and the faults that the gateway finds in an answer itself.

None of them is an answer. An adapter raises the four; the others are the gateway's to find, and each of them is also
one of the four.
"""


class AdapterError(Exception):
    """The authority's answer is not determined.

    The message is for operators and evidence; it never reaches a trader. Whatever else an adapter raises is taken
    for `UnexpectedAnswer`.
    """

    code = "SW-ADP-00"


class Unavailable(AdapterError):
    """The authority could not be reached, or did not answer in time: ask again."""

    code = "SW-ADP-01"


class AccessRefused(AdapterError):
    """The authority does not accept our credentials: a person has to act."""

    code = "SW-ADP-02"


class RequestRejected(AdapterError):
    """The authority does not accept the request: asking again is no use."""

    code = "SW-ADP-03"


class UnexpectedAnswer(AdapterError):
    """The authority answered something that its adapter does not recognise."""

    code = "SW-ADP-04"


class OtherDocument(UnexpectedAnswer):
    """The answer is about another document than was asked about."""

    code = "SW-ADP-05"


class Unasked(UnexpectedAnswer):
    """The adapter answered without having asked its authority."""

    code = "SW-ADP-06"


class UnreadableValue(UnexpectedAnswer):
    """The answer holds a value that the contract does not know, or quantities that cannot be."""

    code = "SW-ADP-07"


class ChangingRequest(RequestRejected):
    """The adapter wanted to send a request that changes something, although it only reads; it was not sent."""

    code = "SW-ADP-08"


class OtherOrder(UnexpectedAnswer):
    """The receipt says otherwise than was ordered."""

    code = "SW-ADP-09"


class Overrun(UnexpectedAnswer):
    """The adapter's code took longer than it may, ended its process or wanted too much memory."""

    code = "SW-ADP-10"


FOUND: tuple[type[AdapterError], ...] = (OtherDocument, Unasked, UnreadableValue, ChangingRequest, OtherOrder, Overrun)
"""The faults that the gateway finds itself."""
