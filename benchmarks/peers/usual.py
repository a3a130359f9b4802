"""The usual way: a screen's SQL in every run, four Altair charts and a pydeck layer built anew.

It asks the seven things that a screen of this field shows, over an index made for them.
"""

import os
from time import time

import altair as alt
import pandas as pd
import pydeck as pdk
import streamlit as st
from sqlalchemy import create_engine, text

DAY = 86_400_000_000  # microseconds
PLACES = "SELECT lon, lat FROM cases WHERE ended_at IS NULL AND lon > 0 LIMIT 2000"
QUESTIONS = {
    "days by unit": f"""
        SELECT opened_at / {DAY} AS day, unit_id, state, count(*) n
        FROM cases WHERE opened_at >= :quarter GROUP BY day, unit_id, state
    """,
    "days": f"""
        SELECT opened_at / {DAY} AS day, state, count(*) n
        FROM cases WHERE opened_at >= :quarter GROUP BY day, state
    """,
    "closed by area": """
        SELECT area_id, count(*) n, sum(closed_at > 0) closed, sum(closed_at <= due_at) on_time
        FROM cases WHERE opened_at >= :month GROUP BY area_id
    """,
    "open by unit": """
        SELECT unit_id, count(*) n, sum(due_at < :now) overdue
        FROM cases WHERE ended_at IS NULL GROUP BY unit_id
    """,
    "ages": f"""
        SELECT (:now - opened_at) / {DAY} / 7 AS weeks, count(*) n
        FROM cases WHERE ended_at IS NULL GROUP BY weeks
    """,
    "handling": """
        WITH took AS (SELECT closed_at - opened_at AS long FROM cases
            WHERE opened_at >= :month AND closed_at > 0),
        ranked AS (SELECT long, row_number() OVER (ORDER BY long) AS place,
            count(*) OVER () AS n FROM took)
        SELECT max(long) FILTER (WHERE place <= n * 0.5) median,
            max(long) FILTER (WHERE place <= n * 0.9) ninth FROM ranked
    """,
    "states": "SELECT state, count(*) n FROM cases GROUP BY state",
}


@st.cache_resource
def engine():  # type: ignore[no-untyped-def]
    """One engine for all sessions."""
    return create_engine(os.environ["YIPING_DATABASE_URL"])


def asked(query: str) -> pd.DataFrame:
    """A query of the last thirty days, the last ninety, or now."""
    now = int(time() * 1_000_000)
    values = {"now": now, "month": now - 30 * DAY, "quarter": now - 90 * DAY}
    with engine().connect() as conn:
        return pd.read_sql(text(query), conn, params=values)


told = {name: asked(query) for name, query in QUESTIONS.items()}
areas, units = told["closed by area"], told["open by unit"]
numbers = {
    "cases": told["states"]["n"].sum(),
    "open": units["n"].sum(),
    "overdue": units["overdue"].sum(),
    "closed": f"{areas['closed'].sum() / areas['n'].sum():.1%}",
    "on time": f"{areas['on_time'].sum() / areas['n'].sum():.1%}",
    "median": f"{told['handling']['median'][0] / DAY:.1f}",
}
for column, (name, number) in zip(st.columns(6), numbers.items(), strict=True):
    column.metric(name, number)
days, by_unit = told["days"], told["days by unit"].groupby("unit_id", as_index=False)["n"].sum()
st.altair_chart(alt.Chart(days).mark_bar().encode(x="day:O", y="n:Q", color="state:N"))
st.altair_chart(alt.Chart(by_unit).mark_bar().encode(x="unit_id:O", y="n:Q"))
st.altair_chart(alt.Chart(told["ages"]).mark_bar().encode(x="weeks:O", y="n:Q"))
st.altair_chart(alt.Chart(told["states"]).mark_bar().encode(x="state:N", y="n:Q"))
layer = pdk.Layer("ScatterplotLayer", asked(PLACES), get_position=["lon", "lat"], get_radius=50)
st.pydeck_chart(pdk.Deck([layer], map_style=None, map_provider=None))
