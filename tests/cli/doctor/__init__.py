"""Tests of the checks by which an installation is examined."""
