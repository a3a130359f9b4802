"""A later due time: asked for by who handles the case, decided by somebody else."""

from data.actions.ground import Ground, asked_time
from data.actions.pending import Asked, pending
from data.config import settings
from data.deadlines import due_in
from data.terms import ActionRefused, Event


def ask_for_extension(ground: Ground) -> Event:
    """Within the quota, before the due time, and for a later one."""
    row = ground.row
    if pending(ground.conn, row.case_id).extension is not None:
        raise ActionRefused("action.extension_pending", case_no=row.case_no)
    quota = settings().cases.extension_quota
    if row.extension_count >= quota:
        raise ActionRefused("action.extension_quota", case_no=row.case_no, quota=quota)
    if not due_in(row).is_running(ground.at):
        raise ActionRefused("action.no_running_due", case_no=row.case_no)
    until_at = asked_time(ground)
    if until_at <= row.due_at:
        raise ActionRefused("action.not_later", due_at=row.due_at.astimezone(settings().zone))
    return ground.event(until_at=until_at)


def approve(ground: Ground) -> Event:
    """Set the due time that was asked for, or an earlier one; once it has passed this is a note."""
    asked = _decided(ground)
    if ground.at < asked.approvable_from:
        at = asked.approvable_from.astimezone(settings().zone)
        raise ActionRefused("action.approve_later", case_no=ground.row.case_no, at=at)
    until_at = asked_time(ground) if ground.ask.until_at else asked.until_at
    if until_at is None:
        raise ActionRefused("action.no_time")
    return ground.event(due_at=until_at, until_at=until_at)


def refuse(ground: Ground) -> Event:
    """The due time stays."""
    _decided(ground)
    return ground.event()


def _decided(ground: Ground) -> Asked:
    """The extension to decide on. Raises ActionRefused without one, and for who asked for it."""
    asked = pending(ground.conn, ground.row.case_id).extension
    if asked is None:
        raise ActionRefused("action.no_extension", case_no=ground.row.case_no)
    if asked.actor == ground.actor.login:
        raise ActionRefused("action.own_extension", case_no=ground.row.case_no)
    return asked
