"""The wing of reports to the Commission, in one replica."""

from gateway.wing import Wing


class ReportingWing(Wing):
    """A command shows the records of a declaration; nothing is served."""
