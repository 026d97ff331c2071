"""Long lines of Claude Code that say little, told without parsing them.

Two thirds of all bytes of real transcripts are contents of files that were read or edited. Of these only the moment, the
session and the call count. Just the exact shape in which versions 2.0.64 to 2.1.41 write them is told;
anything else is left to the parser. A quote inside a JSON string is always escaped, so that none of the marks that are
looked for can stand in what a tool gave.
"""

from __future__ import annotations

import re
from typing import NamedTuple

LONG = 4_096  # bytes from which this is faster than parsing, measured

_HEAD = re.compile(
    rb'\{"parentUuid":"[^"\\]*","isSidechain":false,"userType":"external",'
    rb'("cwd":"[^"\\]*","sessionId":"([^"\\]*)","version":"[^"\\]*","gitBranch":"[^"\\]*",)(?:"slug":"[^"\\]*",)?'
    rb'"type":"user","message":\{"role":"user","content":\[\{"tool_use_id":"([^"\\]*)","type":"tool_result","content":"'
)
_WORKED = re.compile(rb'\}\]\},"uuid":"[^"\\]*","timestamp":"([^"\\]*)"[,}]')
_ANSWERED = b'"sourceToolAssistantUUID":"'  # with a uuid behind it, the end of a result's line
_BEGIN = b'{"parentUuid":'


class Skimmed(NamedTuple):
    """What such a line says: the call that worked, when, and in which session."""

    session: str
    timestamp: str
    call: str


class Skimmer:
    """Skims the lines of one file; `texts` are the tools whose output is wanted also where they worked."""

    def __init__(self, texts: frozenset[str]) -> None:
        self._texts = texts | {""}  # of an unknown call everything may matter
        self._contexts: dict[bytes, bytes] = {}

    def skim(self, line: bytes, tools: dict[str, str]) -> Skimmed | None:
        """What a line says, or None where it has to be parsed; `tools` are the tools of the calls so far."""
        head = _HEAD.match(line)
        if head is None:
            return None
        context, session, call = head[1], head[2], head[3].decode("utf-8", "replace")
        if self._contexts.get(session) != context:
            self._contexts[session] = context  # this line is parsed, and the next one of the same context need not be
            return None
        if tools.get(call, "") in self._texts:
            return None
        end = line.find(b'}]},"uuid":"', head.end())
        tail = _WORKED.match(line, end) if end > 0 else None
        if tail is None or not line.endswith((b'"', b'"is_error":false'), 0, end):
            return None  # of another shape, or it failed
        if line[-66:-39] != _ANSWERED and not line.endswith(b"}}\n"):
            return None  # another object may stand behind it
        if line.find(_BEGIN, head.end(), end) > 0:
            return None  # half a line, and another behind it
        return Skimmed(session.decode("utf-8", "replace"), tail[1].decode("utf-8", "replace"), call)
