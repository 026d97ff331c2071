"""How an installation is examined: probes in their order, each within its time, none of them able to stop the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic

from bot.core.diagnosis import Check, Outcome, failed, skipped
from bot.core.redact import redact

HIDDEN = "[secret]"
_LEAST = 4  # characters: a shorter secret would be cut out of every word


@dataclass(frozen=True, slots=True)
class Probe:
    """Something to look at: its name, the names of what it rests on, how many seconds it may take, and the looking.

    `extra` ones are only looked at where they are asked for by name.
    """

    name: str
    look: Callable[[], Iterable[Check]]
    needs: tuple[str, ...] = ()
    seconds: float = 20
    extra: bool = False


def examine(
    probes: Sequence[Probe], chosen: Collection[str], secrets: Collection[str], begin: Callable[[str], None]
) -> Iterator[Check]:
    """The checks of the probes that are chosen (all where none is), as they come; `begin` is told each one's name.

    What rests on something that failed is skipped and says so. A probe that breaks, or is not done in its time, is a
    failed check. No text holds one of the `secrets`.
    """
    broken: dict[str, frozenset[str]] = {}  # name → the failed ones that it comes down to
    for probe in probes:
        if probe.name not in chosen if chosen else probe.extra:
            continue
        because = frozenset[str]().union(*(broken.get(need, frozenset()) for need in probe.needs))
        if because:
            broken[probe.name] = because
            yield skipped(probe.name, sorted(because))
            continue
        begin(probe.name)
        for check in _looked(probe):
            if check.outcome is Outcome.FAILED:
                broken[probe.name] = frozenset({probe.name})
            yield hidden(check, secrets)


def hidden(check: Check, secrets: Collection[str]) -> Check:
    """The check without any of these texts, whoever put them in."""

    def clean(text: str) -> str:
        for secret in sorted(secrets, key=len, reverse=True):
            if len(secret) >= _LEAST:
                text = text.replace(secret, HIDDEN)
        return " ".join(text.split())

    details = tuple(clean(each) for each in check.details)
    return replace(check, found=clean(check.found), fix=clean(check.fix), place=clean(check.place), details=details)


def _looked(probe: Probe) -> Iterator[Check]:
    """What a probe finds. It looks in a thread of its own: a hung disk or name server has no time limit itself."""
    told: SimpleQueue[Check | Exception | None] = SimpleQueue()

    def look() -> None:
        try:
            for check in probe.look():
                told.put(check)
        except Exception as error:  # noqa: BLE001 - a broken check is a line of the report, whatever broke it
            told.put(error)
        else:
            told.put(None)

    Thread(target=look, name=f"doctor-{probe.name}", daemon=True).start()
    last = monotonic() + probe.seconds
    while True:
        try:
            found = told.get(timeout=max(0.0, last - monotonic()))
        except Empty:
            fix = f"see why it is that slow, then run `frictionbot doctor --only {probe.name}` again"
            yield failed(probe.name, f"no answer within {probe.seconds:.0f} s", fix)
            return
        if found is None:
            return
        if isinstance(found, Exception):
            fix = "this is a mistake of frictionbot's: please report it"
            yield failed(probe.name, f"the check itself broke: {type(found).__name__}: {redact(str(found))[:200]}", fix)
            return
        yield found
