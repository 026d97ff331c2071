"""A Celery application of another version, on the same queues: it knows none of the tasks, and throws their messages away."""

from __future__ import annotations

import os
from pathlib import Path

from celery import Celery

from bot.settings import Layer, load_settings

_SETTINGS, _ = load_settings(Layer(), os.environ, Path())
assert _SETTINGS
app = Celery("old", broker=_SETTINGS.workers.broker.get_secret_value(), set_as_current=False)
app.conf.update(task_acks_late=True, task_ignore_result=True, accept_content=["json"])
