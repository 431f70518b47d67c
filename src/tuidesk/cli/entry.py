"""Where the program begins, and the one place where errors become sentences and exit codes."""

from __future__ import annotations

import sys

from tuidesk.core.errors import TuideskError


def run() -> None:
    """Run what the command line says and exit; a refusal is a sentence on standard error, never a traceback."""
    try:
        if len(sys.argv) == 1:  # the desk itself: it should not wait for the parser of commands to be loaded
            from tuidesk.cli.tui import open_desk

            sys.exit(open_desk())
        from tuidesk.cli.app import app

        app(standalone_mode=True)
    except TuideskError as error:
        from tuidesk.cli.exit_codes import exit_code
        from tuidesk.cli.output import complain
        from tuidesk.error_words import sentence

        complain(sentence(error))
        sys.exit(exit_code(error))
    except BrokenPipeError:
        # the reader of our output is gone (`| head`): nothing more to say, and nobody to say it to
        sys.stderr.close()
        sys.exit(0)
