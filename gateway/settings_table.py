"""The base of every table of the configuration: frozen, strict, and silent about what stands in it."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator


class SettingsTable(BaseModel):
    """A table of the configuration: it does not change, and has no unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, hide_input_in_errors=True)

    @field_validator("*", mode="before")
    @classmethod
    def _has_content(cls, value: object, info: ValidationInfo) -> object:
        kind = cls.model_fields[info.field_name or ""].annotation
        if isinstance(value, bool) and kind in (int, float):
            raise ValueError("a number is needed, not true or false")
        if value == "" and kind is Path:
            raise ValueError("the name of a file or folder is needed")
        return value
