"""The files of a ticket by key: which there are, where one should go, and saving it."""

from __future__ import annotations

import os
from functools import partialmethod
from pathlib import Path
from typing import TYPE_CHECKING

from tuidesk.actions import Action
from tuidesk.core.errors import AlreadyExists
from tuidesk.core.i18n import _
from tuidesk.screens.file_saving import proposed_path, save_file
from tuidesk.screens.presenting import size_words
from tuidesk.screens.ticket_actions import TicketActions
from tuidesk.session import Session
from tuidesk.widgets.dialogs import Prompt
from tuidesk.widgets.picker import Choice, Picker
from tuidesk.widgets.safe import one_line

if TYPE_CHECKING:
    from tuidesk.core.desk import TicketView
    from tuidesk.core.store.ticket_view import Article, FileRow


class TicketFiles(TicketActions):
    """A screen with tickets whose files can be saved."""

    def do_ticket_files(self) -> None:
        """Pick one of the ticket's files, the newest first, and save it."""
        subject = self.subject()
        if subject is not None:
            ticket_id = subject.id
            self.read("files", lambda session: session.desk.ticket(session.viewer, ticket_id), self._pick_file)

    def _pick_file(self, view: TicketView) -> None:
        choices = [
            Choice((article.no, file), f"#{article.no}  {file.name}", note=size_words(file.size_bytes))
            for article in reversed(view.articles)
            for file in article.files
        ]
        if not choices:
            self.say(_("The ticket has no files."), error=True)
            return

        def chosen(found: tuple[int, FileRow] | None) -> None:
            if found is not None:
                self.ask_where(view.ticket.id, *found)

        self.app.push_screen(Picker(_("Files of {number}").format(number=view.ticket.number), choices), chosen)

    def ask_where(self, ticket_id: int, article_no: int, file: FileRow) -> None:
        """Ask where a file should go, then save it there."""

        def answered(path: str | None) -> None:
            if path is not None and path.strip():
                self._save(ticket_id, article_no, file, Path(path.strip()).expanduser())

        self.app.push_screen(
            Prompt(
                _("Save {name}").format(name=one_line(file.name)),
                value=str(proposed_path(file.name, Path.home(), Path.cwd())),
                hint=_("{size}, {type}; nothing is overwritten").format(
                    size=size_words(file.size_bytes), type=one_line(file.content_type)
                ),
                check=_why_not_there,
            ),
            answered,
        )

    def _save(self, ticket_id: int, article_no: int, file: FileRow, path: Path) -> None:
        def job(session: Session) -> str:
            content = session.desk.file(session.viewer, ticket_id, article_no, file.n)[1]
            try:
                save_file(path, content)
            except AlreadyExists:
                return _("something of that name is there")
            except OSError as error:
                return error.strerror or type(error).__name__
            return ""

        def done(reason: str) -> None:
            if reason:
                self.say(_("not saved, {reason}: {path}").format(path=path, reason=reason), error=True)
            else:
                self.say(_("{name} -> {path}").format(name=one_line(file.name), path=path))

        self.write(job, done)


def _why_not_there(text: str) -> str:
    """Return why nothing can be saved at a path, "" when it may work."""
    path = Path(text.strip()).expanduser()
    if os.path.lexists(path):
        return _("something of that name is there")
    return "" if path.parent.is_dir() else _("there is no such folder")


class ArticleFiles(TicketFiles):
    """A screen with an article under the cursor, whose files the digits name as they stand below it."""

    def current_article(self) -> Article | None:
        """Return the article under the cursor."""
        return None

    def _file(self, n: int) -> FileRow | None:
        """Return its n-th file, from 1 on."""
        article = self.current_article()
        return article.files[n - 1] if article is not None and n <= len(article.files) else None

    def menu_title(self, action: Action) -> str:
        """Name the files of the current article."""
        if not action.id.startswith("article.file_"):
            return super().menu_title(action)
        file = self._file(int(action.id[-1]))
        return _("Save {name}").format(name=one_line(file.name)) if file is not None else ""

    def _save_nth(self, n: int) -> None:
        file, article, subject = self._file(n), self.current_article(), self.subject()
        if file is None or article is None or subject is None:
            self.say(_("This article has no file {n}; dd lists all of the ticket.").format(n=n), error=True)
        else:
            self.ask_where(subject.id, article.no, file)

    do_article_file_1 = partialmethod(_save_nth, 1)
    do_article_file_2 = partialmethod(_save_nth, 2)
    do_article_file_3 = partialmethod(_save_nth, 3)
    do_article_file_4 = partialmethod(_save_nth, 4)
    do_article_file_5 = partialmethod(_save_nth, 5)
    do_article_file_6 = partialmethod(_save_nth, 6)
    do_article_file_7 = partialmethod(_save_nth, 7)
    do_article_file_8 = partialmethod(_save_nth, 8)
    do_article_file_9 = partialmethod(_save_nth, 9)
