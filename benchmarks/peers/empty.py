"""The smallest page there is."""

import streamlit  # noqa: F401
