"""The front door: `uvicorn app:app` or `streamlit run app.py`, from this folder."""

from pathlib import Path

import streamlit as st

from gate.web import MIDDLEWARE, ROUTES, warmed_up

app = st.App(
    # One room further in, because beside a folder `pages/` a cold server runs any page by its URL.
    Path(__file__).parent / "gate" / "script.py",
    routes=ROUTES,
    middleware=MIDDLEWARE,
    lifespan=warmed_up,
)
