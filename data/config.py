"""The centre's settings: config.toml, overridden by YIPING_… environment variables."""

import re
from datetime import time
from enum import StrEnum
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, Field, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

PROJECT = Path(__file__).resolve().parent.parent


class District(BaseModel, extra="forbid"):
    name: str
    code: str
    centre: str  # name of the centre, the unit that holds what nobody else holds


class Refresh(BaseModel, extra="forbid"):
    tick_seconds: float = Field(gt=0, le=3600)
    clock_step_seconds: float = Field(gt=0, le=3600)


class Stale(BaseModel, extra="forbid"):
    yellow_minutes: float = Field(gt=0)
    red_minutes: float = Field(gt=0)


class Gate(BaseModel, extra="forbid"):
    """How the dashboard is reached. Without an origin only from its own machine."""

    mode: Literal["demo", "production"]
    origins: list[str] = []
    sockets_per_user: int = Field(ge=1)
    sockets_per_address: int = Field(ge=1)

    @field_validator("origins")
    @classmethod
    def _are_exact(cls, origins: list[str]) -> list[str]:
        """An asterisk, a path or a capital letter would never equal what a browser sends."""
        if not all(re.fullmatch(r"https?://[a-z0-9.-]+(:[0-9]+)?", origin) for origin in origins):
            raise ValueError("addresses such as https://yiping.example.gov.cn, without a path")
        return origins

    @property
    def is_under_tls(self) -> bool:
        """Whether every browser comes by https, so that cookies may insist on it."""
        return bool(self.origins) and all(one.startswith("https://") for one in self.origins)


class Lines(BaseModel, extra="forbid"):
    """Percentages: the target, and the line at which each lamp is lit."""

    target: float
    blue: float
    yellow: float
    orange: float
    red: float


class Lamps(BaseModel, extra="forbid"):
    """The rules that light a lamp; nothing else on a screen is coloured."""

    minimum_base: int = Field(ge=1)
    closure_rate_due: Lines
    on_time_rate: Lines
    overdue_share: Lines
    unaccepted_share: Lines
    stage_share: Lines
    source_quality: Lines


class Intake(BaseModel, extra="forbid"):
    quality_days: float = Field(gt=0)
    interval_hours: float = Field(gt=0)
    interval_hours_of: dict[str, float] = {}
    import_megabytes: int = Field(ge=256)
    import_minutes: float = Field(gt=0)


class Weekday(StrEnum):
    """The days of a week, as Python counts them."""

    MONDAY = "monday"
    TUESDAY = "tuesday"
    WEDNESDAY = "wednesday"
    THURSDAY = "thursday"
    FRIDAY = "friday"
    SATURDAY = "saturday"
    SUNDAY = "sunday"


class Audit(BaseModel, extra="forbid"):
    """When journals are sealed, and where the heads of the seals are written too."""

    fold_minutes: float = Field(gt=0)
    heads_file: str = ""

    @property
    def heads_place(self) -> Path | None:
        """The second place; None without one. From this folder, if it is no absolute path."""
        return PROJECT / self.heads_file if self.heads_file else None


class Calendar(BaseModel, extra="forbid"):
    """Working time and weeks: windows as ["09:00-12:00", "14:00-18:00"], half-open, in order."""

    hours: list[str] = Field(min_length=1)
    week_starts: Weekday = Weekday.MONDAY
    extension_cut_off: time = time(17)

    @property
    def windows(self) -> tuple[tuple[time, time], ...]:
        """Opening and closing of each window."""
        ends = [text.split("-") for text in self.hours]
        return tuple((time.fromisoformat(a), time.fromisoformat(b)) for a, b in ends)

    @property
    def first_weekday(self) -> int:
        """The day a week begins on, 0 for Monday."""
        return list(Weekday).index(self.week_starts)

    @field_validator("hours")
    @classmethod
    def _are_in_order(cls, hours: list[str]) -> list[str]:
        ends = [time.fromisoformat(end) for text in hours for end in text.split("-")]
        if len(ends) != 2 * len(hours) or any(a >= b for a, b in pairwise(ends)):
            raise ValueError("windows such as 09:00-12:00, in order, without overlap")
        return hours


class Cases(BaseModel, extra="forbid"):
    """What actions on cases are bound by."""

    extension_quota: int = Field(default=1, ge=0)
    number_prefix: str = Field(default="SB", pattern="^[A-Z]{1,8}$")


class Flow(BaseModel, extra="forbid"):
    """How long a case may stay in a stage, in real hours, and which closures look implausible."""

    reported_limit_hours: float | None = Field(default=None, gt=0)  # None: no limit
    paused_limit_hours: float | None = Field(default=None, gt=0)
    closed_within_minutes: float = Field(default=5, gt=0)
    closed_together: int = Field(default=5, ge=2)


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="YIPING_",
        env_nested_delimiter="__",
        toml_file=PROJECT / "config.toml",
        extra="ignore",  # [theme] belongs to Streamlit
    )

    time_zone: str
    language: str
    database_url: str = f"sqlite:///{PROJECT / 'yiping.db'}"
    district: District
    refresh: Refresh
    stale: Stale
    gate: Gate
    lamps: Lamps
    calendar: Calendar
    intake: Intake
    audit: Audit
    cases: Cases = Cases()
    flow: Flow = Flow()

    @field_validator("time_zone")
    @classmethod
    def _is_known_zone(cls, name: str) -> str:
        ZoneInfo(name)
        return name

    @property
    def zone(self) -> ZoneInfo:
        """The centre's time zone."""
        return ZoneInfo(self.time_zone)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Order of strength: arguments, environment, config.toml."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()  # type: ignore[call-arg]  # the required fields come from config.toml
