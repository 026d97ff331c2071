"""A session while its file is read: what has to be remembered from event to event."""

from __future__ import annotations

from datetime import datetime

from bot.core.command import thing
from bot.core.model import Event, Kind, Outcome, Session, Span, Step
from bot.core.outcome import SHELLS
from bot.core.redact import excerpt, redact
from bot.core.session import GAP, identity, in_order, join

LONG = 30.0  # seconds; a call that ran longer is kept as a step of its own
_BLOCKS = 4096  # spans kept before they are joined
_PROMPTS = 30  # prompts of a session in which a pasted command is looked for
_PROMPT = 4000  # characters of each
_LEAST = 8  # characters of a command line that are worth looking for in a prompt
_SHOWN = 300  # characters of a prompt or a command that are shown


def command_of(call: Event) -> str:
    """The command line of a call of a shell tool, else ""."""
    given = call.input.get("command")
    return given if call.tool in SHELLS and isinstance(given, str) else ""


def beginning(text: str) -> str:
    """The redacted beginning of a prompt or command; what is cut off first lies too far behind to be shown in half."""
    return excerpt(text[: _SHOWN + 2000], _SHOWN, at=0)


class Draft:
    """A session while its file is read."""

    __slots__ = (
        "_shown_prompt",
        "begun",
        "blocks",
        "branches",
        "calls",
        "cwd",
        "cwds",
        "elapsed",
        "failed",
        "id",
        "last",
        "links",
        "messages",
        "open",
        "prompt",
        "prompts",
        "quiet",
        "revision",
        "seen",
        "steps",
        "stopped",
        "version",
        "versions",
    )  # fmt: skip

    def __init__(self, session: str) -> None:
        self.id = session
        self.blocks: list[Span] = []
        self.begun: datetime | None = None
        self.last: datetime | None = None
        self.steps: dict[str, Step] = {}
        self.links: set[int] = set()
        self.quiet: set[int] = set()
        self.calls: dict[str, Event] = {}
        self.elapsed: dict[str, float] = {}
        self.open: dict[str, dict[str, list[int]]] = {}  # by tools and thing, signals of trouble not over
        self.failed: dict[str, set[str]] = {}
        self.cwds: dict[str, None] = {}
        self.versions: dict[str, None] = {}
        self.branches: dict[str, None] = {}
        self.messages: dict[str, bool] = {}
        self.cwd = self.version = self.revision = self.prompt = ""
        self._shown_prompt: str | None = None
        self.prompts: list[str] = []
        self.stopped = False
        self.seen: set[str] = set()

    def time(self, at: datetime) -> None:
        """Take a moment of activity. Most follow the one before; another order only makes more spans, joined at the end."""
        last = self.last
        if last is None:
            self.begun = self.last = at
        elif at >= last and at - last <= GAP:
            self.last = at
        elif self.begun is None or not self.begun <= at <= last:
            self.blocks.append(Span(self.begun or at, last))
            self.begun = self.last = at
            if len(self.blocks) > _BLOCKS:
                self.blocks = list(join(self.blocks))

    def asked(self, text: str) -> None:
        """Take a person's prompt."""
        self.prompt, self._shown_prompt = text, None
        self.prompts.append(text[:_PROMPT])
        del self.prompts[:-_PROMPTS]

    def shown(self) -> str:
        """The last prompt as a signal shows it; masked once, however many signals follow it."""
        if self._shown_prompt is None:
            self._shown_prompt = beginning(self.prompt)
        return self._shown_prompt

    def origin(self, command: str) -> str:
        """`person` where a part of the command stands in an earlier prompt, else `agent`."""
        parts = [part.strip() for line in command[:_PROMPT].splitlines() for part in line.split("&&")]
        telling = [part for part in parts if len(part) >= _LEAST]
        return "person" if any(part in prompt for prompt in self.prompts for part in telling) else "agent"

    def whole(self) -> Session:
        """The partial session that the file shows."""
        for call, made in self.calls.items():  # never answered: interrupted, or the last; not a failure
            self.links.add(identity(call))
            self.steps.setdefault(call, _pending(call, made))
        for call, elapsed in self.elapsed.items():
            known = self.steps.get(call)
            if known:
                self.steps[call] = known._replace(elapsed=max(known.elapsed, elapsed))
        blocks = self.blocks if self.begun is None or self.last is None else [*self.blocks, Span(self.begun, self.last)]
        return Session(
            self.id,
            "",
            blocks=join(blocks),
            steps=in_order(self.steps.values()),
            links=frozenset(self.links.union(identity(message) for message, alone in self.messages.items() if alone)),
            quiet=frozenset(self.quiet),
            cwds=tuple(sorted(self.cwds)),
            versions=tuple(sorted(self.versions)),
            branches=tuple(sorted(self.branches)),
            events=len(self.seen),
        )


def _pending(call: str, made: Event) -> Step:
    about = redact(thing(made.tool, made.input))
    return Step(
        call, Kind.CALL, made.at, None, made.tool[:80], Outcome.PENDING, nested=made.nested, thing=about,
        command=beginning(command_of(made)),
    )  # fmt: skip
