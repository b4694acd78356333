"""Rows that are right, for tests that spoil one thing of them."""

ROUTE = """[[document]]
types = ["U001"]
authority = "test"
directions = ["import"]
legal_basis = "test"
source = "test"
"""

REQUIREMENT = """[[requirement]]
measure = "test"
commodities = ["01", "02"]
directions = ["import"]
legal_basis = "test"
source = "test"
valid_from = 2020-01-01
"""
