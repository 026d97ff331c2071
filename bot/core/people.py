"""Who a session belongs to, and the names under which people are shown."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from hashlib import sha256

import re2

# Homes that many share: containers, continuous integration, cloud images.
NOBODY = frozenset(
    {"root", "ubuntu", "user", "admin", "runner", "vscode", "codespace", "node", "app", "dev", "developer", "ec2-user",
     "debian", "docker", "coder", "gitpod", "jovyan", "sandbox", "agent", "claude", "default", "shared", "public"}
)  # fmt: skip

_DATE = r"\d{4}-\d{2}-\d{2}"
_FOLDER = re2.compile(rf"([^/\\]+)[/\\]{_DATE}_[^/\\]+\.jsonl?$")
_FLAT = re2.compile(rf"(?:^|[/\\])([^/\\_-][^/\\]*?)(?:_{_DATE}_|-{_DATE}-)[^/\\]+\.jsonl?$")
_HOME = re2.compile(r"^(?:/home/|/Users/|[A-Za-z]:[\\/]Users[\\/]|/mnt/[a-z]/Users/)([^/\\]+)")
_GENERIC_FILE = frozenset({"session", "transcript", "chat", "conversation", "log", "rollout"})
_GENERIC_FOLDER = frozenset({"sessions", "projects", "user_sessions", "transcripts", "data", "raw", "archive", "logs"})


def from_layout(path: str) -> str:
    """The person that a path names, else "".

    Layouts: `<person>/<date>_<id>.jsonl`, `<person>_<date>_<id>.jsonl` and `<person>-<date>-<id>.jsonl`.
    """
    path = path.encode("utf-8", "replace").decode()  # a name in the file system need not be Unicode
    flat = _FLAT.search(path)
    if flat and flat[1].lower() not in _GENERIC_FILE:
        return str(flat[1])
    folder = _FOLDER.search(path)
    return str(folder[1]) if folder and folder[1].lower() not in _GENERIC_FOLDER else ""


def from_home(cwd: str, nobody: frozenset[str] = NOBODY) -> str:
    """The person whose home a working directory lies in, else ""; homes that many share are nobody's."""
    home = _HOME.search(cwd)
    return str(home[1]) if home and home[1].lower() not in nobody else ""


def joined(name: str, aliases: Mapping[str, str]) -> str:
    """The one name of a person who has several; chains of aliases are followed, loops end where they began."""
    seen: set[str] = set()
    while name in aliases and name not in seen:
        seen.add(name)
        name = aliases[name]
    return name


def pseudonym(name: str, salt: bytes) -> str:
    """A short name that stays the same for a person and a salt, and does not tell who it is; "" (nobody) is "unknown"."""
    if not name:
        return "unknown"
    return f"person-{hmac.new(salt, name.encode('utf-8', 'surrogatepass'), sha256).hexdigest()[:6]}"
