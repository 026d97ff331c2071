"""Judgements on what stands where a secret would: a placeholder, code, an id that may be shown, or the secret itself."""

from __future__ import annotations

import re

import re2

_PLACEHOLDER = re2.compile(
    r"(?i)^(?:\$[\w({]|%\w+%|%[sdvq(]|<|\{|\[|#\{|@[\w.]+$|[*x._#?\-\x{2022}\x{2026}]+$)"
    r"|^(?:your|my|the|some|insert|change|replace|enter|add|put|use|paste|fake|dummy|sample)[-_ ]"
    r"|^(?:none|null|nil|true|false|undefined|empty|string|str|bool|int|bytes|any|object|required|optional|changeme|example|"
    r"sample|placeholder|redacted|hidden|masked|secret|password|passwd|pass|token|test|dummy|fake|foo|bar|todo|unset|"
    r"missing|invalid|expired|wrong|incorrect|not|is|was|and|or|for|if|in|default|error|failed|denied|prompt|"
    r"username|value|field|text|name|type|key|yes|no|on|off|here|authentication|authenticated|same-origin|include|omit)\b[^A-Za-z0-9]*$"
    r"|example|placeholder|your[-_]|x{5,}|\*{3,}|\.{3,}|change-?me|redacted|\[masked:|\{\{|<[a-z]+[_ -][a-z]+>"
)
_CODE = re2.compile(
    r"^[A-Za-z_$][\w$]*(?:::|->|\.)[A-Za-z_$][\w$]*(?:(?:::|->|\.)[A-Za-z_$][\w$]*)*[\[(]?"  # a.b.c, a::b, a->b(
    r"(?:$|[\[(].*$)|^[&*!]?[A-Za-z_]\w*[\[(].*$|^(?:lambda|await|new|return|async|typeof)\b"
)
_IDENTIFIER = re.compile(r"[&*]?[A-Za-z]+(?:_[A-Za-z]+)*\??$")
_BORING = re2.compile(
    r"(?i)(?:tokeni[sz]e|tokens?(?:_?(?:type|count|limit|used|url|uri|endpoint|path|file|name|ttl|expir\w*|budget|usage|"
    r"len\w*|ids?|s))$|tokens$|_?(?:url|uri|endpoint|path|file|filename|dir|field|label|hint|policy|length|len|"
    r"regex|pattern|rule|rules|reset|type|ref|refs|name|names|count|limit|ttl|expir\w*|required|enabled|manager|"
    r"provider|store|version|format|strength|prompt|input|form|page|screen|error|status|scope|scopes|arn|algorithm)$|"
    r"(?:^|[^a-z])(?:bypass|compass|pass(?:ed|es|ing|ive|port|through|word_hash_iterations))|secretary|authors?$|max_|num_|"
    r"import|monkey|keyboard|hotkey|primary|foreign|sort|partition|cache|public)"
)
_WORD_NAME = re.compile(r"(?i)pass(?!ed|es|ing)|pwd|pswd|pw$|secret|phrase|identified|login|userpwd|creds?|vault|salt")
_HEXES = re.compile(r"[0-9a-fA-F]+$")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")
_RUNS = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_SHOWN_ID = re.compile(
    r"(?:toolu|msg|req|call|run|thread|file|evt|resp|chatcmpl|asst|sess|org|srvtoolu|step|batch|wf|job|node|pod|task|item)[_-]"
    r"|[A-Z]{1,4}_?kw[A-Z]|MD[A-Z][0-9A-Za-z]|AAAA[BCE]|sha(?:1|224|256|384|512)|iVBOR|/9j/|R0lGOD|MII[A-Z]|[ij]-[0-9a-f]{8}|(?:vpc|subnet|sg|ami|vol|eni|snap|rtb|igw)-[0-9a-f]"
)
_SUM = re.compile(r"(?:h1|sha\d+|SHA256|md5)[:-]")
_NUMBERS = re.compile(r"[\d.,:/%+\-eExX]+[a-zA-Z]{0,3}$")
_PATH = re.compile(r"^(?:\.{0,2}/|~/|[A-Za-z]:[\\/]|(?:https?|file|git|ssh)://[^\s@]*$)|(?:^|/)[a-z]{3,}(?:/|$)|\.[a-z]{2,4}(?:$|[:/])")


def is_placeholder(value: str) -> bool:
    """Whether a value only shows where a secret goes, or is a mask already."""
    return bool(_PLACEHOLDER.search(value))


_NAMED = re.compile(
    r"(?i)pass(?:w|phrase|code|key)|(?:^|[^a-z])[a-z]{0,4}pass$|_pass_?|pwd|pswd|secret|token|cred|bearer|cookie|salt|dsn$|_auth|(?:^|[^a-z])(?:auth|pw|pat)$|"
    r"connection[_-]?string|license[_. -]?key|(?:api|app|access|private|encrypt|sign|account|service|master|"
    r"client|server|consumer|shared|ssh|deploy|webhook|write|read|ingest|integration|personal|storage|subscription|admin|"
    r"publishable|insert|user|bot|partner|merchant|customer|project|security|transport|tenant|publish|subscribe|auth\w*|"
    r"signature|unlock)[a-z]*[_. -]?(?:key|pat)|key[_-]?data"
)


def is_value(name: str, value: str, *, quoted: bool) -> bool:
    """Whether what is assigned to a secret-sounding name is a secret: passwords may be words, tokens may not."""
    if name in {"PASS", "Pass"}:  # what test runners print
        return False
    if not _NAMED.search(name):
        return "key" in name.lower() and is_opaque(value, least=12) and not _BORING.search(name)
    if len(value) < 3 or _BORING.search(name) or is_placeholder(value) or _PATH.search(value) and not quoted:
        return False
    if not quoted and _CODE.search(value) or name.lower().endswith(value.lower()):
        return False
    if _WORD_NAME.search(name):
        return _is_password(value, quoted=quoted)
    if len(value) >= 15 and (value.isdigit() or value.isalnum() and not (value.isalpha() and len(value) < 20)):
        return not value.isalpha() or quoted or value.islower()
    return is_opaque(value, least=8)


def _is_password(value: str, *, quoted: bool) -> bool:
    if " " in value:  # a label or a message, unless something in it is no word
        return any(char.isdigit() for char in value) and len(value) < 60
    if len(value) < 4 or value.isdigit() and len(value) < 6:
        return False
    wordy = _IDENTIFIER.match(value)
    return not wordy or (quoted or value.islower() or "_" not in value) and not _WORD_NAME.search(value)


def is_said(name: str, value: str, *, quoted: bool) -> bool:
    """Whether what a sentence calls a password is one: `is required` and `has expired` are not."""
    if len(value) < 4 or is_placeholder(value) or _PATH.search(value):
        return False
    return any(char.isdigit() for char in value) or (quoted and not _BORING.search(value)) or value.count("-") > 1


def is_opaque(value: str, least: int = 16) -> bool:
    """Whether a string is made by a machine to be unguessable: mixed letters and digits, not a path, version or word."""
    if len(value) < least or is_placeholder(value) or _SHOWN_ID.match(value) or _NUMBERS.match(value):
        return False
    digits = sum(map(value.count, "0123456789"))
    if _UUID.match(value):
        return True
    if "/" in value and _PATH.search(value):
        return False
    if not digits:
        return len(value) >= 20 and len(_RUNS.findall(value)) > len(value) * 0.3
    return digits >= 2 and len(_RUNS.findall(value)) >= 3


def is_random(value: str) -> bool:
    """Whether a string is a token by its look alone: letters of both cases and digits, changing all the time."""
    if not 20 <= len(value) <= 160 or _HEXES.match(value) or _UUID.match(value):
        return False
    if "/" in value or "+" in value or "." in value or is_placeholder(value) or _SHOWN_ID.match(value):
        return False
    runs = _RUNS.findall(value)
    kinds = value.upper() != value, value.lower() != value, any(char.isdigit() for char in value)
    return all(kinds) and len(runs) >= max(9, len(value) * 0.42)


def is_stated(name: str, value: str, *, quoted: bool) -> bool:
    """Whether a value whose place alone says that it is secret is more than a placeholder."""
    return len(value) >= 3 and not is_placeholder(value) and not _CODE.search(value)


def always(name: str, value: str, *, quoted: bool) -> bool:
    """The shape alone decides; only what says of itself that it is an example stays."""
    return not is_sample(value)


def is_opaque_value(name: str, value: str, *, quoted: bool) -> bool:
    """Whether a value whose place allows for names too is one that a machine made."""
    return is_opaque(value)


def is_parameter(name: str, value: str, *, quoted: bool) -> bool:
    """Whether a parameter of a URL that is named like a secret holds one: long, or made by a machine."""
    return not is_placeholder(value) and (len(value) >= 16 or is_opaque(value, least=8))


def is_host(name: str, value: str, *, quoted: bool) -> bool:
    """Whether a name is that of a machine inside a network, not a part of a program's."""
    return value.count(".") >= 1 and value.lower() not in {"host.docker.internal", "gateway.docker.internal", "metadata.google.internal"}


def is_beside(name: str, value: str, *, quoted: bool) -> bool:
    """Whether a word behind `key`, `token` and the like is one that a machine made."""
    return not _BORING.search(name) and not _SUM.match(value) and is_opaque(value, least=12)


def is_sum(word: str) -> bool:
    """Whether a word says of itself that it is a checksum."""
    return bool(_SUM.match(word))


def is_sample(value: str) -> bool:
    """Whether a token says of itself that it is none: `…EXAMPLE`, `xxxx`."""
    return value.endswith(("EXAMPLE", "EXAMPLEKEY", "...")) or set(value[-8:].lower()) <= set("x.*")


_GENERIC_USERS = frozenset(
    "root ubuntu user runner username name you me shared public node app admin vscode codespace circleci jenkins user_name "
    "youruser yourname your-name debian ec2-user vagrant default guest all users travis gitpod coder dev linuxbrew".split()
)
_GENERIC_MAIL = re2.compile(
    r"(?i)^(?:git|noreply|no-reply|ssh|hg)@|@(?:[\w-]+\.)*(?:example\.(?:com|org|net)|example|invalid|test|localhost|local)$|"
    r"@(?:[\w-]+\.)?(?:users\.noreply\.github\.com|test\.com|anthropic\.com|openai\.com)$|\.(?:png|svg|jpe?g|gif|js|ts|py|go|rs|json|css|service|dev\.internal)$"
)


def is_user(name: str, value: str, *, quoted: bool) -> bool:
    """Whether an account name is a person's, not one that every machine has."""
    return value.lower() not in _GENERIC_USERS and not is_placeholder(value)


def is_mail(name: str, value: str, *, quoted: bool) -> bool:
    """Whether an address may belong to somebody: examples, robots and file names are left."""
    return not _GENERIC_MAIL.search(value)


def is_address(name: str, value: str, *, quoted: bool) -> bool:
    """Whether four numbers are an IP address of some machine, neither a version nor loopback nor kept for documentation."""
    parts = [int(part) for part in value.split(".")]
    if max(parts) > 255 or parts[0] in {0, 127, 255} or value.startswith(("192.0.2.", "198.51.100.", "203.0.113.")):
        return False
    return not (max(parts) < 30 and parts[0] != 10) and not (parts[1:] == [0, 0, 0] or parts[2:] == [0, 0])
