"""The front door: `uvicorn app:app` or `streamlit run app.py`, from this folder."""

import streamlit as st

from gate.web import MIDDLEWARE, ROUTES, SCRIPT, warmed_up

app = st.App(SCRIPT, routes=ROUTES, middleware=MIDDLEWARE, lifespan=warmed_up)
