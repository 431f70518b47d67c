"""Links and watchers: both ends tell a link, and only what is there is taken away."""

from __future__ import annotations

import pytest

from desk.desk_fixture import ANNA, BEN, NOOR, SECRET, SUPPORT, DeskOnTrial, anna, ben, noor, note
from tuidesk.core.domain.ops import Change, Link, NewTicket, Unlink, Unwatch, Watch
from tuidesk.core.domain.states import LinkType
from tuidesk.core.errors import Denied, Invalid, NotFound


def test_both_ends_tell_a_link_and_show_it(desk: DeskOnTrial) -> None:
    parent, child = desk.mail(), desk.mail()
    desk.link(anna, parent, child, LinkType.PARENT_CHILD)
    for one in (parent, child):
        assert desk.kinds(one, after=1) == ["TicketLinkAdd"]
        assert desk.kin(one).links == {(parent.id, child.id, "ParentChild")}
    viewer = desk.viewer(anna)
    (down,) = desk.desk.facts(viewer, parent.id).links
    (up,) = desk.desk.facts(viewer, child.id).links
    assert (down.ticket_id, down.is_source, up.ticket_id, up.is_source) == (child.id, False, parent.id, True)
    desk.check_stories()


def test_the_same_link_twice_changes_nothing(desk: DeskOnTrial) -> None:
    one, two = desk.mail(), desk.mail()
    desk.link(anna, one, two)
    before = desk.dump()
    assert desk.link(anna, one, two).act_id is None
    assert desk.link(anna, two, one).act_id is None  # a normal link has no direction
    assert desk.dump() == before


def test_no_ticket_is_its_parents_parent(desk: DeskOnTrial) -> None:
    parent, child = desk.mail(), desk.mail()
    desk.link(anna, parent, child, LinkType.PARENT_CHILD)
    before = desk.dump()
    with pytest.raises(Invalid):
        desk.link(anna, child, parent, LinkType.PARENT_CHILD)
    assert desk.dump() == before


def test_a_family_is_taken_apart_from_either_end(desk: DeskOnTrial) -> None:
    one, two = desk.mail(), desk.mail()
    desk.link(anna, one, two, LinkType.PARENT_CHILD)
    desk.link(anna, one, two)
    assert len(desk.kin(one).links) == 2
    kind = LinkType.PARENT_CHILD
    desk.act(anna, Change(two.id, (Unlink(one.id, kind),)), Change(one.id, (Unlink(two.id, kind),)))
    assert desk.kin(one).links == desk.kin(two).links == {(one.id, two.id, "Normal")}
    desk.check_stories()


@pytest.mark.parametrize("n", range(7))
def test_half_a_link_is_refused(desk: DeskOnTrial, n: int) -> None:
    one, two = desk.mail(), desk.mail()
    desk.link(anna, one, two)
    child = LinkType.PARENT_CHILD
    halves: list[tuple[Change, ...]] = [
        (Change(one.id, (Link(two.id, child),)),),
        (Change(one.id, (Link(two.id, child, reverse=True),)),),
        (Change(one.id, (Link(two.id, child),)), Change(two.id, (Link(one.id, child),))),
        (Change(one.id, (Link(two.id, child),)), Change(two.id, (Link(one.id, reverse=True),))),
        (Change(one.id, (Link(two.id, child),)), Change(two.id, (note(),))),
        (Change(one.id, (Unlink(two.id),)),),
        (Change(one.id, (Unlink(two.id),)), Change(two.id, (Unlink(one.id, child),))),
    ]
    before = desk.dump()
    with pytest.raises(Invalid):
        desk.act(anna, *halves[n])
    assert desk.dump() == before


def test_links_of_nothing_are_refused(desk: DeskOnTrial) -> None:
    one = desk.mail()
    with pytest.raises(Invalid):
        desk.do(anna, one, Link(one.id))
    with pytest.raises(NotFound):
        desk.act(anna, Change(one.id, (Link(4711),)), Change(4711, (Link(one.id, reverse=True),)))
    with pytest.raises(Invalid):
        desk.act(anna, Change(NewTicket("77", SUPPORT, "t"), (Link(one.id),)))


def test_both_ends_must_be_ones_own_to_change(desk: DeskOnTrial) -> None:
    mine, secret = desk.mail(), desk.mail(SECRET)
    before = desk.dump()
    with pytest.raises(Denied):
        desk.link(ben, mine, secret)
    assert desk.dump() == before


def test_watching_is_told_and_ends(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    desk.do(ben, ticket, Watch(BEN))
    assert desk.desk.facts(desk.viewer(ben), ticket.id).watchers == [BEN]
    desk.do(ben, ticket, Unwatch(BEN))
    assert desk.kinds(ticket, after=1) == ["Subscribe", "Unsubscribe"]
    assert desk.kin(ticket).watchers == frozenset()
    desk.check_stories()


def test_a_new_ticket_may_be_watched_from_its_first_moment(desk: DeskOnTrial) -> None:
    new = NewTicket(desk.desk.new_number(), SUPPORT, "Mine to watch")
    ticket = desk.act(ben, Change(new, (Watch(BEN), Watch(BEN), note()))).changes[0].ticket
    assert desk.kin(ticket).watchers == {BEN}
    desk.check_stories()


def test_an_agent_who_was_disabled_watches_nothing_new_and_can_be_taken_off(own_desk: DeskOnTrial) -> None:
    desk = own_desk
    watched, other = desk.do(anna, desk.mail(), Watch(NOOR)), desk.mail()
    desk.configure("update agent set valid = false where login = 'noor'")
    with pytest.raises(Invalid):
        desk.do(anna, other, Watch(NOOR))
    desk.do(anna, watched, Unwatch(NOOR))
    assert desk.kin(watched).watchers == frozenset()


def test_nobody_watches_what_she_may_not_read(desk: DeskOnTrial) -> None:
    ticket = desk.mail()
    with pytest.raises(Denied):
        desk.do(noor, ticket, Watch(NOOR))
    assert desk.desk.facts(desk.viewer(anna), ticket.id).watchers == []
    assert ANNA not in desk.kin(ticket).watchers
