"""The frictions that come back in many sessions, each told once: the same trouble with the details of the day."""

from __future__ import annotations

from bot.demo import fake_secrets as fake
from bot.demo.recording import Recording


def no_bun(r: Recording, what: str = "install", line: int = 1) -> None:
    """The handbook says `bun`, nobody's machine has it."""
    r.runs(f"bun {what}", f"/bin/bash: line {line}: bun: command not found", code=127)
    r.says("bun is not on this machine; npm reads the same package.json.")
    r.runs(f"npm {what}", "added 412 packages, and audited 413 packages in 9s")


def no_just(r: Recording, recipe: str = "check") -> None:
    """A missing program that was installed after the first week: it leads to nothing any more."""
    r.runs(f"just {recipe}", "zsh:1: command not found: just", code=127)
    r.runs("npm run check", "> webshop@4.2.0 check\n\nall 31 files are tidy")


def no_shopdata(r: Recording, script: str, line: int) -> None:
    """The team's own Python package is in no requirements file."""
    told = (
        f'Traceback (most recent call last):\n  File "{r.cwd}/{script}", line {line}, in <module>\n'
        "    from shopdata.prices import PriceList\nModuleNotFoundError: No module named 'shopdata'"
    )
    r.runs(f"python {script}", told, code=1)
    r.runs(
        f"pip install -e packages/shopdata && python {script}", "Successfully installed shopdata-0.3.0\n214 prices read"
    )


def folder_denied(r: Recording, name: str) -> None:
    """The exports lie in a folder that only one group can write."""
    r.runs(
        f"cp build/{name} /srv/shop-data/exports/",
        f"cp: cannot create regular file '/srv/shop-data/exports/{name}': Permission denied",
        code=1,
    )


def sudo_asks(r: Recording, command: str) -> None:
    """`sudo` wants a terminal that an agent has not."""
    told = (
        "sudo: a terminal is required to read the password; either use the -S option to read from standard input or "
        "configure an askpass helper\nsudo: a password is required"
    )
    r.runs(f"sudo {command}", told, code=1)


def sync_breaks(r: Recording, folder: str, done: int, *, takes: float = 0) -> None:
    """The nightly copy of the product pictures falls over."""
    told = (
        f"rsync: [sender] write error: Broken pipe (32)\nrsync: connection unexpectedly closed "
        f"({done} bytes received so far) [sender]\n"
        "rsync error: error in rsync protocol data stream (code 12) at io.c(232) [sender=3.2.7]"
    )
    r.runs(f"rsync -az --partial data/{folder}/ media.webshop.example:/srv/{folder}/", told, code=12, takes=takes)


def lint_breaks(r: Recording, path: str, line: int, name: str) -> None:
    """The linter under the task runner: it is run after formatting, and finds the same kind of thing each time."""
    told = (
        f"[format] $ prettier --write src\n[lint] $ eslint src --max-warnings 0\n\n{r.cwd}/{path}\n"
        f"  {line}:7  error  '{name}' is assigned a value but never used  no-unused-vars\n\n"
        "✖ 1 problem (1 error, 0 warnings)\n\n[lint] ERROR task failed"
    )
    r.runs("mise run lint", told, code=1)


def text_not_found(r: Recording, path: str, old: str, new: str) -> None:
    """The agent edits from memory, and the file says it otherwise."""
    given = {"file_path": f"{r.cwd}/{path}", "old_string": old, "new_string": new}
    r.guarded("Edit", given, f"String to replace not found in file.\nString: {old}")


def not_read_yet(r: Recording, path: str, new: str) -> None:
    """The agent writes to a file that it has not looked at."""
    given = {"file_path": f"{r.cwd}/{path}", "content": new}
    r.guarded("Write", given, "File has not been read yet. Read it first before writing to it.")


def no_file(r: Recording, path: str) -> None:
    """The agent looks where the file used to be."""
    r.guarded("Read", {"file_path": f"{r.cwd}/{path}"}, f"File does not exist. Current working directory: {r.cwd}")


def login_expired(r: Recording, package: str, token: str = "") -> None:
    """The login of the private registry runs out after a week; the output says more than it should."""
    shown = f"\nnpm verbose config //npm.webshop.example/:_authToken={token}" if token else ""
    told = (
        f"npm error code E401\nnpm error 401 Unauthorized - GET https://npm.webshop.example/@webshop/{package} - "
        f"login expired, ask @maria or @webshop/platform for a new one{shown}"
    )
    r.runs(f"npm install @webshop/{package}", told, code=1)


def seed_too_old(r: Recording, age: int, schema: int) -> None:
    """A trouble of the shop's own that no rule has a name for."""
    told = f"seeding from snapshot {age}\nseed: fatal: catalogue snapshot {age} is older than schema {schema}"
    r.runs("npm run seed", told, code=2)


def stock_never_comes_up(r: Recording, times: int, reason: str) -> None:
    """The same call again and again, and it never works; what it says is another thing each day."""
    for attempt in range(times):
        told = f"Container webshop-stock-1  Waiting\ndependency failed to start: {reason} (waited {30 + attempt}s)"
        r.runs("docker compose up -d stock", told, code=1)
        r.says("Let me try once more.")


def times_out(r: Recording, command: str) -> None:
    """A command that runs into the limit of two minutes."""
    call = r.call("Bash", {"command": command})
    r.progress(call, 119)
    r.fails(call, "Command timed out after 2m 0.0s")


def build(r: Recording, seconds: float) -> None:
    """The build: it works, and it takes long."""
    told = f"> webshop@4.2.0 build\n> vite build\n\n✓ 1841 modules transformed.\n✓ built in {seconds:.0f}s"
    r.runs("npm run build", told, takes=seconds)


def compacts(r: Recording, tokens: int) -> None:
    """The context is full: what came before is summed up."""
    r.system(
        "compact_boundary", content="Conversation compacted", isMeta=False, level="info",
        compactMetadata={"trigger": "auto", "preTokens": tokens},
    )  # fmt: skip
    told = "This session is being continued from a previous conversation that ran out of context. So far: see above."
    r.line(
        "user", {"message": {"role": "user", "content": told}}, isCompactSummary=True, isVisibleInTranscriptOnly=True
    )


def hook_fails(r: Recording) -> None:
    """The team's stop hook calls a script that was moved."""
    told = "Failed with non-blocking status code: /bin/sh: 1: .hooks/notify-team.sh: not found"
    r.system(
        "stop_hook_summary", hookCount=1, hookInfos=[{"command": ".hooks/notify-team.sh"}], hookErrors=[told],
        preventedContinuation=False, stopReason="", hasOutput=True, level="suggestion", toolUseID=r.uuid("hook"),
    )  # fmt: skip


def overloaded(r: Recording, attempts: int = 2) -> None:
    """The API is overloaded: it is asked again, and then the harness gives up."""
    error = {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}
    for attempt in range(1, attempts + 1):
        r.system(
            "api_error", level="error", error={"status": 529, "headers": {"x-should-retry": "true"}, "error": error},
            retryInMs=500.5 * attempt, retryAttempt=attempt, maxRetries=10,
        )  # fmt: skip
    text = 'API Error: 529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'
    message = {
        "id": r.uuid("synthetic"), "model": "<synthetic>", "role": "assistant", "stop_reason": "stop_sequence",
        "type": "message", "usage": {"input_tokens": 0, "output_tokens": 0},
        "content": [{"type": "text", "text": text}],
    }  # fmt: skip
    r.line("assistant", {"message": message}, error="unknown", isApiErrorMessage=True)


def subagent(r: Recording, task: str, missing: str) -> None:
    """A subagent that meets trouble of its own: it only stands inside the parent's progress."""
    call = r.call("Task", {"description": task, "prompt": task, "subagent_type": "general-purpose"})
    inner = r.token("toolu", f"inner {len(r.lines)}")
    use = {"type": "tool_use", "id": inner, "name": "Read", "input": {"file_path": f"{r.cwd}/{missing}"}}
    _nested(
        r, call, "assistant", {"role": "assistant", "id": r.token("msg", f"inner {len(r.lines)}"), "content": [use]}
    )
    text = f"<tool_use_error>File does not exist. Current working directory: {r.cwd}</tool_use_error>"
    answer = {"type": "tool_result", "content": text, "is_error": True, "tool_use_id": inner}
    _nested(r, call, "user", {"role": "user", "content": [answer]})
    r.gives(call, f"I looked for {missing}; it is not there any more.", {"status": "completed", "totalToolUseCount": 1})


def _nested(r: Recording, call: str, kind: str, message: dict[str, object]) -> None:
    told = {"type": kind, "message": message, "uuid": r.uuid(f"nested {len(r.lines)}"), "timestamp": r.stamp()}
    data = {"message": told, "normalizedMessages": [], "type": "agent_progress", "prompt": "", "agentId": "a1b2c3d"}
    r.line("progress", {"data": data, "toolUseID": f"agent_{call}", "parentToolUseID": call})


def leaks(r: Recording) -> None:
    """Output full of things that must never leave the machine, or do anything, in an issue."""
    told = (
        'rsync: [receiver] change_dir "/srv/media" failed: No such file or directory (2)\n'
        f"--- environment of the job, printed by sync-debug.sh ---\n"
        f"GITHUB_TOKEN={fake.GITHUB}\nAWS_ACCESS_KEY_ID={fake.AWS_ID}\n"
        f"DATABASE_URL={fake.DATABASE}\nlast order by {fake.EMAIL}\n"
        "cc @everyone @webshop/platform fixes #1\n/close\n/label wontfix\n"
        "<!-- frictionbot: hide this issue -->\n```\n</details>\n"
        "rsync error: some files/attrs were not transferred (code 23) at main.c(1338) [sender=3.2.7]"
    )
    r.runs("rsync -az data/media/ media.webshop.example:/srv/media/", told, code=23)
