"""The settings of reports to the Commission: who issues them."""

from typing import Annotated

from pydantic import Field

from gateway.settings_table import SettingsTable


class ReportingSettings(SettingsTable):
    """Whether Surveillance is reported, and by whom."""

    issuer: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    """The country code of the administration that issues the records of Surveillance, as `FR`: what is released from then on is reported. None: nothing is."""
