"""The four ways in which an authority can fail to answer. None of them is an answer."""


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
