"""HTML mail to text for a terminal, within this process.

Here lives the conversion itself; `html_child` runs it where time and memory are limited, which is the place
for mail from outside. Must not fetch anything. Invariants: nothing of the mail's own layout decides how much
text comes out (no style, no alignment reaches the renderer); `strip_tags` is linear in its input; text that
the sender hid is left out unless nothing else is there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from html import unescape
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element as Element  # type: ignore[import-untyped]

HTML_MAX = 2_500_000
"""Characters that are read: a newsletter of 2 MB is read whole, in about a second."""
TAG_MAX = 64 * 1024
TAGS_MAX = 160_000
"""Each costs the renderer up to a hundredth of a millisecond; most newsletters of 2 MB have less than half as many."""
TABLE_CELLS_MAX = 50_000_000
LINKS_MAX = 5_000
QUOTE_DEPTH_MAX = 20

RENDERER_FAULTS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)

_OPEN_QUOTE, _CLOSE_QUOTE = "\ue000", "\ue001"
_TAG = re.compile(r"<(?:(/?)([a-zA-Z][\w:-]{0,40})|[!?])(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>?")
_SILENT = frozenset(
    {
        *("script", "style", "head", "title", "template", "noscript", "object", "iframe", "svg", "math"),
        *("select", "textarea", "audio", "video"),
    }
)
_RAW = frozenset(("script", "style", "title", "textarea"))
_BLOCKS = frozenset(
    {
        *("address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "fieldset", "footer", "form"),
        *("h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "li", "ol", "p", "pre", "section"),
        *("table", "td", "th", "tr", "ul"),
    }
)
_GONE = re.compile(
    r"display\s*:\s*none|mso-hide\s*:\s*all|(?<![\w-])opacity\s*:\s*(?:0(?:\.0+)?|\.0+)\s*(?:;|!|$)"
)
_FLAT = re.compile(r"max-height\s*:\s*0(?:px|pt|em)?\s*(?:;|!|$)")
_FONT_SIZE = re.compile(r"font-size\s*:\s*([\d.]{1,10})\s*([a-z%]*)")
_VISIBILITY = re.compile(r"visibility\s*:\s*(hidden|collapse|visible)")
_PRE = re.compile(r"white-space\s*:\s*pre")
_TINY = re.compile(r"\s*[01]\s*(?:px)?\s*")
_SHOWN_SCHEMES = ("http://", "https://", "ftp://", "mailto:", "tel:", "sms:", "xmpp:")
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)", re.IGNORECASE)
_PADDING = re.compile("(?:[\u034f\u200b\u200c\u200d\u2007\u00ad\ufeff][\\s\u00a0]*){4,}")
_PADDED = re.compile("[\u034f\u200b\u200c\u200d\u2007\u00ad\ufeff\u00a0]")
_BLANKS = re.compile(r"[ \t\f\v\xa0]+")
_XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")


def html_to_text(html: str) -> str:
    """Return the text of `html` for people, '' when there is none; LF line ends, no blanks at line ends.

    Targets of links stand at the end as numbered notes, quotes begin with '> ', pictures are their
    description in brackets. Beyond `HTML_MAX` characters the rest is not read. Never raises; input that the
    renderer cannot bear, such as more than `TAGS_MAX` tags, comes back without its tags.
    """
    html = html[:HTML_MAX]
    text = ""
    if is_laid_out(html):
        try:
            text = _rendered(html)
        except RENDERER_FAULTS:
            # Deep or contradictory markup; the plain way below cannot fail on it.
            text = ""
    return text or strip_tags(html)


def is_laid_out(html: str) -> bool:
    """Say whether html is small enough for the renderer; of more, the text between the tags is all there is."""
    html = html[:HTML_MAX]
    return html.count("<") <= TAGS_MAX and not _has_giant_tag(html)


def strip_tags(html: str) -> str:
    """Return what stands between the tags of `html`, a line for each block, hidden text included."""
    out = "".join(_between_tags(html[:HTML_MAX]))
    return _tidy(unescape(out).split("\n"))


def _has_giant_tag(html: str) -> bool:
    """Say whether some tag is longer than the parser takes in reasonable time (its attributes cost n²)."""
    if len(html) <= TAG_MAX:
        return False
    for tag in _TAG.finditer(html):
        rest = html.find(">", tag.end()) if html[tag.end() : tag.end() + 1] in ("'", '"') else tag.end()
        if (len(html) if rest < 0 else rest) - tag.start() > TAG_MAX:
            return True
    return False


def _between_tags(html: str) -> Iterator[str]:
    lower = ""
    unclosed: set[str] = set()
    at = 0
    while (start := html.find("<", at)) >= 0:
        yield _BLANKS.sub(" ", html[at:start].replace("\r", " ").replace("\n", " "))
        if html.startswith("<!--", start):
            end = -1 if "!" in unclosed else html.find("-->", start)
            if end < 0:
                unclosed.add("!")
            at = start + 4 if end < 0 else end + 3
            continue
        tag = _TAG.match(html, start)
        if tag is None:
            yield "<"
            at = start + 1
            continue
        at = tag.end()
        name = (tag[2] or "").lower()
        if name in _RAW and not tag[1] and name not in unclosed:
            lower = lower or html.lower()
            end = lower.find(f"</{name}", at) if len(lower) == len(html) else -1
            if end < 0:
                unclosed.add(name)
            else:
                at = end
        elif name in _BLOCKS:
            yield "\n"
    yield _BLANKS.sub(" ", html[at:].replace("\r", " ").replace("\n", " "))


@cache
def _renderer() -> tuple[Callable[[bytes], Element | None], Callable[[Element], str]]:
    """Return what parses html and what renders a tree, made once; most mails and most commands need neither."""
    from inscriptis.css_profiles import CSS_PROFILES  # type: ignore[import-untyped]
    from inscriptis.html_engine import Inscriptis  # type: ignore[import-untyped]
    from inscriptis.model.config import ParserConfig  # type: ignore[import-untyped]
    from lxml import etree  # type: ignore[import-untyped]

    from tuidesk.core.mail.html_block import install

    install()
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True)
    config = ParserConfig(css=CSS_PROFILES["strict"])

    def parsed(source: bytes) -> Element | None:
        try:
            return etree.fromstring(source, parser)
        except etree.LxmlError:
            return None

    def text(root: Element) -> str:
        found: str = Inscriptis(root, config).get_text()
        return found

    return parsed, text


def _rendered(html: str) -> str:
    source = _XML_DECLARATION.sub("", html, count=1)
    if not source.strip():
        return ""
    parsed, text_of = _renderer()
    root = parsed(source.encode("utf-8", "replace"))
    if root is None:
        return ""
    links = _prepare(root)
    text = text_of(root)
    lines = text.split("\n")
    body = _tidy(_quoted(lines) if _OPEN_QUOTE in text or _CLOSE_QUOTE in text else lines)
    if body[:1] in (" ", "\t"):
        # Spacer columns of layout tables would shift the whole mail to the right.
        body = dedent(body)
    if not body or not links:
        return body
    return body + "\n" + "".join(f"\n[{number}] {target}" for target, number in links.items())


def _prepare(root: Element) -> dict[str, int]:
    """Turn the tree into what the renderer shall show; return the targets of links with their numbers."""
    links: dict[str, int] = {}
    gone: list[Element] = []
    rows = 0
    length = 0
    stack: list[tuple[Element, bool]] = [(root, False)]
    while stack:
        element, hidden = stack.pop()
        attributes = element.attrib
        style = attributes.get("style", "").lower() if attributes else ""
        if element.tag in _SILENT or (attributes and "hidden" in attributes) or (style and _is_gone(style)):
            gone.append(element)
            continue
        below = list(element)
        if attributes:
            hidden = _is_hidden(style, hidden) if style else hidden
            for name in ("align", "valign", "style"):
                attributes.pop(name, None)
            if style and _PRE.search(style):
                attributes["style"] = "white-space: pre"
        if hidden:
            element.text = None
            for child in below:
                child.tail = None
        length += len(element.text or "") + len(element.tail or "")
        stack.extend((child, hidden) for child in reversed(below))
        if element.tag == "tr":
            rows += 1
        elif element.tag == "img":
            _describe(element, hidden)
        elif element.tag == "a" and not hidden:
            _number(element, links)
        elif element.tag == "blockquote":
            _mark_quote(element)
    for element in gone:
        _drop(element)
    if rows * length > TABLE_CELLS_MAX:
        # A column is as wide as its longest cell in every row: one such table would fill the memory.
        for element in root.iter("table", "tr", "td", "th"):
            element.tag = "div"
    return links


def _drop(element: Element) -> None:
    """Take an element out of its tree, and leave the text behind it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)


def _is_gone(style: str) -> bool:
    return bool(_GONE.search(style) or ("hidden" in style and _FLAT.search(style)))


def _is_hidden(style: str, inherited: bool) -> bool:
    """Say whether text right in the element is invisible; children may set another size or be visible."""
    size = _FONT_SIZE.search(style)
    if size:
        zero = not size[1].strip("0.")
        if zero or size[2] not in ("em", "%", "ex", "ch"):
            inherited = zero
    visibility = _VISIBILITY.search(style)
    if visibility:
        inherited = visibility[1] != "visible"
    return inherited


def _describe(image: Element, hidden: bool) -> None:
    """Put the description of a picture in its place; pictures of one pixel report that a mail was read."""
    tiny = any(_TINY.fullmatch(image.get(side, "")) for side in ("width", "height"))
    alt = " ".join(image.get("alt", "").split())[:200]
    image.tag = "span"
    image.text = None if tiny or hidden or not alt else f"[{alt}]"


def _number(link: Element, links: dict[str, int]) -> None:
    """Add the number of its target to a link, unless the text says the same or there is nothing to see."""
    target = "".join(link.get("href", "").split())
    if not target.lower().startswith(_SHOWN_SCHEMES):
        return
    said = " ".join("".join(link.itertext()).split())
    if _bare(said) == _bare(target) or not (
        said or any(image.get("alt", "").strip() for image in link.iter("img"))
    ):
        return
    if target not in links and len(links) >= LINKS_MAX:
        return
    note = f" [{links.setdefault(target, len(links) + 1)}]"
    if len(link):
        link[-1].tail = (link[-1].tail or "") + note
    else:
        link.text = (link.text or "").rstrip() + note


def _bare(target: str) -> str:
    return _SCHEME.sub("", target).rstrip("/").lower()


def _mark_quote(quote: Element) -> None:
    first, last = quote.makeelement("div"), quote.makeelement("div")
    first.text, first.tail, quote.text = _OPEN_QUOTE, quote.text, None
    last.text = _CLOSE_QUOTE
    quote.insert(0, first)
    quote.append(last)


def _quoted(lines: list[str]) -> Iterator[str]:
    """Yield `lines` with '> ' for each quote that they stand in, and without the marks."""
    depth = 0
    for line in lines:
        opened, closed = line.count(_OPEN_QUOTE), line.count(_CLOSE_QUOTE)
        depth += opened
        text = line.replace(_OPEN_QUOTE, "").replace(_CLOSE_QUOTE, "") if opened or closed else line
        if text.strip() or not (opened or closed):
            yield "> " * min(depth, QUOTE_DEPTH_MAX) + text if depth else text
        depth = max(0, depth - closed)


def _tidy(lines: Iterator[str] | list[str]) -> str:
    """Join `lines` without blanks at their ends and with at most one empty line in a row."""
    lines = list(lines)
    if _PADDED.search("".join(lines)):
        lines = [_PADDING.sub(" ", line).replace("\xa0", " ") for line in lines]
    out: list[str] = []
    for raw in lines:
        line = raw.rstrip()
        if line.strip("> ") or (out and out[-1].strip("> ")):
            out.append(line)
    return "\n".join(out).strip("\n")
