"""What can be set (`bot.settings.model`), and how it is found (`bot.settings.loading`)."""

from __future__ import annotations

from bot.settings.layers import FILE_NAME, FILE_VARIABLE, GITHUB_VARIABLES, VARIABLES, Layer
from bot.settings.loading import load_settings
from bot.settings.model import DEFAULT_SOURCE, Github, Limits, People, Route, Settings, Source

__all__ = [
    "DEFAULT_SOURCE", "FILE_NAME", "FILE_VARIABLE", "GITHUB_VARIABLES", "VARIABLES", "Github", "Layer", "Limits",
    "People", "Route", "Settings", "Source", "load_settings",
]  # fmt: skip
