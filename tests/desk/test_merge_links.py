"""Links of merged tickets: they go over to the main one, and every ticket concerned tells it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from desk.desk_fixture import CLOSED, MONDAY, SECRET, DeskOnTrial, anna, ben, note
from tuidesk.core.domain.ops import Absorb, Change, Link, LockTicket, MergeInto, SetState, Unlink
from tuidesk.core.domain.states import LinkType
from tuidesk.core.errors import Denied
from tuidesk.core.store import tx
from tuidesk.core.store.check import faults
from tuidesk.core.tickets import apply as path

NORMAL, FAMILY = LinkType.NORMAL, LinkType.PARENT_CHILD


def _check(desk: DeskOnTrial) -> None:
    desk.check_stories()
    with tx.read(desk.engines) as connection:
        assert list(faults(connection, desk.desk.path.config_within(connection))) == []


def test_the_main_ticket_becomes_the_parent_of_the_merged_one(desk: DeskOnTrial) -> None:
    main, merged = desk.mail(), desk.mail()
    desk.merge(anna, merged, main)
    assert desk.kin(main).links == desk.kin(merged).links == {(main.id, merged.id, "ParentChild")}
    (down,) = desk.desk.facts(desk.viewer(anna), main.id).links
    assert (down.ticket_id, down.is_source) == (merged.id, False)
    _check(desk)


def test_links_go_over_and_all_who_are_linked_tell_it(desk: DeskOnTrial) -> None:
    main, merged, friend, parent, child = (desk.mail() for _ in range(5))
    desk.link(anna, merged, friend)
    desk.link(anna, parent, merged, FAMILY)
    desk.link(anna, merged, child, FAMILY)
    done = desk.merge(anna, merged, main)
    assert [change.ticket.id for change in done.changes] == [merged.id, main.id, friend.id, parent.id, child.id]
    assert desk.kin(main).links == {
        (main.id, merged.id, "ParentChild"),
        (main.id, friend.id, "Normal"),
        (parent.id, main.id, "ParentChild"),
        (main.id, child.id, "ParentChild"),
    }
    assert desk.kin(merged).links == {(main.id, merged.id, "ParentChild")}
    for one in (friend, parent, child):
        assert desk.kinds(one, after=2) == ["TicketLinkDelete", "TicketLinkAdd"]
        away, new = (row.event.data for row in desk.desk.history(desk.viewer(anna), one.id)[-2:])
        assert (away["other"]["id"], new["other"]) == (merged.id, {"id": main.id, "number": main.number})
        assert desk.ticket(one).version == 3
    _check(desk)


def test_a_link_that_both_had_stays_one(desk: DeskOnTrial) -> None:
    main, merged, here, there, other = (desk.mail() for _ in range(5))
    desk.link(anna, merged, here)
    desk.link(anna, main, here)
    desk.link(anna, merged, there)
    desk.link(anna, there, main)  # a normal link has no direction
    desk.link(anna, other, merged, FAMILY)
    desk.link(anna, other, main, FAMILY)
    desk.merge(anna, merged, main)
    assert desk.kin(main).links == {
        (main.id, merged.id, "ParentChild"),
        (main.id, here.id, "Normal"),
        (there.id, main.id, "Normal"),
        (other.id, main.id, "ParentChild"),
    }
    assert [desk.kinds(one, after=3) for one in (here, there, other)] == [["TicketLinkDelete"]] * 3
    _check(desk)


@pytest.mark.parametrize("kind", LinkType)
@pytest.mark.parametrize("main_first", [True, False])
def test_a_link_between_the_two_becomes_the_one_of_parent_and_child(
    desk: DeskOnTrial, kind: LinkType, main_first: bool
) -> None:
    main, merged = desk.mail(), desk.mail()
    desk.link(anna, *((main, merged) if main_first else (merged, main)), kind)
    desk.merge(anna, merged, main)
    assert desk.kin(main).links == desk.kin(merged).links == {(main.id, merged.id, "ParentChild")}
    told = [kind for kind in desk.kinds(main, after=2) if kind.startswith("TicketLink")]
    assert told == ([] if main_first and kind is FAMILY else ["TicketLinkDelete", "TicketLinkAdd"])
    _check(desk)


def test_a_chain_of_merges_hands_children_on(desk: DeskOnTrial) -> None:
    one, two, three, friend = (desk.mail() for _ in range(4))
    desk.link(anna, friend, one)
    desk.merge(anna, one, two)
    desk.merge(anna, two, three)
    assert desk.kin(three).links == {
        (three.id, two.id, "ParentChild"),
        (three.id, one.id, "ParentChild"),
        (friend.id, three.id, "Normal"),
    }
    assert desk.ticket(one).merged_into == two.id  # where mail goes is not what is linked
    _check(desk)


def test_merging_needs_no_right_and_no_lock_on_what_is_linked(desk: DeskOnTrial) -> None:
    main, merged, secret, held = desk.mail(), desk.mail(), desk.mail(SECRET), desk.mail()
    closed = desk.do(anna, desk.mail(), SetState(CLOSED))
    for one in (secret, held, closed):
        desk.link(anna, merged, one)
    held = desk.do(anna, held, LockTicket())
    with pytest.raises(Denied):
        desk.do(ben, secret, note())
    before = {one.id: desk.ticket(one) for one in (secret, held, closed)}
    desk.clock.advance(minutes=5)
    desk.merge(ben, merged, main)
    for number, was in before.items():
        now = desk.ticket(number)
        assert (now.version, now.changed_at) == (was.version + 1, desk.clock.now())
        assert (now.owner_id, now.lock, now.state_id, now.closed_at) == (
            was.owner_id, was.lock, was.state_id, was.closed_at,
        )  # fmt: skip
    assert desk.ticket(closed).closed_at == MONDAY
    _check(desk)


def test_two_merges_of_one_act_whose_tickets_are_linked(desk: DeskOnTrial) -> None:
    one, into_one, two, into_two = (desk.mail() for _ in range(4))
    desk.link(anna, one, two)
    desk.link(anna, two, into_one, FAMILY)
    desk.act(
        anna,
        Change(one.id, (MergeInto(into_one.id),)),
        Change(into_one.id, (Absorb(one.id),)),
        Change(into_two.id, (Absorb(two.id),)),
        Change(two.id, (MergeInto(into_two.id),)),
    )
    assert desk.kin(into_one).links == {
        (into_one.id, one.id, "ParentChild"),
        (into_one.id, into_two.id, "Normal"),
        (into_two.id, into_one.id, "ParentChild"),
    }
    _check(desk)


def test_links_made_and_cut_by_the_same_act_come_after_the_move(desk: DeskOnTrial) -> None:
    main, merged, friend, new = (desk.mail() for _ in range(4))
    desk.link(anna, merged, friend)
    desk.act(
        anna,
        Change(friend.id, (Unlink(main.id), note())),
        Change(merged.id, (MergeInto(main.id), Link(new.id))),
        Change(new.id, (Link(merged.id, reverse=True),)),
        Change(main.id, (Absorb(merged.id), Unlink(friend.id))),
    )
    assert desk.kin(friend).links == frozenset()
    assert desk.kin(merged).links == {(main.id, merged.id, "ParentChild"), (merged.id, new.id, "Normal")}
    assert desk.kinds(friend, after=2) == ["TicketLinkDelete", "TicketLinkAdd", "TicketLinkDelete", "AddNote"]
    _check(desk)


def test_a_merge_that_is_refused_moves_no_link(desk: DeskOnTrial) -> None:
    main, merged, friend = desk.mail(SECRET), desk.mail(), desk.mail()
    desk.link(anna, merged, friend)
    before = desk.dump()
    with pytest.raises(Denied):
        desk.merge(ben, merged, main)
    assert desk.dump() == before


def test_a_link_made_while_the_merge_waits_goes_over_too(
    own_desk: DeskOnTrial, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL the merge has looked already when the link is made; on SQLite it has not begun."""
    desk = own_desk
    friend, main, merged = desk.mail(), desk.mail(), desk.mail()
    waiting, go_on = threading.Event(), threading.Event()
    really, calls = path.linked_to, []

    def linked_to(connection: object, ids: object) -> set[int]:
        found = really(connection, ids)  # type: ignore[arg-type]
        calls.append(found)
        if len(calls) == 1:
            waiting.set()
            assert go_on.wait(30)
        return found

    monkeypatch.setattr(path, "linked_to", linked_to)
    with ThreadPoolExecutor(1) as pool:
        if desk.is_sqlite:
            go_on.set()
            desk.link(anna, merged, friend)
        merging = pool.submit(desk.merge, anna, merged, main)
        assert waiting.wait(30)
        if not desk.is_sqlite:
            desk.link(anna, merged, friend)
            go_on.set()
        merging.result(60)
    assert desk.kin(friend).links == {(main.id, friend.id, "Normal")}
    assert (calls[0] == set()) is not desk.is_sqlite
    _check(desk)
