"""File names for attachments: cleaned when the mail gives one, made up when it does not.

Must not look at the disk or at the system's table of types, so that one mail gives the same names everywhere.
Invariant: a name is a single line without path separators, never empty, at most `NAME_MAX` characters.
"""

from __future__ import annotations

import re

from tuidesk.core.mail.headers import line_feeds, readable, single_line

NAME_MAX = 200
EXTENSION_MAX = 12

_SEPARATORS = re.compile(r"[/\\]+")
_DRIVE = re.compile(r"^[A-Za-z]:\\(?:[^\\]*\\)*")
_SUBJECT = re.compile(rb"^subject:([^\n]*(?:\n[ \t][^\n]*)*)", re.IGNORECASE | re.MULTILINE)
_BLANK_LINE = re.compile(rb"\n[ \t]*\n")
_SUBTYPE = re.compile(r"[a-z0-9]{1,5}")
_EXTENSIONS = {
    "application/gzip": "gz",
    "application/msword": "doc",
    "application/octet-stream": "bin",
    "application/pgp-encrypted": "asc",
    "application/pgp-keys": "asc",
    "application/pgp-signature": "asc",
    "application/pkcs7-mime": "p7m",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-mime": "p7m",
    "application/x-pkcs7-signature": "p7s",
    "application/vnd.ms-excel": "xls",
    "application/vnd.ms-outlook": "msg",
    "application/vnd.ms-powerpoint": "ppt",
    "application/vnd.ms-tnef": "dat",
    "application/vnd.oasis.opendocument.spreadsheet": "ods",
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": "pptx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/x-zip-compressed": "zip",
    "audio/mpeg": "mp3",
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/x-icon": "ico",
    "message/delivery-status": "txt",
    "message/disposition-notification": "txt",
    "message/feedback-report": "txt",
    "message/global": "eml",
    "message/global-headers": "txt",
    "message/rfc822": "eml",
    "message/rfc822-headers": "txt",
    "text/calendar": "ics",
    "text/directory": "vcf",
    "text/markdown": "md",
    "text/plain": "txt",
    "text/rfc822-headers": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "video/quicktime": "mov",
}


def attachment_name(declared: str, content_type: str, number: int) -> str:
    """Return the name to show and save: `declared` made harmless, else `file-<number>.<extension>`."""
    name = single_line(_SEPARATORS.sub("_", _DRIVE.sub("", declared)), 4 * NAME_MAX)
    if not name.strip(". _"):
        return f"file-{number}.{_extension(content_type)}"
    if len(name) > NAME_MAX:
        stem, dot, extension = name.rpartition(".")
        keep = dot + extension if stem and len(extension) <= EXTENSION_MAX else ""
        name = name[: NAME_MAX - len(keep)] + keep
    return name


def mail_name(data: bytes) -> str:
    """Return `<subject>.eml` for an embedded mail, '' when it has no subject."""
    head = _BLANK_LINE.split(line_feeds(data[: 64 * 1024]).lstrip(), 1)[0]
    hit = _SUBJECT.search(head)
    subject = readable(hit[1].decode("ascii", "surrogateescape"), NAME_MAX - 4) if hit else ""
    return f"{subject}.eml" if subject else ""


def _extension(content_type: str) -> str:
    known = _EXTENSIONS.get(content_type)
    if known:
        return known
    kind, _, subtype = content_type.partition("/")
    subtype = subtype.removeprefix("x-")
    if _SUBTYPE.fullmatch(subtype):
        return subtype
    if kind == "text":  # an unknown one is read as plain text (RFC 2046, 4.1.4)
        return "html" if subtype.endswith("html") else "txt"
    return "bin"
