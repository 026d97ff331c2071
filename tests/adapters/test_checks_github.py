"""GitHub as `doctor` looks at it: who the bot is, what it may do in a repository, labels, limits, the clock."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bot.adapters.checks_github import GithubExaminer
from bot.adapters.github_auth import Credentials
from bot.core.diagnosis import Check, Outcome
from bot.sandbox.exchange import Request
from bot.sandbox.faults import Fault
from bot.sandbox.server import TOKEN, Limits, Sandbox

HERE = "acme/agents"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        made.add_repository(HERE)
        yield made


@pytest.fixture
def opened() -> Iterator[list[GithubExaminer]]:
    made: list[GithubExaminer] = []
    yield made
    for each in made:
        each.close()


def examiner(box: Sandbox, opened: list[GithubExaminer], token: str = TOKEN, *, signed: bool = True) -> GithubExaminer:
    opened.append(GithubExaminer(Credentials(token=token), box.url, signed=signed))
    return opened[-1]


def told(checks: Iterator[Check]) -> list[tuple[str, str]]:
    return [(check.outcome.value, check.found) for check in checks]


def test_a_good_token_is_known_and_may_do_everything(box: Sandbox, opened: list[GithubExaminer]) -> None:
    github = examiner(box, opened)
    identity = told(github.identity(HERE))
    assert identity[0] == ("ok", "GitHub knows the bot as friction-bot")
    assert identity[1][1].startswith("4,999 of 5,000 requests left until ")
    assert told(github.repository(HERE)) == [
        ("ok", "it takes issues from the bot"),
        ("ok", "the bot may ask who may give commands; its own role is admin"),
    ]
    assert told(github.labels(HERE, ["bug", "friction: x"])) == [
        ("ok", "0 of 2 labels are there, the others are made with the first issue")
    ]


def test_looking_makes_no_issue_and_no_label(box: Sandbox, opened: list[GithubExaminer]) -> None:
    github = examiner(box, opened)
    list(github.repository(HERE))
    list(github.labels(HERE, ["bug"]))
    with box.acting(HERE) as acts:
        assert (acts.repository.issues, acts.repository.labels) == ({}, {})


def test_a_bad_token_is_one_line_without_the_token(box: Sandbox, opened: list[GithubExaminer]) -> None:
    (check,) = examiner(box, opened, "ghp_nonsense").identity(HERE)
    assert check == Check(
        "github",
        Outcome.FAILED,
        "GitHub does not accept the credentials",
        "set a valid token or the right private key",
        details=("GitHub: 401 Bad credentials",),
    )


def test_issues_that_are_switched_off_are_told(box: Sandbox, opened: list[GithubExaminer]) -> None:
    box.add_repository("acme/off", has_issues=False)
    (check,) = examiner(box, opened).repository("acme/off")
    assert (check.outcome, check.found, check.place) == (Outcome.FAILED, "its issues are switched off", "acme/off")


def test_a_repository_that_is_not_shown_is_told(box: Sandbox, opened: list[GithubExaminer]) -> None:
    assert told(examiner(box, opened).repository("acme/nowhere")) == [("failed", "GitHub does not show it")]


def test_a_repository_with_a_new_name_is_told(box: Sandbox, opened: list[GithubExaminer]) -> None:
    box.rename_repository(HERE, "acme/robots")
    (check,) = examiner(box, opened).repository(HERE)
    assert (check.found, check.fix) == ("it has another name now", "write that in the settings")


def test_an_account_that_may_only_read_is_warned_of(box: Sandbox, opened: list[GithubExaminer]) -> None:
    box.add_user("reader", "reader-token", "read")
    github = examiner(box, opened, "reader-token")
    assert [outcome for outcome, _ in told(github.repository(HERE))] == ["warning", "warning"]
    (labels,) = github.labels(HERE, ["bug"])
    assert (labels.outcome, labels.details) == (Outcome.WARNING, ("bug",))


def test_a_token_that_may_write_nothing_fails_though_the_repository_is_shown(
    box: Sandbox, opened: list[GithubExaminer]
) -> None:
    box.add_repository("acme/other")
    box.add_actions_token("workflow", "acme/other")
    github = GithubExaminer(Credentials(token="workflow", actions=True), box.url, signed=True)
    opened.append(github)
    assert told(github.repository(HERE)) == [("failed", "it takes no issue from the bot")]


def test_a_workflow_without_a_key_is_told_to_sign(box: Sandbox, opened: list[GithubExaminer]) -> None:
    box.add_actions_token("workflow", HERE)
    github = GithubExaminer(Credentials(token="workflow", actions=True), box.url, signed=False)
    opened.append(github)
    assert told(github.identity(HERE))[0] == (
        "failed",
        "github-actions[bot] is the account of every workflow, and no key signs the bot's issues",
    )


def test_an_app_is_known_by_its_key(box: Sandbox, opened: list[GithubExaminer]) -> None:
    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    number, _ = box.add_app("friction", public)
    github = GithubExaminer(Credentials(app_id=number, private_key=private), box.url, signed=True)
    opened.append(github)
    assert told(github.identity(HERE))[0] == ("ok", "GitHub knows the bot as friction[bot]")
    assert [outcome for outcome, _ in told(github.repository(HERE))] == ["ok", "ok"]


@pytest.mark.parametrize(
    ("scopes", "outcome"), [("repo, read:org", "ok"), ("public_repo", "ok"), ("gist", "failed"), ("", "failed")]
)
def test_the_scopes_of_a_classic_token_are_told(
    box: Sandbox, opened: list[GithubExaminer], scopes: str, outcome: str
) -> None:
    def scoped(request: Request) -> Fault:
        headers = {"X-OAuth-Scopes": scopes}
        return Fault(change=lambda answer: replace(answer, headers={**answer.headers, **headers}))

    box.fault = scoped
    (first, _) = told(examiner(box, opened).identity(HERE))
    assert first == (
        outcome,
        f"GitHub knows the bot as friction-bot, scopes {', '.join(sorted(scopes.split(', '))) or 'none'}",
    )


def test_few_requests_left_are_a_warning(opened: list[GithubExaminer]) -> None:
    with Sandbox(limits=Limits(hourly=20)) as box:
        box.add_repository(HERE)
        github = examiner(box, opened)
        for _ in range(18):
            list(github.labels(HERE, []))
            if told(github.identity(HERE))[-1][0] == "warning":
                break
        assert told(github.identity(HERE))[-1][0] == "warning"


def test_a_server_that_is_not_there_is_told_within_its_time(opened: list[GithubExaminer]) -> None:
    github = GithubExaminer(Credentials(token="t"), "http://127.0.0.1:1", signed=True)
    opened.append(github)
    (check,) = github.identity(HERE)
    assert (check.found, check.fix) == ("127.0.0.1:1 cannot be reached", "check github.api_url and the network")


def test_the_time_by_its_clock_is_that_of_its_answers(opened: list[GithubExaminer]) -> None:
    ahead = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC) + timedelta(microseconds=600_000)
    with Sandbox(clock=lambda: ahead) as box:
        box.add_repository(HERE)
        assert examiner(box, opened).time(HERE) == datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
