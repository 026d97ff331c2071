"""What people do on GitHub in a scenario: over the sandbox's own interface, as the account of whoever does it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from pathlib import Path

from bot.core.marker import END
from bot.sandbox.issue_acts import Acts
from bot.sandbox.records import Issue
from bot.sandbox.server import BOT, Sandbox
from tests.scenario_reading import ScenarioError, moment

HERE = "acme/shop"
THERE = "acme/site"

Given = Mapping[str, str]


class People:
    """Everybody but the bot; whoever is named first gets an account that may do everything."""

    def __init__(self, box: Sandbox, clone: Path, clock: Callable[[], datetime]) -> None:
        self.box, self._clone_folder, self._clock = box, clone, clock
        self._known: set[str] = set()
        self._commits: dict[str, str] = {}
        self._texts: dict[str, str] = {}
        for repository in (HERE, THERE):
            box.add_repository(repository)

    def sha(self, name: str) -> str:
        """The sha of a commit by the name that the scenario gave it; 40 hex digits are a sha."""
        if re.fullmatch(r"[0-9a-f]{40}", name):
            return name
        if name not in self._commits:
            raise ScenarioError(f"nobody committed {name!r} before")
        return self._commits[name]

    def close(self, given: Given) -> None:
        with self.acting(given) as acts:
            acts.close(self.issue(acts, given), given["reason"].replace(" ", "_"))

    def close_duplicate(self, given: Given) -> None:
        """As GitHub has it: the comment names the other issue, the close has the reason."""
        with self.acting(given) as acts:
            acts.comment(self.issue(acts, given), f"Duplicate of #{given['of']}")
            acts.close(self.issue(acts, given), "duplicate")

    def reopen(self, given: Given) -> None:
        with self.acting(given) as acts:
            acts.reopen(self.issue(acts, given))

    def title(self, given: Given) -> None:
        with self.acting(given) as acts:
            acts.rewrite(self.issue(acts, given), given["text"], None)

    def label(self, given: Given) -> None:
        with self.acting(given) as acts:
            issue = self.issue(acts, given)
            acts.label(issue, [*self._labels(acts, issue), given["label"]], create=True)

    def unlabel(self, given: Given) -> None:
        with self.acting(given) as acts:
            issue = self.issue(acts, given)
            names = self._labels(acts, issue)
            if given["label"] not in names:
                raise ScenarioError(f"#{issue.number} has no label {given['label']!r}: it has {', '.join(names)}")
            acts.label(issue, [name for name in names if name != given["label"]], create=True)

    def write(self, given: Given) -> None:
        with self.acting(given) as acts:
            issue, text = self.issue(acts, given), given["text"]
            body = {
                "above": f"{text}\n\n{issue.body}",
                "below": f"{issue.body}\n\n{text}",
                "inside": issue.body.replace(END, f"{text}\n\n{END}"),
            }
            acts.rewrite(issue, None, body[given["where"]])

    def fill(self, given: Given) -> None:
        self.write({**given, "where": "below", "text": "x" * int(given["number"])})

    def remove_part(self, given: Given) -> None:
        with self.acting(given) as acts:
            acts.rewrite(self.issue(acts, given), None, "We write this ourselves.")

    def lock(self, given: Given) -> None:
        with self.acting(given) as acts:
            acts.lock(self.issue(acts, given), None)

    def unlock(self, given: Given) -> None:
        with self.acting(given) as acts:
            acts.unlock(self.issue(acts, given))

    def delete(self, given: Given) -> None:
        with self.acting(given) as acts:
            acts.delete(self.issue(acts, given))

    def transfer(self, given: Given) -> None:
        self.box.add_repository(given["target"])
        with self.acting(given) as acts:
            target = acts.world.repository(given["target"])
            assert target
            acts.transfer(self.issue(acts, given), target)

    def copy(self, given: Given) -> None:
        with self.acting(given) as acts:
            issue = self.issue(acts, given)
            made = acts.open(issue.title, issue.body)
            acts.label(made, self._labels(acts, issue), create=True)

    def open(self, given: Given) -> None:
        with self.acting(given) as acts:
            acts.open(given["text"], "")

    def commit(self, given: Given) -> None:
        self._commit(given["name"], given["text"].replace("\\n", "\n"), given)

    def revert(self, given: Given) -> None:
        """As `git revert` writes it."""
        sha, subject = self.sha(given["name"]), self._texts[given["name"]].partition("\n")[0]
        self._commit(f"revert-{given['name']}", f'Revert "{subject}"\n\nThis reverts commit {sha}.', given)

    def propose(self, given: Given) -> None:
        title, _, body = given["text"].replace("\\n", "\n").partition("\n")
        self.box.add_pull(HERE, title, body.strip(), login=self.login(given["who"]))

    def propose_revert(self, given: Given) -> None:
        """As GitHub's button does it."""
        with self.acting(given) as acts:
            title = acts.repository.issues[int(given["issue"])].title
        self.propose({**given, "text": f'Revert "{title}"\nReverts {HERE}#{given["issue"]}'})

    def merge(self, given: Given) -> None:
        self.box.merge_pull(HERE, int(given["issue"]), login=self.login(given["who"]))

    def clone(self) -> Path:
        """A clone of the project, which gets every commit from now on."""
        self._clone_folder.mkdir()
        self._git("init", "-q", "-b", "main")
        return self._clone_folder

    def _commit(self, name: str, message: str, given: Given) -> None:
        login, dated = self.login(given["who"]), given.get("dated")
        at = moment(dated) if dated else None
        sha = ""
        if self._clone_folder.exists():
            when = (at or self._clock()).isoformat()
            self._git("commit", "-q", "--allow-empty", "-m", message, GIT_COMMITTER_DATE=when, GIT_AUTHOR_DATE=when)
            sha = self._git("rev-parse", "HEAD")
        branch = given.get("branch", "")
        self._commits[name] = self.box.add_commit(HERE, message, login=login, sha=sha, at=at, branch=branch)
        self._texts[name] = message

    def _git(self, *words: str, **environment: str) -> str:
        who = {
            f"GIT_{role}_{what}": "ada@example.org" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
        }
        alone = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", **who, **environment}
        command = ["git", "-C", str(self._clone_folder), *words]
        return subprocess.run(command, env=alone, check=True, capture_output=True, text=True).stdout.strip()

    def acting(self, given: Given) -> AbstractContextManager[Acts]:
        """What whoever does it does in the repository that is named."""
        return self.box.acting(given.get("repository", HERE), self.login(given["who"]))

    def login(self, who: str, role: str = "") -> str:
        """The login of whoever is named, with an account that has this role, or may do everything where it is new."""
        if who == "bot":
            return BOT
        if role or who not in self._known:
            self.box.add_user(who, permission=role or "admin")
            self._known.add(who)
        return who

    def issue(self, acts: Acts, given: Given) -> Issue:
        """The issue that is named."""
        number = int(given["issue"])
        if number not in acts.repository.issues:
            raise ScenarioError(f"there is no #{number} in {acts.repository.name}")
        return acts.repository.issues[number]

    def _labels(self, acts: Acts, issue: Issue) -> list[str]:
        return [acts.repository.labels[number].name for number in issue.labels]
