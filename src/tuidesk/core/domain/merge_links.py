"""What merging does to links (OTRS rule 1.12): those of the merged ticket go over to the main one.

Invariant: the moves are reckoned for the whole act at once, so both ends of every link tell the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from tuidesk.core.domain.states import LinkType

LinkKey: TypeAlias = tuple[int, int, str]
"""A link as (source id, target id, type)."""


@dataclass(frozen=True, slots=True)
class LinkMoves:
    """The links that one ticket loses and gets by the merges of an act, in order."""

    gone: tuple[LinkKey, ...] = ()
    new: tuple[LinkKey, ...] = ()


def moves_by_merges(merged_into: Mapping[int, int], links: Iterable[LinkKey]) -> dict[int, LinkMoves]:
    """Return by ticket what merges do to its links; a ticket whose links stay is not named.

    `merged_into` gives the main ticket by the merged one, none of which is main in another merge; `links` are
    all links of them. A link that both had stays one, one between the two is replaced: the main ticket becomes
    the parent of the merged one.
    """
    before = frozenset(links)
    after = {link for link in before if link[0] not in merged_into and link[1] not in merged_into}
    for source, target, kind in sorted(before - after):
        moved = (merged_into.get(source, source), merged_into.get(target, target), kind)
        if moved[0] != moved[1] and not is_linked(after, moved):
            after.add(moved)
    after |= {(main, merged, LinkType.PARENT_CHILD.value) for merged, main in merged_into.items()}
    gone, new = sorted(before - after), sorted(after - before)
    tickets = {end for link in (*gone, *new) for end in link[:2]}
    return {
        ticket: LinkMoves(
            tuple(link for link in gone if ticket in link[:2]),
            tuple(link for link in new if ticket in link[:2]),
        )
        for ticket in tickets
    }


def is_linked(links: Iterable[LinkKey], link: LinkKey) -> bool:
    """Say whether a link is there already; a normal one has no direction."""
    source, target, kind = link
    return link in links or (kind == LinkType.NORMAL and (target, source, kind) in links)
