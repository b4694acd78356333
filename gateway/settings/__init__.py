"""The settings of an installation: `config/*.toml` and the environment, read once into frozen values."""

from gateway.domain.permission import Role
from gateway.settings.adapters import AdapterConfig
from gateway.settings.addresses import is_loopback
from gateway.settings.callers import ApiKey, CallerScope, ClientCertificate, distinguished
from gateway.settings.folders import default_folder, folder_in_force
from gateway.settings.issuers import Algorithm, ClaimPaths, Issuer, SessionSettings
from gateway.settings.model import (
    SIMULATED,
    FormatSettings,
    LimitSettings,
    NotifyRefusal,
    Security,
    SecurityMode,
    Settings,
    exposure,
    without_effect,
)
from gateway.settings.reader import load, sound_part
from gateway.settings.when_they_count import Counts, waiting_for_a_restart, when_they_count

__all__ = [
    "SIMULATED",
    "AdapterConfig",
    "Algorithm",
    "ApiKey",
    "CallerScope",
    "ClaimPaths",
    "ClientCertificate",
    "Counts",
    "FormatSettings",
    "Issuer",
    "LimitSettings",
    "NotifyRefusal",
    "Role",
    "Security",
    "SecurityMode",
    "SessionSettings",
    "Settings",
    "default_folder",
    "distinguished",
    "exposure",
    "folder_in_force",
    "is_loopback",
    "load",
    "sound_part",
    "waiting_for_a_restart",
    "when_they_count",
    "without_effect",
]
