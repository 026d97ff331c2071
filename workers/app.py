"""The Celery application: `celery --app workers.app worker --queues ingest,evaluate,github`, `celery --app workers.app beat`.

The settings are read when Celery first asks for its configuration, not at import: with wrong ones a worker, or beat, says
what is wrong and ends with exit code 2.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from celery import Celery

from bot.adapters.telemetry import observe
from bot.commands.output import say_problems
from workers.configuration import configuration
from workers.pulse import signs_of_life
from workers.site import HOLDER, MisconfiguredError, settings_of
from workers.stopping import connect

_WRONG = 2  # exit code, as of the command line


def configured() -> dict[str, Any]:
    """Celery's configuration by the settings of this process; ends it where they are wrong."""
    try:
        settings = settings_of(os.environ)
    except MisconfiguredError as error:
        say_problems(sys.stderr, error.problems)
        raise SystemExit(_WRONG) from error
    HOLDER.observer = observe(app, settings)
    connect(settings)
    signs_of_life(settings.database)
    return configuration(settings)


app = Celery("frictionbot", task_cls="workers.policy:Steady", include=["workers.tasks"], set_as_current=False)
app.add_defaults(configured)
