"""The second opinion on text that is about to be published: kingfisher's rules, in this process and without network."""

from __future__ import annotations

from functools import cache

import kingfisher_sdk

_HIDDEN = "\u200b"  # what `bot.core.markdown` breaks mentions with; it would break a token for the scanner too


class KingfisherScanner:
    """A `bot.ports.Scanner` that no comment in the text can switch off.

    kingfisher's plain `Scanner` ignores `gitleaks:allow` and the like; its `DetectionScanner` would honour them.
    Making it costs a quarter of a second, so it is made for the first text, once in a process.
    """

    def find(self, text: str) -> tuple[str, ...]:
        """The secrets found in a text in their order, each once, as they stand there; empty where there is none.

        What only shows in the text without zero-width spaces is given without them, and what is in base64 as the base64.
        """
        found = dict.fromkeys(self._scan(text))
        if _HIDDEN in text:
            found |= dict.fromkeys(self._scan(text.replace(_HIDDEN, "")))
        return tuple(found)

    def _scan(self, text: str) -> list[str]:
        raw = text.encode("utf-8", "replace")
        places = (finding.location for finding in _scanner().scan(raw.decode()) if finding.visible)
        return [raw[place["start_offset"] : place["end_offset"]].decode("utf-8", "replace") for place in places]


@cache
def _scanner() -> kingfisher_sdk.Scanner:
    return kingfisher_sdk.Scanner()
