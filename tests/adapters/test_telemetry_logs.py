from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.exc import OperationalError

from bot.adapters.store_engine import parse
from bot.adapters.telemetry_fields import NUMBERS, TEXTS, WORDS
from bot.adapters.telemetry_logs import Handler, in_cycle, set_up_logs
from bot.demo import fake_secrets
from bot.ports import StoreError

SECRETS = {
    name: value
    for name, value in vars(fake_secrets).items()
    if name.isupper() and name != "PASSWORD"  # which is one only inside DATABASE
}
FIELDS = sorted(NUMBERS | WORDS | TEXTS)


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    level = root.level
    yield
    for handler in [each for each in root.handlers if isinstance(each, Handler)]:
        root.removeHandler(handler)
    root.setLevel(level)
    structlog.reset_defaults()


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def written(form: str = "json", level: str = "info") -> io.StringIO:
    stream = io.StringIO()
    set_up_logs(form, level, stream)
    return stream


def objects(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_one_object_with_time_level_event_and_cycle() -> None:
    stream = written()
    with in_cycle("c-17", repository="acme/agents"):
        structlog.get_logger().info("batch_read", files=3, bytes=1200)
    structlog.get_logger().warning("after")
    first, second = objects(stream)
    at = datetime.fromisoformat(str(first.pop("time")))
    assert at.utcoffset() == timedelta(0)
    assert first == {
        "level": "info", "event": "batch_read", "files": 3, "bytes": 1200, "cycle": "c-17", "repository": "acme/agents",
    }  # fmt: skip
    assert (second["event"], second["level"], "cycle" in second) == ("after", "warning", False)


def test_a_field_that_nobody_allowed_is_counted_and_not_shown() -> None:
    stream = written()
    structlog.get_logger().info("read", prompt="what I asked", command="rm -rf /", files="not a number")
    assert "what I asked" not in stream.getvalue()
    assert {name: value for name, value in objects(stream)[0].items() if name != "time"} == {
        "level": "info",
        "event": "read",
        "left_out": 3,
    }


def test_other_libraries_come_out_of_the_same_renderer() -> None:
    stream = written()
    logging.getLogger("kombu.connection").warning("lost %s after %d tries", "the broker", 3)
    logging.getLogger("celery.worker").error(
        "Task %(name)s gave %(return_value)s", {"name": "x", "return_value": "all I said"}
    )
    lost, gave = objects(stream)
    assert (lost["event"], lost["source"], lost["message"]) == (
        "log",
        "kombu.connection",
        "lost the broker after 3 tries",
    )
    assert gave["message"] == "Task x gave ..."


def test_an_exception_is_its_class_its_masked_message_and_our_own_lines() -> None:
    stream = written()
    try:
        parse("nothing://" + fake_secrets.PASSWORD + "@host")
    except StoreError:
        structlog.get_logger().exception("batch_failed", code="database_url")
    told = objects(stream)[0]
    assert told["error"] == "StoreError"
    assert str(told["error_message"]).startswith("the database URL is not understood")
    assert str(told["where"]).startswith("bot.adapters.store_engine:")
    assert len(stream.getvalue().splitlines()) == 1


def test_an_exception_that_repeats_what_it_was_given_says_nothing() -> None:
    stream = written()
    structlog.get_logger().error("failed", exc_info=ValueError("invalid literal: 'what a person said'"))
    structlog.get_logger().error("failed", exc_info=OSError(28, "No space left on device", "/home/ada/x.jsonl"))
    first, second = objects(stream)
    assert (first["error"], "error_message" in first) == ("ValueError", False)
    assert (second["error"], second["error_message"]) == ("OSError", "No space left on device")


def test_a_database_error_comes_without_its_statement_and_values() -> None:
    stream = written()
    error = OperationalError(
        "INSERT INTO signals VALUES (?)", ("what a person said",), Exception("disk is full\nDETAIL: row")
    )
    structlog.get_logger().error("failed", exc_info=error)
    logging.getLogger("celery").error("it raised %r", error)
    first, second = objects(stream)
    assert (first["error"], first["error_message"]) == ("OperationalError", "disk is full")
    assert second["message"] == "it raised 'disk is full'"


@pytest.mark.parametrize("form", ["json", "text"])
@pytest.mark.parametrize(
    "hostile",
    [
        'x\n{"event": "forged"}',
        "x\r\n2026-01-01 [error] forged",
        "\x1b]0;title\x07\x1b[2J\x1b[31mred",
        "\ud800 lone \udfff",
        "\u2028forged\u2029\x85forged\x0bforged\x0cforged\x1cforged",
        "\u202eevil\u200b",
        "\0\x08\x9b31m",
        "%s %(x)s {0}",
        "a" * 10_000_000,
    ],
    ids=["newline", "crlf", "escapes", "surrogates", "separators", "bidi", "controls", "formats", "10 MB"],
)
def test_no_value_can_forge_a_line_or_move_a_terminal(form: str, hostile: str) -> None:
    stream = written(form=form)
    structlog.get_logger().info(hostile, message=hostile, code=hostile, **{hostile[:100]: 1})
    logging.getLogger(hostile[:100].replace(".", "")).warning(hostile)
    logging.getLogger("other").warning("%s", hostile)
    text = stream.getvalue()
    assert len(text.splitlines()) == 3
    assert len(text) < 4_000
    assert all(character == "\n" or 32 <= ord(character) < 0xD800 for character in text)
    assert not {"\x7f", "\x9b", "\x85", "\u2028", "\u202e", "\u200b"} & set(text)


@given(
    secret=st.sampled_from(sorted(SECRETS)),
    field=st.sampled_from([*FIELDS, "prompt", "anything"]),
    around=st.sampled_from(["{}", "see {} here", "a\n{}\nb", "'{}'", "x={}"]),
    padding=st.sampled_from([0, 250, 10_000]),
)
def test_no_secret_comes_out_of_any_field_or_exception(secret: str, field: str, around: str, padding: int) -> None:
    stream = written()
    value = "word " * padding + around.format(SECRETS[secret])
    log = structlog.get_logger()
    log.info("said", **{field: value})
    log.info(value)
    logging.getLogger("library").error("it was %s", value)
    logging.getLogger("library").error("it was %(name)s", {"name": value})
    for error in (ValueError(value), StoreError("code", value), OSError(5, value), KeyError(value)):
        log.error("failed", exc_info=error)
        logging.getLogger("library").error("failed", exc_info=error)
    hidden = fake_secrets.PASSWORD if secret == "DATABASE" else SECRETS[secret]
    assert len(objects(stream)) == 12
    assert hidden not in stream.getvalue()


@given(
    st.dictionaries(
        st.one_of(st.sampled_from(FIELDS), st.text(max_size=8)).filter(
            lambda name: name not in {"event", "exc_info", "stack_info", "stacklevel", "extra", "self"}
        ),
        st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.none(), st.lists(st.text()), st.booleans()),
        max_size=6,
    ),
    st.text(),
)
def test_whatever_is_logged_is_one_line_that_parses(fields: dict[str, object], event: str) -> None:
    stream = written()
    structlog.get_logger().info(event, **fields)
    assert len(objects(stream)) == 1


def test_a_number_beyond_all_bounds_is_left_out() -> None:
    stream = written()
    structlog.get_logger().info("read", files=10**400, bytes=float("nan"), seconds=float("inf"), tries=2)
    assert {name: objects(stream)[0][name] for name in ("tries", "left_out")} == {"tries": 2, "left_out": 3}


def test_a_stream_that_fails_stops_nobody_and_tells_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    stream = written()
    stream.close()
    structlog.get_logger().info("read", files=1)
    assert capsys.readouterr() == ("", "")


def test_a_terminal_gets_coloured_text_and_a_pipe_json() -> None:
    terminal, pipe = Terminal(), io.StringIO()
    set_up_logs("auto", "info", terminal)
    structlog.get_logger().info("read", files=3)
    set_up_logs("auto", "info", pipe)
    structlog.get_logger().info("read", files=3)
    assert "\x1b[" in terminal.getvalue()
    assert "files" in terminal.getvalue()
    assert len(terminal.getvalue().splitlines()) == 1
    assert objects(pipe)[0]["files"] == 3


def test_what_is_below_the_level_is_not_written() -> None:
    stream = written(level="warning")
    structlog.get_logger().info("read")
    logging.getLogger("celery").info("hello")
    structlog.get_logger().warning("left")
    assert [told["event"] for told in objects(stream)] == ["left"]
