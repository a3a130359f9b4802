"""Going to another screen from this one."""

import streamlit as st


def go(url_path: str, **query: str | list[str]) -> None:
    """Show the screen at a path, with its question: go("case", no="YC-1"). Ends this run."""
    st.switch_page(st.Page(_elsewhere, url_path=url_path), query_params=query)


def _elsewhere() -> None:
    """Stands for the screen: Streamlit finds pages by their path alone."""
