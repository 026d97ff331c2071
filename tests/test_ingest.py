"""Reading sessions from real files into a real store: once, whole, in any order, and whatever the files are like."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made import rule
from transcripts import START, Transcript

from bot.adapters.sources import FileSources
from bot.adapters.store import SqlStore
from bot.core.count import count
from bot.core.model import Finding, Problem, ReadStats, Signal
from bot.core.origin import Origin
from bot.core.rule_model import Rule
from bot.ingest import Ingest, Silence, Whose
from bot.ports import Reading, Shelf, SourceFile

FAILURE = rule("failure", event="tool_failure", group_by=("signature",), sessions=1, people=1)
MODULE = rule("module", text=r"No module named '(?P<module>\w+)'", group_by=("module",), sessions=1, people=1)
MISSING = "Exit code 1\nModuleNotFoundError: No module named 'pandas'"


@dataclass
class CountedSources:
    """The real sources, counting the files that were opened and the bytes that were read of them."""

    inner: FileSources
    order: int = 1
    opened: list[str] = field(default_factory=list)
    bytes: int = 0

    def discover(self) -> Iterator[SourceFile | Problem]:
        yield from list(self.inner.discover())[:: self.order]

    def shelves(self) -> Iterator[Shelf | Problem]:
        yield from list(self.inner.shelves())[:: self.order]

    def now(self, file: SourceFile) -> SourceFile:
        return self.inner.now(file)

    def lines(self, file: SourceFile) -> Iterator[bytes]:
        self.opened.append(Path(file.path).name)
        for line in self.inner.lines(file):
            self.bytes += len(line)
            yield line

    def unreadable(self, file: SourceFile, error: OSError) -> Problem:
        return self.inner.unreadable(file, error)

    def remote(self, cwd: str) -> str:
        return self.inner.remote(cwd)


class Noting:
    """The real store, noting for which rules each file was searched."""

    def __init__(self, inner: SqlStore) -> None:
        self._inner = inner
        self.searched: set[frozenset[str]] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def absorb(self, readings: Sequence[Reading]) -> int:
        self.searched |= {frozenset(reading.rules) for reading in readings}
        return self._inner.absorb(readings)


@dataclass
class Run:
    """What one run over a folder read and said."""

    opened: list[str]
    bytes: int
    stats: ReadStats
    problems: list[tuple[str, str]]
    messages: list[str]
    searched: set[frozenset[str]]


def read(folder: Path | Sequence[Path], *rules: Rule, database: str = "friction.db", order: int = 1) -> Run:
    paths = [folder] if isinstance(folder, Path) else folder
    root = paths[0]
    sources = CountedSources(FileSources([str(path) for path in paths]), order)
    with SqlStore.open(f"sqlite:///{root.parent}/{database}") as store:
        noting = Noting(store)
        ingest = Ingest(sources, noting, Whose({}, {}), rules or (FAILURE, MODULE), Silence())
        stats = ingest.run().stats(sum(1 for _ in store.sessions()))
    problems = [(each.code, each.place.replace(str(root), "").lstrip("/")) for each in ingest.problems]
    return Run(
        sources.opened, sources.bytes, stats, problems, [each.message for each in ingest.problems], noting.searched
    )


def held(folder: Path, database: str = "friction.db") -> tuple[Any, ...]:
    """Everything that the store of a folder's runs holds."""
    with SqlStore.open(f"sqlite:///{folder.parent}/{database}") as store:
        return (list(store.sessions()), list(store.signals()), dict(store.conversations()), dict(store.files()))


def signals(folder: Path) -> list[Signal]:
    return list(held(folder)[1])


def named(folder: Path, rule_id: str) -> list[str]:
    """The sessions in which a rule found something, one for each signal."""
    return [each.session for each in signals(folder) if each.rule == rule_id]


def findings(folder: Path, database: str = "friction.db") -> list[Finding]:
    """What counts; the general rule leaves out what the rule for modules explains."""
    sessions, found, conversations, _ = held(folder, database)
    origins = {
        each.id: Origin(
            each.id, conversations[each.id], each.person, each.person, "acme/shop", each.started_at, each.blocks
        )
        for each in sessions
    }
    return list(count(found, origins, (FAILURE, MODULE), START + timedelta(days=3)))


def counts(folder: Path) -> dict[str, tuple[int, int]]:
    """Rule → distinct sessions and occurrences over all its findings."""
    return {each.rule: (each.total.sessions, each.total.occurrences) for each in findings(folder)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "logs"
    made.mkdir()
    return made


def failing(session: str, times: int = 1, **fields: Any) -> Transcript:
    transcript = Transcript(session, **fields).prompt("go")
    for _ in range(times):
        transcript.run("python run.py", MISSING, failed=True)
    return transcript


# Only what changed


def test_a_second_run_reads_nothing_and_changes_nothing(folder: Path) -> None:
    for number in range(3):
        failing(f"s{number}").write(folder / "ada" / f"{number}.jsonl")
    first = read(folder)
    before = held(folder)
    second = read(folder)
    assert (len(first.opened), first.bytes) == (3, sum(path.stat().st_size for path in folder.rglob("*.jsonl")))
    assert (second.opened, second.bytes) == ([], 0)
    assert (first.stats.files, first.stats.read, first.stats.unchanged, first.stats.bytes) == (3, 3, 0, first.bytes)
    assert (second.stats.files, second.stats.read, second.stats.unchanged, second.stats.bytes) == (3, 0, 3, 0)
    assert second.stats.sessions == 3
    assert held(folder) == before


def test_a_changed_file_is_read_alone_and_updates_what_its_session_had(folder: Path) -> None:
    failing("s1").write(folder / "1.jsonl")
    failing("s2").write(folder / "2.jsonl")
    read(folder)
    failing("s1", times=3).write(folder / "1.jsonl")
    again = read(folder)
    assert again.opened == ["1.jsonl"]
    assert named(folder, "module") == ["s1", "s1", "s1", "s2"]
    assert [session.events for session in held(folder)[0]] == [7, 3]


def test_a_file_that_grew_by_its_answer_tells_how_the_call_ended(folder: Path) -> None:
    transcript = failing("s1")
    transcript.write(folder / "1.jsonl")
    read(folder)
    transcript.run("python run.py", "fine").write(folder / "1.jsonl")
    read(folder)
    assert [each.until for each in signals(folder)] == [START + timedelta(seconds=20)] * 2


def test_an_event_that_reads_otherwise_now_replaces_what_it_said(folder: Path) -> None:
    path = failing("s1", times=2).write(folder / "1.jsonl")
    read(folder)
    path.write_bytes(path.read_bytes().replace(b"'pandas'", b"'numpy'", 2))
    read(folder)
    assert [dict(each.group) for each in signals(folder) if each.rule == "module"] == [
        {"module": "numpy"},
        {"module": "pandas"},
    ]


@pytest.mark.parametrize("left", [0, 1, 3])
def test_a_file_that_shrank_erases_nothing(folder: Path, left: int) -> None:
    transcript = failing("s1", times=2)
    transcript.write(folder / "1.jsonl")
    read(folder)
    before = held(folder)[:3]
    transcript.lines = transcript.lines[:left]
    transcript.write(folder / "1.jsonl")
    read(folder)
    assert counts(folder) == {"module": (1, 2)}
    assert held(folder)[1] == before[1]


def test_a_file_that_vanished_erases_nothing(folder: Path) -> None:
    failing("s1").write(folder / "1.jsonl")
    path = failing("s2").write(folder / "2.jsonl")
    read(folder)
    before = held(folder)
    path.unlink()
    again = read(folder)
    assert held(folder) == before
    assert (again.opened, again.problems) == ([], [])


def test_a_file_that_was_moved_counts_no_second_time(folder: Path) -> None:
    path = failing("s1").write(folder / "1.jsonl")
    read(folder)
    path.rename(folder / "moved.jsonl")
    read(folder)
    assert counts(folder) == {"module": (1, 1)}


def test_a_new_rule_reads_every_file_for_itself_alone(folder: Path) -> None:
    failing("s1").write(folder / "1.jsonl")
    failing("s2").write(folder / "2.jsonl")
    read(folder, FAILURE)
    before = signals(folder)
    again = read(folder, FAILURE, MODULE)
    assert again.opened == ["1.jsonl", "2.jsonl"]
    assert again.searched == {frozenset({"module"})}
    assert [each for each in signals(folder) if each.rule == "failure"] == before
    assert named(folder, "module") == ["s1", "s2"]
    assert read(folder, FAILURE, MODULE).opened == []


def test_a_changed_pattern_replaces_what_the_old_one_found(folder: Path) -> None:
    failing("s1").write(folder / "1.jsonl")
    read(folder, FAILURE, MODULE)
    before = [each for each in signals(folder) if each.rule == "failure"]
    changed = rule("module", text="no such thing", group_by=(), sessions=1, people=1)
    assert read(folder, FAILURE, changed).searched == {frozenset({"module"})}
    assert signals(folder) == before
    assert read(folder, FAILURE, MODULE).opened == ["1.jsonl"]
    assert named(folder, "module") == ["s1"]


def test_a_changed_title_or_threshold_reads_nothing(folder: Path) -> None:
    failing("s1").write(folder / "1.jsonl")
    read(folder, MODULE)
    changed = rule(
        "module",
        text=r"No module named '(?P<module>\w+)'",
        group_by=("module",),
        title="Another title",
        severity="high",
        status="draft",
        sessions=9,
        people=3,
    )
    assert read(folder, changed).opened == []


def test_a_rule_over_whole_sessions_reads_nothing(folder: Path) -> None:
    failing("s1").write(folder / "1.jsonl")
    read(folder, MODULE)
    assert read(folder, MODULE, rule("loops", event="retry"), rule("slow", event="slow")).opened == []


def test_a_removed_or_retired_rule_reads_nothing(folder: Path) -> None:
    failing("s1").write(folder / "1.jsonl")
    read(folder, FAILURE, MODULE)
    assert read(folder, FAILURE).opened == []
    assert read(folder, FAILURE, MODULE.model_copy(update={"status": "retired"})).opened == []
    assert read(folder, FAILURE, MODULE).opened == []


def test_a_file_that_is_gone_is_said_not_to_be_searched_for_a_new_rule(folder: Path) -> None:
    path = failing("s1").write(folder / "1.jsonl")
    read(folder, FAILURE)
    path.unlink()
    again = read(folder, FAILURE, MODULE)
    assert again.problems == [("not_evaluated", "1.jsonl")]
    assert again.messages == ["1 files that are gone were not searched for new rules; what they said before is kept"]


def test_sessions_that_ended_too_long_ago_are_read_once_and_not_absorbed(folder: Path) -> None:
    failing("old").write(folder / "old.jsonl")
    failing("new", start=START + timedelta(days=30)).write(folder / "new.jsonl")
    since = START + timedelta(days=1)
    with SqlStore.open("sqlite://") as store:
        for opened in (["new.jsonl", "old.jsonl"], []):
            sources = CountedSources(FileSources([str(folder)]))
            Ingest(sources, store, Whose({}, {}), (FAILURE, MODULE), Silence(), since=since).run()
            assert sources.opened == opened
            assert [session.id for session in store.sessions()] == ["new"]
            assert {each.session for each in store.signals()} == {"new"}


# Damage


def one(folder: Path, content: bytes, name: str = "bad.jsonl") -> Run:
    """A run over one odd file between two good ones, which must be read whatever it is like."""
    failing("good1").write(folder / "a.jsonl")
    (folder / name).write_bytes(content)
    failing("good2").write(folder / "z.jsonl")
    run = read(folder)
    assert {"good1", "good2"} <= set(named(folder, "module"))
    return run


def test_a_damaged_line_is_one_problem_with_its_place_and_costs_only_itself(folder: Path) -> None:
    lines = failing("bad", times=2).bytes().splitlines(keepends=True)
    lines[1] = lines[1][:100] + b"\n"
    run = one(folder, b"".join(lines))
    ((code, place),) = run.problems
    assert (code, place.rpartition(":")[0]) == ("damaged_line", "bad.jsonl:2")
    assert named(folder, "module").count("bad") == 2


def test_an_empty_file_is_one_note(folder: Path) -> None:
    assert one(folder, b"").problems == [("empty_file", "bad.jsonl")]


@pytest.mark.parametrize(
    "content", [b"\n\n \n", b"hello\nworld\n", b"[1, 2]\n", b'{"a": 1}\n', os.urandom(100) + b"\n", b"\0" * 5000]
)
def test_what_is_no_transcript_is_one_problem_where_it_says_that_it_is_one(folder: Path, content: bytes) -> None:
    assert one(folder, content).problems == [("unknown_format", "bad.jsonl")]


@pytest.mark.parametrize("name", ["notes.md", "image.png", "data.json", "archive.jsonl.gz"])
def test_other_files_beside_transcripts_are_counted_and_no_problem(folder: Path, name: str) -> None:
    run = one(folder, b"\x89PNG\0\1 no transcript at all\n", name)
    assert run.problems == []
    assert run.stats.skipped == {"no transcript files": 1}
    assert read(folder).opened == []


def test_a_line_without_end_is_one_problem_and_the_rest_is_read(folder: Path) -> None:
    whole = failing("bad").bytes()
    path = folder / "bad.jsonl"
    path.write_bytes(whole[: whole.index(b"\n") + 1])
    with path.open("r+b") as hole:
        hole.seek(70 * 1024 * 1024)
        hole.write(b"\n" + whole[whole.index(b"\n") + 1 :])
    run = read(folder)
    assert run.problems == [("line_too_long", f"bad.jsonl:2:{64 * 1024 * 1024}")]
    assert named(folder, "module") == ["bad"]


def test_a_half_written_last_line_is_no_problem_and_read_once_it_is_whole(folder: Path) -> None:
    whole = failing("bad", times=2).bytes()
    assert one(folder, whole[:-40]).problems == []
    assert named(folder, "module").count("bad") == 1
    (folder / "bad.jsonl").write_bytes(whole)
    again = read(folder)
    assert (again.opened, again.problems) == (["bad.jsonl"], [])
    assert named(folder, "module").count("bad") == 2


def test_a_file_without_permission_is_one_problem_and_read_once_it_is_open() -> None:
    with tempfile.TemporaryDirectory(prefix="ingest-", dir="/tmp") as made:
        root = Path(made)
        root.chmod(0o777)
        folder = root / "logs"
        path = failing("closed").write(folder / "closed.jsonl")
        failing("open").write(folder / "open.jsonl")
        path.chmod(0o600)
        if os.geteuid() == 0:
            os.seteuid(65534)
            try:
                closed = read(folder)
            finally:
                os.seteuid(0)
        else:
            path.chmod(0o000)
            closed = read(folder)
        assert closed.problems == [("unreadable", "closed.jsonl")]
        assert (closed.stats.files, closed.stats.read, closed.stats.unreadable) == (2, 1, 1)
        path.chmod(0o644)
        assert read(folder).opened == ["closed.jsonl"]
        assert counts(folder)["module"] == (2, 2)


def test_ten_damaged_copies_of_ten_files_still_give_their_ten_failures(folder: Path) -> None:
    def half(raw: bytes) -> bytes:
        lines = raw.splitlines(keepends=True)
        return lines[0][:50] + b"\n" + b"".join(lines[1:])

    damages = [
        lambda raw: b"\xef\xbb\xbf" + raw,
        lambda raw: raw.replace(b"\n", b"\r\n"),
        lambda raw: b"\n\n" + raw.replace(b"\n", b"\n\n"),
        lambda raw: raw.replace(b'"go"', b'"g\xff\xfe"'),
        lambda raw: b"\0\0" + raw.replace(b"\n", b"\0\n"),
        lambda raw: raw + raw[:60],
        lambda raw: raw.replace(b"}\n", b'}{"type":"summary","summary":"x","leafUuid":"y"}\n'),
        half,
        lambda raw: b"not json at all\n" * 3 + raw,
        lambda raw: raw.replace(b"}\n", b"}\n}{][\n"),
    ]
    for number, damage in enumerate(damages):
        (folder / f"{number}.jsonl").write_bytes(damage(failing(f"s{number}").bytes()))
    run = read(folder)
    assert run.stats.read == 10
    assert counts(folder) == {"module": (10, 10)}
    assert {place.split(":")[0] for _, place in run.problems} == {"3.jsonl", "7.jsonl", "8.jsonl", "9.jsonl"}


def test_sessions_of_other_agents_are_said_once_for_each_source(tmp_path: Path) -> None:
    codex = b'{"timestamp":"2026-01-01T00:00:00Z","type":"session_meta","payload":{"id":"a"}}\n'
    for source in ("one", "two"):
        (tmp_path / source).mkdir()
        for number in range(3):
            (tmp_path / source / f"{number}.jsonl").write_bytes(codex)
    failing("s1").write(tmp_path / "one" / "good.jsonl")
    run = read([tmp_path / "one", tmp_path / "two"])
    assert [code for code, _ in run.problems] == ["unsupported_format"] * 2
    assert [message[: message.index(" below")] for message in run.messages] == ["3 codex files", "3 codex files"]
    assert run.stats.skipped == {"codex files": 6}
    assert run.stats.read == 1


def test_places_of_signals_are_paths_and_lines(folder: Path) -> None:
    path = failing("s1").write(folder / "ada" / "1.jsonl")
    read(folder)
    assert {each.place for each in signals(folder)} == {f"{path}:3"}


def test_a_file_name_that_is_no_utf8_is_read_like_others(folder: Path) -> None:
    failing("s1").write(Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.jsonl")))
    assert read(folder).stats.read == 1
    assert read(folder).stats.unchanged == 1


# Copies


def fork(transcript: Transcript, session: str, kept: int, *, uuids: bool = True) -> Transcript:
    """A later session that begins with a copy of this one's first lines."""
    copy = Transcript(session, start=transcript.now)
    copy.lines = [
        line | {"sessionId": session} | ({} if uuids else {"uuid": f"{session}-{line['uuid']}"})
        for line in orjson.loads(orjson.dumps(transcript.lines[:kept]))
    ]
    return copy


@pytest.mark.parametrize("order", [1, -1])
@pytest.mark.parametrize("runs", [1, 2])
@pytest.mark.parametrize("kind", ["snapshot", "fork", "resume"])
def test_a_copied_failure_counts_once_in_whatever_order_it_is_read(
    folder: Path, order: int, runs: int, kind: str
) -> None:
    first = failing("s1", times=2)
    copy = {
        "snapshot": lambda: fork(first, "s1", 5),
        "fork": lambda: fork(first, "s2", 5).run("ls", "ok"),
        "resume": lambda: fork(first, "s2", 5, uuids=False).run("ls", "ok"),
    }[kind]()
    parts = [("a.jsonl", first), ("b.jsonl", copy)][::order]
    for name, transcript in parts[: runs % 2 + 1] if runs == 2 else parts:
        transcript.write(folder / name)
    read(folder, order=order)
    if runs == 2:
        parts[-1][1].write(folder / parts[-1][0])
        read(folder, order=order)
    assert counts(folder) == {"module": (1, 2)}
    assert len(set(held(folder)[2].values())) == 1
    assert {each.evidence[0].session for each in findings(folder)} == {"s1"}


def test_copies_in_one_run_are_counted_as_duplicates(folder: Path) -> None:
    transcript = failing("s1")
    transcript.write(folder / "a.jsonl")
    transcript.write(folder / "b.jsonl")
    stats = read(folder).stats
    assert (stats.events, stats.duplicate_events, stats.sessions) == (6, 3, 1)


def test_no_single_file_of_a_session_has_to_hold_all_of_it(folder: Path) -> None:
    whole = failing("s1", times=4)
    early, late = replace_lines(whole, whole.lines[:5]), replace_lines(whole, whole.lines[3:])
    early.write(folder / "a.jsonl")
    late.write(folder / "b.jsonl")
    read(folder)
    assert counts(folder)["module"] == (1, 4)


def replace_lines(transcript: Transcript, lines: list[dict[str, Any]]) -> Transcript:
    part = Transcript(transcript.session)
    part.lines = lines
    return part


parts = st.lists(
    st.tuples(st.sampled_from(["s1", "s2", "s3"]), st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=4
)
WHOLE = {
    name: Transcript(name)
    .prompt("go")
    .run("python run.py", MISSING, failed=True)
    .run("make all", "Exit code 2\nmake: *** no rule to make it", failed=True)
    .run("make all", "fine")
    .prompt("more")
    .run("python run.py", MISSING, failed=True)
    for name in ("s1", "s2")
}
WHOLE["s3"] = fork(WHOLE["s1"], "s3", 6).run("python run.py", MISSING, failed=True).prompt("done")


@settings(max_examples=25)
@given(parts, st.integers(0, 3), st.booleans())
def test_the_order_of_files_and_of_runs_never_matters(
    chosen: list[tuple[str, int, int]], first: int, backwards: bool
) -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "logs"
        folder.mkdir()

        def write(number: int) -> None:
            name, start, length = chosen[number]
            replace_lines(WHOLE[name], WHOLE[name].lines[start : start + length]).write(folder / f"{number}.jsonl")

        numbers = list(range(len(chosen)))
        for number in numbers[first:] if backwards else numbers[:first]:
            write(number)
        read(folder, database="parts.db", order=-1)
        for number in numbers:
            write(number)
        read(folder, database="parts.db", order=-1 if backwards else 1)
        read(folder, database="once.db")
        assert held(folder, "parts.db") == held(folder, "once.db")
        assert findings(folder, "parts.db") == findings(folder, "once.db")


# Size, and a sudden end


def long_file(path: Path, megabytes: int) -> Path:
    """A session with as many events as bytes ask for: nine of ten bytes were read from files, as in real ones."""
    transcript = Transcript("long")
    transcript.prompt("go").reads("a.py", "x = 1\n" * 3000).run("python run.py", MISSING, failed=True)
    template = transcript.lines[1:3]
    with path.open("wb") as out:
        out.write(transcript.bytes())
        size, number = 0, 0
        while size < megabytes * 1_000_000:
            raw = b"".join(
                orjson.dumps(line | {"uuid": f"u{number}-{place}"}) + b"\n" for place, line in enumerate(template)
            )
            raw = raw.replace(b"toolu_long_0001", b"toolu_x_%d" % number)
            size += out.write(raw)
            number += 1
    return path


def peak(folder: Path) -> int:
    tracemalloc.start()
    try:
        read(folder)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_size_of_a_file(tmp_path: Path) -> None:
    peaks = []
    for megabytes in (5, 30):
        folder = tmp_path / str(megabytes) / "logs"
        folder.mkdir(parents=True)
        long_file(folder / "long.jsonl", megabytes)
        peaks.append(peak(folder))
    assert peaks[1] - peaks[0] < 2_500_000  # bytes: identities of 1,400 more calls, of 25 MB more text nothing


PATHS = os.pathsep.join((str(Path(__file__).parent), str(Path(__file__).parent.parent)))
KILLED = """
import sys
from pathlib import Path
from bot import ingest
from tests.test_ingest import read
ingest.BATCH = 200_000  # many batches, so that a kill falls between some
read(Path(sys.argv[1]))
"""


def test_a_run_that_was_killed_is_made_up_for_by_the_next(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    for number in range(120):
        transcript = failing(f"s{number % 40}", times=3, start=START + timedelta(minutes=number))
        for _ in range(20):
            transcript.says("well " * 100)
        transcript.write(folder / f"{number:03}.jsonl")
    database = folder.parent / "friction.db"
    kills = 0
    for progress in (1, 30, 70):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(folder)], env={**os.environ, "PYTHONPATH": PATHS})
        deadline = time.monotonic() + 20
        while process.poll() is None and time.monotonic() < deadline:
            if database.exists() and files_known(database) >= progress:
                break
            time.sleep(0.002)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
    assert kills >= 1
    again = read(folder)
    assert 0 < again.stats.read < 120
    read(folder, database="undisturbed.db")
    assert held(folder) == held(folder, "undisturbed.db")


def files_known(database: Path) -> int:
    try:
        connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
        try:
            return int(connection.execute("SELECT count(*) FROM files").fetchone()[0])
        finally:
            connection.close()
    except sqlite3.Error:
        return 0
