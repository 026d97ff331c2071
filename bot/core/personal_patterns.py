"""The literal table of personal data that must not be published, beside secrets: who somebody is and which machine is whose.

As `bot.core.secret_patterns`, in the same terms.
"""

from __future__ import annotations

import re2

from bot.core.secret_patterns import Pattern
from bot.core.secret_values import Found, always, is_placeholder

_GENERIC_USERS = frozenset(
    {
        "travis",
        "you",
        "gitpod",
        "dev",
        "jenkins",
        "guest",
        "user",
        "name",
        "user_name",
        "root",
        "app",
        "default",
        "users",
        "git",
        "debian",
        "ubuntu",
        "shared",
        "circleci",
        "yourname",
        "runner",
        "youruser",
        "admin",
        "vagrant",
        "linuxbrew",
        "node",
        "vscode",
        "codespace",
        "me",
        "ec2-user",
        "coder",
        "public",
        "your-name",
        "all",
        "username",
    }
)
_GENERIC_MAIL = re2.compile(
    r"(?i)^(?:git|noreply|no-reply|ssh|hg)@|@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|example|invalid|test|localhost|local)$|"
    r"@(?:[\w-]+\.)?(?:users\.noreply\.github\.com|anthropic\.com|openai\.com|test\.com)$|"
    r"\.(?:png|svg|jpe?g|gif|js|ts|py|go|rs|json|css|service)$"
)
_SHARED_HOSTS = frozenset({"host.docker.internal", "gateway.docker.internal", "metadata.google.internal"})
_DOCUMENTATION = ("192.0.2.", "198.51.100.", "203.0.113.")  # RFC 5737


def is_user(found: Found) -> bool:
    """Whether an account name is a person's, not one that every machine has."""
    name = found.value.partition("@")[0].lower()
    return name not in _GENERIC_USERS and not is_placeholder(found.value)


def is_mail(found: Found) -> bool:
    """Whether an address may belong to somebody: examples, robots and file names are left."""
    return not _GENERIC_MAIL.search(found.value)


def is_host(found: Found) -> bool:
    """Whether a name is that of one network's machine, not one that every container has."""
    return found.value.lower() not in _SHARED_HOSTS


def is_address(found: Found) -> bool:
    """Whether four numbers are some machine's IP address: no version, not loopback, not kept for documentation."""
    parts = [int(part) for part in found.value.split(".")]
    if max(parts) > 255 or parts[0] in {0, 127, 255} or found.value.startswith(_DOCUMENTATION):
        return False
    return not (max(parts) < 30 and parts[0] != 10) and parts[2:] != [0, 0]


# Home folders stand in every other line of some transcripts, so the engine masks them before it looks for anything else,
# with `re` (in Python's own dialect): each of these begins with a literal, which is found without running a pattern.
_ACCOUNT = r"([^/\\\s\"'`:;,<>|()\[\]{}$*]+)"
HOMES: tuple[tuple[str, str], ...] = (
    ("/home/", f"/home/{_ACCOUNT}"),
    ("/Users/", f"/Users/{_ACCOUNT}"),
    ("\\Users\\", rf"\\Users\\{{1,2}}{_ACCOUNT}"),
    ("-home-", r"-home-(?<![A-Za-z0-9]-home-)([A-Za-z0-9_.]+)"),
    ("-Users-", r"-Users-(?<![A-Za-z0-9]-Users-)([A-Za-z0-9_.]+)"),
)
HOME_POSITIVES = ("cwd: /Users/tomas.tanaka/code", "C:\\Users\\priya\\AppData", "projects/-Users-priya-code/x")
HOME_NEGATIVES = ("/home/runner/work", "/Users/username/code", "/home/$USER", "/home/")


def is_card(found: Found) -> bool:
    """Whether the digits are a payment card's: the last one checks the others (ISO/IEC 7812)."""
    digits = [int(char) for char in found.value if char.isdigit()]
    doubled = (digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2])
    return len(digits) in {15, 16} and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 and len(set(digits)) > 2


def is_iban(found: Found) -> bool:
    """Whether it is an account number whose check digits are right (ISO 13616)."""
    code = found.value.replace(" ", "")
    return 15 <= len(code) <= 34 and int("".join(str(int(char, 36)) for char in code[4:] + code[:4])) % 97 == 1


PERSONAL_PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "email",
        "addresses of people",
        r"[A-Za-z0-9]@[A-Za-z0-9]",
        r"[A-Za-z0-9][A-Za-z0-9._%+-]*@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}",
        is_mail,
        ("Author: X <tomas.doe@corp.io>",),
        ("git@github.com:acme/app.git", "noreply@example.org", "logo@2x.png"),
    ),
    Pattern(
        "user",
        "account and machine in a shell prompt",
        r"[a-z0-9]@[A-Za-z0-9-]+:[~/]",
        r"(?:^|\s|\()([a-z][a-z0-9_.-]*@[A-Za-z0-9.-]+):[~/][^\s:]*[ ]?[$#%]",
        is_user,
        ("maria@delta-mbp:~/app$ make",),
        ("git@github.com:acme/app.git",),
    ),
    Pattern(
        "user",
        "owners in a listing",
        r"[r-][w-][xsStT-][@+.]?\s+[0-9]+ [a-z]",
        r"(?:^|\s)[dlbcps-](?:[r-][w-][xsStT-]){3}[@+.]?\s+[0-9]+\s+([A-Za-z][A-Za-z0-9_.-]*)\s",
        is_user,
        ("-rw-r--r--  1 oliver  staff  220 Jan",),
        ("drwxr-xr-x  5 root root 4096 Jan",),
    ),
    Pattern(
        "ip",
        "addresses of machines",
        r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]",
        r"(?:^|[^0-9A-Za-z._/=~^-]|://|=)([0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9A-Za-z.-]|\.?$|\.\s)",
        is_address,
        ("connect to 10.84.170.244 port 5432", "from 51.13.148.53"),
        ("127.0.0.1", "Chrome/120.0.6099.109", "192.0.2.10", "v4.9.6.1"),
    ),
    Pattern(
        "host",
        "machines inside a network",
        r"\.(?:internal|corp|intranet|lan|intra)\b",
        r"(?i)(?:^|[^A-Za-z0-9._-])([a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:internal|corp|intranet|lan|intra))(?:[^A-Za-z0-9._-]|[.]?$|\.\s)",
        is_host,
        ("resolve host: meadow-db.anchor.internal",),
        ("golang.org/internal/x", "app.internal.run()"),
    ),
    Pattern(
        "account",
        "AWS accounts",
        r"arn:aws|dkr\.ecr|(?i)\"account(?:id)?\"",
        r"arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:([0-9]{12}):|([0-9]{12})\.dkr\.ecr|(?i)\"account(?:id)?\":\s*\"([0-9]{12})\"",
        always,
        ("arn:aws:iam::<d12>:role/deploy",),
        ("arn:aws:s3:::bucket",),
    ),
    Pattern(
        "phone",
        "telephone numbers in international form",
        r"\+[0-9]{1,3}[ .(-]",
        r"(?:^|[^0-9A-Za-z+])(\+[0-9]{1,3}[ .-]?\(?[0-9]{2,4}\)?[ .-]"
        r"[0-9]{3,4}[ .-]?[0-9]{2,4}(?:[ .-]?[0-9]{2,4})?)(?:[^0-9-]|$)",
        always,
        ("call +1-734-646-1565",),
        ("@@ -1,4 +1,5 @@",),
    ),
    Pattern(
        "mac",
        "hardware addresses",
        r"[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}:[0-9a-f]{2}",
        r"(?i)(?:ether|mac|hwaddr|bssid|lladdr|physical address)[^\n]{0,16}?\b([0-9a-f]{2}(?::[0-9a-f]{2}){5})\b",
        always,
        ("link/ether cf:b2:62:8e:57:2a brd",),
        ("at 10:15:22:33",),
    ),
    Pattern(
        "card",
        "payment cards",
        r"[3-6][0-9]{3}[ -]?[0-9]{4}[ -]?[0-9]{4}|3[47][0-9]{2}[ -]?[0-9]{6}",
        r"(?:^|[^0-9A-Za-z.-])([3-6][0-9]{3}(?:[ -]?[0-9]{4}){3}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5})"
        r"(?:[^0-9A-Za-z.-]|[.]?$|[.]\s)",
        is_card,
        ("paid with 4012 8888 8888 1881", "card=5105105105105100"),
        ("id 4012888888881882", "at 1763703000123456", "4012888888881881.5"),
    ),
    Pattern(
        "iban",
        "bank accounts",
        r"[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4} ?[0-9]{4}",
        r"(?:^|[^A-Za-z0-9])([A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?)(?:[^A-Za-z0-9]|$)",
        is_iban,
        ("to GB82 WEST 1234 5698 7654 32 please", "DE89370400440532013000"),
        ("TS2345 ABCD 1234 EFGH", "AB12CDEF34567890"),
    ),
)
