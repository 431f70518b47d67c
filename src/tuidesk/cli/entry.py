"""Where the program begins, and the one place where errors become sentences and exit codes."""

from __future__ import annotations

import os
import sys
from itertools import pairwise
from pathlib import Path
from typing import NoReturn

from tuidesk.core.errors import TuideskError


def run() -> None:
    """Run what the command line says and exit; a refusal is a sentence on standard error, never a traceback."""
    _open_closed_streams()
    if any(pair == ("mail", "read") for pair in pairwise(sys.argv)):
        _run_mail_door()
    _run()


def _run_mail_door() -> NoReturn:
    """Run `mail read`: whatever fails, the mail server must keep the mail and try again."""
    from tuidesk.cli.exit_codes import TRY_AGAIN

    try:
        _run()
    except SystemExit as end:
        sys.exit(TRY_AGAIN if end.code else 0)
    except Exception:  # noqa: BLE001 (a defect of ours must not send mail back to its sender)
        import traceback

        traceback.print_exc()
        sys.exit(TRY_AGAIN)
    sys.exit(0)


def _run() -> None:
    try:
        if len(sys.argv) == 1:  # the desk itself: it should not wait for the parser of commands to be loaded
            from tuidesk.cli.tui import open_desk

            sys.exit(open_desk())
        from tuidesk.cli.app import app

        try:
            app(standalone_mode=True)
        finally:
            sys.stdout.flush()  # here, where a full disk can still be told
    except TuideskError as error:
        from tuidesk.cli.exit_codes import exit_code
        from tuidesk.error_words import sentence

        _end(sentence(error), exit_code(error))
    except BrokenPipeError:
        # the reader of our output is gone (`| head`): nothing more to say, and nobody to say it to
        _end("", 0)
    except OSError as error:
        from tuidesk.core.i18n import _

        place = f"{error.filename}: " if error.filename else ""
        _end(_("The system refused: {place}{reason}.").format(place=place, reason=error.strerror or error), 1)


def _end(words: str, code: int) -> NoReturn:
    from tuidesk.cli.output import complain

    if words:
        complain(words)
    # what could not be written must not be tried once more when Python ends, nor complained about
    sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115 (it lives as long as the process)
    sys.exit(code)


def _open_closed_streams() -> None:
    """Give the program standard streams where its caller closed them (`>&-`), so that it need not think of that."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode))  # noqa: SIM115 (it lives as long as the process)
