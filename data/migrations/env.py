"""Alembic's entry: runs the migrations on the connection it is handed."""

from alembic import context

from data.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,
    render_item=context.config.attributes.get("render_item"),
)
context.run_migrations()
