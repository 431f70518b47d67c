"""Merging: one ticket ends as a part of another, and nothing of it is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from desk.desk_fixture import (
    ANNA,
    BEN,
    CORA,
    MONDAY,
    OPEN,
    REMINDER,
    SECRET,
    SUPPORT,
    DeskOnTrial,
    anna,
    answer,
    ben,
    note,
)
from tuidesk.core.domain.actor import POSTMASTER, Cause, Door
from tuidesk.core.domain.ops import Absorb, Act, Change, LockTicket, MergeInto, NewTicket, SetState, SetTitle, Watch
from tuidesk.core.domain.states import NOBODY, Lock, StateType
from tuidesk.core.errors import Denied, Invalid, LockedByOther, NotFound


def test_articles_go_on_from_the_numbers_of_the_main_ticket(desk: DeskOnTrial) -> None:
    main, merged = desk.mail(body="main 1"), desk.mail(body="merged 1")
    desk.follow_up(main, body="main 2")
    desk.follow_up(merged, body="merged 2")
    desk.merge(anna, merged, main)
    view = desk.desk.ticket(desk.viewer(anna), main.id)
    assert [(one.no, one.body) for one in view.articles] == [
        (1, "main 1"), (2, "main 2"), (3, "merged 1"), (4, "merged 2"),
    ]  # fmt: skip
    assert desk.desk.ticket(desk.viewer(anna), merged.id).articles == []
    desk.check_stories()


@pytest.mark.parametrize("main_first", [False, True])
def test_both_tickets_tell_it(desk: DeskOnTrial, main_first: bool) -> None:
    main, merged = desk.mail(), desk.mail()
    changes = [Change(merged.id, (MergeInto(main.id),)), Change(main.id, (Absorb(merged.id),))]
    desk.act(anna, *(reversed(changes) if main_first else changes))
    assert desk.kinds(merged, after=1) == ["OwnerUpdate", "Lock", "Merged", "StateUpdate", "Unlock", "TicketLinkAdd"]
    assert desk.kinds(main, after=1) == ["Merged", "TicketLinkAdd"]
    rows = desk.desk.history(desk.viewer(anna), main.id)
    told = rows[-2].event.data
    assert told["merged"] == {"id": merged.id, "number": merged.number}
    assert [(item["old_no"], item["no"]) for item in told["articles"]] == [(1, 2)]
    desk.check_stories()


def test_the_merged_ticket_ends_closed_free_and_without_a_time_to_wait_for(desk: DeskOnTrial) -> None:
    main = desk.mail()
    merged = desk.do(ben, desk.mail(), SetState(REMINDER, MONDAY + timedelta(days=1)))
    desk.merge(ben, merged, main)
    ended = desk.ticket(merged)
    assert (ended.state_type, ended.merged_into, ended.closed_at) == (StateType.MERGED, main.id, MONDAY)
    assert (ended.lock, ended.pending_until) == (Lock.UNLOCK, None)
    assert desk.desk.facts(desk.viewer(ben), merged.id).due.escalation_at is None


def test_watchers_move_without_doubles(desk: DeskOnTrial) -> None:
    main, merged = desk.mail(), desk.mail()
    desk.do(anna, main, Watch(ANNA), Watch(BEN))
    desk.do(anna, merged, Watch(BEN), Watch(CORA))
    desk.merge(anna, merged, main)
    assert desk.kin(main).watchers == {ANNA, BEN, CORA}
    assert desk.kin(merged).watchers == frozenset()
    desk.check_stories()


def test_later_articles_get_numbers_that_nobody_had(desk: DeskOnTrial) -> None:
    main, merged = desk.mail(), desk.mail()
    desk.merge(anna, merged, main, note("Merged into the other"))
    assert [head.no for head in desk.kin(merged).articles] == [2]
    desk.follow_up(main)
    desk.follow_up(merged, body="to the old number")  # the door decides where it goes; nothing may break
    assert [head.no for head in desk.kin(main).articles] == [1, 2, 3]
    assert [head.no for head in desk.kin(merged).articles] == [2, 3]
    desk.check_stories()


def test_the_last_words_of_the_customer_count_for_the_main_ticket(desk: DeskOnTrial) -> None:
    main = desk.mail()
    desk.clock.advance(minutes=10)
    merged = desk.mail()
    desk.clock.advance(minutes=10)
    desk.do(ben, main, answer())
    desk.merge(ben, merged, main)
    assert desk.ticket(main).last_customer_article_at == MONDAY + timedelta(minutes=10)
    desk.check_stories()


def test_a_chain_of_merges_keeps_all_articles(desk: DeskOnTrial) -> None:
    one, two, three = desk.mail(body="1"), desk.mail(body="2"), desk.mail(body="3")
    desk.merge(anna, one, two)
    desk.merge(anna, two, three)
    view = desk.desk.ticket(desk.viewer(anna), three.id)
    assert [(one.no, one.body) for one in view.articles] == [(1, "3"), (2, "2"), (3, "1")]
    assert (desk.ticket(one).merged_into, desk.ticket(two).merged_into) == (two.id, three.id)
    desk.check_stories()


def test_a_merged_ticket_that_is_opened_again_reckons_from_what_it_has_left(desk: DeskOnTrial) -> None:
    main, merged = desk.mail(), desk.mail()
    desk.merge(anna, merged, main)
    desk.do(anna, merged, SetState(OPEN))
    assert desk.ticket(merged).closed_at is None
    desk.check_stories()


def _half(merged: int, main: int) -> list[tuple[Change, ...]]:
    return [
        (Change(merged, (MergeInto(main),)),),
        (Change(main, (Absorb(merged),)),),
        (Change(merged, (MergeInto(main),)), Change(main, (SetTitle("X"),))),
        (Change(merged, (MergeInto(main),)), Change(main, (MergeInto(merged),))),
        (Change(merged, (SetTitle("X"), MergeInto(main))), Change(main, (Absorb(merged),))),
        (Change(merged, (MergeInto(merged), Absorb(merged))),),
    ]


@pytest.mark.parametrize("n", range(6))
def test_half_a_merge_is_refused(desk: DeskOnTrial, n: int) -> None:
    main, merged = desk.mail(), desk.mail()
    before = desk.dump()
    with pytest.raises(Invalid):
        desk.act(anna, *_half(merged.id, main.id)[n])
    assert desk.dump() == before


def test_what_is_merged_already_or_not_there_is_refused(desk: DeskOnTrial) -> None:
    one, two, three = desk.mail(), desk.mail(), desk.mail()
    desk.merge(anna, one, two)
    before = desk.dump()
    for merged, main in ((one, three), (three, one)):
        with pytest.raises(Invalid):
            desk.merge(anna, merged, main)
    with pytest.raises(NotFound):
        desk.act(anna, Change(three.id, (MergeInto(4711),)), Change(4711, (Absorb(three.id),)))
    with pytest.raises(Invalid):
        desk.act(anna, Change(NewTicket("77", SUPPORT, "t"), (Absorb(three.id),)))
    assert desk.dump() == before


def test_both_tickets_must_be_ones_own_to_change(desk: DeskOnTrial) -> None:
    mine, secret = desk.mail(), desk.mail(SECRET)
    for merged, main in ((mine, secret), (secret, mine)):
        with pytest.raises(Denied):
            desk.merge(ben, merged, main)
    with pytest.raises(Denied):
        changes = (Change(mine.id, (MergeInto(secret.id),)), Change(secret.id, (Absorb(mine.id),)))
        desk.desk.act(POSTMASTER, Act(changes, Cause(Door.MAIL)))


def test_a_ticket_that_somebody_holds_is_not_merged_away(desk: DeskOnTrial) -> None:
    main = desk.mail()
    merged = desk.do(anna, desk.mail(), LockTicket())
    with pytest.raises(LockedByOther):
        desk.merge(ben, merged, main)
    assert desk.ticket(main).owner_id == NOBODY
