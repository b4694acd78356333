"""The settings of an installation: `config/*.toml` and the environment, read once into frozen values."""

from gateway.domain.permission import Role
from gateway.settings.adapters import AdapterConfig
from gateway.settings.model import (
    ApiKey,
    FormatSettings,
    LimitSettings,
    NotifyRefusal,
    Security,
    SecurityMode,
    Settings,
    exposure,
    is_loopback,
)
from gateway.settings.reader import default_folder, folder_in_force, load

__all__ = [
    "AdapterConfig",
    "ApiKey",
    "FormatSettings",
    "LimitSettings",
    "NotifyRefusal",
    "Role",
    "Security",
    "SecurityMode",
    "Settings",
    "default_folder",
    "exposure",
    "folder_in_force",
    "is_loopback",
    "load",
]
