"""The file that a declaration is exported to, with what verifies it."""

from gateway.lifecycle.case_file.exporting import export
from gateway.lifecycle.case_file.writing import CaseFile, verifier, write

__all__ = ["CaseFile", "export", "verifier", "write"]
