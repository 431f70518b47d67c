"""`tuidesk ticket …`: what agents do all day, for scripts and for people without a screen."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tuidesk.cli.context import agent_of, body_given, opened
from tuidesk.core.domain.actor import Cause, Door
from tuidesk.core.i18n import _

if TYPE_CHECKING:
    from tuidesk.core.domain.ops import Op
    from tuidesk.core.tickets.decision import ActDone

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None)

CAUSE = Cause(Door.CLI)
TIME_FORMATS = ["%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%S"]
Json = Annotated[bool, typer.Option("--json", help=_("One JSON object a line."))]
Number = Annotated[str, typer.Argument(help=_("Ticket number, or any unique ending of it."))]
Body = Annotated[str | None, typer.Option(help=_("The text; without it standard input is read."))]
Attach = Annotated[list[Path] | None, typer.Option("--attach", help=_("Attach this file."), exists=True)]


@app.command(name="list")
def list_tickets(
    view: Annotated[
        str | None,
        typer.Argument(help=_("mine, queues, escalated, new, reminders, unassigned, watched, open or all; without it open, of one state all.")),
    ] = None,
    queue: Annotated[str | None, typer.Option(help=_("Only this queue."))] = None,
    state: Annotated[str | None, typer.Option(help=_("Only this state."))] = None,
    owner: Annotated[str | None, typer.Option(help=_("Only this owner."))] = None,
    customer: Annotated[str | None, typer.Option(help=_("Only this customer."))] = None,
    title: Annotated[str | None, typer.Option(help=_("Only titles that contain this."))] = None,
    sort: Annotated[str | None, typer.Option(help=_("oldest, newest, urgent, changed, escalation or pending."))] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help=_("At most so many."))] = 50,
    json: Json = False,
) -> None:
    """List the first tickets of a view, in its own order unless --sort gives another."""
    from tuidesk.cli.output import complain, show_json, show_table
    from tuidesk.cli.selection import selected
    from tuidesk.cli.tickets_shown import TICKET_HEADINGS, row_cells, row_json
    from tuidesk.core.store.ticket_lists import Page

    with opened() as assembly:
        agent = agent_of(assembly)
        config, now = assembly.desk.config(), assembly.desk.clock.now()
        viewer = assembly.desk.viewer(agent.agent_id)
        wanted = view or ("all" if state else "open")
        tree, order = selected(
            config, viewer, now, wanted, queue=queue, state=state, owner=owner, customer=customer, title=title, sort=sort
        )
        found = assembly.desk.page(viewer, tree, order, Page(limit=limit + 1))
        rows = found[:limit]
        if json:
            for row in rows:
                show_json(row_json(config, row))
        else:
            show_table(TICKET_HEADINGS, [row_cells(config, row, now) for row in rows])
        if len(found) > limit:
            complain(_("There are more than {n}; --limit shows more of them.").format(n=limit))


@app.command()
def show(
    number: Number,
    json: Json = False,
    quotes: Annotated[bool, typer.Option("--quotes", help=_("Show quoted text, which is folded without it."))] = False,
) -> None:
    """Show a ticket with all its articles."""
    from zoneinfo import ZoneInfo

    from tuidesk.cli.output import say_lines, show_json
    from tuidesk.cli.tickets_shown import ticket_json, ticket_text

    with opened() as assembly:
        agent = agent_of(assembly)
        viewer = assembly.desk.viewer(agent.agent_id)
        ticket = assembly.desk.find(viewer, number)
        view, facts = assembly.desk.ticket(viewer, ticket.id), assembly.desk.facts(viewer, ticket.id)
        config = assembly.desk.config()
        if json:
            show_json(ticket_json(config, view, facts))
        else:
            say_lines(ticket_text(config, view, facts, ZoneInfo(config.timezone), quotes=quotes))


@app.command()
def history(number: Number, json: Json = False) -> None:
    """Show what happened to a ticket, by whom and through which door."""
    from tuidesk.cli.output import show_json, show_table
    from tuidesk.core.history_words import history_sentence

    with opened() as assembly:
        agent = agent_of(assembly)
        viewer = assembly.desk.viewer(agent.agent_id)
        ticket = assembly.desk.find(viewer, number)
        rows = assembly.desk.history(viewer, ticket.id)
        if json:
            for row in rows:
                show_json({"version": row.version, "at": row.at, "actor": row.actor, "door": row.door,
                           "kind": row.event.kind.value, "data": row.event.data})  # fmt: skip
        else:
            show_table(
                (_("When"), _("Who"), _("Door"), _("What")),
                [(f"{row.at:%Y-%m-%d %H:%M}", row.actor, row.door, history_sentence(row.event)) for row in rows],
            )


@app.command()
def search(
    words: Annotated[list[str], typer.Argument(help=_("Words that an article must hold, all of them."))],
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    json: Json = False,
) -> None:
    """Search all articles that you may read, newest first."""
    from tuidesk.cli.output import show_json, show_table

    with opened() as assembly:
        agent = agent_of(assembly)
        hits = assembly.desk.search(assembly.desk.viewer(agent.agent_id), " ".join(words), limit=limit)
        if json:
            for hit in hits:
                show_json({"number": hit.ticket_number, "article": hit.article_no, "title": hit.title,
                           "subject": hit.subject, "from": hit.sender, "at": hit.at})  # fmt: skip
        else:
            show_table(
                (_("Number"), _("Article"), _("When"), _("From"), _("Subject")),
                [
                    (hit.ticket_number, f"#{hit.article_no}", f"{hit.at:%Y-%m-%d %H:%M}", hit.sender, hit.subject)
                    for hit in hits
                ],
            )


@app.command()
def new(
    title: Annotated[str, typer.Option(help=_("Title, and subject of the first article."))],
    customer: Annotated[str, typer.Option(help=_("Customer's login or mail address."))],
    queue: Annotated[str | None, typer.Option(help=_("Queue; the default queue without it."))] = None,
    mail: Annotated[
        bool, typer.Option("--mail", help=_("Write to the customer; else it is logged as a call."))
    ] = False,
    body: Body = None,
    attach: Attach = None,
    json: Json = False,
) -> None:
    """Make a ticket by phone (default) or by mail to the customer."""
    from tuidesk.cli.ticket_ops import attachments
    from tuidesk.core.domain.named import queue_named
    from tuidesk.core.tickets import intents

    with opened() as assembly:
        agent = agent_of(assembly)
        config = assembly.desk.config()
        target = queue_named(config, queue or config.default_queue)
        found = assembly.desk.customer(customer)
        files = attachments(attach)
        text = body_given(body, files=bool(files))
        number = assembly.desk.new_number()
        if mail:
            first = intents.first_mail(
                config, target.id, number, to=found.address, cc="", subject=title, body=text, attachments=files,
                delay_s=assembly.settings.mail.undo_send_s,
            )  # fmt: skip
        else:
            first = intents.phone_call(title, text, inbound=True, sender=found.address or found.login, attachments=files)
        done = assembly.desk.act(agent, intents.new_ticket(number, target.id, title, found.login, found.customer_id, first, CAUSE))
        _told(done, json)


@app.command()
def reply(
    number: Number,
    article: Annotated[
        int | None, typer.Option(help=_("Answer this article; the customer's last one without it."))
    ] = None,
    to: Annotated[str | None, typer.Option(help=_("Send to these addresses instead."))] = None,
    cc: Annotated[str, typer.Option(help=_("Send a copy to these addresses."))] = "",
    everybody: Annotated[bool, typer.Option("--all", help=_("Answer all who got the article."))] = False,
    close: Annotated[bool, typer.Option("--close", help=_("Close the ticket as successful."))] = False,
    signature: Annotated[bool, typer.Option(help=_("Add the queue's signature."))] = True,
    body: Body = None,
    attach: Attach = None,
    json: Json = False,
) -> None:
    """Answer by mail; the ticket becomes yours."""
    from tuidesk.cli.ticket_ops import attachments
    from tuidesk.core.domain.ops import Act, Change, SetState
    from tuidesk.core.domain.states import StateType
    from tuidesk.core.errors import NotFound
    from tuidesk.core.tickets import intents

    with opened() as assembly:
        agent = agent_of(assembly)
        config = assembly.desk.config()
        viewer = assembly.desk.viewer(agent.agent_id)
        ticket = assembly.desk.find(viewer, number)
        articles = assembly.desk.ticket(viewer, ticket.id).articles
        if article is None:
            answered = intents.last_customer_article(articles)
        else:
            answered = next((one for one in articles if one.no == article), None)
            if answered is None:
                raise NotFound("article", f"{ticket.number} #{article}")
        found_to, found_cc = intents.reply_recipients(config, ticket, answered, everybody=everybody)
        files = attachments(attach)
        text = body_given(body, files=bool(files))
        queue = config.queues[ticket.queue_id]
        if signature and queue.signature.strip():
            text = f"{text.rstrip()}\n\n-- \n{queue.signature.strip()}\n"
        answer = intents.reply(
            config, ticket, answered, to=to or found_to or assembly.desk.customer_address(ticket), cc=cc or found_cc,
            subject=intents.reply_subject(config, ticket, answered), body=text,
            attachments=files, delay_s=assembly.settings.mail.undo_send_s,
        )  # fmt: skip
        after: tuple[Op, ...] = intents.after_reply(config, ticket)
        if close:
            after = (SetState(config.first_state(StateType.CLOSED).id),)
        done = assembly.desk.act(agent, Act((Change(ticket.id, (answer, *after)),), CAUSE))
        _told(done, json)


@app.command()
def note(
    number: Number,
    subject: Annotated[str, typer.Option(help=_("Subject of the note."))] = "",
    visible: Annotated[bool, typer.Option("--visible", help=_("Show it to the customer."))] = False,
    body: Body = None,
    attach: Attach = None,
    json: Json = False,
) -> None:
    """Add a note; internal unless it is said to be visible."""
    from tuidesk.cli.ticket_ops import attachments
    from tuidesk.core.domain.ops import Act, Change
    from tuidesk.core.tickets import intents

    with opened() as assembly:
        agent = agent_of(assembly)
        ticket = assembly.desk.find(assembly.desk.viewer(agent.agent_id), number)
        files = attachments(attach)
        added = intents.note(
            subject or _("Note"), body_given(body, files=bool(files)), visible=visible, attachments=files,
            sender=assembly.desk.config().agents[agent.agent_id].name,
        )  # fmt: skip
        _told(assembly.desk.act(agent, Act((Change(ticket.id, (added,)),), CAUSE)), json)


@app.command(name="set")
def set_fields(
    number: Number,
    state: Annotated[str | None, typer.Option(help=_("New state."))] = None,
    until: Annotated[
        datetime | None,
        typer.Option(help=_("Pending until this time, in the desk's zone: 2026-12-24, or with 9:30 behind it."), formats=TIME_FORMATS, metavar=_("TIME")),
    ] = None,
    queue: Annotated[str | None, typer.Option(help=_("Move to this queue."))] = None,
    owner: Annotated[str | None, typer.Option(help=_("Give to this agent; `me` is you."))] = None,
    responsible: Annotated[str | None, typer.Option(help=_("Make this agent accountable."))] = None,
    priority: Annotated[str | None, typer.Option(help=_("New priority: 1 to 5, or its name."))] = None,
    title: Annotated[str | None, typer.Option(help=_("New title."))] = None,
    customer: Annotated[str | None, typer.Option(help=_("New customer."))] = None,
    lock: Annotated[bool | None, typer.Option("--lock/--unlock", help=_("Claim it, or give the claim up."))] = None,
    watch: Annotated[bool | None, typer.Option("--watch/--unwatch", help=_("Follow it, or no longer."))] = None,
    seen: Annotated[
        int | None, typer.Option(help=_("The version you looked at: refuse if somebody changed what you set."))
    ] = None,
    json: Json = False,
) -> None:
    """Change one or several fields in one act."""
    from tuidesk.cli.ticket_ops import ops_for
    from tuidesk.core.domain.ops import Act, Change

    with opened() as assembly:
        agent = agent_of(assembly)
        ticket = assembly.desk.find(assembly.desk.viewer(agent.agent_id), number)
        ops = ops_for(
            assembly, agent, ticket, state=state, until=until, queue=queue, owner=owner, responsible=responsible,
            priority=priority, title=title, customer=customer, lock=lock, watch=watch,
        )  # fmt: skip
        _told(assembly.desk.act(agent, Act((Change(ticket.id, ops, seen),), CAUSE)), json)


@app.command()
def close(
    number: Number,
    unsuccessful: Annotated[bool, typer.Option("--unsuccessful", help=_("Close as unsuccessful."))] = False,
    body: Annotated[str | None, typer.Option(help=_("Why, as an internal note."))] = None,
    json: Json = False,
) -> None:
    """Close a ticket."""
    from tuidesk.core.domain.ops import Act, Change, SetState
    from tuidesk.core.errors import NotFound
    from tuidesk.core.tickets import intents

    with opened() as assembly:
        agent = agent_of(assembly)
        config = assembly.desk.config()
        ticket = assembly.desk.find(assembly.desk.viewer(agent.agent_id), number)
        name = "closed unsuccessful" if unsuccessful else "closed successful"  # untranslated: names of states are data
        if name not in config.state_ids:
            raise NotFound("state", name)
        ops: tuple[Op, ...] = (SetState(config.state_ids[name]),)
        if body:
            ops = (intents.note(_("Closed"), body, sender=config.agents[agent.agent_id].name), *ops)
        _told(assembly.desk.act(agent, Act((Change(ticket.id, ops),), CAUSE)), json)


@app.command()
def merge(
    number: Number,
    into: Annotated[str, typer.Argument(help=_("The ticket that stays."))],
    json: Json = False,
) -> None:
    """Merge a ticket into another: its articles, watchers and later mail go there."""
    from tuidesk.core.tickets import intents

    with opened() as assembly:
        agent = agent_of(assembly)
        viewer = assembly.desk.viewer(agent.agent_id)
        merged, main = assembly.desk.find(viewer, number), assembly.desk.find(viewer, into)
        text = _("Merged ticket {merged} into {main}.").format(merged=merged.number, main=main.number)
        name = assembly.desk.config().agents[agent.agent_id].name
        _told(assembly.desk.act(agent, intents.merge(merged, main, CAUSE, text, sender=name)), json)


@app.command()
def link(
    number: Number,
    other: Annotated[str, typer.Argument(help=_("The other ticket."))],
    parent: Annotated[bool, typer.Option("--parent", help=_("The first ticket is the parent of the other."))] = False,
    remove: Annotated[bool, typer.Option("--remove", help=_("Take the link away."))] = False,
    json: Json = False,
) -> None:
    """Link two tickets."""
    from tuidesk.core.domain.states import LinkType
    from tuidesk.core.tickets import intents

    with opened() as assembly:
        agent = agent_of(assembly)
        viewer = assembly.desk.viewer(agent.agent_id)
        one, two = assembly.desk.find(viewer, number), assembly.desk.find(viewer, other)
        kind = LinkType.PARENT_CHILD if parent else LinkType.NORMAL
        build = intents.unlink if remove else intents.link
        _told(assembly.desk.act(agent, build(one, two, kind, CAUSE)), json)


@app.command()
def raw(number: Number, article: Annotated[int, typer.Argument(help=_("Number of the article."))]) -> None:
    """Write the mail that an article came from or left as, byte for byte."""
    from tuidesk.cli.output import write_bytes

    with opened() as assembly:
        agent = agent_of(assembly)
        viewer = assembly.desk.viewer(agent.agent_id)
        write_bytes(assembly.desk.raw(viewer, assembly.desk.find(viewer, number).id, article))


@app.command()
def file(
    number: Number,
    article: Annotated[int, typer.Argument(help=_("Number of the article."))],
    n: Annotated[int, typer.Argument(help=_("Number of the file."))],
) -> None:
    """Write a file of an article to standard output."""
    from tuidesk.cli.output import write_bytes

    with opened() as assembly:
        agent = agent_of(assembly)
        viewer = assembly.desk.viewer(agent.agent_id)
        _name, data = assembly.desk.file(viewer, assembly.desk.find(viewer, number).id, article, n)
        write_bytes(data)


def _told(done: ActDone, json: bool) -> None:
    """Say what an act did: the ticket's number and new version, and what is on its way."""
    from tuidesk.cli.output import say, show_json

    for change in done.changes:
        facts: dict[str, Any] = {
            "number": change.ticket.number,
            "version": change.ticket.version,
            "events": [event.kind.value for event in change.events],
            "articles": list(change.article_ids),
            "outbox": list(change.outbox_ids),
        }
        if json:
            show_json(facts)
        elif change.events:
            say(f"{change.ticket.number}  {', '.join(facts['events'])}")
        else:
            say(_("{number}  nothing to change").format(number=change.ticket.number))
