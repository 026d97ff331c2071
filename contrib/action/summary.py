"""The job summary and the outputs of the GitHub action: `python summary.py REPORT`, with the JSON of `frictionbot run`.

What is written goes to the files that `GITHUB_STEP_SUMMARY` and `GITHUB_OUTPUT` name. Titles were made from transcripts:
nothing in them becomes markup here.
"""

from __future__ import annotations

import json
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

_MARKUP = re.compile(r"([\\`*_{}\[\]<>()#+!|~@&-])")
_MOST = 50  # rows of a table


def main(argv: Sequence[str], environ: Mapping[str, str]) -> int:
    """Write both; 1 where there is no report, which the summary then says."""
    report = _report(Path(argv[0]))
    _append(environ.get("GITHUB_STEP_SUMMARY"), "\n".join(summary(report)) + "\n")
    _append(environ.get("GITHUB_OUTPUT"), "".join(f"{name}={value}\n" for name, value in outputs(report).items()))
    return 0 if report else 1


def outputs(report: Mapping[str, Any]) -> dict[str, int]:
    """Numbers only, so that no text of a transcript ever becomes part of a workflow."""
    done = Counter(str(each["action"]) for each in report.get("outcomes", ()) if not each["error"])
    return {
        "opened": done["open"],
        "changed": sum(done.values()) - done["open"],
        "problems": len(report.get("problems", ())),
        "findings": len(report.get("findings", ())),
    }


def summary(report: Mapping[str, Any]) -> Iterator[str]:
    """The summary's lines, as Markdown."""
    yield "## frictionbot"
    if not report:
        yield "The run ended without a report: the log of the step says why."
        return
    sessions, figures = report["sessions"], outputs(report)
    yield (
        f"{sessions['sessions']} sessions in {sessions['files']} files, {figures['findings']} kinds of friction. "
        f"Issues opened: {figures['opened']}, changed: {figures['changed']}."
    )
    titles = {each["fingerprint"]: each["title"] for each in report["plan"]}
    rows = [_row(each, titles) for each in report["outcomes"]]
    if not report["posted"]:
        yield "Nothing was written to GitHub: `post` is not `true`, or the state could not be used."
        rows = [_row({**each, "error": ""}, titles) for each in report["plan"] if each["action"] != "skip"]
    yield from _table(("issue", "what", "title", "error"), rows)
    yield from _table(("problem", "where", "what to do"), [_problem(each) for each in report["problems"]])


def _row(each: Mapping[str, Any], titles: Mapping[str, str]) -> tuple[str, ...]:
    number = f"{each['repository']}#{each['issue']}" if each["issue"] else "new"
    return number, each["action"], titles.get(each["fingerprint"], ""), each["error"] or ""


def _problem(each: Mapping[str, Any]) -> tuple[str, ...]:
    return each["code"], each["place"], each["message"]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield ""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows[:_MOST]:
        yield f"| {' | '.join(_plain(cell) for cell in row)} |"
    if len(rows) > _MOST:
        yield f"\n… and {len(rows) - _MOST} more"


def _plain(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(str(text).split()))


def _report(path: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _append(path: str | None, text: str) -> None:
    if path:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
