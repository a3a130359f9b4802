"""`python -m tests.importer URL import FILE MAPPING`, or `URL undo BATCH`.

For tests that kill it on the way: it tells each statement and its commit, and at last `done`.
"""

import sys

from sqlalchemy import Engine, event

from data.db import connect
from data.intake.loading.alone import importing
from data.intake.loading.load import import_file
from data.intake.loading.undo import take_back
from tests.samples import NOW


def main() -> None:
    """Do it, telling each step before the next one begins."""
    url, task, *about = sys.argv[1:]
    engine = connect(url)
    _tell_each_statement(engine)
    with importing(engine) as conn:
        if task == "import":
            import_file(conn, "cases", about[0], about[1], "test", NOW)
        else:
            take_back(conn, int(about[0]), "test", NOW)
    print("done", flush=True)


def _tell_each_statement(engine: Engine) -> None:
    event.listen(engine, "after_cursor_execute", lambda *_: print("statement", flush=True))
    event.listen(engine, "commit", lambda _: print("commit", flush=True))


if __name__ == "__main__":
    main()
