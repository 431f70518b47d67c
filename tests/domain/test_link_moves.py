"""Where links go when tickets are merged, as a pure function."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tuidesk.core.domain.merge_links import LinkKey, LinkMoves, is_linked, moves_by_merges

N, P = "Normal", "ParentChild"
MAIN, MERGED, THIRD, FOURTH = 1, 2, 3, 4
CHILD = (MAIN, MERGED, P)


@pytest.mark.parametrize(
    ("links", "gone", "new"),
    [
        ([], [], [CHILD]),
        # over to the main ticket, in its direction
        ([(MERGED, THIRD, N)], [(MERGED, THIRD, N)], [CHILD, (MAIN, THIRD, N)]),
        ([(THIRD, MERGED, P)], [(THIRD, MERGED, P)], [CHILD, (THIRD, MAIN, P)]),
        # both had it: once is enough, and a normal link has no direction
        ([(MERGED, THIRD, N), (MAIN, THIRD, N)], [(MERGED, THIRD, N)], [CHILD]),
        ([(MERGED, THIRD, N), (THIRD, MAIN, N)], [(MERGED, THIRD, N)], [CHILD]),
        ([(MERGED, THIRD, P), (MAIN, THIRD, P)], [(MERGED, THIRD, P)], [CHILD]),
        # a parent is no child, and a family is no normal link
        ([(MERGED, THIRD, P), (THIRD, MAIN, P)], [(MERGED, THIRD, P)], [CHILD, (MAIN, THIRD, P)]),
        ([(MERGED, THIRD, N), (MAIN, THIRD, P)], [(MERGED, THIRD, N)], [CHILD, (MAIN, THIRD, N)]),
        # between the two themselves
        ([(MAIN, MERGED, N)], [(MAIN, MERGED, N)], [CHILD]),
        ([(MERGED, MAIN, N)], [(MERGED, MAIN, N)], [CHILD]),
        ([(MERGED, MAIN, P)], [(MERGED, MAIN, P)], [CHILD]),
        ([CHILD], [], []),
        ([CHILD, (MERGED, MAIN, P), (MAIN, MERGED, N)], [(MAIN, MERGED, N), (MERGED, MAIN, P)], []),
        # what the main ticket had stays
        ([(MAIN, THIRD, N)], [], [CHILD]),
    ],
)
def test_one_merge(links: list[LinkKey], gone: list[LinkKey], new: list[LinkKey]) -> None:
    moves = moves_by_merges({MERGED: MAIN}, links)
    assert {link for one in moves.values() for link in one.gone} == set(gone)
    assert {link for one in moves.values() for link in one.new} == set(new)


def test_each_ticket_is_told_what_concerns_it() -> None:
    moves = moves_by_merges({MERGED: MAIN}, [(MERGED, THIRD, N), (FOURTH, MERGED, P), (MAIN, FOURTH, N)])
    assert moves[THIRD] == LinkMoves(((MERGED, THIRD, N),), ((MAIN, THIRD, N),))
    assert moves[FOURTH] == LinkMoves(((FOURTH, MERGED, P),), ((FOURTH, MAIN, P),))
    assert moves[MERGED] == LinkMoves(((MERGED, THIRD, N), (FOURTH, MERGED, P)), (CHILD,))
    assert moves[MAIN] == LinkMoves((), (CHILD, (MAIN, THIRD, N), (FOURTH, MAIN, P)))


def test_two_merges_of_one_act_that_are_linked() -> None:
    moves = moves_by_merges({2: 1, 4: 3}, [(2, 4, N), (4, 1, N)])
    assert moves[1].new == ((1, 2, P), (1, 3, N))
    assert moves[3].new == ((1, 3, N), (3, 4, P))
    assert moves[4].gone == ((2, 4, N), (4, 1, N))


_links = st.sets(
    st.tuples(st.integers(1, 6), st.integers(1, 6), st.sampled_from((N, P))).filter(lambda link: link[0] != link[1])
)
_merges = st.sampled_from(({2: 1}, {1: 2}, {2: 1, 3: 1}, {2: 1, 4: 3}, {6: 5, 1: 5}))


@given(merges=_merges, links=_links)
def test_whatever_was_linked_both_ends_agree_and_nothing_is_lost(merges: dict[int, int], links: set[LinkKey]) -> None:
    touched = {link for link in links if {link[0], link[1]} & {*merges, *merges.values()}}
    moves = moves_by_merges(merges, touched)
    ends: dict[int, set[LinkKey]] = {n: {link for link in links if n in link[:2]} for n in range(1, 7)}
    for ticket, one in moves.items():
        assert set(one.gone) <= ends[ticket]
        assert not set(one.new) & ends[ticket]
        ends[ticket] = (ends[ticket] - set(one.gone)) | set(one.new)
    after = {link for told in ends.values() for link in told}
    for ticket, told in ends.items():
        assert told == {link for link in after if ticket in link[:2]}
    for merged, main in merges.items():
        assert (main, merged, P) in after
        assert {link for link in after if merged in link[:2]} == {(main, merged, P)}
    for source, target, kind in links:
        moved = (merges.get(source, source), merges.get(target, target), kind)
        assert moved[0] == moved[1] or is_linked(after, moved)
