"""What people wrote on an issue's page: the issue's text and its comments, with reactions, and forms to edit and delete."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bot.sandbox.markup import Html, element
from bot.sandbox.page_text import shown
from bot.sandbox.records import Comment, Issue, Reaction, World

_SIGNS = {
    "+1": "👍",
    "-1": "👎",
    "laugh": "😄",
    "hooray": "🎉",
    "confused": "😕",
    "heart": "❤️",
    "rocket": "🚀",
    "eyes": "👀",
}


@dataclass(frozen=True, slots=True)
class Said:
    """How texts are shown to somebody who may answer through forms that carry this secret."""

    world: World
    secret: str

    def issue(self, issue: Issue) -> Html:
        """The text of an issue."""
        return _article(issue.author, f" · {issue.created_at}", issue.body, issue.reactions)

    def comment(self, comment: Comment) -> Html:
        """A comment, and what its author can do with it."""
        edited = f" · edited {comment.updated_at}" if comment.updated_at != comment.created_at else ""
        when = f" · {comment.created_at}{edited}"
        place = f"issuecomment-{comment.id}"
        return _article(comment.author, when, comment.body, comment.reactions, self._form(comment), place)

    def people(self, chosen: str) -> Html:
        """The accounts to act as."""
        logins = sorted(user.login for user in self.world.users.values())
        options = [element("option", login, value=login, selected=login == chosen) for login in logins]
        return element("label", "as ", element("select", *options, name="as"))

    def hidden(self) -> Html:
        """The field that makes a form this page's own."""
        return element("input", type="hidden", name="secret", value=self.secret)

    def _form(self, comment: Comment) -> Html:
        text = f"\n{comment.body}"  # a browser drops the first line end
        form = element(
            "form",
            self.hidden(),
            element("input", type="hidden", name="comment", value=str(comment.id)),
            element("textarea", text, name="body", aria_label="Text of the comment"),
            element(
                "p",
                self.people(comment.author),
                element("button", "Save", name="do", value="edit"),
                element("button", "Delete", name="do", value="delete"),
            ),
            method="post",
        )
        return element("details", element("summary", "edit"), form)


def _article(
    author: str, when: str, text: str, reactions: tuple[Reaction, ...], form: str = "", place: str = ""
) -> Html:
    content = shown(text) if text.strip() else element("div", element("p", "Nothing was written."), class_="text quiet")
    header = element("header", element("b", author or "ghost"), when)
    named = {"id": place} if place else {}
    return element("article", header, content, *_reactions(reactions), form, **named)


def _reactions(reactions: tuple[Reaction, ...]) -> Iterator[Html]:
    """A line of all reactions, each with who gave it."""
    kinds = dict.fromkeys(each.content for each in reactions)
    parts = [
        element(
            "span",
            f"{_SIGNS.get(kind, kind)} {', '.join(each.login or 'ghost' for each in reactions if each.content == kind)}",
            class_="label",
            title=kind,
        )
        for kind in kinds
    ]
    if parts:
        yield element("p", *parts, class_="reactions")
