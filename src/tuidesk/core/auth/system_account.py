"""Who sits at the terminal: the system account, and which agent it may act as.

Here lives the rule; the table of accounts and agents is read elsewhere. Invariant: nothing that the user can
set (USER, LOGNAME, HOME) says who the user is, and nobody acts as an agent that is not mapped to the account.
"""

from __future__ import annotations

import os
import pwd
from collections.abc import Mapping

from tuidesk.core.errors import NotMapped


def system_user() -> str:
    """Return the name of the account this process runs for (its real uid), `#1000` if it has none."""
    uid = os.getuid()
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"#{uid}"


def agent_for(system_user: str, wanted: str | None, mapping: Mapping[str, frozenset[str]]) -> str:
    """Return the login of the agent that `system_user` acts as.

    `mapping` gives the logins allowed to each account. `wanted` (`--agent`) may name one of these only; None
    takes the single one there is. Raises NotMapped when that one is not allowed, or when none is wanted and the
    account has no agent or several.
    """
    allowed = mapping.get(system_user, frozenset())
    if wanted is None and len(allowed) == 1:
        return next(iter(allowed))
    if wanted is None or wanted not in allowed:
        raise NotMapped(system_user, wanted or "", tuple(sorted(allowed)))
    return wanted
