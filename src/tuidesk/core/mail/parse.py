"""The reader of mails: bytes in, a `ParsedMail` out, never an exception.

Here lives what the parts of a mail are for: which is the text, which are attachments, and what the header
says. Must not touch the store, the clock or the network, and starts no process. Invariants: `read_mail`
returns for every bytes; what it returns is bounded by the limits below; nothing of the mail is lost in
silence: what was left out or guessed has a word in `problems`, and the raw mail is kept by others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from tuidesk.core.domain.text import storable
from tuidesk.core.mail.addresses import read_addresses
from tuidesk.core.mail.charset import decode
from tuidesk.core.mail.classify import bounced_message_id, classify
from tuidesk.core.mail.delivery_status import DELIVERY_STATUS, REPORTS_MAX, read_delivery_status
from tuidesk.core.mail.flowed import unflow
from tuidesk.core.mail.headers import message_ids, parameters, plain, read_date, readable, single_line, unfold
from tuidesk.core.mail.html import HTML_MAX, is_laid_out
from tuidesk.core.mail.html import html_to_text as convert_html
from tuidesk.core.mail.names import attachment_name, mail_name
from tuidesk.core.mail.parsed import NOBODY, Address, ParsedMail, Part
from tuidesk.core.mail.protection import (
    UNPROTECTED,
    Protection,
    container_protection,
    file_protection,
    inline_protection,
    merged,
)
from tuidesk.core.mail.transfer import is_known
from tuidesk.core.mail.tree import DEPTH_MAX, MEDIA_TYPE, PARSER_FAULTS, Node, leaves, nodes, read_tree
from tuidesk.core.mail.uuencode import take_files
from tuidesk.core.mail.winmail import SIGNATURE, Winmail, read_winmail

TEXT_MAX = 10_000_000
"""Characters of a text: a log of 100,000 lines is kept whole, and what is beyond lies in a file."""
SUBJECT_MAX = 3800
HEADER_MAX = 4000
HEADERS_MAX = 200
NAME_MAX = 100
REFERENCES_MAX = 100
PROBLEMS_MAX = 50

_SENDERS = ("from", "reply-to", "return-path", "sender")
_DELIVERED = ("resent-to", "envelope-to", "delivered-to", "x-original-to")
_META_CHARSET = re.compile(rb"<meta\b[^>]{0,300}?charset\s*=\s*[\"']?\s*([\w.:-]{2,40})", re.IGNORECASE)
_HTML_SOURCE = re.compile(r"\s*(?:<!doctype html|<html[\s>]|<!--)", re.IGNORECASE)
_NOT_IN_CHARSET = re.compile(r"[^a-z0-9._:+-]+")
_UUENCODED = "begin "
_INLINE_TEXT = ("text/plain", "text/html", "text/markdown", "text/x-markdown")
_DATA_TEXT = frozenset(
    (
        *("text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/rfc822-headers", "text/rtf"),
        *("text/csv", "text/tab-separated-values", "text/xml", "text/css", "text/javascript"),
        *("text/x-amp-html", "text/watch-html"),
    )
)
"""Text that is for programs, or that other readers here show."""
_WITHOUT_NAME = ("text/", "multipart/", "message/")
"""What may be read as text, which a name of a place does not change, or is named by its subject."""
_FILE_NAME = re.compile(r"[^/\\:%?#<>\s]{1,100}\.[A-Za-z0-9]{1,5}")
_WINMAIL = ("application/ms-tnef", "application/vnd.ms-tnef", "application/octet-stream")
_COMMANDS = ("rt-",)
"""Headers by which other ticket systems take commands: nobody outside may give any, so they are not handed on."""


def read_mail(raw: bytes, *, html_to_text: Callable[[str], str] | None = None) -> ParsedMail:
    """Read one mail.

    `html_to_text` is called for each html body that has no plain text beside it; None converts within this
    process, which is right for trusted mail only (`html_child.HtmlReader.read` bounds time and memory).
    """
    try:
        return _Reader(raw, html_to_text or convert_html).read()
    except PARSER_FAULTS as fault:
        # The last net: a defect in here must not cost a mail. Tests demand that no mail needs it.
        return _opaque(raw, f"reader:{type(fault).__name__}")


@dataclass(slots=True)
class _Body:
    """An inline text: `text` of a plain one is decoded, that of html is its source; `cut` when some is missing."""

    node: Node
    html: bool
    text: str
    part: Part
    cut: bool = False

    @property
    def empty(self) -> bool:
        return not self.text.strip()


@dataclass(slots=True)
class _Found:
    """What a part of the tree holds: bodies and attachments in the order of the mail."""

    bodies: list[_Body] = field(default_factory=list)
    other_bodies: list[_Body] = field(default_factory=list)
    attachments: list[Part] = field(default_factory=list)
    leaves: int = 0

    def add(self, more: _Found) -> None:
        self.leaves += more.leaves
        self.bodies += more.bodies
        self.other_bodies += more.other_bodies
        self.attachments += more.attachments


class _Reader:
    """Reads one mail; holds what its steps share."""

    def __init__(self, raw: bytes, html_to_text: Callable[[str], str]) -> None:
        self._html_to_text = html_to_text
        self._problems: dict[str, None] = {}
        self._root, problems = read_tree(raw)
        self._note(*problems)
        self._hint = self._charset_hint()
        self._first_leaf = next(leaves(self._root))
        self._spare: tuple[Node, Part] | None = None
        self._packed: Winmail | None = None

    def read(self) -> ParsedMail:
        found = self._collect(self._root)
        if not found.bodies or (self._packed is not None and all(body.empty for body in found.bodies)):
            self._promote(found)
        text, text_from = self._text(found.bodies)
        attachments = self._attachments(found)
        headers = self._headers()
        subject = headers.get("subject", "")[:SUBJECT_MAX]
        sender = self._sender()
        fields = self._root.fields
        status = (part.data for part in attachments if part.content_type in DELIVERY_STATUS)
        reports = tuple(islice((report for data in status for report in read_delivery_status(data)), REPORTS_MAX))
        automatic = classify(
            fields,
            sender=sender.address,
            content_type=self._root.media,
            report_type=self._root.parameters.get("report-type", "").lower(),
            subject=subject,
            parts=frozenset(part.content_type for part in attachments),
            reports=bool(reports),
        )
        bounce_of = ""
        if automatic.bounce:
            bounce_of = bounced_message_id(((part.content_type, part.data) for part in attachments), text)
        date_value = self._root.first("date")
        date = read_date(date_value) if date_value else None
        if date_value and date is None:
            self._note("date")
        parts_found = sum(1 for _ in leaves(self._root)) + ("parts" in self._problems)
        return ParsedMail(
            message_id=next(iter(message_ids(fields.get("message-id", [])[:1], 1)), ""),
            in_reply_to=message_ids(fields.get("in-reply-to", []), REFERENCES_MAX),
            references=message_ids(fields.get("references", []), REFERENCES_MAX),
            sender=sender,
            reply_to=self._addresses("reply-to"),
            to=self._addresses("to"),
            cc=self._addresses("cc"),
            delivered_to=tuple(dict.fromkeys(who for name in _DELIVERED for who in self._addresses(name))),
            subject=subject,
            date=date,
            text=text,
            text_from=text_from,
            attachments=attachments,
            automatic=automatic,
            bounce_of=single_line(bounce_of, 2000),
            delivery_reports=reports if automatic.bounce else (),
            protection=self._protection(found),
            headers=headers,
            parts_found=parts_found,
            parts_kept=found.leaves,
            problems=tuple(self._problems)[:PROBLEMS_MAX],
        )

    # --- header ----------------------------------------------------------------------------------

    def _charset_hint(self) -> str:
        """Return the first charset declared for a text: raw bytes in the header are in it too."""
        for node in leaves(self._root):
            charset = node.parameters.get("charset", "")
            if charset and node.media.startswith("text/"):
                return charset
        return ""

    def _addresses(self, name: str) -> tuple[Address, ...]:
        values = self._root.fields.get(name)
        return read_addresses(values, self._hint) if values else ()

    def _sender(self) -> Address:
        """Return the first address of From, Reply-To, Return-Path, Sender; else a local name; else nobody."""
        local = NOBODY
        for name in _SENDERS:
            for who in self._addresses(name):
                if "@" in who.address:
                    return who
                local = who if local is NOBODY else local
        return local

    def _headers(self) -> dict[str, str]:
        """Return the first value of each header, the subject first and the others as far as there is room."""
        fields = self._root.fields
        headers: dict[str, str] = {}
        if "subject" in fields:
            headers["subject"] = readable(fields["subject"][0], HEADER_MAX, self._hint)
        for name, values in fields.items():
            if len(headers) >= HEADERS_MAX:
                self._note("headers")
                break
            key = single_line(plain(name), NAME_MAX)
            if key not in headers and not key.startswith(_COMMANDS):
                headers[key] = readable(values[0], HEADER_MAX, self._hint)
        return headers

    # --- parts -----------------------------------------------------------------------------------

    def _collect(self, node: Node, *, is_alternative: bool = False) -> _Found:
        """Sort what lies in `node` into bodies and attachments."""
        if not node.children:
            return self._leaf(node, is_alternative=is_alternative)
        found = _Found()
        alternative = node.media == "multipart/alternative"
        below = [self._collect(child, is_alternative=alternative) for child in node.children]
        chosen = _best(below) if alternative else None
        for one in below:
            if chosen is not None and one is not chosen:
                # The same once more: html is kept as a file, a second plain text too, blank ones are not.
                one.other_bodies += [body for body in one.bodies if not body.empty]
                one.bodies = []
            found.add(one)
        return found

    def _leaf(self, node: Node, *, is_alternative: bool) -> _Found:
        media = node.media
        broken = media.startswith("multipart/")
        disposition, disposition_values = parameters(node.first("content-disposition"))
        name = disposition_values.get("filename") or node.parameters.get("name", "")
        data, problem = node.data()
        if problem:
            self._note(problem)
        location = unfold(node.first("content-location"))
        if not name and not media.startswith(_WITHOUT_NAME) and _FILE_NAME.fullmatch(location):
            name = location
        content_id = unfold(node.first("content-id")).strip("<> ") or location
        inline = disposition == "inline" or (not disposition and bool(content_id))
        part = Part(
            name=name,
            content_type="text/plain" if broken and node is self._root else media,
            charset=_charset_name(node) if media.startswith("text/") else "",
            disposition="inline" if inline else "attachment",
            content_id=single_line(plain(content_id), 500),
            data=data,
        )
        is_text = media in _INLINE_TEXT or (broken and (node is self._root or node.depth < DEPTH_MAX))
        shown = disposition != "attachment"
        if is_text and shown and (not name or is_alternative):  # the same once more is no file (RFC 2046, 5.1.4)
            return self._text_leaf(node, part)
        like_text = is_text or (not name and media.startswith("text/") and media not in _DATA_TEXT)
        if like_text and shown and node is self._first_leaf and is_known(node.encoding):
            self._spare = (node, part)
        if broken and node.depth >= DEPTH_MAX:
            self._note("depth")
            self._spare = self._spare or (node, part)
        if media in _WINMAIL and data.startswith(SIGNATURE):
            return self._winmail_leaf(part)
        return _Found(attachments=[part], leaves=1)

    def _text_leaf(self, node: Node, part: Part) -> _Found:
        """Return a text of the mail, and the files that stand uuencoded in it."""
        body = self._body(node, part)
        if body.html:
            return _Found(bodies=[body], leaves=1)
        body.text, files = take_files(body.text)
        if node.parameters.get("format", "").lower() == "flowed":
            delete_space = node.parameters.get("delsp", "").lower() == "yes"
            body.text = unflow(body.text[: 2 * TEXT_MAX], delete_space=delete_space)
        media = "application/octet-stream"
        encoded = [Part(file.name, media, "", "attachment", "", file.data, from_text=True) for file in files]
        return _Found(bodies=[body], attachments=encoded, leaves=1)

    def _winmail_leaf(self, part: Part) -> _Found:
        """Return what Outlook packed; its own container stays where it could not be read to the end."""
        packed = read_winmail(part.data)
        if packed is None:
            return _Found(attachments=[part], leaves=1)
        files = [
            Part(
                name=file.name,
                content_type=file.media if MEDIA_TYPE.fullmatch(file.media) else "application/octet-stream",
                charset=file.charset,
                disposition="inline" if file.content_id else "attachment",
                content_id=single_line(file.content_id, 500),
                data=file.data,
            )
            for file in packed.files
        ]
        said = bool(packed.text.strip() or packed.html.strip())
        if said:
            self._packed = self._packed or packed
        if not packed.whole:
            self._note("winmail")
        # one mail shows the text of one container only
        if not packed.whole or (said and self._packed is not packed) or not (said or files):
            files.append(part)
        return _Found(attachments=files, leaves=1)

    def _body(self, node: Node, part: Part) -> _Body:
        html = part.content_type == "text/html"
        charset = part.charset
        if html and not charset and (hit := _META_CHARSET.search(part.data[:4096])):
            charset = hit[1].decode("ascii", "replace").lower()
        decoded = decode(part.data, charset)
        if decoded.problem:
            self._note(decoded.problem)
        text = decoded.text.removeprefix("\ufeff")
        limit = HTML_MAX if html else TEXT_MAX
        # cut before anything copies it; but files may stand in a text, however long
        cut = len(text) > limit and (html or _UUENCODED not in text)
        if cut:
            text = text[:limit]
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        used = charset if charset and not decoded.problem else decoded.codec.replace("_", "-")
        return _Body(node, html, storable(text), replace(part, charset=used, disposition="inline"), cut)

    def _promote(self, found: _Found) -> None:
        """Give a mail without text one: what Outlook packed, the text it begins with, or what lies too deep.

        That text may have a name, and stays a file under it; or be of a kind nobody knows (RFC 2046, 4.1.4).
        """
        if self._packed is not None:
            self._unpack(found, self._packed)
        elif self._spare is not None:
            node, part = self._spare
            found.bodies.append(self._body(node, part))
            found.attachments = [one for one in found.attachments if one is not part or part.name]

    def _unpack(self, found: _Found, packed: Winmail) -> None:
        html = not packed.text.strip()
        data = packed.html if html else packed.text.encode("utf-8", "replace")
        part = Part("", "text/html" if html else "text/plain", "" if html else "utf-8", "inline", "", data)
        found.bodies.append(self._body(self._root, part))

    def _protection(self, found: _Found) -> Protection:
        """Return how the mail is signed or encrypted, by its containers, its text or its files."""
        said = [
            container_protection(
                node.media,
                node.parameters.get("protocol", "").lower(),
                node.parameters.get("smime-type", "").lower(),
                b"" if node.children else node.data()[0][:200],
            )
            for node in nodes(self._root)
            if node.media.startswith(("multipart/", "application/"))
        ]
        said += [inline_protection(body.text) for body in found.bodies if not body.html]
        if not any(one.encrypted for one in said):
            said += [file_protection(part.name, part.content_type, part.data) for part in found.attachments]
        return merged(said) if any(one is not UNPROTECTED for one in said) else UNPROTECTED

    def _text(self, bodies: Sequence[_Body]) -> tuple[str, str]:
        if any(body.cut for body in bodies):
            self._note("text")
        if any(body.html and not is_laid_out(body.text) for body in bodies):
            self._note("html-plain")
        texts = [storable(self._html_to_text(body.text)) if body.html else body.text for body in bodies]
        said = [text for text in texts if text.strip()]
        if not said:
            return "", "none"
        text = said[0] if len(said) == 1 else "\n\n".join(one.strip("\n") for one in said) + "\n"
        if len(text) > TEXT_MAX:
            self._note("text")
            text = text[:TEXT_MAX]
        plain_there = any(not body.html and not body.empty for body in bodies)
        return text, "plain" if plain_there else "html"

    def _attachments(self, found: _Found) -> tuple[Part, ...]:
        """Return the attachments with good names, bodies in html first (OTRS rule: `file-1.html`)."""
        bodies = found.bodies + found.other_bodies
        kept = [replace(body.part, is_body=True) for body in bodies if body.html]
        kept += [replace(body.part, is_body=True) for body in found.other_bodies if not body.html]
        if "text" in self._problems:
            kept += [replace(body.part, is_body=True) for body in found.bodies if not body.html]
        kept += found.attachments
        named: list[Part] = []
        for number, part in enumerate(kept, 1):
            name = part.name
            if not name and part.content_type == "message/rfc822":
                name = mail_name(part.data)
            named.append(replace(part, name=attachment_name(name, part.content_type, number)))
        return tuple(named)

    def _note(self, *problems: str) -> None:
        for problem in problems:
            self._problems.setdefault(problem)


def _charset_name(node: Node) -> str:
    return _NOT_IN_CHARSET.sub("", node.parameters.get("charset", "").lower())[:40]


def _best(below: Sequence[_Found]) -> _Found | None:
    """Return the alternative to read: the first with plain text in it, else the last with html.

    Some programs put the source of the html where its text should be.
    """
    for one in below:
        if any(not body.html and not body.empty and not _HTML_SOURCE.match(body.text) for body in one.bodies):
            return one
    for one in reversed(below):
        if any(body.html and not body.empty for body in one.bodies):
            return one
    return next((one for one in below if any(not body.empty for body in one.bodies)), None) or next(
        (one for one in below if one.bodies), None
    )


def _opaque(raw: bytes, problem: str) -> ParsedMail:
    """Return the least that can be said: the source of the mail as its text."""
    text = storable(decode(raw[:TEXT_MAX], "utf-8").text.replace("\r\n", "\n"))
    return ParsedMail(
        message_id="",
        in_reply_to=(),
        references=(),
        sender=NOBODY,
        reply_to=(),
        to=(),
        cc=(),
        delivered_to=(),
        subject="",
        date=None,
        text=text,
        text_from="plain",
        attachments=(),
        automatic=classify({}),
        bounce_of="",
        delivery_reports=(),
        protection=UNPROTECTED,
        headers={},
        parts_found=1,
        parts_kept=1,
        problems=(problem,),
    )
