"""Judgements on what stands where a secret would: a placeholder, code, an id that may be shown, or the secret itself."""

from __future__ import annotations

import re
from typing import NamedTuple

import re2


class Found(NamedTuple):
    """What a pattern caught: the name it has where it stands (the pattern's kind where it has none), and its value."""

    name: str
    value: str
    quoted: bool = True


_PLACEHOLDER = re2.compile(
    r"(?i)^(?:\$[\w({]|%\w+%|%[sdvq(]|<|\{|\[|#\{|@[\w.]+$|[*x._#?\-\x{2022}\x{2026}]+$)"
    r"|^(?:your|my|the|some|insert|change|replace|enter|add|put|use|paste|fake|dummy|sample)[-_ ]"
    r"|^(?:none|null|nil|true|false|undefined|empty|string|str|bool|int|bytes|any|object|required|optional|changeme|"
    r"example|sample|placeholder|redacted|hidden|masked|secret|password|passwd|pass|token|test|dummy|fake|foo|bar|todo|"
    r"unset|missing|invalid|expired|wrong|incorrect|not|is|was|and|or|for|if|in|default|error|failed|denied|prompt|"
    r"username|value|field|text|name|type|key|yes|no|on|off|here|authentication|authenticated|same-origin|include|omit)"
    r"\b[^A-Za-z0-9]*$"
    r"|example|placeholder|your[-_]|x{5,}|\*{3,}|\.{3,}|change-?me|redacted|\{\{|<[a-z]+[_ -][a-z]+>"
)
_CODE = re2.compile(
    r"^[A-Za-z_$][\w$]*(?:::|->|\.)[A-Za-z_$][\w$]*(?:(?:::|->|\.)[A-Za-z_$][\w$]*)*[\[(]?(?:$|[\[(].*$)"  # a.b, a::b(
    r"|^[&*!]?[A-Za-z_]\w*[\[(].*$|^(?:lambda|await|new|return|async|typeof)\b"
)
_IDENTIFIER = re.compile(r"[&*]?[A-Za-z]+(?:_[A-Za-z]+)*\??$")
_NAMED = re.compile(
    r"(?i)pass(?:w|phrase|code|key)|(?:^|[^a-z])[a-z]{0,4}pass$|_pass_?|pwd|pswd|secret|token|cred|bearer|cookie|salt|dsn$|"
    r"_auth|(?:^|[^a-z])(?:auth|pw|pat)$|connection[_-]?string|license[_. -]?key|key[_-]?data|"
    r"(?:api|app|access|private|encrypt|sign|account|service|master|client|server|consumer|shared|ssh|deploy|webhook|write|"
    r"read|ingest|integration|personal|storage|subscription|admin|publishable|insert|user|bot|partner|merchant|customer|"
    r"project|security|transport|tenant|publish|subscribe|auth\w*|signature|unlock)[a-z]*[_. -]?(?:key|pat)"
)
_BORING = re.compile(
    r"(?i)tokeni[sz]e|tokens$|tokens?_?(?:type|count|limit|used|url|uri|endpoint|path|file|name|ttl|expir\w*|budget|usage|"
    r"len\w*|ids?|s)$|_?(?:url|uri|endpoint|path|file|filename|dir|field|label|hint|policy|length|len|regex|pattern|rule|"
    r"rules|reset|type|ref|refs|name|names|count|limit|ttl|expir\w*|required|enabled|manager|provider|store|version|format|"
    r"strength|prompt|input|form|page|screen|error|status|scope|scopes|arn|algorithm)$|"
    r"(?:^|[^a-z])(?:bypass|compass|pass(?:ed|es|ing|ive|port|through|word_hash_iterations))|secretary|authors?$|max_|num_|"
    r"import|monkey|keyboard|hotkey|primary|foreign|sort|partition|cache|public"
)
_WORD_NAME = re.compile(r"(?i)pass(?!ed|es|ing)|pwd|pswd|pw$|secret|phrase|identified|login|userpwd|creds?|vault|salt")
_HEX = re.compile(r"[0-9a-fA-F]+$")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$")
_RUNS = re.compile(r"[a-z]+|[A-Z]+|[0-9]+")
_SUM = re.compile(r"(?:h1|sha\d+|SHA256|md5)[:-]")
_SHOWN_ID = re.compile(
    r"(?:toolu|msg|req|call|run|thread|file|evt|resp|chatcmpl|asst|sess|org|srvtoolu|step|batch|wf|job|node|pod|task|item)[_-]"
    r"|[A-Z]{1,4}_?kw[A-Z]|MD[A-Z][0-9A-Za-z]|AAAA[BCE]|sha(?:1|224|256|384|512)|iVBOR|/9j/|R0lGOD|MII[A-Z]|[ij]-[0-9a-f]{8}"
    r"|(?:vpc|subnet|sg|ami|vol|eni|snap|rtb|igw)-[0-9a-f]"
)
_NUMBERS = re.compile(r"[\d.,:/%+\-eExX]+[a-zA-Z]{0,3}$|v?\d+(?:\.\d+)+(?:[-+.][\w.+-]*)?$")
_PATH = re.compile(
    r"^(?:\.{0,2}/|~/|[A-Za-z]:[\\/]|(?:https?|file|git|ssh)://[^\s@]*$)|(?:^|/)[a-z]{3,}(?:/|$)|\.[a-z]{2,4}(?:$|[:/])"
)


def always(found: Found) -> bool:
    """The shape alone decides; only what says of itself that it is an example stays: `…EXAMPLE`, `xxxx`."""
    value = found.value
    return not (value.endswith(("EXAMPLE", "EXAMPLEKEY", "...")) or set(value[-8:].lower()) <= set("x.*"))


def is_stated(found: Found) -> bool:
    """Whether a value whose place alone says that it is secret is more than a placeholder."""
    return len(found.value) >= 3 and not is_placeholder(found.value) and not _CODE.search(found.value)


def is_value(found: Found) -> bool:
    """Whether what is assigned to a secret-sounding name is a secret: passwords may be words, tokens may not."""
    name, value, quoted = found
    if name in {"PASS", "Pass"} or _BORING.search(name):  # `PASS: TestX` is what test runners print
        return False
    if not _NAMED.search(name):
        return "key" in name.lower() and is_opaque(value, least=12)
    if len(value) < 3 or is_placeholder(value) or name.lower().endswith(value.lower()):
        return False
    if not quoted and (_PATH.search(value) or _CODE.search(value)):
        return False
    return _is_password(value, quoted=quoted) if _WORD_NAME.search(name) else _is_token(value, quoted=quoted)


def is_said(found: Found) -> bool:
    """Whether what a sentence calls a password is one: `is required` and `has expired` are not."""
    value = found.value
    if len(value) < 4 or is_placeholder(value) or _PATH.search(value):
        return False
    return any(char.isdigit() for char in value) or (found.quoted and not _BORING.search(value)) or value.count("-") > 1


def is_parameter(found: Found) -> bool:
    """Whether a parameter of a URL that is named like a secret holds one: long, or made by a machine."""
    return not is_placeholder(found.value) and (len(found.value) >= 16 or is_opaque(found.value, least=8))


def is_beside(found: Found) -> bool:
    """Whether a word behind `key`, `token` and the like is one that a machine made."""
    return not _BORING.search(found.name) and not is_sum(found.value) and is_opaque(found.value, least=12)


def is_placeholder(value: str) -> bool:
    """Whether a value only shows where a secret goes."""
    return bool(_PLACEHOLDER.search(value))


def is_sum(word: str) -> bool:
    """Whether a word says of itself that it is a checksum."""
    return bool(_SUM.match(word))


def is_opaque(value: str, least: int = 16) -> bool:
    """Whether a machine made a string to be unguessable: mixed letters and digits, no path, version or word."""
    if len(value) < least or is_placeholder(value) or _SHOWN_ID.match(value) or _NUMBERS.match(value):
        return False
    if _UUID.match(value):
        return True
    if "/" in value and _PATH.search(value):
        return False
    digits = sum(map(value.count, "0123456789"))
    if not digits:
        return len(value) >= 20 and len(_RUNS.findall(value)) > len(value) * 0.3
    return digits >= 2 and len(_RUNS.findall(value)) >= 3


def is_random(value: str) -> bool:
    """Whether a string is a token by its look alone: letters of both cases and digits, changing all the time.

    In random base 62 a run of one class is 2 characters long on average, in names of programs 5: 0.42 runs a character
    lies between.
    """
    if not 20 <= len(value) <= 160 or _HEX.match(value) or _UUID.match(value):
        return False
    if any(sign in value for sign in "/+.") or is_placeholder(value) or _SHOWN_ID.match(value):
        return False
    if value.upper() == value or value.lower() == value or not any(char.isdigit() for char in value):
        return False
    return len(_RUNS.findall(value)) >= max(9, len(value) * 0.42)


def _is_password(value: str, *, quoted: bool) -> bool:
    if " " in value:  # a label or a message, unless something in it is no word
        return any(char.isdigit() for char in value) and len(value) < 60
    if len(value) < 4 or (value.isdigit() and len(value) < 6):
        return False
    if not _IDENTIFIER.match(value):
        return True
    return (quoted or value.islower() or "_" not in value) and not _WORD_NAME.search(value)


def _is_token(value: str, *, quoted: bool) -> bool:
    if len(value) >= 15 and value.isdigit():
        return True
    if len(value) >= 15 and value.isalnum() and (not value.isalpha() or len(value) >= 20):
        return not value.isalpha() or quoted or value.islower()
    return is_opaque(value, least=8)
