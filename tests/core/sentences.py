"""Finds sentences for people that do not go through gettext, by reading the syntax tree of a source file.

The rule: a literal with a word and a blank, or one that begins like a sentence (capital, then small letters),
is taken for text for people unless the place where it stands says otherwise: docstrings, annotations,
subscripts, keys, comparisons, log lines, exceptions, regular expressions, CSS, selectors and styles. What
remains and is not for people carries `# untranslated: why` on its line, on the line above, or on the first
line of its statement.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass

TRANSLATORS = {"_": 1, "ngettext": 2}
"""Functions that translate, and how many of their arguments are the sentence."""

_LOG_METHODS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
_LOGGERS = re.compile(r"_?(log|logger)|logging", re.IGNORECASE)

# Calls whose arguments are read by the program, by the last part of the function's name.
_TECHNICAL_CALLS = re.compile(
    r"(get|set|has|del)attr|is(instance|subclass)|import_module|TypeVar|ParamSpec|NewType|cast|namedtuple|warn"
    r"|encode|decode|str[fp]time|fromisoformat|startswith|endswith|remove(pre|suf)fix|r?split|r?partition"
    r"|[lr]?strip|r?find|r?index|count|maketrans|getenv"
    r"|query(_one|_exactly_one|_children|_ancestor)?|on|watch|(add|remove|has|set|toggle)_class|parse_style"
)

# Keyword arguments that are read by the program.
_TECHNICAL_KEYWORDS = re.compile(
    r"id|classes|name|key|action|selector|css|(\w+_)?styles?|theme|group|encoding|mode|format|fmt|envvar"
    r"|param_decls|(t?css)_path|namespace|box"
)

# Assignments whose value is read by the program.
_TECHNICAL_TARGETS = re.compile(r"__\w+__|CSS|CSS_PATH|\w+_CSS|COMPONENT_CLASSES|\w*_?STYLES?|\w*_RE|\w*_PATTERN")

# Exceptions whose words are shown as they are.
_SHOWN_ERRORS = {
    "BadParameter",
    "UsageError",
    "ClickException",
    "FileError",
    "NoSuchOption",
    "SystemExit",
    "exit",
}

# A word that a language has; units and names such as kB, UTC, SLA and tuidesk are the same in all of them.
_WORD = re.compile(r"(?!\b(?:[A-Z]{2,4}|kB|tuidesk)\b)(?<![^\W\d_])[^\W\d_]{2,}")
_CLASS_NAME = re.compile(r"\s*([A-Z][a-z0-9]+){2,}\s*")
_STYLE = re.compile(
    r"(?:(?:bold|dim|italic|underline|underline2|reverse|strike|blink|overline|not|on|none|default"
    r"|(?:bright_|ansi_|ansi_bright_)?(?:black|red|green|yellow|blue|magenta|cyan|white|grey|gray)"
    r"|auto|link|#[0-9a-fA-F]{3,8}|\$[a-z-]+|color\(\d+\))(?:\s+|$))+"
)
_EXEMPTION = re.compile(r"#\s*untranslated\b:?\s*(.*)")


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing to mend: `rule` is literal, f-string, not-literal, docstring-help, no-reason or unused."""

    line: int
    rule: str
    text: str


def is_sentence(text: str) -> bool:
    """Return whether `text` looks as if people were to read it."""
    if _STYLE.fullmatch(text.strip()):
        return False
    if _WORD.search(text) and re.search(r"[^\S\n]", text):
        return True
    start = text.lstrip()[:2]
    return start[:1].isupper() and start[1:].islower() and not _CLASS_NAME.fullmatch(text)


def untranslated(source: str) -> list[Finding]:
    """Return what `source` (a Python module) shows people without gettext, and wrong exemptions."""
    tree = ast.parse(source)
    walker = _Walker()
    walker.visit(tree)
    exemptions = dict(_exemptions(source))
    used: set[int] = set()
    found = []
    for finding, lines in walker.found:
        covering = [line for line in lines if line in exemptions]
        used.update(covering)
        if not covering:
            found.append(finding)
    for line, why in exemptions.items():
        if not why:
            found.append(Finding(line, "no-reason", ""))
        elif line not in used:
            found.append(Finding(line, "unused", why))
    return sorted(found)


def docstrings_as_help(source: str) -> list[Finding]:
    """Return the typer commands of `source` whose help is their docstring, which no catalogue can hold.

    Not part of `untranslated`: whether the command line translates docstrings by itself is its own matter.
    """
    return [
        Finding(decorator.lineno, "docstring-help", node.name)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and ast.get_docstring(node)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        and _last_name(decorator.func) in {"command", "callback"}
        and not any(keyword.arg == "help" for keyword in decorator.keywords)
    ]


def _exemptions(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        marked = _EXEMPTION.match(token.string) if token.type == tokenize.COMMENT else None
        if marked:
            yield token.start[0], marked[1].strip()


def _last_name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


class _Walker(ast.NodeVisitor):
    """Walks into every place where text for people may stand, and nowhere else."""

    def __init__(self) -> None:
        self.found: list[tuple[Finding, set[int]]] = []
        self._statement: ast.stmt | None = None

    # --- what is looked at ---

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, str) and is_sentence(node.value):
            self._report(node, "literal", node.value)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        texts = [part.value for part in node.values if isinstance(part, ast.Constant)]
        whole = "\0".join(str(text) for text in texts)
        if is_sentence(whole) and any(_WORD.search(str(text)) for text in texts):
            self._report(node, "f-string", whole.replace("\0", "{}"))
        for part in node.values:
            if isinstance(part, ast.FormattedValue):
                self.visit(part.value)

    def visit_Call(self, node: ast.Call) -> None:
        name = _last_name(node.func)
        if name in TRANSLATORS:
            self._check_translator(node, TRANSLATORS[name])
            return
        self.visit(node.func)  # "…".format(), "…".join(), and calls in a chain
        if self._is_technical(node, name):
            return
        for argument in node.args:
            self.visit(argument)
        for keyword in node.keywords:
            if not _TECHNICAL_KEYWORDS.fullmatch(keyword.arg or ""):
                self.visit(keyword.value)

    def _is_technical(self, node: ast.Call, name: str) -> bool:
        if name in _LOG_METHODS or name == "log":
            owner = node.func.value if isinstance(node.func, ast.Attribute) else None
            if name == "log" or (owner is not None and _LOGGERS.fullmatch(_last_name(owner))):
                return True
        if isinstance(node.func, ast.Attribute) and _last_name(node.func.value) in {"re", "regex"}:
            return True
        if name in _SHOWN_ERRORS:
            return False
        return bool(_TECHNICAL_CALLS.fullmatch(name)) or name.endswith(("Error", "Exception", "Warning"))

    def _check_translator(self, node: ast.Call, sentences: int) -> None:
        for argument in node.args[:sentences]:
            if not (isinstance(argument, ast.Constant) and isinstance(argument.value, str)):
                self._report(node, "not-literal", ast.unparse(argument))
        for argument in node.args[sentences:]:
            self.visit(argument)

    def _visit_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for decorator in node.decorator_list:
            self.visit(decorator)
        for default in (*node.args.defaults, *node.args.kw_defaults):
            if default is not None:
                self.visit(default)
        arguments = (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)
        for argument in arguments:
            self._visit_annotated(argument.annotation)
        self._visit_body(node.body)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self._visit_function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> None:
        self._visit_function(node)

    def _visit_annotated(self, annotation: ast.expr | None) -> None:
        """Annotations are not for people, but `Annotated[str, typer.Option(help=…)]` has calls in it."""
        for inner in ast.walk(annotation) if annotation is not None else ():
            if isinstance(inner, ast.Call):
                self.visit(inner)

    # --- what is passed over ---

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # else a docstring, of whatever
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        if isinstance(node.exc, ast.Call) and _last_name(node.exc.func) in _SHOWN_ERRORS:
            self.visit(node.exc)

    def visit_Assert(self, node: ast.Assert) -> None:
        return

    def visit_Compare(self, node: ast.Compare) -> None:
        for side in (node.left, *node.comparators):
            if not isinstance(side, ast.Constant | ast.Tuple | ast.List | ast.Set):
                self.visit(side)

    def visit_Subscript(self, node: ast.Subscript) -> None:
        self.visit(node.value)
        if not isinstance(node.slice, ast.Constant | ast.Tuple):
            self.visit(node.slice)

    def visit_Dict(self, node: ast.Dict) -> None:
        for key in node.keys:
            if key is not None and not isinstance(key, ast.Constant | ast.Tuple):
                self.visit(key)
        for value in node.values:
            self.visit(value)

    def visit_match_case(self, node: ast.match_case) -> None:
        if node.guard is not None:
            self.visit(node.guard)
        self._visit_body(node.body)

    def visit_Assign(self, node: ast.Assign) -> None:
        if not all(_TECHNICAL_TARGETS.fullmatch(_last_name(target)) for target in node.targets):
            self.visit(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None and not _TECHNICAL_TARGETS.fullmatch(_last_name(node.target)):
            self.visit(node.value)
        self._visit_annotated(node.annotation)

    # --- where a finding may be exempted ---

    def visit(self, node: ast.AST) -> None:
        if not isinstance(node, ast.stmt):
            super().visit(node)
            return
        before, self._statement = self._statement, node
        super().visit(node)
        self._statement = before

    def _visit_body(self, body: list[ast.stmt]) -> None:
        for statement in body:
            self.visit(statement)

    def _report(self, node: ast.expr, rule: str, text: str) -> None:
        lines = set(range(node.lineno - 1, (node.end_lineno or node.lineno) + 1))
        if self._statement is not None and not hasattr(self._statement, "body"):
            lines.add(self._statement.lineno)
        self.found.append((Finding(node.lineno, rule, text), lines))
