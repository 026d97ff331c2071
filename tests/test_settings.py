"""Settings: who wins, what is refused and where, and that no secret is ever shown."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from bot.core.model import Problem
from bot.settings import VARIABLES, Layer, Settings, load_settings


def loaded(
    text: str = "", environ: dict[str, str] | None = None, tmp: Path | None = None, **options: object
) -> tuple[Settings | None, tuple[Problem, ...]]:
    folder = tmp or Path("/nonexistent")
    if tmp:
        (tmp / "frictionbot.toml").write_text(text)
    layer = Layer(options, {(name,): f"--{name}" for name in options})
    return load_settings(layer, {"HOME": "/home/ada", **(environ or {})}, folder)


def settings(
    text: str = "", environ: dict[str, str] | None = None, tmp: Path | None = None, **options: object
) -> Settings:
    found, problems = loaded(text, environ, tmp, **options)
    assert found, problems
    return found


def complaints(text: str, tmp: Path, environ: dict[str, str] | None = None) -> list[tuple[str, str]]:
    found, problems = loaded(text, environ, tmp)
    assert found is None
    return [(problem.place.removeprefix(f"{tmp}/"), problem.message) for problem in problems]


def test_without_any_source_the_defaults_hold() -> None:
    found = settings()
    assert [source.path for source in found.sources] == ["~/.claude/projects"]
    assert found.database == "sqlite:////home/ada/.local/state/frictionbot/frictionbot.db"
    assert found.github.api_url == "https://api.github.com"
    assert found.gap == timedelta(minutes=10)
    assert found.limits.new_issues_per_run == 10
    assert (found.rules, found.routes, found.repository, found.clone) == ((), (), "", None)


def test_the_state_folder_of_xdg_holds_the_database() -> None:
    assert settings(environ={"XDG_STATE_HOME": "/var/s"}).database == "sqlite:////var/s/frictionbot/frictionbot.db"


def test_the_nearest_source_wins_key_by_key(tmp_path: Path) -> None:
    text = 'repository = "file/one"\ngap = "20m"\n[github]\napi_url = "https://file.example/api/v3"\ntoken = "t"\n'
    environ = {
        "FRICTIONBOT_GAP": "30m",
        "FRICTIONBOT_GITHUB_TOKEN": "variable-token",
        "GITHUB_TOKEN": "ambient-token",
        "GITHUB_REPOSITORY": "ambient/one",
    }
    found = settings(text, environ, tmp_path, gap="40m")
    assert found.gap == timedelta(minutes=40)
    assert found.github.token is not None
    assert found.github.token.get_secret_value() == "variable-token"
    assert found.github.api_url == "https://file.example/api/v3"
    assert found.repository == "file/one"


def test_what_github_sets_holds_where_nothing_else_is_said() -> None:
    environ = {"GITHUB_TOKEN": "t", "GITHUB_API_URL": "http://127.0.0.1:8042/", "GITHUB_REPOSITORY": "acme/agents"}
    found = settings(environ=environ)
    assert (found.repository, found.github.api_url) == ("acme/agents", "http://127.0.0.1:8042")
    assert found.missing_to_post == ()


def test_an_empty_variable_is_not_set() -> None:
    assert settings(environ={"FRICTIONBOT_REPOSITORY": "", "GITHUB_TOKEN": ""}).github.token is None


def test_lists_in_variables_are_written_as_paths_words_or_json() -> None:
    environ = {
        "FRICTIONBOT_SOURCES": "/a:/b",
        "FRICTIONBOT_RULES": "/r",
        "FRICTIONBOT_PEOPLE_NOBODY": "Kiosk, lab",
        "FRICTIONBOT_PEOPLE_ALIASES": '{"al": "alice"}',
        "FRICTIONBOT_ROUTES": '[{"repository": "a/b", "cwd": "*/shop*"}]',
    }
    found = settings(environ=environ)
    assert [source.path for source in found.sources] == ["/a", "/b"]
    assert found.rules == (Path("/r"),)
    assert {"kiosk", "lab", "root"} <= found.people.homes_of_nobody
    assert found.people.aliases == {"al": "alice"}
    assert [(route.repository, route.cwd, route.remote) for route in found.routes] == [("a/b", "*/shop*", "*")]


def test_relative_paths_in_a_file_count_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "conf").mkdir()
    file = tmp_path / "conf" / "bot.toml"
    file.write_text(
        'sources = [{path = "s"}, {path = "~/t"}, {path = "/u"}]\nrules = ["r"]\ntemplates = "t"\nclone = "/c"\n'
        'database = "sqlite:///state.db"\nroutes = [{repository = "a/b", source = "s/*"}, {repository = "a/b"}]\n'
        '[github]\napp_id = 1\nprivate_key_file = "key.pem"\n'
    )
    found, problems = load_settings(Layer(), {"FRICTIONBOT_CONFIG": str(file)}, tmp_path)
    assert found, problems
    conf = str(file.parent)
    assert [source.path for source in found.sources] == [f"{conf}/s", "~/t", "/u"]
    assert (found.rules, found.templates, found.clone) == ((Path(conf, "r"),), Path(conf, "t"), Path("/c"))
    assert found.database == f"sqlite:///{conf}/state.db"
    assert [route.source for route in found.routes] == [f"{conf}/s/*", "*"]
    assert found.github.private_key_file == Path(conf, "key.pem")


def test_every_mistake_is_named_with_its_line_and_what_to_write(tmp_path: Path) -> None:
    text = (
        'repositry = "a/b"\n'
        'gap = "soon"\n'
        "sources = [\n"
        '  {path = "x", persn = "none"},\n'
        "]\n"
        "[people]\n"
        'show = "nick"\n'
        "[[routes]]\n"
        'repository = "a/b"\n'
        "[[routes]]\n"
        'cwd = "x"\n'
    )
    assert complaints(text, tmp_path) == [
        ("frictionbot.toml:1", "repositry: there is no such setting: did you mean repository?"),
        (
            "frictionbot.toml:2",
            "gap: 'soon' is no duration: write a whole number and s, m, h or d, such as 14d or 90s",
        ),
        ("frictionbot.toml:3", "sources.1.persn: there is no such setting: did you mean person?"),
        ("frictionbot.toml:7", "people.show: write one of pseudonym, name"),
        ("frictionbot.toml:10", "routes.2.repository is missing: The receiving repository, OWNER/NAME."),
    ]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('gap = "5m"', "gap: write 10m or more: pauses up to ten minutes are kept as activity when sessions are read"),
        ('repository = "agents"', "repository: write OWNER/NAME, such as acme/agents"),
        ('rule_url = "https://x/{rule}"', "rule_url: {rule} is not known here: only {path} and {id} are filled in"),
        (
            'sources = [{path = "x", person = "who"}]',
            "sources.1.person: write auto, layout, home, none, or name: and a name",
        ),
        ('sources = ["x"]', 'sources.1: write a table: {name = "value"}'),
        ("sources = []", "sources: this is empty: name a source, or leave the line out"),
        ('limits = {new_issues_per_run = "few"}', "limits.new_issues_per_run: write a whole number"),
        ("limits = {new_issues_per_run = -1}", "limits.new_issues_per_run: write a number greater than or equal to 0"),
        ("github = {app_id = 7}", "github: app_id needs the App's key: write private_key_file (or private_key) too"),
        ('github = {private_key = "k"}', "github: a private key needs the id of its App: write app_id too"),
        (
            'github = {api_url = "github.com"}',
            "github.api_url: write the API's address, such as https://api.github.com or https://HOST/api/v3",
        ),
        ('database = "mysql://h/d"', "database: write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE"),
        ("people = {aliases = {a = 3}}", "people.aliases.a: write a text in double quotes"),
    ],
)  # fmt: skip
def test_a_wrong_value_is_told_what_to_be(line: str, message: str, tmp_path: Path) -> None:
    assert complaints(line, tmp_path) == [("frictionbot.toml:1", message)]


def test_a_file_that_is_no_toml_is_told_its_line(tmp_path: Path) -> None:
    [(place, message)] = complaints('gap = "10m"\nrepository = a/b\n', tmp_path)
    assert (place, message.startswith("this is no TOML: ")) == ("frictionbot.toml:2:14", True)


def test_a_named_file_has_to_be_there_and_readable(tmp_path: Path) -> None:
    for path, code in ((tmp_path / "none.toml", "settings_file"), (tmp_path, "settings_file")):
        _, problems = load_settings(Layer(), {}, tmp_path, str(path))
        assert [(problem.code, problem.place) for problem in problems] == [(code, str(path))]


def test_a_file_in_another_encoding_is_told_its_line(tmp_path: Path) -> None:
    (tmp_path / "frictionbot.toml").write_bytes(b'gap = "10m"\n# caf\xe9\n')
    _, problems = load_settings(Layer(), {}, tmp_path)
    assert [problem.place for problem in problems] == [f"{tmp_path}/frictionbot.toml:2"]


def test_a_variable_that_nobody_knows_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    assert complaints("", tmp_path, {"FRICTIONBOT_GITHUB_TOKE": "x"}) == [
        ("FRICTIONBOT_GITHUB_TOKE", "there is no such setting: did you mean FRICTIONBOT_GITHUB_TOKEN?")
    ]


def test_a_wrong_variable_is_the_place_of_its_mistake(tmp_path: Path) -> None:
    environ = {"FRICTIONBOT_LIMITS_NEW_ISSUES_PER_RUN": "many", "FRICTIONBOT_ROUTES": "[", "GITHUB_REPOSITORY": "x"}
    assert [place for place, _ in complaints("", tmp_path, environ)] == [
        "FRICTIONBOT_LIMITS_NEW_ISSUES_PER_RUN",
        "FRICTIONBOT_ROUTES",
        "GITHUB_REPOSITORY",
    ]


SECRETS = {
    "FRICTIONBOT_GITHUB_TOKEN": "hunter2-token",
    "FRICTIONBOT_GITHUB_PRIVATE_KEY": "hunter2-key",
    "FRICTIONBOT_GITHUB_APP_ID": "1",
    "FRICTIONBOT_MARKER_KEY": "hunter2-marker",
    "FRICTIONBOT_PSEUDONYM_SALT": "hunter2-salt",
    "FRICTIONBOT_DATABASE": "postgresql://bot:hunter2@db/friction",
}


def test_no_secret_is_part_of_the_representation() -> None:
    found = settings(environ=SECRETS)
    assert "hunter2" not in repr(found) + str(found) + repr(found.github)
    assert (found.key, found.salt) == (b"hunter2-marker", b"hunter2-salt")


@pytest.mark.parametrize(
    "text",
    [
        'github = {token = ["hunter2"]}',
        'github = {app_id = "hunter2"}',
        'github = {api_url = "https://bot:hunter2@host/api"}',
        'database = "hunter2://x:hunter2@h"',
        "marker_key = {hunter2 = 1}",
        'pseudonym_salt = "hunter2',
        'unknown = "hunter2"',
    ],
)
def test_no_message_repeats_a_secret(text: str, tmp_path: Path) -> None:
    found, problems = loaded(text, tmp=tmp_path)
    assert found is None
    assert problems
    assert "hunter2" not in repr(problems)


def test_every_variable_is_named_after_its_setting() -> None:
    assert VARIABLES["FRICTIONBOT_GITHUB_PRIVATE_KEY_FILE"] == ("github", "private_key_file")
    assert VARIABLES["FRICTIONBOT_CLONE"] == ("clone",)
    assert "FRICTIONBOT_GITHUB" not in VARIABLES


def test_posting_needs_a_receiver_and_somebody_to_be() -> None:
    assert [problem.place for problem in settings().missing_to_post] == ["--post", "--post"]
    assert settings(environ={"GITHUB_TOKEN": "t"}, repository="a/b").missing_to_post == ()


def test_a_person_is_shown_by_a_pseudonym_unless_names_are_allowed() -> None:
    hidden, open_ = settings(), settings(people={"show": "name"})
    assert hidden.shown("alice").startswith("person-")
    assert (open_.shown("alice"), open_.shown("")) == ("alice", "unknown")
