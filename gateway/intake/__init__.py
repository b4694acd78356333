"""Bytes to declarations, by formats that are configuration."""

from gateway.intake.formats import Accepted, DescribedFormat, Formats
from gateway.intake.limits import IntakeLimits

__all__ = ["Accepted", "DescribedFormat", "Formats", "IntakeLimits"]
