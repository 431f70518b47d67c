"""Reads a folder of mails and compares what is read with what is expected: `python -m tests.mail_corpus DIR`.

Every file below DIR that is no .jsonl, .md or .txt of the top folder is a mail. Three files of rows may lie in DIR:

- expected.jsonl: `file` and what is claimed of it; `asserted` names the claimed keys (else all that are not null),
  `quirk` marks a result of its origin that nobody should copy: such a mail must be read, and no more;
- headers.jsonl: a raw header line and its decoded text;
- auto_reply_headers.jsonl: a header, and whether it marks automatic mail.

Texts are compared with white space folded and in NFC, file names with all but letters, digits, `.` and `-` as `_`.
The last line is `N mails, N expectations, N failed`; the exit code is 1 when something failed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tuidesk.core.mail.addresses import read_addresses
from tuidesk.core.mail.headers import parameters, readable
from tuidesk.core.mail.html_child import HtmlReader
from tuidesk.core.mail.parse import read_mail
from tuidesk.core.mail.parsed import Address, ParsedMail, Part
from tuidesk.core.mail.tree import Node, nodes, read_tree

Row = dict[str, Any]
SIZE_SLACK_BYTES = 2
"""Line ends of a text may be counted differently."""
ROWS = ("expected.jsonl", "headers.jsonl", "auto_reply_headers.jsonl")
ABOUT = frozenset(("file", "source", "asserted", "quirk", "needs_key", "decrypted_body_contains", "why"))
"""Keys that say something about a row and claim nothing of its mail."""


@dataclass(frozen=True, slots=True)
class Read:
    """A mail of the corpus: its bytes, its tree and what was read."""

    raw: bytes
    tree: Node
    mail: ParsedMail

    @property
    def files(self) -> list[Part]:
        """What its sender attached."""
        return [part for part in self.mail.attachments if not part.is_body]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run found; each failure is a line for people."""

    mails: int
    expectations: int
    failures: tuple[str, ...]

    @property
    def summary(self) -> str:
        """The last line of a run."""
        return f"{self.mails} mails, {self.expectations} expectations, {len(self.failures)} failed"


# --- how texts are compared ---------------------------------------------------------------------------------------


def folded(text: object) -> str:
    """Return a text as it is compared."""
    return " ".join(unicodedata.normalize("NFC", str(text)).split())


def file_name(name: str) -> str:
    """Return a file name as it is compared."""
    kept = "".join(sign if sign.isalpha() or sign.isdecimal() or sign in ".-" else "_" for sign in folded(name))
    return re.sub("_+", "_", kept)


def people(who: Iterable[Address]) -> tuple[str, str]:
    """Return mailboxes as bare addresses and as people write them."""
    found = list(who)
    bare = ", ".join(one.address for one in found)
    return bare, ", ".join(f"{one.name} <{one.address}>" if one.name else one.address for one in found)


# --- what is claimed of a mail ------------------------------------------------------------------------------------


def _subject(read: Read, wanted: object) -> bool:
    return folded(read.mail.subject) == folded(wanted or "")


def _sender(read: Read, wanted: str | None) -> bool:
    return read.mail.sender.address.lower() == (wanted or "").lower()


def _sender_name(read: Read, wanted: str) -> bool:
    return folded(read.mail.sender.name) == folded(wanted)


def _mailboxes(field: str) -> Callable[[Read, Any], bool]:
    def holds(read: Read, wanted: Any) -> bool:
        found: tuple[Address, ...] = getattr(read.mail, field)
        if isinstance(wanted, list):
            return [one.address for one in found] == wanted
        text = folded(wanted or "")
        return text in {folded(read.mail.headers.get(field, "")), *map(folded, people(found))}

    return holds


def _body_contains(read: Read, wanted: list[str]) -> bool:
    text = folded(read.mail.text)
    return all(folded(one) in text for one in wanted)


def _body_empty(read: Read, wanted: bool) -> bool:
    return (not read.mail.text.strip()) == wanted


def _attachments(read: Read, wanted: list[Row]) -> bool:
    found = read.files
    names = Counter(file_name(part.name) for part in found)
    # an origin that cleaned its names may have dropped more than we do
    loose = any(row.get("sanitised") for row in wanted)
    hoped = Counter(file_name(row["filename"]) for row in wanted)
    if loose:  # and it says nothing of the others
        return not _letters(hoped) - _letters(names)
    return names == hoped and all(_has(read, row) for row in wanted)


def _letters(names: Counter[str]) -> Counter[str]:
    return Counter(re.sub(r"[\W_]+", "", name) for name in names.elements())


def _has(read: Read, row: Row) -> bool:
    """Say whether one of the parts fits a row; a sum that its origin took of converted text is not comparable."""
    for part in read.files:
        if file_name(part.name) != file_name(row["filename"]):
            continue
        if row.get("size") is not None and not _size_fits(read, part, row["size"]):
            continue
        if row.get("mime") and part.content_type != row["mime"]:
            continue
        if row.get("inline") is not None and (part.disposition == "inline") != row["inline"]:
            continue
        if row.get("md5") and not part.content_type.startswith("text/") and _md5(part.data) != row["md5"]:
            continue
        return True
    return False


def _size_fits(read: Read, part: Part, size: int) -> bool:
    """Say whether a part has a size, decoded or, as some origins count, as it was transferred."""
    sizes = {len(part.data)}
    for node in nodes(read.tree):
        if not node.children and node.data()[0] == part.data:
            sizes.add(len(re.sub(rb"\r?\n", b"\r\n", node.transferred())))
    return any(abs(one - size) <= SIZE_SLACK_BYTES for one in sizes)


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _leaves_and_containers(node: Node) -> int:
    return 1 + sum(map(_leaves_and_containers, node.children))


def _count_all(read: Read, wanted: int) -> bool:
    embedded = sum(
        _leaves_and_containers(read_tree(part.data)[0])
        for part in read.mail.attachments
        if part.content_type == "message/rfc822"
    )
    uuencoded = sum(part.from_text for part in read.mail.attachments)
    extra = embedded + uuencoded + (1 if uuencoded and not read.tree.children else 0)
    return _leaves_and_containers(read.tree) + extra == wanted


def _count_parts(read: Read, wanted: int) -> bool:
    return len(read.mail.attachments) + (read.mail.text_from != "none") in (wanted, wanted + 1)


def _crypto(read: Read, wanted: str) -> bool:
    return read.mail.protection.kind == wanted


CLAIMS: dict[str, Callable[[Read, Any], bool]] = {
    "subject": _subject,
    "from": _sender,
    "from_name": _sender_name,
    "to": _mailboxes("to"),
    "cc": _mailboxes("cc"),
    "body_contains": _body_contains,
    "body_empty": _body_empty,
    "attachments": _attachments,
    "n_attachments": lambda read, n: sum(not part.is_body for part in read.mail.attachments) == n,
    "n_parts": _count_parts,
    "n_leaf_or_container_parts": _count_all,
    "only_part_md5": lambda read, sum_: [_md5(part.data) for part in read.mail.attachments] == [sum_],
    "html_ends_with": lambda read, end: any(
        part.is_body and part.data.decode("utf-8", "replace").rstrip().endswith(end) for part in read.mail.attachments
    ),
    "inline_ref": lambda read, ref: any(part.content_id == ref for part in read.mail.attachments),
    "boundary": lambda read, boundary: read.tree.boundary.decode() == boundary,
    "must_drop_headers": lambda read, names: not {name.lower() for name in names} & set(read.mail.headers),
    "is_auto_reply": lambda read, auto: read.mail.automatic.no_auto_reply == auto,
    "is_follow_up_of": lambda read, what: (
        str(what) in " ".join((read.mail.subject, *read.mail.in_reply_to, *read.mail.references))
    ),
    "crypto": _crypto,
    "signed": lambda read, signed: read.mail.protection.signed == signed or read.mail.protection.encrypted,
    "encrypted": lambda read, encrypted: read.mail.protection.encrypted == encrypted,
}


def claims_of(row: Row) -> list[str]:
    """Return the keys of a row that claim something; the containers of signed and encrypted mail always do."""
    if "quirk" in row:
        return []
    claimed = row.get("asserted")
    if claimed is None:
        claimed = [key for key, value in row.items() if key not in ABOUT and value is not None]
    return [*claimed, *(key for key in ("crypto", "signed", "encrypted") if key in row and key not in claimed)]


def judge(read: Read, row: Row) -> Iterator[tuple[str, bool]]:
    """Yield each claim of a row and whether it holds; a key that nobody here knows does not."""
    for key in claims_of(row):
        claim = CLAIMS.get(key)
        yield key, claim is not None and claim(read, row.get(key))


# --- header lines -------------------------------------------------------------------------------------------------


def header_holds(row: Row) -> bool:
    """Say whether a header line is decoded as its row says."""
    raw, wanted = row["raw"].encode().decode("ascii", "surrogateescape"), row["expected"]
    kind, colon, rest = wanted.partition(": ")
    if colon and kind == "filename":
        return folded(parameters(raw)[1].get("filename", "")) == folded(rest)
    if colon and kind == "addresses":
        return [one.address for one in read_addresses([raw])] == rest.split()
    return folded(readable(raw, 10_000)) == folded(wanted)


def automatic_holds(row: Row) -> bool:
    """Say whether a mail with this header counts as automatic, or not, as its row says."""
    name = row["header"].partition(":")[0].lower()
    basis = {"from": "From: Mia <mia@customer.test>", "subject": "Subject: hello"}
    lines = [row["header"], *(line for key, line in basis.items() if key != name)]
    return read_mail("\r\n".join([*lines, "", "text", ""]).encode()).automatic.no_auto_reply == row["auto"]


# --- a folder -----------------------------------------------------------------------------------------------------


def rows(path: Path) -> list[Row]:
    """Return the rows of a file, none when it is not there."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def mails(folder: Path) -> list[Path]:
    """Return the mails below a folder, in the order of their names."""
    about = {".jsonl", ".md"}
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in about and not (path.parent == folder and path.suffix == ".txt")
    )


def run(folder: Path, html_to_text: Callable[[str], str]) -> Outcome:
    """Read every mail of a folder and try every expectation."""
    wanted: dict[str, list[Row]] = {}
    for row in rows(folder / "expected.jsonl"):
        wanted.setdefault(row["file"], []).append(row)
    failures: list[str] = []
    tried = 0
    found = mails(folder)
    for path in found:
        name, raw = path.relative_to(folder).as_posix(), path.read_bytes()
        try:
            read = Read(raw, read_tree(raw)[0], read_mail(raw, html_to_text=html_to_text))
        except Exception as error:  # noqa: BLE001 (this is what the run is for)
            failures.append(f"{name}: {type(error).__name__}: {error}")
            continue
        if any(problem.startswith("reader:") for problem in read.mail.problems):
            failures.append(f"{name}: {read.mail.problems}")
        for row in wanted.pop(name, []):
            for key, holds in judge(read, row):
                tried += 1
                if not holds:
                    failures.append(f"{name}: {key}: expected {row.get(key)!r}")
    failures += [f"{name}: no such mail" for name in wanted]
    for file, holds in (("headers.jsonl", header_holds), ("auto_reply_headers.jsonl", automatic_holds)):
        for row in rows(folder / file):
            tried += 1
            if not holds(row):
                failures.append(f"{file}: {row.get('raw', row['header'])!r}: expected {row.get('expected', row.get('auto'))!r}")
    return Outcome(len(found), tried, tuple(failures))


def main(arguments: list[str] | None = None) -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m tests.mail_corpus", description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args(arguments).folder
    if not folder.is_dir():
        parser.error(f"{folder} is no folder")
    with HtmlReader() as reader:
        outcome = run(folder, reader.read)
    for failure in outcome.failures:
        print(failure)
    print(outcome.summary)
    return 1 if outcome.failures else 0


if __name__ == "__main__":
    sys.exit(main())
