"""Python and packages as the own metadata wants them."""

from __future__ import annotations

from bot.adapters.checks_python import package_checks, python_checks
from bot.core.diagnosis import Outcome


def test_this_environment_is_the_one_that_is_wanted() -> None:
    assert [check.outcome for check in (*python_checks(), *package_checks())] == [Outcome.OK, Outcome.OK]


def test_an_old_python_is_told() -> None:
    (check,) = python_checks("3.9.1", ">=3.11")
    assert (check.outcome, check.found) == (Outcome.FAILED, "Python 3.9.1 runs it, but it needs >=3.11")


def test_packages_that_are_missing_or_of_another_version_have_a_line_each() -> None:
    wanted = ["click>=8.2", "click>=99", "no-such-package-here>=1", "rich; extra == 'dev'", "celery[none-such]"]
    checks = list(package_checks(wanted))
    assert [(check.outcome, check.place) for check in checks] == [
        (Outcome.FAILED, "click"),
        (Outcome.FAILED, "no-such-package-here"),
    ]
    assert checks[1].found == "no-such-package-here is not installed"


def test_what_an_extra_brings_along_is_looked_at_too() -> None:
    (check,) = package_checks(["psycopg[binary]>=3"])
    assert [line.partition(" ")[0] for line in check.details] == ["psycopg", "psycopg-binary"]
