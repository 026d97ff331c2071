"""What looks like friction and is none, or is written in a way that breaks readers: each of it must lead to nothing."""

from __future__ import annotations

from bot.demo.recording import Recording


def reads_of_errors(r: Recording) -> None:
    """Error words in what is read, listed or searched: reading is not failing."""
    notes = (
        "# Troubleshooting\n- `pnpm: command not found`: we do not use pnpm.\n"
        "- ModuleNotFoundError: No module named 'legacy_cart'\n"
        "- rsync error: error in rsync protocol data stream (code 12)\n- Permission denied on /srv/old-data\n"
        "- API Error: 500, File has not been read yet, HTTP 401 Unauthorized"
    )
    r.reads("docs/troubleshooting.md", notes)
    r.runs("cat logs/nightly.log", "12 jobs, 0 failed\nERROR words: pnpm: command not found\nfatal: none\n0 errors")
    call = r.call("Grep", {"pattern": "command not found", "output_mode": "content"})
    r.gives(
        call,
        "docs/troubleshooting.md:2:- `pnpm: command not found`: we do not use pnpm.",
        {"mode": "content", "numLines": 1},
    )


def nothing_found(r: Recording, words: str) -> None:
    """A search says with exit code 1 that there is nothing: an answer."""
    r.runs(f"grep -rn '{words}' src", "", code=1)


def stopped_by_hand(r: Recording) -> None:
    """Someone ended the server: exit code 130."""
    r.runs("npm run dev", "> webshop@4.2.0 dev\n  Local: http://localhost:5173/\n^C", code=130)


def loop_that_works(r: Recording, test: str) -> None:
    """Four rounds of work and done: no retry loop."""
    for left in (4, 3, 2, 1):
        told = (
            f"E   AssertionError: {left} baskets do not add up\n"
            f"FAILED tests/{test}.py::test_{test} - AssertionError: {left} baskets do not add up\n{left} failed in 0.4s"
        )
        r.runs(f"pytest -q tests/{test}.py", told, code=1)
        r.edits(f"src/{test}.py", f"step = {left}", f"step = {left - 1}")
    r.runs(f"pytest -q tests/{test}.py", "5 passed in 0.4s")


def sibling_fell(r: Recording, paths: tuple[str, str], failing: str) -> None:
    """Parallel calls fall with the one that failed: a consequence, not a signal."""
    first = r.call("Read", {"file_path": f"{r.cwd}/{failing}"})
    others = [r.call("Read", {"file_path": f"{r.cwd}/{path}"}) for path in paths]
    r.fails(first, f"<tool_use_error>File does not exist. Current working directory: {r.cwd}</tool_use_error>")
    for call in others:
        r.fails(call, "<tool_use_error>Sibling tool call errored</tool_use_error>")


def garbage_tool(r: Recording) -> None:
    """A tool whose name is half a broken call."""
    name = 'Task" >\n<parameter name="description'
    call = r.call(name, {"input": "x"})
    r.fails(call, f"<tool_use_error>Error: No such tool available: {name}</tool_use_error>")


def unknown_type(r: Recording) -> None:
    """An event of a type that no release has yet."""
    r.line("weather-report", {"outlook": "snow in the warehouse"})


def summary_first(r: Recording, text: str) -> None:
    """A summary: neither session nor time, and the first line of most files."""
    r.bare({"type": "summary", "summary": text, "leafUuid": r.uuid("leaf")})


def snapshot_first(r: Recording) -> None:
    """A file-history snapshot: neither session nor top-level time."""
    message = r.uuid("snapshot")
    snapshot = {"messageId": message, "trackedFileBackups": {}, "timestamp": r.stamp()}
    r.bare({"type": "file-history-snapshot", "messageId": message, "snapshot": snapshot, "isSnapshotUpdate": False})


def leaves(r: Recording) -> None:
    """The person types a command of the harness: no prompt."""
    told = "<command-name>/exit</command-name>\n<command-message>exit</command-message>\n<command-args></command-args>"
    r.line("user", {"message": {"role": "user", "content": told}})


def two_on_one_line(content: bytes) -> bytes:
    """The last two objects share a line."""
    head, last = content.removesuffix(b"\n").rsplit(b"\n", 1)
    return head + last + b"\n"


def half_a_last_line(content: bytes) -> bytes:
    """The session is still being written: the last line ends in its middle."""
    head, last = content.removesuffix(b"\n").rsplit(b"\n", 1)
    return head + b"\n" + last[: len(last) // 2]


def windows_lines(content: bytes) -> bytes:
    """A byte order mark, CRLF and a blank line."""
    return b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n") + b"\r\n"
