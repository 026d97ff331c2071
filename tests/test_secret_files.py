"""Secrets from files: each has its variable, nothing is guessed, and no message repeats what a file holds."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import make_url

from bot.core.model import Problem
from bot.settings import Layer, Settings, load_settings
from bot.settings.layers import SECRET_FILES


def loaded(environ: dict[str, str]) -> tuple[Settings | None, tuple[Problem, ...]]:
    return load_settings(Layer(), {"HOME": "/home/ada", **environ}, Path("/nonexistent"))


def complaint(environ: dict[str, str]) -> tuple[str, str, str]:
    found, [problem] = loaded(environ)
    assert found is None
    return problem.code, problem.place, problem.message


def secret(folder: Path, text: str = "hunter2\n") -> str:
    file = folder / "secret"
    file.write_text(text)
    return str(file)


def test_every_secret_has_a_variable_for_its_file() -> None:
    assert sorted(SECRET_FILES) == [
        "FRICTIONBOT_DATABASE_FILE",
        "FRICTIONBOT_GITHUB_TOKEN_FILE",
        "FRICTIONBOT_GITHUB_WEBHOOK_SECRET_FILE",
        "FRICTIONBOT_MARKER_KEY_FILE",
        "FRICTIONBOT_PSEUDONYM_SALT_FILE",
        "FRICTIONBOT_WORKERS_BROKER_FILE",
    ]


def test_a_secret_is_taken_from_its_file_without_the_last_newline(tmp_path: Path) -> None:
    for text in ("hunter2", "hunter2\n", "hunter2\r\n", "\ufeffhunter2\n"):
        found, _ = loaded({"FRICTIONBOT_GITHUB_TOKEN_FILE": secret(tmp_path, text)})
        assert found
        assert found.github.token
        assert found.github.token.get_secret_value() == "hunter2"


def test_a_file_wins_over_what_github_sets_anyway(tmp_path: Path) -> None:
    found, _ = loaded({"FRICTIONBOT_GITHUB_TOKEN_FILE": secret(tmp_path), "GITHUB_TOKEN": "ambient"})
    assert found
    assert found.github.token
    assert found.github.token.get_secret_value() == "hunter2"


def test_whole_addresses_may_come_from_files(tmp_path: Path) -> None:
    (tmp_path / "database").write_text("postgresql://bot:hunter2@db/friction\n")
    (tmp_path / "broker").write_text("redis://:hunter2@redis:6379/0\n")
    found, _ = loaded(
        {
            "FRICTIONBOT_DATABASE_FILE": str(tmp_path / "database"),
            "FRICTIONBOT_WORKERS_BROKER_FILE": str(tmp_path / "broker"),
        }
    )
    assert found
    assert found.database == "postgresql://bot:hunter2@db/friction"
    assert found.workers.broker.get_secret_value() == "redis://:hunter2@redis:6379/0"


def test_the_key_of_an_app_is_still_a_file_of_its_own(tmp_path: Path) -> None:
    path = secret(tmp_path, "-----BEGIN RSA PRIVATE KEY-----\n")
    found, _ = loaded({"FRICTIONBOT_GITHUB_PRIVATE_KEY_FILE": path, "FRICTIONBOT_GITHUB_APP_ID": "7"})
    assert found
    assert (found.github.private_key_file, found.github.private_key) == (Path(path), None)


@pytest.mark.parametrize("password", ["hunter2", "p@ss:w/rd?#%", "ключ и пробел"])
def test_the_password_of_a_database_may_stand_in_a_file(password: str, tmp_path: Path) -> None:
    found, _ = loaded(
        {
            "FRICTIONBOT_DATABASE": "postgresql://bot@db:5432/friction?sslmode=disable",
            "FRICTIONBOT_DATABASE_PASSWORD_FILE": secret(tmp_path, password + "\n"),
        }
    )
    assert found
    url = make_url(found.database)
    assert (url.username, url.password, url.host, url.port, url.database) == ("bot", password, "db", 5432, "friction")


@pytest.mark.parametrize(
    "url", ["", "sqlite:///x.db", "postgresql://db/friction", "postgresql://bot:hunter3@db/friction", "nonsense"]
)
def test_a_password_needs_an_address_that_lacks_one(url: str, tmp_path: Path) -> None:
    environ = {"FRICTIONBOT_DATABASE": url, "FRICTIONBOT_DATABASE_PASSWORD_FILE": secret(tmp_path)}
    found, problems = loaded(environ)
    assert found is None
    assert "hunter" not in repr(problems)
    assert (
        "FRICTIONBOT_DATABASE_PASSWORD_FILE",
        "FRICTIONBOT_DATABASE has to say postgresql://USER@HOST/DATABASE, without a password, for this to be put in",
    ) in [(problem.place, problem.message) for problem in problems]


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    environ = {"FRICTIONBOT_MARKER_KEY_FILE": secret(tmp_path), "FRICTIONBOT_MARKER_KEY": "hunter2"}
    assert complaint(environ) == (
        "settings_secret",
        "FRICTIONBOT_MARKER_KEY_FILE",
        "FRICTIONBOT_MARKER_KEY is set too: keep one of them",
    )


def test_a_file_that_is_missing_is_named_with_its_variable(tmp_path: Path) -> None:
    assert complaint({"FRICTIONBOT_MARKER_KEY_FILE": str(tmp_path / "none")}) == (
        "settings_secret",
        "FRICTIONBOT_MARKER_KEY_FILE",
        f"{tmp_path}/none: No such file or directory: name a file that can be read",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty: write the secret into it, or leave the variable out"),
        (b" \n\n", "is empty: write the secret into it, or leave the variable out"),
        (b"hunter2\xff", "is not UTF-8: save it as UTF-8"),
        (b"hunter2" * 10_000, "is larger than 64 KiB: name a file that holds the secret alone"),
    ],
)
def test_a_file_that_cannot_be_a_secret_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(content)
    assert complaint({"FRICTIONBOT_GITHUB_TOKEN_FILE": str(file)}) == (
        "settings_secret",
        "FRICTIONBOT_GITHUB_TOKEN_FILE",
        f"{file} {message}",
    )


def test_a_wrong_value_of_a_file_is_placed_at_its_variable_and_not_repeated(tmp_path: Path) -> None:
    assert complaint({"FRICTIONBOT_DATABASE_FILE": secret(tmp_path, "mysql://bot:hunter2@h/d")}) == (
        "settings_value",
        "FRICTIONBOT_DATABASE_FILE",
        "database: write sqlite:///PATH or postgresql://USER:PASSWORD@HOST/DATABASE",
    )


def test_a_misspelt_variable_of_a_file_is_told_the_nearest_name() -> None:
    assert complaint({"FRICTIONBOT_GITHUB_TOKN_FILE": "/x"}) == (
        "settings_unknown",
        "FRICTIONBOT_GITHUB_TOKN_FILE",
        "there is no such setting: did you mean FRICTIONBOT_GITHUB_TOKEN_FILE?",
    )
