"""What a mapping file may say, section by section, and what holds where it says nothing."""

from typing import Literal

from pydantic import BaseModel, Field

LocationOrder = Literal["lat, lon", "lon, lat"]
Creatable = Literal["unit", "area", "category", "channel", "case", "contractor"]


class Source(BaseModel, extra="forbid"):
    format: Literal["auto", "csv", "xlsx", "json", "geojson"] = "auto"
    encoding: str = "auto"
    delimiter: str = Field(default="auto", pattern="^(auto|.)$")
    sheet: str = ""
    time_zone: str = ""
    location_order: LocationOrder = "lat, lon"
    datum: Literal["CGCS2000", "WGS-84", "GCJ-02", "BD-09"] | None = None


class Times(BaseModel, extra="forbid"):
    formats: list[str] = []


class Privacy(BaseModel, extra="forbid"):
    drop: list[str] = []


class Rules(BaseModel, extra="forbid"):
    create_missing: list[Creatable] = ["unit", "area", "category", "channel"]
    closed_dated_but_open: Literal["quarantine", "closed"] = "quarantine"
    closed_without_date: Literal["quarantine", "open"] = "quarantine"
    negative_duration: Literal["quarantine"] = "quarantine"
    missing_values: list[str] = ["?", "N/A", "Unspecified"]  # and the empty text, always


class Document(BaseModel, extra="forbid"):
    source: Source = Source()
    columns: dict[str, str | list[str]] = {}
    constants: dict[str, str] = {}
    times: Times = Times()
    values: dict[str, dict[str, list[str]]] = {}
    privacy: Privacy = Privacy()
    rules: Rules = Rules()
