"""Who may work here: what a log-in reads. Every command does, so statements have fixed text and no table is built."""

from __future__ import annotations

from tuidesk.core.domain.states import NOBODY
from tuidesk.core.domain.text import text_key
from tuidesk.core.store.engine import Engines
from tuidesk.core.store.fixed_sql import fixed

_MAPPED = fixed(
    "select a.login from system_account s join agent a on a.id = s.agent_id"
    f' where s."system_user" = ? and a.valid and a.id <> {NOBODY}'
)
_WITH_PASSWORD = fixed(
    "select id, login, password_hash from agent"
    f" where login_key = ? and valid and id <> {NOBODY} and password_hash <> ''"
)


def logins_of(engines: Engines, system_user: str) -> frozenset[str]:
    """Return the logins of the valid agents that a system account may act as."""
    return frozenset(login for (login,) in _MAPPED.run_alone(engines, system_user))


def agent_with_password(engines: Engines, login: str) -> tuple[int, str, str] | None:
    """Return (id, login as it is written, hash) of a valid agent; None when there is none or no password."""
    for agent_id, written, password_hash in _WITH_PASSWORD.run_alone(engines, text_key(login.strip())):
        return agent_id, written, password_hash
    return None
