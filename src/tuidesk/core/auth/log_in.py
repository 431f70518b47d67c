"""Who works here: by the mapping of system accounts, or by password where it names nobody.

A failure tells neither whether the login exists nor how far the password was right, and takes the same time.
"""

from __future__ import annotations

import logging

from tuidesk.core.domain.actor import AgentActor
from tuidesk.core.errors import LoginFailed
from tuidesk.core.store.engine import Engines
from tuidesk.core.store.identity import agent_with_password

_log = logging.getLogger(__name__)


def log_in(engines: Engines, login: str, password: str) -> AgentActor:
    """Return the valid agent with this login and password.

    Raises LoginFailed when there is none, when she has no password, or when it is another.
    """
    from tuidesk.core.auth.passwords import dummy_verify, verify_password

    found = agent_with_password(engines, login)
    if found is None:
        dummy_verify()
    elif verify_password(found[2], password):
        agent = AgentActor(*found[:2])
        _log.info("agent %s logged in by password", agent.login)
        return agent
    _log.warning("log-in by password failed")  # the login may be a password in the wrong field
    raise LoginFailed(login)
