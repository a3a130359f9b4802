"""Scripts for a stock `streamlit run`, to compare with: an empty page, and a page the usual way."""
