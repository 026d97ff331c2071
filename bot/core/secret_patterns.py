"""The literal table of what is masked: shapes of tokens, the syntaxes in which secrets are written, personal data.

Patterns are RE2 over bytes; the group `secret` is what is replaced. Token shapes are those that the providers publish.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import NamedTuple

import re2


class Pattern(NamedTuple):
    """One shape: its kind as the mask shows it, what must occur for it to be looked for, the pattern itself, and whether
    its value may be a placeholder."""

    kind: str
    trigger: str
    regex: str
    judged: bool = False


_NAMES = (
    r"pass(?:word|wd|phrase|code)?|pwd|secret|token|api[_-]?key|apikey|access[_-]?key(?:[_-]?id)?|private[_-]?key|"
    r"client[_-]?secret|auth[_-]?(?:key|token)|secret[_-]?key|encryption[_-]?key|signing[_-]?key|credentials?|"
    r"account[_-]?key|connection[_-]?string|bearer|session[_-]?id|cookie|webhook[_-]?url|license[_-]?key|salt"
)
_KEY = rf"(?:[A-Za-z0-9]+[_.-])*?[A-Za-z0-9]*?(?:{_NAMES})(?:[_.-]?(?:key|value|hash|[0-9]+|prod|dev|test))?"
_WORDS = r"(?i)pass|pwd|pin |secret|token|api[_ -]?key|(?:access|private|auth|signing|encryption|account|license)[_-]?key|credential|connection|bearer|session[_-]?id|webhook|salt"
_QUOTED = r"""\\?["'](?P<secret>[^"'\\\n]{4,})\\?["']"""
_BARE = r"(?P<secret>[^\s\"'`,;<>(){}\[\]|&\\]{6,})"
_ASSIGN = r"""\\?["'`]?\s*(?::=|=>|=|:)\s*"""

PATTERNS: tuple[Pattern, ...] = (
    Pattern("private-key", r"-----BEGIN ", r"(?s)(?P<secret>-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----.*?(?:-----END (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----|\z))"),
    Pattern("github-token", r"gh[pousr]_|github_pat_", r"(?P<secret>(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_[A-Za-z0-9_]{22,255}))"),
    Pattern("gitlab-token", r"gl[a-z]{1,5}-", r"(?P<secret>gl(?:pat|ptt|dt|rt|cbt|ft|imt|agent|oas|soat)-[A-Za-z0-9_.-]{20,300})"),
    Pattern("aws-key", r"A(?:KIA|SIA|BIA|CCA|ROA|IDA)[A-Z2-7]", r"(?:^|[^A-Za-z0-9])(?P<secret>(?:AKIA|ASIA|ABIA|ACCA|AROA|AIDA)[A-Z2-7]{16})(?:[^A-Za-z0-9]|$)"),
    Pattern("google-key", r"AIza|ya29\.|GOCSPX-", r"(?P<secret>AIza[0-9A-Za-z_-]{35}|ya29\.[0-9A-Za-z_-]{20,}|GOCSPX-[0-9A-Za-z_-]{20,})"),
    Pattern("slack-token", r"xox[abeoprs]-|xapp-|hooks\.slack\.com", r"(?P<secret>xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,}|hooks\.slack\.com/(?:services|workflows)/[A-Za-z0-9/_-]{20,})"),
    Pattern("stripe-key", r"(?:sk|rk|pk)_|whsec_", r"(?P<secret>(?:sk|rk|whsec|pk)_(?:live|test|prod)?_?[0-9A-Za-z]{16,})"),
    Pattern("openai-key", r"sk-", r"(?:^|[^A-Za-z0-9])(?P<secret>sk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,})"),
    Pattern("npm-token", r"npm_", r"(?P<secret>npm_[A-Za-z0-9]{30,})"),
    Pattern("pypi-token", r"pypi-", r"(?P<secret>pypi-[A-Za-z0-9_-]{50,})"),
    Pattern("huggingface-token", r"hf_|api_org_", r"(?:^|[^A-Za-z0-9])(?P<secret>(?:hf|api_org)_[A-Za-z0-9]{30,})"),
    Pattern("sendgrid-key", r"SG\.", r"(?P<secret>SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,})"),
    Pattern("twilio-key", r"SK[0-9a-f]{6}|AC[0-9a-f]{6}", r"(?:^|[^A-Za-z0-9])(?P<secret>(?:SK|AC)[0-9a-f]{32})(?:[^A-Za-z0-9]|$)"),
    Pattern("telegram-token", r"[0-9]{8}:A|[0-9]{9}:A|[0-9]{10}:A", r"(?:^|[^0-9A-Za-z])(?P<secret>[0-9]{8,10}:A[A-Za-z0-9_-]{34})"),
    Pattern("discord-token", r"[MNO][A-Za-z0-9_-]{23}|discord", r"(?P<secret>[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40}|discord(?:app)?\.com/api/webhooks/[0-9]+/[A-Za-z0-9_-]+)"),
    Pattern("provider-token", r"do[opr]_v1_|shp(?:at|ca|pa|ss)_|lin_api_|dckr_pat_|sntr[yu]|glsa_|hv[sb]\.|PMAK-|NRAK-|AGE-SECRET|dapi|rubygems_|figd_|EAA|sq0|key-|-us[0-9]|AccountKey=", r"(?P<secret>(?:dop_v1|doo_v1|dor_v1)_[a-f0-9]{64}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}|lin_api_[A-Za-z0-9]{40}|dckr_pat_[A-Za-z0-9_-]{27}|sntr(?:ys|yu)_[A-Za-z0-9+/=_-]{40,}|glsa_[A-Za-z0-9_]{32,}|hv[sb]\.[A-Za-z0-9_-]{24,}|PMAK-[a-f0-9]{24}-[a-f0-9]{34}|NRAK-[A-Z0-9]{27}|AGE-SECRET-KEY-1[0-9A-Z]{58}|dapi[a-f0-9]{32}|rubygems_[a-f0-9]{48}|figd_[A-Za-z0-9_-]{40}|EAA[A-Za-z0-9]{60,}|sq0(?:atp|csp)-[A-Za-z0-9_-]{22,}|key-[0-9a-f]{32}|[0-9a-f]{32}-us[0-9]{1,2}|AccountKey=[A-Za-z0-9+/]{60,}={0,2})"),
    Pattern("jwt", r"eyJ", r"(?P<secret>eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?)"),
    Pattern("password-hash", r"\$[0-9a-z]{1,12}\$", r"(?P<secret>\$(?:2[abxy]?|argon2(?:id|i|d)|[156]|y|scrypt|pbkdf2-sha\d+)\$[A-Za-z0-9./$=,+-]{20,})"),
    Pattern("url-password", r"://[^\s/@]*@", r"[a-zA-Z][a-zA-Z0-9+.-]{1,20}://[^\s/:@\"'<>]{0,200}:(?P<secret>[^\s/@\"'<>]{3,300})@", judged=True),
    Pattern("url-parameter", r"[?&;][A-Za-z_-]{2,25}=", r"(?i)[?&;](?:x-amz-(?:signature|credential|security-token)|sig|signature|access_token|token|api_?key|key|auth|password|secret|code|state)=(?P<secret>[^\s&\"'<>#]{8,})", judged=True),
    Pattern("authorization", r"(?i)authorization|bearer|basic", r"(?i)\b(?:proxy-)?authorization\\?[\"']?\s*[:=]\s*\\?[\"']?(?:(?:bearer|basic|token|digest|apikey)\s+)?(?P<secret>[^\s\"'\\,;<>]{8,})", judged=True),
    Pattern("authorization", r"(?i)authorization|bearer|basic", r"(?i)\b(?:bearer|basic)\s+(?P<secret>[A-Za-z0-9._~+/-]{16,}=*)", judged=True),
    Pattern("cookie", r"(?i)cookie", r"(?i)\b(?:set-)?cookie\\?[\"']?\s*:\s*\\?[\"']?(?P<secret>[^\n\"']{8,})", judged=True),
    Pattern("api-key", r"(?i)x-(?:api|auth|access)-", r"(?i)\bx-(?:api|auth|access)-(?:key|token)\\?[\"']?\s*[:=]\s*\\?[\"']?(?P<secret>[^\s\"'\\,;]{8,})", judged=True),
    Pattern("password", r"mysql|mariadb", r"(?:^|\s)(?:mysql|mysqldump|mariadb|mysqladmin)\s[^\n|;&]{0,200}?-p(?P<secret>[^\s\"']{3,})"),
    Pattern("password", r"sshpass", r"\bsshpass\s+-p\s*[\"']?(?P<secret>[^\s\"']{3,})"),
    Pattern("password", r"\|\s*(?:sudo|su|docker|passwd|chpasswd)", r"(?i)(?:echo|printf)\s+(?:-n\s+)?[\"']?(?P<secret>[^\s\"'|]{4,})(?:\\n)?[\"']?\s*\|\s*(?:sudo\s+-S|su\b|docker\s+login|passwd|chpasswd)", judged=True),
    Pattern("password", r"curl|wget", r"\b(?:curl|wget)\s[^\n]{0,300}?(?:-u|--user)[ =]?[\"']?[^\s:\"']{1,100}:(?P<secret>[^\s\"'@]{3,})", judged=True),
    Pattern("secret", _WORDS, rf"(?i)(?:^|\s)--?(?:{_KEY})(?:\s+|=)[\"']?(?P<secret>[^\s\"'-][^\s\"']{{5,}})", judged=True),
    Pattern("secret", _WORDS, rf"(?i)(?:^|[^A-Za-z0-9_.-])(?:{_KEY}){_ASSIGN}(?:[a-z]{{1,2}})?{_QUOTED}", judged=True),
    Pattern("secret", _WORDS, rf"(?i)(?:^|[^A-Za-z0-9_.-])(?:{_KEY}){_ASSIGN}{_BARE}", judged=True),
    Pattern("secret", _WORDS, rf"(?i)<(?:[a-z0-9]+[_:.-])*(?:{_NAMES})(?:\s[^>]*)?>(?P<secret>[^<\s]{{4,}})</", judged=True),
    Pattern("password", _WORDS, r"(?i)\b(?:password|passwd|passphrase|pass|pwd|pin|secret|token|api key)\s+(?:is|was|=|will be|set to)\s*:?\s*[\"'`]?(?P<secret>[^\s\"'`,]{4,})", judged=True),
    Pattern("secret", _WORDS, rf"(?i)\|\s*(?:{_KEY})\s*\|\s*`?(?P<secret>[^\s|`]{{6,}})`?\s*\|", judged=True),
    Pattern("email", r"@", r"(?:^|[^A-Za-z0-9._%+/:-])(?P<secret>[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,4}\.[A-Za-z]{2,18})", judged=True),
    Pattern("user", r"/home/|/Users/|\\Users|-home-|-Users-", r"(?:/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2})(?P<secret>[^/\\\s\"'`:;,<>|()\[\]{}$*]+)", judged=True),
    Pattern("user", r"/home/|/Users/|\\Users|-home-|-Users-", r"(?:^|[^A-Za-z0-9])-(?:home|Users)-(?P<secret>[A-Za-z0-9_.]+)-", judged=True),
)  # fmt: skip

_PLACEHOLDER = re2.compile(
    r"(?i)^(?:\$|%\w+%|<|\{|\[|\*+$|x{4,}|\.{3,}|-+$|_+$|(?:your|my|the|some|insert|change|replace|enter|add|put|use)[-_ ]|"
    r"(?:none|null|nil|true|false|undefined|empty|string|required|optional|changeme|example|sample|placeholder|redacted|"
    r"hidden|masked|secret|password|passwd|token|test|dummy|fake|foo|bar|todo|unset|missing|invalid|expired|wrong|incorrect|not)\b[^A-Za-z0-9]*$|"
    r"(?:process\.env|os\.environ|os\.getenv|getenv|env|secrets|config|settings|self|this|args|vars|var|input|data|options|params|request|req)[.(\[])"
    r"|(?i)example|placeholder|your[-_]|x{6,}|\*{3,}|changeme|redacted"
)
_CODE = re2.compile(r"^[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*(?:\(.*)?$")
_NOT_SECRET = re2.compile(r"^(?:[0-9]+(?:\.[0-9]+)*[a-z%]{0,3}|[0-9a-f]{7}|(?:sha(?:1|256|512)[-:])?[0-9a-f]{40}|(?:sha256[-:])[0-9a-f]{64}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|/[^\s]*|\./[^\s]*|~/[^\s]*|https?://[^\s@]*|v?[0-9]+\.[0-9]+.*)$")
_GENERIC = frozenset({"root", "ubuntu", "user", "runner", "username", "name", "you", "me", "shared", "public"})


def is_benign(pattern: Pattern, value: str) -> bool:
    """Whether a value that stands where a secret would is a placeholder, a reference, code, or an id."""
    if value.startswith("[masked:") or "[masked:" in value and value.endswith("]"):
        return True
    if not pattern.judged:
        return False
    if pattern.kind == "user":
        return value.lower() in _GENERIC
    if pattern.kind == "email":
        return value.lower().endswith((".png", ".svg", ".js", ".ts", "@example.com", "@users.noreply.github.com")) or value.startswith("git@")
    if _PLACEHOLDER.search(value) or _NOT_SECRET.search(value):
        return True
    if pattern.kind in {"secret", "password"} and _CODE.search(value):
        return _entropy(value) < 3.0 or value.islower() and not any(char.isdigit() for char in value) and len(value) > 12 or "(" in value or "." in value
    return False


def _entropy(value: str) -> float:
    counts = Counter(value)
    return -sum(number / len(value) * math.log2(number / len(value)) for number in counts.values())
