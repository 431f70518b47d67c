"""Breaking lines at a width in terminal cells. Pure; linear in the text."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, get_character_cell_size

_WIDE_SIGN = "\ufe0f"


def wrap_line(line: str, width: int) -> Iterator[str]:
    """Yield a safe line (no LF) in pieces of at most `width` cells, broken at blanks where there are any.

    >>> list(wrap_line("the printer is on fire", 12))
    ['the printer', 'is on fire']
    >>> list(wrap_line("日本語テキスト", 6))
    ['日本語', 'テキス', 'ト']
    """
    width = max(2, width)
    if line.isascii():
        yield from _wrap_ascii(line, width)
    elif cell_len(line) <= width:
        yield line
    else:
        yield from _wrap_wide(line, width)


def _wrap_ascii(line: str, width: int) -> Iterator[str]:
    start, end = 0, len(line)
    while end - start > width:
        cut = line.rfind(" ", start + 1, start + width + 1)
        if cut <= start or not line[start:cut].strip(" "):
            cut = start + width
        yield line[start:cut].rstrip(" ")
        start = cut
        while start < end and line[start] == " ":
            start += 1
    yield line[start:].rstrip(" ") if start else line


def _wrap_wide(line: str, width: int) -> Iterator[str]:
    piece, size = "", 0
    for word in _words(line):
        cells = cell_len(word)
        if size + cells <= width:
            piece, size = piece + word, size + cells
            continue
        if piece.strip(" "):
            yield piece.rstrip(" ")
            piece, size = "", 0
            word = word.lstrip(" ")
            cells = cell_len(word)
        if cells > width:
            *full, word = _chopped(word, width)
            yield from full
            cells = cell_len(word)
        piece, size = word, cells
    if piece:
        yield piece.rstrip(" ")


def _chopped(word: str, width: int) -> Iterator[str]:
    """Yield a word longer than a line in pieces; what has no width of its own stays with what it follows.

    Measured by characters, which is never less than by graphemes: an emoji of several may be parted. Rich's
    own splitting is slow on long words, puts a blank for half of a wide character, and fails on some.
    """
    start, size = 0, 0
    for n, char in enumerate(word):
        cells = 1 if char == _WIDE_SIGN else get_character_cell_size(char)
        if size + cells > width:
            yield word[start:n]
            start, size = n, 0
        size += cells
    yield word[start:]


def _words(line: str) -> Iterator[str]:
    """Yield words, each with the blanks before it."""
    start, blank = 0, True
    for n, char in enumerate(line):
        if char == " " and not blank:
            yield line[start:n]
            start = n
        blank = char == " "
    if start < len(line):
        yield line[start:]
