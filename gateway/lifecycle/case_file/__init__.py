"""The file that a declaration is exported to, with the program that verifies it."""

from gateway.lifecycle.case_file.archive import CaseFile, export, verifier, write

__all__ = ["CaseFile", "export", "verifier", "write"]
