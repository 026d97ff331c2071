"""The tracker against the sandbox: Apps, workflows, rights, faults, and what people do to issues meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from bot.adapters.github import GithubTracker
from bot.adapters.github_auth import Credentials
from bot.adapters.github_cache import MemoryCache
from bot.adapters.github_http import Patience
from bot.core.model import KnownIssue, Listing
from bot.ports import TrackerError
from bot.sandbox.exchange import Request
from bot.sandbox.faults import BAD_GATEWAY_AFTER, BAD_GATEWAY_BEFORE, CUT_AFTER, CUT_BEFORE, Fault, shortened
from bot.sandbox.server import TOKEN, Limits, Sandbox
from tests.issue_json import FINGERPRINT, KEY, LOGIN, REPOSITORY, marked

QUICK = Patience(timeout=2, pause=0.01)


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox() as made:
        made.add_repository(REPOSITORY)
        yield made


@contextmanager
def tracker(box: Sandbox, credentials: Credentials | str = TOKEN, *, key: bytes = b"") -> Iterator[GithubTracker]:
    known = Credentials(credentials) if isinstance(credentials, str) else credentials
    with GithubTracker(known, api_url=box.url, marker_key=key, patience=QUICK) as github:
        yield github


def create(github: GithubTracker, title: str = "Title", *, key: bytes = b"") -> KnownIssue:
    return github.create(REPOSITORY, title, marked(key), ("bug",))


def listed(github: GithubTracker, *known: int) -> Listing:
    return github.listing(REPOSITORY, frozenset(known))


def codes(listing: Listing) -> list[str]:
    return [problem.code for problem in listing.problems]


def failing(method: str, fault: Fault, times: int = 1) -> Callable[[Request], Fault | None]:
    """This fault for the first requests of a method, then no more."""
    left = [fault] * times
    return lambda request: left.pop() if request.method == method and left else None


def test_an_app_files_and_finds_its_issue_under_its_own_login(box: Sandbox) -> None:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    app, _ = box.add_app("friction", public, (REPOSITORY,))
    with tracker(box, Credentials(app_id=app, private_key=private)) as github:
        made = create(github)
        assert (listed(github, made.number).issues, github.login()) == ((made,), "friction[bot]")


def test_an_app_that_was_installed_again_is_found_under_its_new_installation(box: Sandbox) -> None:
    key = generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    app, installation = box.add_app("friction", public, (REPOSITORY,))
    cache, credentials = MemoryCache(), Credentials(app_id=app, private_key=private)
    for _ in range(2):
        with GithubTracker(credentials, api_url=box.url, patience=QUICK, cache=cache) as github:
            assert listed(github).complete
        with box.acting(REPOSITORY) as acts:
            acts.world.apps[app] = replace(acts.world.apps[app], installation=installation + 1000)
    asked = [request.path for request in box.requests if request.path.endswith("/installation")]
    assert len(asked) == 2


def test_a_workflow_files_and_finds_its_signed_issue(box: Sandbox) -> None:
    box.add_actions_token("workflow-token", REPOSITORY)
    with tracker(box, Credentials("workflow-token", actions=True), key=KEY) as github:
        made = create(github, key=KEY)
        assert (listed(github, made.number).issues, github.login()) == ((made,), "github-actions[bot]")


def test_an_enterprise_address_reaches_the_same_issues(box: Sandbox) -> None:
    with GithubTracker(Credentials(TOKEN), api_url=f"{box.url}/api/v3", patience=QUICK) as github:
        made = create(github)
        assert listed(github).issues == (made,)


def test_three_pages_are_listed_without_pull_requests_and_other_peoples_issues(box: Sandbox) -> None:
    box.add_user("ann")
    with box.acting(REPOSITORY) as acts:
        for number in range(230):
            acts.open(f"Issue {number}", "")
    box.add_pull(REPOSITORY, "A change")
    with box.acting(REPOSITORY, "ann") as acts:
        acts.open("Not the bot's", marked())
    with tracker(box) as github:
        listing = listed(github, 1, 230)
    assert (listing.complete, [issue.number for issue in listing.issues]) == (True, list(range(1, 231)))


@pytest.mark.parametrize("fault", [BAD_GATEWAY_AFTER, CUT_AFTER])
def test_an_issue_behind_an_unclear_answer_is_found_by_the_next_listing(box: Sandbox, fault: Fault) -> None:
    box.fault = failing("POST", fault)
    with tracker(box) as github:
        with pytest.raises(TrackerError) as raised:
            create(github)
        assert raised.value.unclear
        assert [issue.fingerprint for issue in listed(github).issues] == [FINGERPRINT]


@pytest.mark.parametrize("fault", [BAD_GATEWAY_BEFORE, CUT_BEFORE])
def test_an_unclear_answer_without_an_effect_leaves_nothing_behind(box: Sandbox, fault: Fault) -> None:
    box.fault = failing("POST", fault)
    with tracker(box) as github:
        with pytest.raises(TrackerError) as raised:
            create(github)
        assert raised.value.unclear
        assert listed(github) == Listing(REPOSITORY, complete=True)


def test_an_answer_that_lost_its_number_is_unclear(box: Sandbox) -> None:
    def numberless(request: Request) -> Fault | None:
        change = Fault(change=lambda answer: replace(answer, data={"title": "Title"}))
        return change if request.method == "POST" else None

    box.fault = numberless
    with tracker(box) as github, pytest.raises(TrackerError) as raised:
        create(github)
    assert (raised.value.code, raised.value.unclear) == ("unexpected_answer", True)


@pytest.mark.parametrize("fault", [BAD_GATEWAY_BEFORE, CUT_BEFORE, BAD_GATEWAY_AFTER, CUT_AFTER])
def test_a_listing_survives_two_faults_of_each_kind(box: Sandbox, fault: Fault) -> None:
    with tracker(box) as github:
        made = create(github)
        box.fault = failing("GET", fault, times=2)
        assert listed(github, made.number) == Listing(REPOSITORY, complete=True, issues=(made,))


def test_a_page_with_holes_makes_the_listing_incomplete(box: Sandbox) -> None:
    with box.acting(REPOSITORY) as acts:
        for number in range(150):
            acts.open(f"Issue {number}", "")
    with tracker(box) as github:
        github.login()
        box.fault = failing("GET", shortened(60))
        listing = listed(github)
    assert (listing.complete, codes(listing)) == (False, ["incomplete_listing"])


def test_a_last_page_with_holes_is_noticed_by_what_is_known(box: Sandbox) -> None:
    with tracker(box) as github:
        first, second = create(github, "First"), create(github, "Second")
        github.login()
        box.fault = failing("GET", shortened(1))
        listing = listed(github, first.number, second.number)
    assert (listing.complete, listing.issues, codes(listing)) == (False, (first,), ["incomplete_listing"])


def test_labels_without_the_right_to_set_them_are_reported_as_dropped(box: Sandbox) -> None:
    box.add_user("guest", "guest-token", "read")
    with tracker(box, "guest-token") as github:
        made = create(github)
        assert [(problem.code, problem.place) for problem in github.problems] == [
            ("labels_dropped", f"{REPOSITORY}#{made.number}")
        ]
    assert made.labels == ()


def test_an_edit_of_a_transferred_issue_does_not_follow_it(box: Sandbox) -> None:
    box.add_repository("octo/elsewhere")
    with tracker(box) as github:
        made = create(github)
        with box.acting(REPOSITORY) as acts, box.acting("octo/elsewhere") as target:
            acts.transfer(acts.repository.issues[made.number], target.repository)
        assert listed(github, made.number).complete
        with pytest.raises(TrackerError) as raised:
            github.edit(made, title="New", body=None, labels=None)
    assert (raised.value.code, raised.value.unclear) == ("moved", False)


def test_a_renamed_repository_is_not_followed_and_said_to_be_moved(box: Sandbox) -> None:
    with tracker(box) as github:
        create(github)
        box.rename_repository(REPOSITORY, "octo/renamed")
        assert codes(listed(github)) == ["moved"]
        with pytest.raises(TrackerError) as raised:
            create(github)
        assert (raised.value.code, raised.value.unclear) == ("moved", False)
        assert len(github.listing("octo/renamed", frozenset()).issues) == 1


def test_switched_off_issues_are_told_as_that(box: Sandbox) -> None:
    box.add_repository("octo/code", has_issues=False)
    with tracker(box) as github, pytest.raises(TrackerError) as raised:
        github.create("octo/code", "Title", "Body", ())
    assert (raised.value.code, raised.value.unclear) == ("issues_disabled", False)


@pytest.mark.parametrize(("repository", "token"), [("octo/none", TOKEN), ("octo/secret", "guest-token")])
def test_a_repository_that_is_not_shown_is_no_empty_listing(box: Sandbox, repository: str, token: str) -> None:
    box.add_repository("octo/secret", private=True)
    box.add_user("guest", "guest-token", "none")
    with tracker(box, token) as github:
        listing = github.listing(repository, frozenset())
    assert (listing.complete, codes(listing)) == (False, ["not_found"])


def test_a_wrong_token_is_told_and_lists_nothing(box: Sandbox) -> None:
    with tracker(box, "wrong-token") as github:
        listing = listed(github)
    assert (listing.complete, codes(listing)) == (False, ["bad_credentials"])


def test_a_used_up_rate_limit_is_told_with_its_end() -> None:
    with Sandbox(limits=Limits(2)) as box:
        box.add_repository(REPOSITORY)
        with tracker(box) as github:
            assert listed(github).complete
            assert codes(listed(github)) == ["rate_limited"]
            with pytest.raises(TrackerError) as raised:
                create(github)
    assert (raised.value.code, raised.value.unclear) == ("rate_limited", False)
    assert raised.value.until


def test_a_locked_issue_is_listed_as_locked(box: Sandbox) -> None:
    with tracker(box) as github:
        made = create(github)
        with box.acting(REPOSITORY) as acts:
            acts.lock(acts.repository.issues[made.number], None)
        assert [(issue.locked, issue.number) for issue in listed(github).issues] == [(True, made.number)]


def test_the_sandboxs_own_account_is_the_bots(box: Sandbox) -> None:
    with tracker(box) as github:
        assert github.login() == LOGIN
