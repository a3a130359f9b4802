"""Streamlit's own English words, put into the catalogue's language in the browser."""

import streamlit as st

from components.mount import register
from data.words import word

_WORDS = register("streamlit_words")

# English as Streamlit writes it = key of the catalogue under `streamlit.`
EXACT = {
    "Add an option": "add_option",
    "Choose an option": "choose",
    "Choose options": "choose",
    "Choose date": "choose_date",
    "Choose date range": "choose_date_range",
    "Choose date and time": "choose_date_time",
    "Clear all": "clear",
    "Clear date": "clear",
    "Clear dates": "clear",
    "Clear entry": "clear",
    "Clear selection": "clear",
    "Clear value": "clear",
    "App pages": "pages",
    "Close": "close",
    "Close Search": "close_search",
    "Close fullscreen": "close_fullscreen",
    "Connecting to Streamlit server": "connecting",
    "Connection error": "connection_error",
    "Connection lost. Please wait for the app to reconnect, then try again.": "connection_lost",
    "Connection timed out.": "connection_lost",
    "Download as CSV": "download_csv",
    "Download as PNG": "download_png",
    "Drag and drop a file here": "drop_file",
    "Drag and drop files here": "drop_file",
    "Failed to generate file for download": "no_file",
    "Fullscreen": "fullscreen",
    "Hide password": "hide_password",
    "Next page": "next_page",
    "No options to select": "no_options",
    "No options to select.": "no_options",
    "No results": "no_results",
    "Open": "open",
    "Page not found": "page_not_found",
    "Pagination": "pagination",
    "Please wait...": "loading",
    "Press Enter to apply": "enter_to_apply",
    "Press Enter to submit form": "enter_to_submit",
    "Previous page": "previous_page",
    "Running...": "loading",
    "Search": "search",
    "Select all": "select_all",
    "Show chart": "show_chart",
    "Show data": "show_data",
    "Show password": "show_password",
    "Show/hide columns": "show_columns",
    "Skip to main content": "skip_to_main",
    "Sort ascending": "sort_ascending",
    "Sort descending": "sort_descending",
    "Toolbar action": "toolbar",
    "Upload": "upload",
    "dd": "day",
    "empty": "empty",
    "mm": "month",
    "yyyy": "year",
}

# A pattern of the whole text = key of the catalogue; {0}, {1} … are its groups.
PATTERNS = {
    r"Is Streamlit still running\?.*": "server_down",
    r"Streamlit server is not responding.*": "server_down",
    r"Cannot connect to Streamlit.*": "server_down",
    r"streamlit run yourscript\.py": "nothing",
    r"Press (?:⌘|Ctrl)\+Enter to (?:apply|submit form)": "ctrl_enter",
    r"You have requested page .*|The page that you have requested .*": "page_unknown",
    r"(\d+(?:\.\d+)? ?[KMG]?B) per file(?: • (.*))?": "per_file",
    r"(\d+) more": "more",
}


def patch_words() -> None:
    """Replace Streamlit's English wherever it appears, also when the server is gone."""
    exact = {english: word(f"streamlit.{key}") for english, key in EXACT.items()}
    patterns = [[f"^(?:{re_text})$", word(f"streamlit.{key}")] for re_text, key in PATTERNS.items()]
    with st.container(key="yiping-words"):
        _WORDS(data={"exact": exact, "patterns": patterns}, key="yiping-words-table")
