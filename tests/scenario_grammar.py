"""The lines that a scenario may hold: each kind by name, with the pattern that the whole line must fit.

Every line but those of the head begins with its day, which is cut off before: `day 3`, or `day 3 14:30`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORD = r"[a-z][a-z0-9-]*"
_ISSUE = r"#(?P<issue>\d+)(?: in (?P<repository>[\w-]+/[\w.-]+))?"
_LOGIN = rf"{_WORD}(?:\[bot\])?"
_WHO = rf"(?P<who>{_LOGIN})"
_WHICH = r"(?:(?P<which>first|second|third) )?"
_SAYS = r":(?: (?:(?P<times>\d+) times )?(?P<text>.+))?"
_REACTIONS = r"(?:\+1|-1|eyes|confused)"
_ON = rf"(?P<rule>{_WORD})"

# What may happen, and what may be known before it does (the head of a scenario).
STEPS: Mapping[str, str] = {
    # Rules and settings
    "rule": rf"rule {_ON}: (?P<fields>.+)",
    "rename_rule": rf"rule {_ON} becomes (?P<name>{_WORD})",
    "remove_rule": rf"rule {_ON} is removed",
    "broken_rule": r"a rule file that is no YAML",
    "limits": r"limits: (?P<fields>.+)",
    "route": r"route (?P<folder>/\S+) to (?P<repository>[\w-]+/[\w.-]+)",
    "comments": r"comments: (?P<fields>.+)",
    "settle": r"settle (?P<time>\d+[mhd])",
    "clone": r"with a clone",
    # Sessions
    "sessions": rf"(?P<people>{_WORD}(?: x\d+)?(?:, {_WORD}(?: x\d+)?)*): (?P<what>fail .+|work(?:,.+)?)",
    # What people do to issues
    "close": rf"{_WHO} closes {_ISSUE} as (?P<reason>completed|not planned)",
    "close_duplicate": rf"{_WHO} closes {_ISSUE} as duplicate of #(?P<of>\d+)",
    "reopen": rf"{_WHO} reopens {_ISSUE}",
    "title": rf'{_WHO} renames {_ISSUE} to "(?P<text>[^"]+)"',
    "label": rf"{_WHO} labels {_ISSUE} with (?P<label>.+)",
    "unlabel": rf"{_WHO} takes (?P<label>.+) off {_ISSUE}",
    "write": rf"{_WHO} writes (?P<where>above|below|inside) the bot's part of {_ISSUE}: (?P<text>.+)",
    "fill": rf"{_WHO} writes (?P<number>\d+) characters below the bot's part of {_ISSUE}",
    "remove_part": rf"{_WHO} removes the bot's part of {_ISSUE}",
    "lock": rf"{_WHO} locks {_ISSUE}",
    "unlock": rf"{_WHO} unlocks {_ISSUE}",
    "delete": rf"{_WHO} deletes {_ISSUE}",
    "transfer": rf"{_WHO} transfers {_ISSUE} to (?P<target>[\w-]+/[\w.-]+)",
    "copy": rf"{_WHO} opens an issue with the text of {_ISSUE}",
    "open": rf'{_WHO} opens an issue "(?P<text>[^"]+)"',
    # What people say; the lines of a longer comment follow, each behind a `|`
    "comment": rf"{_WHO} comments on {_ISSUE}{_SAYS}",
    "recomment": rf"{_WHO} edits (?:the|(?P<whose>{_LOGIN})'s) {_WHICH}comment on {_ISSUE}{_SAYS}",
    "uncomment": rf"{_WHO} deletes (?:the|(?P<whose>{_LOGIN})'s) {_WHICH}comment on {_ISSUE}",
    "order": rf"{_WHO} orders on {_ISSUE} at the command line: (?P<text>.+)",
    "role": rf"{_WHO} has the role (?P<role>read|triage|write|maintain|admin)",
    "assign": rf"{_WHO} assigns {_ISSUE} to (?P<whom>{_LOGIN})",
    "leave": rf"the account of {_WHO} is deleted",
    # What people do to code
    "commit": rf'{_WHO} commits (?P<name>{_WORD}) "(?P<text>[^"]*)"(?: on branch (?P<branch>\S+))?'
    r"(?:, dated (?P<dated>day \d+(?: \d\d:\d\d)?))?",
    "revert": rf"{_WHO} reverts (?P<name>{_WORD})",
    "propose": rf'{_WHO} proposes "(?P<text>[^"]*)"',
    "propose_revert": rf"{_WHO} proposes to revert #(?P<issue>\d+)",
    "merge": rf"{_WHO} merges #(?P<issue>\d+)",
    # What goes wrong
    "trouble": r"trouble: (?P<kind>502 before|502 after|cut before|cut after) the next (?P<what>issue|comment|edit)",
    "holes": r"trouble: the list of issues is (?P<kind>empty|short by one|refused)",
    "unasked": r"trouble: what accounts may do cannot be asked",
    "unheard": r"trouble: comments cannot be (?P<what>read|answered)",
    "calm": r"the trouble is over",
    "forget": r"the bot's memory is lost",
    # The bot
    "run": r"run(?P<dry> without posting)?",
    "then": r"then (?P<told>.+)",
}

# What a run may be expected to come to; each stands behind a `->`.
EXPECTED: Mapping[str, str] = {
    "nothing": r"nothing",
    "action": r"(?P<action>open|update|reopen|close|comment|skip)(?: #(?P<issue>\d+))?"
    rf"(?: (?P<row>[a-z]+(?:_[a-z]+)*))?(?: for (?P<key>\S+))?(?: of (?P<rule>{_WORD}))?",
    "verdicts": r"verdicts(?: for (?P<key>\S+))?: (?P<counts>.+)",
    "fix": r"fix(?: for (?P<key>\S+))?: (?:(?P<none>none)|(?P<source>[a-z_]+) on (?P<day>day \d+(?: \d\d:\d\d)?))",
    "dates": r"dates(?: for (?P<key>\S+))?: (?:(?P<none>agree)|(?P<kind>[a-z_]+)(?:, (?P<days>[\d.]+) days?)?)",
    "says": r'says "(?P<text>[^"]+)"',
    "problem": r"problem (?P<code>[a-z_]+)",
    "silences": r"(?P<number>\d+|no) silences? holds?",
    "silence": rf"silence(?: on #(?P<issue>\d+)| (?P<file>of the file))(?: by {_WHO})?"
    r"(?: until (?P<end>day \d+(?: \d\d:\d\d)?|fixed|forever|\d+ sessions|version \S+))?"
    r"(?:, (?P<over>over))?(?:, (?P<kept>\d+) kept quiet)?(?:, about (?P<findings>\d+))?",
    "writes": r"(?P<number>\d+|no) writes?",
    "fails": r"the (?P<action>open|update|reopen|close|comment) fails",
}

# What GitHub may be expected to show; parts of a `then`, separated by commas.
TOLD: Mapping[str, str] = {
    "count": r"(?P<number>\d+) issues?(?: in (?P<repository>[\w-]+/[\w.-]+))?",
    "state": rf"{_ISSUE} is (?P<state>open|closed)(?: as (?P<reason>completed|not planned|duplicate))?",
    "comments": r"(?P<number>\d+) comments? by the bot",
    "labelled": r"(?P<no>not )?labelled (?P<label>[^,]+)",
    "titled": r'titled "(?P<text>[^"]+)"',
    "body": r'(?P<no>does not say|says) "(?P<text>[^"]+)"',
    "comment_says": r'a comment says "(?P<text>[^"]+)"',
    "reactions": rf"(?P<who>{_LOGIN})'s {_WHICH}comment(?: on {_ISSUE})? has"
    rf" (?P<reactions>no reaction|{_REACTIONS}(?: and {_REACTIONS})*)",
    "replies": r"(?P<number>\d+|no) repl(?:y|ies)(?: by the bot)?",
    "reply": r'(?P<no>a|no) reply says "(?P<text>[^"]+)"',
}

WHEN = re.compile(r"day (?P<day>\d+)(?: (?P<hour>\d\d):(?P<minute>\d\d))?")

# Where no hour is written: sessions in the morning, people in the afternoon, the bot in the evening.
HOURS: Mapping[str, int] = {"sessions": 9, "run": 20, "then": 20}
NOON = 14


def told(kinds: Mapping[str, str], text: str) -> tuple[str, dict[str, str]] | None:
    """The kind of line that a text is, with what stands in its places (left out where nothing does); None for none."""
    for kind, pattern in kinds.items():
        found = re.fullmatch(pattern, text)
        if found:
            return kind, {name: value for name, value in found.groupdict().items() if value is not None}
    return None
