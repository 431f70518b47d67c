"""Queues: where tickets wait, by whose rules and under which address (OTRS rule 1.6).

The hierarchy is only the name, `Parent::Child`: nothing is inherited, and renaming a queue renames
all that are below it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from tuidesk.core.admin.values import line_value, name_value, optional_address, text_value
from tuidesk.core.clock import Clock
from tuidesk.core.domain.sla import Targets
from tuidesk.core.domain.states import FollowUpPolicy
from tuidesk.core.domain.text import text_key
from tuidesk.core.errors import Invalid
from tuidesk.core.i18n import _
from tuidesk.core.store import admin_calendars, admin_groups, admin_queues, queue_rescope, tx
from tuidesk.core.store.admin_log import Connection, Edited, edit_config
from tuidesk.core.store.admin_queues import QueueRow
from tuidesk.core.store.engine import Engines

SEPARATOR = "::"
MAX_TIMEOUT_MIN = 366 * 24 * 60
NO_TARGETS = Targets(0, 0, 0)


def list_queues(engines: Engines) -> Sequence[QueueRow]:
    """Return all queues by name, disabled ones too."""
    with tx.read(engines) as connection:
        return admin_queues.all_queues(connection)


def show_queue(engines: Engines, name: str) -> QueueRow:
    """Return a queue. Raises NotFound."""
    with tx.read(engines) as connection:
        return admin_queues.queue_named(connection, name)


def add_queue(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    name: str,
    group: str,
    *,
    address: str = "",
    realname: str = "",
    follow_up: str = FollowUpPolicy.POSSIBLE,
    follow_up_lock: bool = False,
    targets: Targets = NO_TARGETS,
    calendar: str = "",
    unlock_timeout_min: int = 0,
    salutation: str = "",
    signature: str = "",
) -> QueueRow:
    """Make a queue; without a calendar it has the default one, a timeout of 0 never unlocks.

    Raises Invalid, NotFound for an unknown group or calendar, AlreadyExists for a name or an address
    that is taken.
    """
    wanted = QueueRow(
        id=0,
        name=queue_name("name", name),
        group=group,
        address=optional_address("address", address),
        realname=line_value("realname", realname),
        follow_up=_policy(follow_up),
        follow_up_lock=follow_up_lock,
        targets=targets,
        calendar=calendar,
        unlock_timeout_min=_timeout(unlock_timeout_min),
        salutation=text_value("salutation", salutation),
        signature=text_value("signature", signature),
        valid=True,
    )

    def work(connection: Connection) -> Edited[QueueRow]:
        group_id = _group_id(connection, wanted, None)
        calendar_id = _calendar_id(connection, wanted, None)
        admin_queues.insert_queue(connection, wanted, group_id, calendar_id)
        made = admin_queues.queue_named(connection, wanted.name)
        return Edited(made, f"queue {made.name}", None, made)

    return edit_config(engines, clock, actor_label, work)


def set_queue(
    engines: Engines,
    clock: Clock,
    actor_label: str,
    name: str,
    *,
    new_name: str | None = None,
    group: str | None = None,
    address: str | None = None,
    realname: str | None = None,
    follow_up: str | None = None,
    follow_up_lock: bool | None = None,
    targets: Targets | None = None,
    calendar: str | None = None,
    unlock_timeout_min: int | None = None,
    salutation: str | None = None,
    signature: str | None = None,
    valid: bool | None = None,
) -> QueueRow:
    """Change a queue; None leaves a value, an empty `calendar` is the default one.

    A new name is the whole path, and all queues below move with it. Its tickets can be read by the new group at
    once; a job lets search follow. Raises NotFound, Invalid, and
    AlreadyExists for a name or an address that is taken.
    """
    given = {
        "group": group,
        "address": None if address is None else optional_address("address", address),
        "realname": None if realname is None else line_value("realname", realname),
        "follow_up": None if follow_up is None else _policy(follow_up),
        "follow_up_lock": follow_up_lock,
        "targets": targets,
        "calendar": calendar,
        "unlock_timeout_min": None if unlock_timeout_min is None else _timeout(unlock_timeout_min),
        "salutation": None if salutation is None else text_value("salutation", salutation),
        "signature": None if signature is None else text_value("signature", signature),
        "valid": valid,
    }
    changes: dict[str, Any] = {field: value for field, value in given.items() if value is not None}
    checked_name = None if new_name is None else queue_name("name", new_name)

    def work(connection: Connection) -> Edited[QueueRow]:
        old = admin_queues.queue_named(connection, name)
        wanted = replace(old, **changes)
        group_id = _group_id(connection, wanted, old)
        calendar_id = _calendar_id(connection, wanted, old)
        admin_queues.update_queue(connection, wanted, group_id, calendar_id)
        if group_id != admin_groups.group_named(connection, old.group).id:
            queue_rescope.ask_rescope(connection, old.id, clock.now())
        moved = _rename(connection, old, checked_name)
        new = admin_queues.queue_named(connection, moved.get(old.name, old.name))
        below = {before: after for before, after in moved.items() if before != old.name}
        return Edited(
            new,
            f"queue {old.name}",
            {**asdict(old), "below": sorted(below)} if below else old,
            {**asdict(new), "below": sorted(below.values())} if below else new,
        )

    return edit_config(engines, clock, actor_label, work)


def disable_queue(engines: Engines, clock: Clock, actor_label: str, name: str) -> QueueRow:
    """Take a queue out of use; its tickets and the queues below stay as they are. Raises NotFound."""
    return set_queue(engines, clock, actor_label, name, valid=False)


def targets_value(minutes: Mapping[str, int]) -> Targets:
    """Return targets by the names of the fields of `Targets`; what is not named is 0. Raises Invalid."""
    known = asdict(NO_TARGETS)
    for field, value in minutes.items():
        if field not in known:
            raise Invalid("targets", field, ", ".join(known))
        if not isinstance(value, int) or not 0 <= value <= MAX_TIMEOUT_MIN:
            raise Invalid(field, value, _("0 (none) to {n}").format(n=MAX_TIMEOUT_MIN))
        if field.endswith("_notify") and value > 100:
            raise Invalid(field, value, _("0 (none) to {n}").format(n=100))
    return Targets(**{**known, **minutes})


def queue_name(field: str, value: str) -> str:
    """Return the path of a queue, no blanks around its parts. Raises Invalid."""
    parts = [part.strip() for part in name_value(field, value).split(SEPARATOR)]
    if any(not part or part.startswith(":") or part.endswith(":") for part in parts):
        raise Invalid(field, value, _("a name, or a path such as Parent::Child"))
    return SEPARATOR.join(parts)


def _rename(connection: Connection, old: QueueRow, name: str | None) -> dict[str, str]:
    if name is None or name == old.name:
        return {}
    if text_key(name).startswith(text_key(old.name) + SEPARATOR):
        raise Invalid("name", name, _("a path that is not below the queue itself"))
    return admin_queues.rename_queue(connection, old, name)


def _group_id(connection: Connection, queue: QueueRow, old: QueueRow | None) -> int:
    """Return the group's id; a disabled group may be kept, but not chosen."""
    group = admin_groups.group_named(connection, queue.group)
    if not group.valid and (old is None or text_key(old.group) != text_key(group.name)):
        raise Invalid("group", queue.group, _("a group that is not disabled"))
    return group.id


def _calendar_id(connection: Connection, queue: QueueRow, old: QueueRow | None) -> int:
    """Return the calendar's id, 0 for the default one; a disabled one may be kept, but not chosen."""
    if not queue.calendar.strip():
        return 0
    calendar = admin_calendars.calendar_named(connection, queue.calendar)
    if not calendar.valid and (old is None or text_key(old.calendar) != text_key(calendar.name)):
        raise Invalid("calendar", queue.calendar, _("a calendar that is not disabled"))
    return calendar.id


def _policy(value: str) -> FollowUpPolicy:
    if value not in frozenset(FollowUpPolicy):
        raise Invalid("follow_up", value, ", ".join(policy.value for policy in FollowUpPolicy))
    return FollowUpPolicy(value)


def _timeout(value: int) -> int:
    if not 0 <= value <= MAX_TIMEOUT_MIN:
        raise Invalid("unlock_timeout_min", value, _("0 (never) to {n} minutes").format(n=MAX_TIMEOUT_MIN))
    return value
