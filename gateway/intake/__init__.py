"""Reading of messages: bytes become declarations, by formats that are configuration."""

from gateway.intake.doubts import DoubtfulMrn
from gateway.intake.formats import DescribedFormat, Formats
from gateway.intake.limits import IntakeLimits
from gateway.intake.message import Accepted

__all__ = ["Accepted", "DescribedFormat", "DoubtfulMrn", "Formats", "IntakeLimits"]
