"""How often the tests repeat themselves: `ci` under fifteen minutes, `full` before an issue ends.

YIPING_TEST_SIZE chooses; nothing is skipped in `ci`, only repeated less.
"""

import os
from dataclasses import dataclass

REAL_DATA = os.environ.get("YIPING_REAL_DATA")  # the folder that holds the whole real sets


@dataclass(frozen=True, slots=True)
class Scale:
    """Every count of the tests, once."""

    model_examples: int
    model_steps: int
    random_districts: int  # each asked two questions, counted twice
    scopes: int  # of each random district
    second_accounts: int  # of the matrix on PostgreSQL; all of them on SQLite
    listed: int  # random filters of a list, per database
    mutants: int  # of the front door, each tried on the tests that must notice it
    writers: int
    writes_each: int
    worker_kills: int
    import_kills: int  # per database
    server_kills: int
    cold_addresses: int  # each asked of a server of its own
    backups: int  # while others write, per database
    backup_kills: int
    forged_frames: int
    short_visits: int
    hostile_turns: int  # strings put in other places
    revoked_clicks: int  # for each way to take a right away
    double_submits: int
    outages: int
    restarts: int
    importer_rows: int
    upload_rows: int  # through the browser
    fuzz_examples: int
    sizes_of_real_sets: tuple[str, ...]  # whole ones only where they are at hand
    narrowings: int  # of each question, to one unit, area, category or channel or two of them
    groupings_narrowed: int  # of each of those
    groupings_of_real_sets: int  # of each question, and ten times as many lists
    demo_cases: int
    every_role_on_every_page: bool


CI = Scale(
    model_examples=60,
    model_steps=40,
    random_districts=15,
    scopes=2,
    second_accounts=4,
    listed=40,
    mutants=3,
    writers=4,
    writes_each=100,
    worker_kills=20,
    import_kills=3,
    server_kills=1,
    cold_addresses=2,
    backups=2,
    backup_kills=2,
    forged_frames=100,
    short_visits=8,
    hostile_turns=1,
    revoked_clicks=1,
    double_submits=5,
    outages=1,
    restarts=1,
    importer_rows=20_000,
    upload_rows=10_000,
    fuzz_examples=500,
    sizes_of_real_sets=("sample",),
    narrowings=2,
    groupings_narrowed=1,
    groupings_of_real_sets=1,
    demo_cases=3_000,
    every_role_on_every_page=False,
)

FULL = Scale(
    model_examples=1_000,
    model_steps=80,
    random_districts=120,
    scopes=40,
    second_accounts=1_000,
    listed=1_500,
    mutants=1_000,
    writers=8,
    writes_each=500,
    worker_kills=200,
    import_kills=100,
    server_kills=10,
    cold_addresses=1_000,
    backups=30,
    backup_kills=50,
    forged_frames=2_000,
    short_visits=480,
    hostile_turns=5,
    revoked_clicks=9,
    double_submits=200,
    outages=10,
    restarts=10,
    importer_rows=1_000_000,
    upload_rows=200_000,
    fuzz_examples=20_000,
    sizes_of_real_sets=("sample", "whole"),
    narrowings=6,
    groupings_narrowed=4,
    groupings_of_real_sets=100,
    demo_cases=120_000,
    every_role_on_every_page=True,
)

SIZES = {"ci": CI, "full": FULL}
SIZE_NAME = os.environ.get("YIPING_TEST_SIZE", "ci")
SIZE = SIZES[SIZE_NAME]
DEMO_CASES = SIZE.demo_cases
