"""A program: one agent who changes tickets for a while and writes down what was acknowledged to it.

Usage: writer.py URL AGENT_ID LOGIN SEED SECONDS FILE. Each line of FILE is a JSON object: `ticket`,
`version`, `act` and `mark` (the title or the note's subject that the change wrote, else empty), or
`trouble`, an error that no agent should ever see.
"""

from __future__ import annotations

import json
import random
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from desk.desk_fixture import SALES, SUPPORT, desk_at, note
from tuidesk.core.clock import SystemClock
from tuidesk.core.desk import Desk
from tuidesk.core.domain.actor import AgentActor, Cause, Door
from tuidesk.core.domain.ops import (
    Act,
    Change,
    Link,
    LockTicket,
    Op,
    SetOwner,
    SetPriority,
    SetQueue,
    SetState,
    SetTitle,
    UnlockTicket,
    Watch,
)
from tuidesk.core.errors import Refused
from tuidesk.core.store import tx


def main() -> None:
    """Change tickets until the time is over."""
    url, agent_id, login, seed, seconds, file = sys.argv[1:]
    agent, dice = AgentActor(int(agent_id), login), random.Random(int(seed))
    desk = desk_at(url, SystemClock())
    until = time.monotonic() + float(seconds)
    with Path(file).open("w", buffering=1) as out:
        n = 0
        while time.monotonic() < until:
            n += 1
            for line in attempt(desk, agent, dice, f"{login}-{seed}-{n}"):
                out.write(json.dumps(line) + "\n")
    desk.engines.dispose()


def attempt(desk: Desk, agent: AgentActor, dice: random.Random, mark: str) -> Iterator[dict[str, Any]]:
    """Try one act; yield what was acknowledged of it."""
    try:
        tickets = recent(desk)
        if len(tickets) < 2:
            return
        (one, seen), (other, _) = dice.sample(tickets, 2)
        if dice.random() < 0.1:
            link = (Change(one, (Link(other),)), Change(other, (Link(one, reverse=True),)))
            act, said = Act(link, Cause(Door.TUI)), ""
        else:
            op, said = some_op(agent, dice, mark)
            act = Act((Change(one, (op,), seen if dice.random() < 0.5 else None),), Cause(Door.TUI))
        done = desk.act(agent, act)
    except Refused:
        return  # a conflict that the agent is asked about
    except Exception as error:  # noqa: BLE001 - whatever else an agent sees is what this program looks for
        yield {"trouble": f"{type(error).__name__}: {error}"}
        return
    if done.act_id is not None:
        for change in done.changes:
            yield {"ticket": change.ticket.id, "version": change.ticket.version, "act": done.act_id, "mark": said}


def some_op(agent: AgentActor, dice: random.Random, mark: str) -> tuple[Op, str]:
    """Return an op and the mark it leaves."""
    ops: list[tuple[Op, str]] = [
        (note(subject=mark), mark),
        (note(subject=mark), mark),
        (SetTitle(mark), mark),
        (SetPriority(dice.randrange(1, 6)), ""),
        (SetState(dice.choice((1, 4))), ""),
        (SetQueue(dice.choice((SUPPORT, SALES))), ""),
        (LockTicket(), ""),
        (UnlockTicket(), ""),
        (SetOwner(agent.agent_id), ""),
        (Watch(agent.agent_id), ""),
    ]
    return dice.choice(ops)


def recent(desk: Desk) -> list[tuple[int, int]]:
    """Return (id, version) of the newest tickets: few, so that agents meet on them."""
    with tx.read(desk.engines) as connection:
        rows = connection.execute(sa.text("select id, version from ticket order by id desc limit 10"))
        return [(row.id, row.version) for row in rows]


if __name__ == "__main__":
    main()
