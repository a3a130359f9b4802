"""Who may do what: one table of permissions and roles. Anything not in it is refused."""

from enum import StrEnum

from data.terms import ActionRefused, Actor, Role
from data.words import word


class Permission(StrEnum):
    """What can be allowed. Scope (district, town, own unit) and state are checked by the action."""

    READ_CASES = "read_cases"  # cases, lists, maps, figures
    EXPORT = "export"  # what one may read
    REPORT = "report"
    DISPATCH = "dispatch"  # dispatch, reject, merge, withdraw, verify, close, reopen
    REASSIGN = "reassign"  # across units
    REASSIGN_WITHIN = "reassign_within"  # within one's own unit
    HANDLE = "handle"  # accept, return, pause, resume, resolve, feed back, reply, escalate
    DECIDE_EXTENSION = "decide_extension"  # never one's own
    SUPERVISE = "supervise"  # press with a deadline; note
    KEEP_RULES = "keep_rules"  # rules, mappings, imports, quarantine, frozen periods
    STEER_WALL = "steer_wall"  # acknowledge, pin, next, reload
    SEE_WALL = "see_wall"  # aggregates only
    KEEP_SCREENS = "keep_screens"  # pair, scope, revoke
    KEEP_USERS = "keep_users"  # accounts, roles, sessions
    KEEP_SYSTEM = "keep_system"  # calendar, settings, backups, areas, camera ledger
    AUDIT = "audit"  # read the audit, verify


WHO_MAY: dict[Permission, set[Role]] = {
    Permission.READ_CASES: {Role.DISPATCHER, Role.OPERATOR, Role.LEADER, Role.AUDITOR},
    Permission.EXPORT: {Role.DISPATCHER, Role.OPERATOR, Role.LEADER, Role.AUDITOR},
    Permission.REPORT: {Role.DISPATCHER, Role.OPERATOR},
    Permission.DISPATCH: {Role.DISPATCHER},
    Permission.REASSIGN: {Role.DISPATCHER},
    Permission.REASSIGN_WITHIN: {Role.DISPATCHER, Role.OPERATOR},
    Permission.HANDLE: {Role.DISPATCHER, Role.OPERATOR},
    Permission.DECIDE_EXTENSION: {Role.DISPATCHER},
    Permission.SUPERVISE: {Role.DISPATCHER, Role.LEADER},
    Permission.KEEP_RULES: {Role.DISPATCHER},
    Permission.STEER_WALL: {Role.DISPATCHER},
    Permission.SEE_WALL: {Role.DISPLAY},
    Permission.KEEP_SCREENS: {Role.SECURITY_ADMINISTRATOR},
    Permission.KEEP_USERS: {Role.SECURITY_ADMINISTRATOR},
    Permission.KEEP_SYSTEM: {Role.SYSTEM_ADMINISTRATOR},
    Permission.AUDIT: {Role.AUDITOR},
}


def may(actor: Actor, permission: Permission) -> bool:
    """Whether an actor has a permission; a role that no row names may nothing."""
    return actor.role in WHO_MAY.get(permission, ())


def require(actor: Actor, permission: Permission) -> None:
    """Go on only with a permission. Raises ActionRefused with the sentence to show."""
    if not may(actor, permission):
        raise ActionRefused(
            "access.refused", name=actor.name, permission=word(f"permission.{permission}")
        )
