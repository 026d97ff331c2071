"""Where each setting comes from, and what of it nobody may see."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Layer, load_settings
from bot.settings.origins import origins, secrets_of

SECRETS = {
    "FRICTIONBOT_GITHUB_TOKEN": "token-0123",
    "FRICTIONBOT_GITHUB_WEBHOOK_SECRET": "webhook-0123",
    "FRICTIONBOT_MARKER_KEY": "marker-0123",
    "FRICTIONBOT_PSEUDONYM_SALT": "salt-0123",
    "FRICTIONBOT_WORKERS_BROKER": "redis://ann:broker%2F0123@host:6379/0",
    "FRICTIONBOT_DATABASE": "postgresql://ann:data%2F0123@host/friction",
}


def test_each_setting_is_told_with_its_place_and_the_nearest_source_wins(tmp_path: Path) -> None:
    (tmp_path / "frictionbot.toml").write_text(
        'repository = "acme/file"\n[limits]\nnew_issues_per_run = 3\n[people.aliases]\nann = "anna"\n'
    )
    layer = Layer({"gap": "20m"}, {("gap",): "--gap"})
    told = origins(layer, {"FRICTIONBOT_REPOSITORY": "acme/here", "GITHUB_REPOSITORY": "acme/there"}, tmp_path)
    assert told == (
        "gap = 20m (--gap)",
        f"limits.new_issues_per_run = 3 ({tmp_path}/frictionbot.toml:3)",
        f"people.aliases = 1 given ({tmp_path}/frictionbot.toml:4)",
        "repository = acme/here (FRICTIONBOT_REPOSITORY)",
    )


def test_nothing_that_is_secret_is_told_but_that_it_is_set(tmp_path: Path) -> None:
    told = origins(Layer(), SECRETS, tmp_path)
    assert told == (
        "database = set (FRICTIONBOT_DATABASE)",
        "github.token = set (FRICTIONBOT_GITHUB_TOKEN)",
        "github.webhook_secret = set (FRICTIONBOT_GITHUB_WEBHOOK_SECRET)",
        "marker_key = set (FRICTIONBOT_MARKER_KEY)",
        "pseudonym_salt = set (FRICTIONBOT_PSEUDONYM_SALT)",
        "workers.broker = set (FRICTIONBOT_WORKERS_BROKER)",
    )


def test_every_secret_is_known_as_it_is_written_and_as_it_reads(tmp_path: Path) -> None:
    settings, problems = load_settings(Layer(), SECRETS, tmp_path)
    assert settings is not None, problems
    assert secrets_of(settings) == {
        "token-0123", "webhook-0123", "marker-0123", "salt-0123",
        "broker%2F0123", "broker/0123", "data%2F0123", "data/0123",
    }  # fmt: skip


def test_an_address_without_a_password_is_no_secret(tmp_path: Path) -> None:
    settings, _ = load_settings(Layer(), {"FRICTIONBOT_DATABASE": "sqlite:////tmp/x.db"}, tmp_path)
    assert settings is not None
    assert secrets_of(settings) == set()
