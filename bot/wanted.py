"""What files are searched for: the rules of a run, compiled once, and which of them a file was not searched for yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from hashlib import blake2b

from bot.core import redact, revisions
from bot.core.match import Matchers
from bot.core.rule_model import Rule
from bot.core.signature import NORMALISER
from bot.dialects import claude_code
from bot.ports import FileMark, SourceFile

# A change of any of these reads every file again.
READER = "/".join(
    (
        f"claude-code-{claude_code.VERSION}",
        f"signature-{NORMALISER}",
        f"redact-{redact.VERSION}",
        f"revisions-{revisions.VERSION}",
    )
)


class Wanted:
    """The rules that files are searched for. `rules` names the rule of each `rule:digest` that a file mark has.

    Files are searched again for the rules (by id) that are `afresh`. `key` is another as soon as a rule or the reader is.
    Compiling takes some hundredths of a second: a worker keeps this value from task to task.
    """

    def __init__(self, rules: Sequence[Rule], *, afresh: Collection[str] = ()) -> None:
        self.matchers = Matchers([rule for rule in rules if rule.status != "retired"])
        self.rules = {f"{rule}:{digest}": rule for rule, digest in self.matchers.event_digests.items()}
        self.digests = frozenset(self.rules)
        self.key = blake2b("\0".join((READER, *sorted(self.digests))).encode(), digest_size=16).digest()
        self.afresh = frozenset(digest for digest, rule in self.rules.items() if rule in afresh)
        self._searched: dict[frozenset[str], bool] = {}  # a million files share a few sets of rules
        self._by_rules: dict[frozenset[str], Matchers] = {self.digests: self.matchers}

    def known(self, file: SourceFile, mark: FileMark | None) -> frozenset[str]:
        """What a file was searched for as it is now."""
        current = mark is not None and mark.stamp == file.stamp and mark.reader == READER
        return mark.rules - self.afresh if mark and current else frozenset()

    def needs(self, file: SourceFile, mark: FileMark | None) -> bool:
        """Whether a file has to be read: it is new, it changed, or it was not searched for some rule."""
        current = mark is not None and mark.stamp == file.stamp and mark.reader == READER
        return not (mark and current and self.searched(mark))

    def searched(self, mark: FileMark) -> bool:
        """Whether a file was searched for all rules, whatever became of it since."""
        known = self._searched.get(mark.rules)
        if known is None:
            known = self._searched[mark.rules] = self.digests <= mark.rules - self.afresh
        return known

    def matchers_of(self, digests: frozenset[str]) -> Matchers:
        """Some of the rules, compiled once for all files that are to be searched for just these."""
        known = self._by_rules.get(digests)
        if known is None:
            rules = {self.rules[digest] for digest in digests}
            known = self._by_rules[digests] = Matchers([rule for rule in self.matchers.rules if rule.id in rules])
        return known
