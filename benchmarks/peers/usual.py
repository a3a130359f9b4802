"""The usual way: SQL in every run, an Altair chart and a pydeck layer built in every run."""

import os

import altair as alt
import pandas as pd
import pydeck as pdk
import streamlit as st
from sqlalchemy import create_engine, text

COUNTS = """
    SELECT count(*) opened, sum(state = 'closed') closed,
        sum(state = 'closed' AND closed_at <= due_at) on_time
    FROM cases WHERE opened_at >= :start
"""
BY_UNIT = """
    SELECT unit_id, count(*) opened, sum(state = 'closed') closed
    FROM cases WHERE opened_at >= :start GROUP BY unit_id
"""
BY_DAY = """
    SELECT opened_at / 86400000000 AS day, count(*) opened, sum(closed_at > 0) closed
    FROM cases WHERE opened_at >= :start GROUP BY day ORDER BY day
"""
STAGES = "SELECT state, count(*) n FROM cases WHERE ended_at IS NULL GROUP BY state"
PLACES = "SELECT lon, lat FROM cases WHERE ended_at IS NULL AND lon > 0 LIMIT 2000"


@st.cache_resource
def engine():  # type: ignore[no-untyped-def]
    """One engine for all sessions."""
    return create_engine(os.environ["YIPING_DATABASE_URL"])


def asked(query: str) -> pd.DataFrame:
    """A query of the last thirty days."""
    start = (pd.Timestamp.now("UTC") - pd.Timedelta(days=30)).value // 1000
    with engine().connect() as conn:
        return pd.read_sql(text(query), conn, params={"start": start})


counts = asked(COUNTS).iloc[0]
for column, name in zip(st.columns(3), counts.index, strict=True):
    column.metric(name, int(counts[name]))
st.dataframe(asked(BY_UNIT))
st.altair_chart(alt.Chart(asked(BY_DAY)).mark_bar().encode(x="day:O", y="opened:Q"))
st.altair_chart(alt.Chart(asked(STAGES)).mark_bar().encode(x="state:N", y="n:Q"))
layer = pdk.Layer("ScatterplotLayer", asked(PLACES), get_position=["lon", "lat"], get_radius=50)
st.pydeck_chart(pdk.Deck([layer], map_style=None, map_provider=None))
