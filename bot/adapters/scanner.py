"""The independent second opinion on text that is about to be published: kingfisher, in process, without the network."""

from __future__ import annotations

from functools import cached_property

from kingfisher_sdk import Scanner


class KingfisherScanner:
    """Looks for secrets with kingfisher's own rules, and heeds no comment in a text that asks it to look away.

    Building its rules takes seconds of processor time, so that is done at the first text that is really to be posted.
    """

    def find(self, text: str) -> tuple[str, ...]:
        """The secrets found in a text, as the exact substrings and in their order; empty where there is none."""
        self._scanner.reset_dedup()
        found = self._scanner.scan(text)
        return tuple(dict.fromkeys(secret for finding in found if (secret := finding.secret) and secret in text))

    @cached_property
    def _scanner(self) -> Scanner:
        return Scanner()
