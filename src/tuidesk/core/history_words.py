"""History in words: rendered when it is read, never when it is written."""

from __future__ import annotations

from typing import Any

from tuidesk.core.domain.events import ARTICLE_KINDS, Event, Kind
from tuidesk.core.i18n import _


def history_sentence(event: Event) -> str:
    """Return what an event says, in the reader's language."""
    data = event.data
    if data is None:
        return _("{kind}: erased").format(kind=event.kind.value)
    if event.kind in ARTICLE_KINDS:
        return _article(event.kind, data)
    match event.kind:
        case Kind.NEW_TICKET:
            return _("ticket {number} made in {queue}, {state}, {priority}").format(
                number=data["number"],
                queue=data["queue"]["name"],
                state=data["state"]["name"],
                priority=data["priority"]["name"],
            )
        case Kind.MOVE | Kind.STATE | Kind.PRIORITY | Kind.OWNER | Kind.RESPONSIBLE:
            return _("{field}: {old} → {new}").format(
                field=_field(event.kind), old=data["old"]["name"], new=data["new"]["name"]
            )
        case Kind.TITLE:
            return _("title: {old} → {new}").format(old=data["old"], new=data["new"])
        case Kind.CUSTOMER:
            return _("customer: {old} → {new}").format(
                old=data["old"]["customer_user"], new=data["new"]["customer_user"]
            )
        case Kind.PENDING:
            return _("pending until {when}").format(when=data["new"]) if data["new"] else _("no longer pending")
        case Kind.LOCK:
            return _("locked")
        case Kind.UNLOCK:
            return _("unlocked")
        case Kind.VISIBLE:
            shown = _("shown to the customer") if data["new"] else _("hidden from the customer")
            return _("article {no} {shown}").format(no=data["no"], shown=shown)
        case Kind.SUBSCRIBE:
            return _("{agent} watches").format(agent=data["agent"]["name"])
        case Kind.UNSUBSCRIBE:
            return _("{agent} no longer watches").format(agent=data["agent"]["name"])
        case Kind.LINK_ADD:
            return _("linked with {number} ({type})").format(number=data["other"]["number"], type=data["type"])
        case Kind.LINK_DELETE:
            return _("link with {number} removed ({type})").format(number=data["other"]["number"], type=data["type"])
        case Kind.MERGED if data["role"] == "main":
            return _("took in ticket {number} with {count} articles").format(
                number=data["merged"]["number"], count=len(data["articles"])
            )
        case Kind.MERGED:
            return _("merged into {number}").format(number=data["main"]["number"])
        case Kind.LOOP_PROTECTION:
            return _("no automatic reply: {address} got {limit} today").format(
                address=data["address"], limit=data["limit"]
            )
        case Kind.SEND_STOPPED:
            return _("mail of article {no} stopped before it left").format(no=data["no"])
        case Kind.SEND_UNCERTAIN:
            return _("mail of article {no} was maybe sent: {reply}").format(no=data["no"], reply=data["reply"])
        case Kind.SEND_ERROR:
            said = f"{data['code']} {data['reply']}" if data["code"] else data["reply"]
            if not data["no"]:
                return _("a mail did not reach {address}: {said}").format(address=data["address"], said=said)
            return _("mail of article {no} did not reach {address}: {said}").format(
                no=data["no"], address=data["address"], said=said
            )
        case Kind.RULE_FAILED:
            return _("rule {rule} failed: {error}").format(rule=data["rule"], error=data["error"])
        case Kind.MISC:
            return f"{data['what']}: {data['why']}"
        case _:
            return event.kind.value


def _article(kind: Kind, data: Any) -> str:
    words = {
        Kind.FOLLOW_UP: _("follow-up from {who}"),
        Kind.EMAIL_CUSTOMER: _("mail from {who}"),
        Kind.EMAIL_AGENT: _("mail to {to}"),
        Kind.PHONE_CUSTOMER: _("call from {who}"),
        Kind.PHONE_AGENT: _("call by {who}"),
        Kind.ADD_NOTE: _("note"),
        Kind.SEND_ANSWER: _("answer to {to}"),
        Kind.FORWARD: _("forwarded to {to}"),
        Kind.SEND_AUTO_REPLY: _("automatic reply to {to}"),
        Kind.SEND_AUTO_REJECT: _("automatic rejection to {to}"),
        Kind.SEND_AUTO_FOLLOW_UP: _("automatic confirmation to {to}"),
        Kind.SYSTEM_REQUEST: _("message of the system"),
    }[kind]
    text = words.format(who=data.get("from", ""), to=", ".join(data.get("to", ())))
    flags = f" [{', '.join(data['flags'])}]" if data.get("flags") else ""
    return f"#{data['article']['no']} {text}{flags}"


def _field(kind: Kind) -> str:
    return {
        Kind.MOVE: _("queue"),
        Kind.STATE: _("state"),
        Kind.PRIORITY: _("priority"),
        Kind.OWNER: _("owner"),
        Kind.RESPONSIBLE: _("responsible"),
    }[kind]
