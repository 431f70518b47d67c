"""Who is meant by a few letters: customers that admins entered, and those of tickets that one may read."""

from __future__ import annotations

from desk.desk_fixture import BEN, SALES, SECRET, DeskOnTrial, anna, ben, noor
from tuidesk.core.admin.customers import add_customer, disable_customer
from tuidesk.core.domain.actor import AgentActor
from tuidesk.core.domain.ops import Watch


def _meant(desk: DeskOnTrial, agent: AgentActor, part: str) -> list[str]:
    return [person.address for person in desk.desk.people(desk.viewer(agent), part)]


def test_customers_are_found_by_any_part_and_strangers_by_the_beginning_of_their_address(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    add_customer(desk.engines, desk.clock, "x", "lee", email="m.lee@acme.test", name="Mia Lee", customer_id="ACME")
    add_customer(desk.engines, desk.clock, "x", "leeds", email="leeds@acme.test", name="Leeds", customer_id="ACME")
    disable_customer(desk.engines, desk.clock, "x", "leeds")
    for sender in ("Lea@home.test", "lea@home.test", "m.lee@acme.test", "clea@home.test"):
        desk.mail(sender=sender)
    (mia,) = desk.desk.people(desk.viewer(anna), "mia L")
    assert (mia.address, mia.name, mia.customer_id) == ("m.lee@acme.test", "Mia Lee", "ACME")
    assert [one.casefold() for one in _meant(desk, anna, " LE")] == ["m.lee@acme.test", "lea@home.test"]
    assert _meant(desk, anna, "m.lee") == ["m.lee@acme.test"]
    assert _meant(desk, anna, "nobody") == _meant(desk, anna, " ") == _meant(desk, anna, "%") == []


def test_nobody_learns_who_writes_to_queues_that_she_may_not_read(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    desk.mail(SALES, sender="known@x.test")
    secret = desk.mail(SECRET, sender="known.only@secret.test")
    assert _meant(desk, anna, "known") == ["known.only@secret.test", "known@x.test"]
    assert _meant(desk, ben, "known") == ["known@x.test"]
    assert _meant(desk, noor, "known") == []
    desk.do(anna, secret, Watch(BEN))
    assert _meant(desk, ben, "known.") == ["known.only@secret.test"]
