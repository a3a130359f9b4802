"""Who may do what: roles, permissions, actions and queries as tables. What is in none is refused.

The door looks up here before anything is read or changed, so that no action can forget to ask.
"""

from dataclasses import dataclass
from enum import StrEnum

from data.requests import IN_BULK
from data.terms import DISTRICT, ActionRefused, Actor, Kind, Role
from data.words import word


class Permission(StrEnum):
    """What can be allowed."""

    READ_CASES = "read_cases"  # cases, lists, maps, figures
    EXPORT = "export"  # what one may read
    REPORT = "report"
    DISPATCH = "dispatch"  # dispatch, reject, merge, withdraw, verify, close, reopen
    REASSIGN = "reassign"  # across units
    REASSIGN_WITHIN = "reassign_within"  # to one's own unit's children, or their siblings
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
    OWN_ACCOUNT = "own_account"  # one's own password and sessions


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
    Permission.OWN_ACCOUNT: set(Role) - {Role.DISPLAY},
}

# Nobody has these for a town or a unit alone: what they touch is the whole district's.
OF_THE_DISTRICT = {
    Permission.KEEP_RULES,
    Permission.KEEP_SCREENS,
    Permission.KEEP_USERS,
    Permission.KEEP_SYSTEM,
    Permission.AUDIT,
}


@dataclass(frozen=True, slots=True)
class Needs:
    """What an action needs: a permission; and of a case, that it is in scope and may take it."""

    permission: Permission
    kind: Kind | None = None  # `states.ACTIONS` says from which states


# What people do to cases, by kind.
CASE_ACTIONS: dict[Kind, Permission] = {
    Kind.DISPATCH: Permission.DISPATCH,
    Kind.ACCEPT: Permission.HANDLE,
    Kind.RESOLVE: Permission.HANDLE,
    Kind.PASS_CHECK: Permission.DISPATCH,
    Kind.FAIL_CHECK: Permission.DISPATCH,
    Kind.CLOSE: Permission.DISPATCH,
    Kind.REOPEN: Permission.DISPATCH,
    Kind.REASSIGN: Permission.REASSIGN_WITHIN,  # how far, `scope.takers_within` says
    Kind.ESCALATE: Permission.HANDLE,
    Kind.SUPERVISE: Permission.SUPERVISE,
    Kind.REPLY: Permission.HANDLE,
    Kind.REQUEST_EXTENSION: Permission.HANDLE,
    Kind.APPROVE_EXTENSION: Permission.DECIDE_EXTENSION,
    Kind.REFUSE_EXTENSION: Permission.DECIDE_EXTENSION,
    Kind.PAUSE: Permission.HANDLE,
    Kind.RESUME: Permission.HANDLE,
    Kind.RETURN: Permission.HANDLE,
    Kind.FEED_BACK: Permission.HANDLE,
    Kind.NOTE: Permission.SUPERVISE,
    Kind.MERGE: Permission.DISPATCH,
    Kind.WITHDRAW: Permission.DISPATCH,
    Kind.REJECT: Permission.DISPATCH,
}
ACT, ACT_ALL = "data.actions.doing.act", "data.actions.doing.act_all"

# An action on cases is registered for each kind of request, as `<function>.<kind>`.
ACTIONS: dict[str, Needs] = {
    "data.account_changes.add_account": Needs(Permission.KEEP_USERS),
    "data.account_changes.end_sessions": Needs(Permission.KEEP_USERS),
    "data.account_changes.reset_password": Needs(Permission.KEEP_USERS),
    "data.account_changes.set_rights": Needs(Permission.KEEP_USERS),
    "data.account_changes.switch_account": Needs(Permission.KEEP_USERS),
    "data.account_changes.unlock_account": Needs(Permission.KEEP_USERS),
    **{f"{ACT}.{kind}": Needs(needed, kind) for kind, needed in CASE_ACTIONS.items()},
    **{f"{ACT_ALL}.{kind}": Needs(CASE_ACTIONS[kind]) for kind in IN_BULK},
    "data.calendar_changes.set_day": Needs(Permission.KEEP_SYSTEM),
    "data.drafts.keep_draft": Needs(Permission.READ_CASES),
    "data.intake.mapping.saved.save_mapping": Needs(Permission.KEEP_RULES),
    "data.reports.report": Needs(Permission.REPORT),
}

# Each narrows itself to the scope of whoever asks, by `scope` or by `Question.within`; the others
# need a permission of the whole district.
QUERIES: dict[str, Permission] = {
    "data.account_previews.preview_account": Permission.KEEP_USERS,
    "data.administration.administration": Permission.KEEP_USERS,
    "data.actions.many.each_of": Permission.READ_CASES,
    "data.actions.offers.at_hand": Permission.READ_CASES,
    "data.actions.previews.preview": Permission.READ_CASES,
    "data.audit.audit_page": Permission.AUDIT,
    "data.calendar_changes.preview_day": Permission.KEEP_SYSTEM,
    "data.calendar_changes.year_of_calendar": Permission.KEEP_SYSTEM,
    "data.case_file.around.around_case": Permission.READ_CASES,
    "data.case_file.case_file": Permission.READ_CASES,
    "data.case_file.ground.ground_of": Permission.READ_CASES,
    "data.case_list.pages.case_count": Permission.READ_CASES,
    "data.case_list.pages.case_page": Permission.READ_CASES,
    "data.case_list.pages.first_numbers": Permission.READ_CASES,
    "data.cases.opened_number": Permission.READ_CASES,
    "data.closure_rates.closure_rates": Permission.READ_CASES,
    "data.closure_rates.lists.step_list": Permission.READ_CASES,
    "data.comparisons.comparisons": Permission.READ_CASES,
    "data.directory.takers": Permission.READ_CASES,
    "data.intake.batches.batch_of": Permission.KEEP_RULES,
    "data.intake.batches.batches": Permission.KEEP_RULES,
    "data.intake.batches.kept_of": Permission.KEEP_RULES,
    "data.intake.quality.sources": Permission.KEEP_RULES,
    "data.metrics.measure": Permission.READ_CASES,
    "data.metrics.measure_by": Permission.READ_CASES,
    "data.overview.overview": Permission.READ_CASES,
    "data.report_choices.report_choices": Permission.REPORT,
    "data.report_previews.preview_report": Permission.REPORT,
    "data.ticket_flow.listed.flow_cases": Permission.READ_CASES,
    "data.ticket_flow.ticket_flow": Permission.READ_CASES,
}

# Names, the calendar, the age of the data: for everybody who is signed in, and the same for all.
HARMLESS = {
    "data.case_list.choices.choices",
    "data.deadlines.guessed_years",
    "data.directory.is_demo",
    "data.directory.names_of",
    "data.directory.newest_event_at",
}

# What makes a file needs its permission, and that to export as well.
EXPORTS: dict[str, Permission] = {
    "data.audit.write_audit": Permission.AUDIT,
    "data.case_list.files.write_csv": Permission.READ_CASES,
    "data.case_list.files.write_workbook": Permission.READ_CASES,
    "data.intake.loading.kept.write_kept": Permission.KEEP_RULES,
}


def may(actor: Actor, permission: Permission) -> bool:
    """Whether an actor has a permission; a role that no row names may nothing."""
    if permission in OF_THE_DISTRICT and actor.scope != DISTRICT:
        return False
    return actor.role in WHO_MAY.get(permission, ())


def permissions_of(role: str) -> list[Permission]:
    """What a role may, in the order of the table."""
    return [permission for permission in Permission if role in WHO_MAY.get(permission, ())]


def require(actor: Actor, permission: Permission) -> None:
    """Go on only with a permission. Raises ActionRefused with the sentence to show."""
    if not may(actor, permission):
        raise ActionRefused(
            "access.refused", name=actor.name, permission=word(f"permission.{permission}")
        )


def needs_of(action: str) -> Needs:
    """What an action needs. Raises ActionRefused for one that no row names."""
    if action not in ACTIONS:
        raise ActionRefused("access.not_offered", what=action)
    return ACTIONS[action]


def require_query(actor: Actor, query: str) -> None:
    """Go on only with a query that an actor may ask. Raises ActionRefused."""
    if query in HARMLESS:
        return
    if query not in QUERIES:
        raise ActionRefused("access.not_offered", what=query)
    require(actor, QUERIES[query])


def require_export(actor: Actor, writer: str) -> None:
    """Go on only with a file that an actor may take away. Raises ActionRefused."""
    if writer not in EXPORTS:
        raise ActionRefused("access.not_offered", what=writer)
    require(actor, Permission.EXPORT)
    require(actor, EXPORTS[writer])
