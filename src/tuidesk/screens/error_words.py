"""Errors in words of the screens: which key helps, and names instead of ids. The rest says `tuidesk.error_words`."""

from __future__ import annotations

from datetime import datetime, tzinfo

from tuidesk.core.domain.desk_config import DeskConfig
from tuidesk.core.errors import Conflict, DatabaseUnavailable, LockedByOther, StaleTicket, TuideskError
from tuidesk.core.i18n import _
from tuidesk.error_words import sentence
from tuidesk.widgets.ages import full_date


def words_of(error: TuideskError) -> str:
    """Return a sentence for an error."""
    match error:
        case LockedByOther(ticket_number=number, owner=owner):
            return _("{number} is locked by {owner}. Assign it to yourself (a) to take it over.").format(
                number=number, owner=owner
            )
        case StaleTicket(ticket_number=number):
            return _("{number} was changed by somebody else meanwhile.").format(number=number)
        case DatabaseUnavailable():
            return _("The database cannot be reached. What you see is as of before; R tries again.")
        case _:
            return sentence(error)


def conflict_words(conflict: Conflict, config: DeskConfig, zone: tzinfo) -> str:
    """Return what both sides want of a field, one under the other."""
    names = {
        "state": {key: state.name for key, state in config.states.items()},
        "queue": {key: queue.name for key, queue in config.queues.items()},
        "priority": {key: priority.name for key, priority in config.priorities.items()},
        "owner": {key: agent.login for key, agent in config.agents.items()},
        "responsible": {key: agent.login for key, agent in config.agents.items()},
    }.get(conflict.field, {})

    def word(value: object) -> str:
        if isinstance(value, datetime):
            return full_date(value, zone)
        if isinstance(value, int):
            return names.get(value, str(value))
        return str(value) if value not in (None, "") else _("nothing")

    return _("{field}\n   was      {base}\n   is now   {theirs}   by {by}\n   you want {mine}").format(
        field=conflict.field,
        base=word(conflict.base),
        theirs=word(conflict.theirs),
        mine=word(conflict.mine),
        by=conflict.by.partition(":")[2] or conflict.by,
    )
