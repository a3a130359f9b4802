"""Find the cases of a category in a grid without reading all of the category"""

from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_index("ix_cases_grid", "cases", ["category_id", "area_id", "opened_at"])
