"""Making the demo's desk: its groups, agents, queues, automatic replies and customers, by the admin's own way.

The tables must be there, and empty but for the defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tuidesk.core.admin.agents import add_agent
from tuidesk.core.admin.auto_responses import set_auto_response
from tuidesk.core.admin.customers import add_company, add_customer
from tuidesk.core.admin.groups import add_group
from tuidesk.core.admin.queues import add_queue
from tuidesk.core.clock import Clock
from tuidesk.core.store.engine import Engines
from tuidesk.demo.people import AGENTS, COMPANIES, CUSTOMERS, GROUPS, QUEUES

ACTOR = "demo"
"""Whose name the configuration's log shows."""


@dataclass(frozen=True, slots=True)
class DeskNames:
    """What was made: ids of agents by login and of queues by name."""

    agents: Mapping[str, int]
    queues: Mapping[str, int]


def make_desk(engines: Engines, clock: Clock) -> DeskNames:
    """Make everything that a demo desk has before its first ticket; nobody gets a password.

    Raises AlreadyExists when it is there already.
    """
    for group in GROUPS:
        add_group(engines, clock, ACTOR, group)
    agents = {
        agent.login: add_agent(
            engines,
            clock,
            ACTOR,
            agent.login,
            agent.name,
            agent.email,
            groups=agent.rights,
            admin=agent.system_admin,
            hash_password=_no_password,
        ).id
        for agent in AGENTS
    }
    queues = {
        queue.name: add_queue(
            engines,
            clock,
            ACTOR,
            queue.name,
            queue.group,
            address=queue.address,
            realname=queue.realname,
            follow_up=queue.follow_up,
            targets=queue.targets,
            signature=queue.signature,
        ).id
        for queue in QUEUES
    }
    for queue in QUEUES:
        for kind, response in queue.auto_responses.items():
            set_auto_response(engines, clock, ACTOR, queue.name, kind, response.subject, response.body)
    for company in COMPANIES:
        add_company(engines, clock, ACTOR, company.customer_id, company.name)
    for person in CUSTOMERS:
        add_customer(
            engines,
            clock,
            ACTOR,
            person.email,
            person.email,
            person.name,
            customer_id=person.company.customer_id,
            phone=person.phone,
        )
    return DeskNames(agents, queues)


def _no_password(text: str) -> str:
    raise AssertionError("agents of a demo have no password")
