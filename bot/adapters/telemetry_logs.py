"""Logs for those who watch workers: one JSON object a line, or coloured text on a terminal; nothing secret, nothing private.

Everything goes one way, what other libraries log through `logging` too: the allow-list of `telemetry_fields`, exceptions as
their class, a masked message and the lines of our own code (never a value), one renderer, one stream. A log line that
cannot be written is dropped: no work stops because of it.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from billiard.einfo import ExceptionWithTraceback  # type: ignore[import-untyped]
from billiard.util import get_logger  # type: ignore[import-untyped]
from sqlalchemy.exc import DBAPIError
from structlog.typing import EventDict, Processor

from bot.adapters.telemetry_fields import TEXT_LIMIT, WORD_LIMIT, allowed, one_line

FORMS: Final = ("auto", "json", "text")
_OWN: Final = ("bot.", "workers.")  # packages whose lines may be named
_SPEAKERS: Final = (*_OWN, "billiard.", "celery.", "kombu.", "amqp.", "redis.")
_STRUCTLOG: Final = ("stack_info", "_logger", "_name")
_FRAMES: Final = 5  # the innermost ones of our own code
_QUIET: Final = {  # what these say below that is no news for an operator
    "alembic": logging.WARNING,
    "github": logging.ERROR,
    "urllib3": logging.ERROR,
    "celery.app.trace": logging.CRITICAL,  # `telemetry` says how each task began and ended
    "celery.worker.strategy": logging.WARNING,
    "celery.bootsteps": logging.INFO,  # below it, the messages of tasks themselves are shown
    "celery.pool": logging.INFO,
    "kombu": logging.INFO,
    "multiprocessing": logging.WARNING,
    "redis": logging.WARNING,
    "waitress.queue": logging.ERROR,
}


class Handler(logging.StreamHandler[TextIO]):
    """Writes to a stream; what cannot be written is dropped, and never told anywhere with its values."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Nothing: the usual answer prints the arguments of what was logged."""


def set_up_logs(form: str, level: str, stream: TextIO) -> None:
    """Send all logs of this process to a stream; `form` is one of `FORMS`, `level` the least that is written."""
    lines = form == "json" or (form == "auto" and not stream.isatty())
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
    ]
    handler = Handler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[_safe, _json() if lines else _text(colours=stream.isatty())],
            pass_foreign_args=True,
            use_get_message=False,
        )
    )
    root = logging.getLogger()
    for old in [each for each in root.handlers if isinstance(each, Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level.upper())
    get_logger().propagate = True  # billiard's, which would write lines of its own
    for name, least in _QUIET.items():
        logging.getLogger(name).setLevel(least)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )


@contextmanager
def in_cycle(cycle: str, **words: str) -> Iterator[None]:
    """Everything that is logged meanwhile has the id of a cycle, and these words."""
    with structlog.contextvars.bound_contextvars(cycle=cycle, **words):
        yield


def _json() -> Processor:
    return structlog.processors.JSONRenderer(sort_keys=False)  # ASCII only: no character can end or forge a line


def _text(*, colours: bool) -> Processor:
    return structlog.dev.ConsoleRenderer(
        colors=colours, timestamp_key="time", pad_event_to=24, sort_keys=False, pad_level=True
    )


def _safe(_logger: object, _method: str, event: EventDict) -> Mapping[str, Any]:
    """What may come out of a log record, whoever made it."""
    fields = {str(name): value for name, value in event.items()}
    record, own = fields.pop("_record", None), fields.pop("_from_structlog", True)
    said, error = fields.pop("event", ""), fields.pop("exc_info", None)
    shown: dict[str, Any] = {"time": fields.pop("time", ""), "level": fields.pop("level", "")}
    arguments = fields.pop("positional_args", ())
    for name in _STRUCTLOG:
        fields.pop(name, None)
    if own or not isinstance(record, logging.LogRecord):
        shown["event"] = one_line(said, WORD_LIMIT) if isinstance(said, str) else "unnamed"
    else:
        shown |= {"event": "log", "source": one_line(record.name, WORD_LIMIT), "message": _said(said, arguments)}
    return shown | allowed(fields) | told_error(error)


def _said(template: object, arguments: object) -> str:
    """What another library says, without the values that only its caller knows (arguments and results of a task)."""
    if isinstance(arguments, Mapping):
        arguments = _Spared(allowed(arguments))
    elif isinstance(arguments, tuple):
        arguments = tuple(error_message(each) if isinstance(each, BaseException) else each for each in arguments)
    try:
        text = str(template) % arguments if arguments else str(template)
    except Exception:  # noqa: BLE001 - arguments that do not fit, or cannot be shown: the template says enough
        text = str(template)
    return one_line(text.partition("\n")[0], TEXT_LIMIT)


class _Spared(dict[str, Any]):
    """Arguments of a message of which those that may not be shown are dots."""

    def __missing__(self, _name: str) -> str:
        return "…"


def told_error(found: object) -> dict[str, str]:
    """An exception (or `exc_info`, or True for the one at hand) as class, masked message, and places in our own code."""
    if found is True:
        found = sys.exc_info()
    if isinstance(found, tuple):
        found = found[1] if len(found) == 3 else None
    if isinstance(found, ExceptionWithTraceback):
        found = found.exc
    if not isinstance(found, BaseException):
        return {}
    told = {"error": type(found).__name__, "error_message": error_message(found), "where": _frames(found.__traceback__)}
    return {name: value for name, value in told.items() if value}


def error_message(error: BaseException) -> str:
    """The first line of what an exception says, masked; "" where its words may be those of a transcript.

    Only those speak whose text was written by this program, the system, a database (without the statement and its values)
    or the machinery of the workers: `ValueError` and its like repeat what they were given.
    """
    if isinstance(error, DBAPIError):
        text = str(error.orig)
    elif isinstance(error, OSError) and error.strerror:
        text = str(error.strerror)
    elif isinstance(getattr(error, "code", None), str) or type(error).__module__.startswith(_SPEAKERS):
        text = str(error)
    else:
        return ""
    return one_line(text.lstrip().partition("\n")[0], TEXT_LIMIT)


def _frames(trace: TracebackType | None) -> str:
    """`module:line` of the innermost frames of our own code, outermost first."""
    found: list[str] = []
    while trace is not None:
        module = str(trace.tb_frame.f_globals.get("__name__", ""))
        if module.startswith(_OWN):
            found.append(f"{module}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " ".join(found[-_FRAMES:])
