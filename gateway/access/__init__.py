"""Access: who is calling, by which credential, and what they may do and see."""

from gateway.access.budget import Budget
from gateway.access.callers import ANYBODY, Caller, Proof
from gateway.access.calls import WHO_MAY, Call
from gateway.access.certificates import CertificateReader
from gateway.access.credentials import Authenticator, NothingShown
from gateway.access.every_reader import readers_of
from gateway.access.issuers import Issuers
from gateway.access.keys import KeyReader, is_token
from gateway.access.offices import OFFICE_REACH, OfficeReach
from gateway.access.readers import CallHead, CredentialReader
from gateway.access.sessions import OpenSession, SessionReader
from gateway.access.sign_in import SignIn
from gateway.lifecycle.api_keys import key_hash, new_key

__all__ = [
    "ANYBODY",
    "OFFICE_REACH",
    "WHO_MAY",
    "Authenticator",
    "Budget",
    "Call",
    "CallHead",
    "Caller",
    "CertificateReader",
    "CredentialReader",
    "Issuers",
    "KeyReader",
    "NothingShown",
    "OfficeReach",
    "OpenSession",
    "Proof",
    "SessionReader",
    "SignIn",
    "is_token",
    "key_hash",
    "new_key",
    "readers_of",
]
