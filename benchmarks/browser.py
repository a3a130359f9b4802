"""What a browser needs to draw a page whole, warm, beside an empty page.

    python -m benchmarks.browser [--count 20000] [--folder FOLDER]

In the same rounds: an empty page of a stock `streamlit run`, and pages of ours. Each browser has
seen each page before. A page is whole when nothing was added to it for a second: what counts is
when the last thing was, in milliseconds since the page was asked for.
"""

import argparse
import tempfile
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from playwright.sync_api import Page, sync_playwright

from benchmarks.live import PEERS, STOCK, filled, serving, visitor, wait_for_rollups
from data.db import connect
from gate.cookie import NAME
from tests.client import token_of
from tests.servers import CHROMIUM, FLAGS, Server

OURS = {"overview": "", "ticket flow": "flow", "closure rates": "closure", "case list": "cases"}
ROUNDS, WARM_UP = 12, 2
QUIET = 1000  # milliseconds
WATCH = """
    globalThis.last = 0;
    new MutationObserver((seen) => {
        if (seen.some((one) => one.addedNodes.length)) globalThis.last = performance.now();
    }).observe(document, { childList: true, subtree: true });
"""
IS_WHOLE = f"""() => document.querySelector('[data-test-script-state=notRunning]')
    && performance.now() - globalThis.last > {QUIET} && globalThis.last"""


def drawn(page: Page, url: str) -> float:
    """The milliseconds until a page is whole."""
    page.goto(url)
    return float(page.wait_for_function(IS_WHOLE, polling=100).json_value())


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--folder", type=Path, help="keeps the database")
    chosen = parser.parse_args()
    took = dict[str, list[float]]()
    with tempfile.TemporaryDirectory() as temporary, ExitStack() as stack:
        folder = chosen.folder or Path(temporary)
        folder.mkdir(exist_ok=True)
        url = filled(folder / f"{chosen.count}.db", chosen.count)
        ours: Server = stack.enter_context(serving("app.py", url, Path(temporary) / "ours"))
        empty = stack.enter_context(
            serving(str(PEERS / "empty.py"), url, Path(temporary) / "empty", **STOCK)
        )
        with visitor(ours, "", token_of(ours, "leader")) as mine:
            wait_for_rollups(mine, ours, connect(url))
        driver = stack.enter_context(sync_playwright())
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        context = browser.new_context(locale="zh-CN", viewport={"width": 1920, "height": 1080})
        cookie = {"name": NAME, "value": token_of(ours, "leader"), "url": ours.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.add_init_script(WATCH)
        for _ in range(WARM_UP + ROUNDS):
            took.setdefault("empty", []).append(drawn(page, empty.url))
            for name, path in OURS.items():
                took.setdefault(name, []).append(drawn(page, f"{ours.url}/{path}"))
        browser.close()
    found = {name: median(times[WARM_UP:]) for name, times in took.items()}
    for name, time in found.items():
        print(f"{name:15} {time:8,.0f} ms  {time / found['empty']:5.2f}")


if __name__ == "__main__":
    main()
