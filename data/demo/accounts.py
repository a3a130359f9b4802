"""The accounts of the demo district: posts, not persons. They exist nowhere else."""

from sqlalchemy import Connection, select

from data.accounts import add_user
from data.schema import units
from data.terms import Role

PASSWORD = "yiping-demo"  # printed by `make run`; only the synthetic district has it
ACCOUNTS = {
    "dispatcher": ("值班席三号", Role.DISPATCHER),
    "leader": ("带班领导", Role.LEADER),
    "operator": ("经办", Role.OPERATOR),
    "auditor": ("审计席", Role.AUDITOR),
    "security": ("安全管理席", Role.SECURITY_ADMINISTRATOR),
    "system": ("系统管理席", Role.SYSTEM_ADMINISTRATOR),
}


def add_accounts(conn: Connection) -> None:
    """One account a role that the screens serve; the operator belongs to the first street."""
    streets = select(units).where(units.c.kind == "town").order_by(units.c.code)
    street = conn.execute(streets).first()
    for login, (name, role) in ACCOUNTS.items():
        if role is Role.OPERATOR and street is not None:
            add_user(conn, login, f"{street.name}{name}", PASSWORD, role, street.unit_id)
        else:
            add_user(conn, login, name, PASSWORD, role)
