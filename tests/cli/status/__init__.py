"""Tests of how a gateway's status is read and shown."""
