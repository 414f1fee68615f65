"""Settings of the store, and the base of every settings model."""

from pydantic import BaseModel, ConfigDict


class SettingsModel(BaseModel):
    """A part of config.yaml: unknown keys are errors, values do not change after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class StoreSettings(SettingsModel):
    """Where calls and tickets are kept."""

    url: str | None = None
    """SQLAlchemy URL; None is a SQLite file in VAR."""
