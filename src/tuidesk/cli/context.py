"""What a command works with: settings, the desk, and who is asking."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tuidesk.core.domain.actor import AgentActor
from tuidesk.core.i18n import _

if TYPE_CHECKING:
    from tuidesk.bootstrap import Assembly
    from tuidesk.core.domain.viewer import Viewer
    from tuidesk.core.settings import Settings


@dataclass
class Global:
    """The options before the command."""

    config: Path | None = None
    database: str | None = None
    agent: str | None = None
    flags: dict[str, str] = field(default_factory=dict)

    def settings(self) -> Settings:
        """Return the settings. Raises ConfigError."""
        from tuidesk.core.settings import load_settings, settings_files

        flags = dict(self.flags)
        if self.database:
            flags["database_url"] = self.database
        return load_settings(flags, os.environ, settings_files(self.config))


GLOBAL = Global()


@contextmanager
def opened(*, check: bool = True) -> Iterator[Assembly]:
    """Give the assembled desk and close it at the end. Raises the errors of `bootstrap.assemble`."""
    from tuidesk.bootstrap import assemble

    assembly = assemble(GLOBAL.settings(), check=check)
    try:
        yield assembly
    finally:
        assembly.close()


def log_as_daemon(settings: Settings) -> None:
    """Log what the daemon's work says of itself where the daemon does; on standard error if that cannot be.

    Without it Python prints a traceback on standard error, whatever it holds.
    """
    from tuidesk.core.errors import ConfigError
    from tuidesk.core.log import configure_log

    try:
        configure_log(settings.log.file, settings.log.level)
    except ConfigError:
        configure_log(None, "WARNING")  # what is on disk may not be ours to write, and mail must not wait for that


def agent_of(assembly: Assembly) -> AgentActor:
    """Return the agent who runs this command: the system account's, by its mapping.

    Raises NotMapped when the account is mapped to no agent, or not to the one that `--agent` names.
    """
    from tuidesk.core.auth.system_account import agent_for, system_user
    from tuidesk.core.store.identity import logins_of

    user = system_user()
    logins = logins_of(assembly.engines, user)
    login = agent_for(user, GLOBAL.agent, {user: logins})
    config = assembly.desk.config()
    return AgentActor(config.agent_ids[login], login)


def viewer_of(assembly: Assembly, agent: AgentActor) -> Viewer:
    """Return what that agent may read."""
    return assembly.desk.viewer(agent.agent_id)


def account_label() -> str:
    """Return the name under which an edit of the configuration is logged."""
    from tuidesk.core.auth.system_account import system_user

    return f"account:{system_user()}"


def admin_label(assembly: Assembly) -> str:
    """Return the name under which an edit that only admins may make is logged.

    An account that is mapped to nobody is whoever set the desk up. Raises NotAdmin when it stands for agents who
    may not manage the desk while another account stands for one who may (nobody locks all out), and NotMapped for
    an `--agent` that is not its own.
    """
    from tuidesk.core.admin.agents import list_agents
    from tuidesk.core.auth.system_account import system_user
    from tuidesk.core.errors import NotAdmin
    from tuidesk.core.store.identity import logins_of

    agents = list_agents(assembly.engines)
    admins = {agent.login for agent in agents if agent.valid and agent.system_admin and agent.system_users}
    logins = {agent_of(assembly).login} if GLOBAL.agent else logins_of(assembly.engines, system_user())
    if logins and admins and not logins & admins:
        raise NotAdmin(tuple(sorted(logins)), tuple(sorted(admins)))
    return account_label()


def body_given(text: str | None, *, files: bool = False) -> str:
    """Return the text given, or what stands on standard input; a terminal is read up to its end (Ctrl-D).

    Raises Invalid for an empty one, unless there are `files`.
    """
    from tuidesk.core.errors import Invalid

    if text is None:
        if sys.stdin.isatty():
            from tuidesk.cli.output import complain

            complain(_("Write the text here; Ctrl-D on a line of its own ends it."))
        text = sys.stdin.buffer.read().decode("utf-8", "replace")
    if not text.strip() and not files:
        raise Invalid("body", "", _("a text, by --body or on standard input"))
    return text
