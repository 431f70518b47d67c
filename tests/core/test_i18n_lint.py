"""Every sentence that a door shows goes through gettext; and the check of that finds what it must."""

from __future__ import annotations

from pathlib import Path

import pytest
from sentences import Finding, docstrings_as_help, is_sentence, untranslated

import tuidesk

PACKAGE = Path(tuidesk.__file__).parent
DOORS = ("cli/**/*.py", "screens/**/*.py", "widgets/**/*.py", "app.py", "palette.py")
SOURCES = sorted(path for pattern in DOORS for path in PACKAGE.glob(pattern))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_sentence_is_translatable(path: Path) -> None:
    assert untranslated(path.read_text("utf-8")) == []


def test_the_doors_are_found() -> None:
    assert {path.parent.name for path in SOURCES} >= {"cli", "screens", "widgets"}


SENTENCES = ["No tickets", "Queue", "Écrire", " tickets", "a word", "NO TICKETS", "{n} of {all}", " Close\n"]
NO_SENTENCES = [
    "",
    " ",
    "queue",
    "UTC",
    "--help",
    "ctrl+s",
    ", ",
    "%Y-%m-%d %H:%M",
    "AutoIncrement",
    "bold red",
    "on #ff0000",
    "dim $accent",
    "#id",
    "X",
    "12:00 UTC",
    "tuidesk 1.0",
]


@pytest.mark.parametrize("text", SENTENCES)
def test_what_people_read(text: str) -> None:
    assert is_sentence(text)


@pytest.mark.parametrize("text", NO_SENTENCES)
def test_what_programs_read(text: str) -> None:
    assert not is_sentence(text)


SHOWN = {
    "argument": 'show("No tickets")',
    "keyword": 'Static(content="Queue")',
    "returned": 'def f():\n    return "Queue"',
    "yielded": 'def f():\n    yield Label("Queue")',
    "lambda": 'f = lambda: "two words"',
    "attribute": 'self.border_title = "Queues"',
    "class attribute": 'class A:\n    TITLE = "Ticket desk"',
    "in a list": 'COLUMNS = ["Queue", "id"]',
    "in a tuple of bindings": 'BINDINGS = [("q", "quit", "Quit")]',
    "binding": 'BINDINGS: ClassVar[list[Binding]] = [Binding("q", "quit", "Quit")]',
    "dict value": 'NAMES = {"open": "Open"}',
    "f-string": 'show(f"{n} tickets")',
    "nested in an f-string": "show(f\"{'Open' if x else y}\")",
    "formatted": 'show("Ticket {n}".format(n=n))',
    "percent": 'show("%d tickets" % n)',
    "joined": 'show(" and then ".join(names))',
    "added": 'text += " tickets"',
    "conditional": 'show("Open" if is_open else _("Closed"))',
    "default of a parameter": 'def f(title="No title"): ...',
    "typer help": 'app = typer.Typer(help="Work with tickets.")',
    "typer help in an annotation": 'def f(a: Annotated[str, typer.Option(help="Who acts.")]): ...',
    "shown exception": 'raise typer.BadParameter("not a number")',
    "translated elsewhere": 'show(translated("two words"))',
    "decorator": '@app.command(help="Close a ticket.")\ndef close(): ...',
    "match body": 'match x:\n    case "Open":\n        show("Open it")',
    "except body": 'try:\n    f()\nexcept KeyError:\n    show("Gone away")',
    "value to a sentence": 'show(_("{a}").format(a="No title"))',
}


@pytest.mark.parametrize("source", SHOWN.values(), ids=SHOWN.keys())
def test_text_for_people_is_found(source: str) -> None:
    assert [finding.rule for finding in untranslated(source)] in (["literal"], ["f-string"])


PASSED_OVER = {
    "translated": 'show(_("No tickets"))',
    "plural": 'show(ngettext("{n} ticket", "{n} tickets", n).format(n=n))',
    "of a module": 'show(i18n._("No tickets"))',
    "module docstring": '"""Two words."""',
    "docstrings": 'class A:\n    """Two words."""\n    x: int\n    """More words."""',
    "docstring of a function": 'def f(self):\n    """Two words."""',
    "annotation": 'def f(a: "Queue", b: Literal["Open"]) -> "Queue | None": ...',
    "dict key": 'x = {"Open": 1, "two words": 2}',
    "subscript": 'row["First name"]',
    "comparison": 'if text == "Open" or text in ("Open", "Closed now"): pass',
    "match": 'match x:\n    case "Open": pass',
    "log": 'log.info("mail %s taken", x)',
    "logger of an object": 'self._log.warning(f"no mail in {x}")',
    "textual log": 'self.log("No tickets")',
    "logging": 'logging.debug("No tickets")',
    "exception": 'raise ValueError("two words")',
    "exception made first": 'error = ConfigError("two words", f"{x} is bad")',
    "assertion": 'assert x, "two words"',
    "regex": 're.compile("Two words|[A-Z]").match(x)',
    "all": '__all__ = ["Queue", "Ticket"]',
    "css": 'class A:\n    CSS = "Screen { color: red; }"\n    DEFAULT_CSS = """A { width: 1; }"""',
    "component classes": 'class A:\n    COMPONENT_CLASSES: ClassVar[set[str]] = {"a b"}',
    "selector": 'self.query_one("#list Label", Static)',
    "decorated handler": '@on(Button.Pressed, "#ok Button")\ndef f(self): ...',
    "classes": 'Static("", classes="a b", id="Main")',
    "style": 'Text("", style="my style")\ntext.append(x, "bold red")',
    "prefix": 'text.startswith("Re: a")',
    "attribute by name": 'getattr(x, "Two words")',
    "bytes": 'x = b"Two words"',
    "throwaway": "for _ in range(3): pass",
    "program text": 'open(x, mode="r", encoding="utf-8")',
    "command with help": '@app.command(help=_("Close it."))\ndef close():\n    """Close it."""',
    "name and zone": 'show(f"tuidesk {version}, {at} UTC")',
}


@pytest.mark.parametrize("source", PASSED_OVER.values(), ids=PASSED_OVER.keys())
def test_text_for_the_program_is_passed_over(source: str) -> None:
    assert untranslated(source) == []


@pytest.mark.parametrize(
    "source", ['_(f"{n} tickets")', '_("a" + x)', "_(message)", 'ngettext("a b", plural, n)', '_("a %s" % n)']
)
def test_a_translator_is_given_literals(source: str) -> None:
    assert [finding.rule for finding in untranslated(source)] == ["not-literal"]


def test_commands_that_show_their_docstring_are_told() -> None:
    source = '@app.command()\ndef close():\n    """Close it."""\n@app.command(help=_("Open it."))\n'
    source += 'def open():\n    """Open it."""\n@cache\ndef other():\n    """Not shown."""'
    assert docstrings_as_help(source) == [Finding(1, "docstring-help", "close")]


@pytest.mark.parametrize(
    "source",
    [
        'show("Content-Type")  # untranslated: name of a header',
        '# untranslated: name of a header\nshow("Content-Type")',
        'HEADERS = (  # untranslated: names of headers\n    "X",\n    "Subject",\n    "Message-ID",\n)',
        'show(\n    "Subject",  # untranslated: name of a header\n)',
    ],
)
def test_an_exemption_says_why(source: str) -> None:
    assert untranslated(source) == []


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('show("Subject")  # untranslated', [Finding(1, "no-reason", "")]),
        ("x = 1  # untranslated: nothing here", [Finding(1, "unused", "nothing here")]),
        ('show("# untranslated: no comment")', [Finding(1, "literal", "# untranslated: no comment")]),
        (
            'def f():  # untranslated: not for a whole function\n    x = 1\n    show("Two words")',
            [Finding(1, "unused", "not for a whole function"), Finding(3, "literal", "Two words")],
        ),
    ],
)
def test_a_wrong_exemption_is_found(source: str, expected: list[Finding]) -> None:
    assert untranslated(source) == expected
