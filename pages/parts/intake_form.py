"""A new import: the file as it was understood, the mapping that reads it, dry run and import."""

from streamlit.delta_generator import DeltaGenerator

from components.sections import section
from data.words import word
from door.desk import Desk
from pages.parts.intake_fields import remember
from pages.parts.intake_mapping import ask_reading, show_buttons
from pages.parts.intake_upload import ask_file, look_again, show_upload, take_draft


def show_new_import(desk: Desk, left: DeltaGenerator, right: DeltaGenerator) -> None:
    """Left the file, right how to read it and what to do."""
    remember(desk)
    if desk.upload:
        look_again(desk, desk.upload)
        take_draft(desk, desk.upload)
    with left, section(word("intake.new"), word("intake.new.note"), key="new"):
        if desk.upload is None:
            ask_file(desk)
        else:
            show_upload(desk, desk.upload)
            _show_right(desk, right)


def _show_right(desk: Desk, right: DeltaGenerator) -> None:
    with right, section(word("intake.reading"), word("intake.reading.note"), key="reading"):
        ask_reading(desk)
        show_buttons(desk)
