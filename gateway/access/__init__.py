"""Access: who is calling, by which key, and what they may do and see."""

from gateway.access.actions import actions
from gateway.access.budget import Budget
from gateway.access.callers import ANYBODY, Caller
from gateway.access.calls import WHO_MAY, Call
from gateway.access.credentials import Authenticator, key_hash, new_key

__all__ = ["ANYBODY", "WHO_MAY", "Authenticator", "Budget", "Call", "Caller", "actions", "key_hash", "new_key"]
