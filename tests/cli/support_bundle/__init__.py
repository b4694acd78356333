"""Tests of what goes into a support bundle."""
