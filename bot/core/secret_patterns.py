"""The literal table of the syntaxes in which secrets are written.

Patterns are RE2 over bytes. The first group that took part is what is masked (`name` is what it is called there, `q…` what
stood in quotes, `bare` what did not); without groups it is all of the match. `lead` is what cannot be missing, for the one
cheap search that most texts end with. Examples are written as in `bot.core.secret_tokens`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from bot.core.secret_values import Found, always, is_beside, is_opaque, is_parameter, is_said, is_stated, is_value


class Pattern(NamedTuple):
    """One syntax: its kind as the mask shows it, why it is there, its lead, its shape, its judge, and examples."""

    kind: str
    why: str
    lead: str
    shape: str
    judge: Callable[[Found], bool]
    positives: tuple[str, ...]
    negatives: tuple[str, ...] = ()


def _is_opaque_user(found: Found) -> bool:
    return is_opaque(found.value)


_WORDS = (
    r"(?-i:pass|Pass[a-zA-Z_]|PASS[A-Z_])|pwd|pswd|secret|token|key|cred|_auth|[\"']auth|bearer|cookie|salt|dsn|[^a-z]pw|[_-]pat|"
    r"connection[_-]?string|license"
)
_NAME = (
    rf"(?P<name>[A-Za-z0-9_.$@-]*(?:{_WORDS})[A-Za-z0-9_.-]*)"  # whether it is a secret's name is the judge's to say
)
_END = r"""[\\"'`\])]{0,6}[ \t]*"""
_ASSIGN = r"(?:::?=|===?|=>|->|=|:(?:[ \t]*(?:string|str|&str|String)[ \t]*=)?)"
_QUOTED = r"""\\*(?:[bBrRuUfF@$]{1,2})?(?:\\*"(?P<q1>[^"\n]+)|\\*'(?P<q2>[^'\n]+)|\\*`(?P<q3>[^`\n]+))"""
_BARE = r"(?P<bare>[^\s\"'`,;<>|]+)"
_LEAD = rf"(?i)(?:{_WORDS})[a-z0-9_.-]*(?:[\\\"'`\])]*[ \t]*(?:[=:]|->)|[\"'],)"
_OPTION = r"(?i)-[a-z0-9_-]*(?:pass|pwd|secret|token|key|cred|auth)[a-z0-9_-]*[ \t]"

PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "private-key",
        "PEM and PGP blocks, cut off or with line numbers too",
        r"-----BEGIN [A-Z0-9 ]*PRIVATE",
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----(?:(?s:.*?)-----END [A-Z0-9 ]*PRIVATE KEY[A-Z ]*-----|(?:(?:\\[nrt]|[\s\"',+>|#*:→-]|[0-9]{1,6}[→|:\t])*(?:[A-Za-z-]+: [^\n]*|[A-Za-z0-9+/=]{12,}|-----BEGIN [A-Z0-9 ]+-----))*)",
        always,
        (
            "-----BEGIN RSA PRIVATE KEY-----\n<64>\n<64>\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\n<64>\n<64>",
        ),
        ("-----BEGIN PUBLIC KEY-----\n<64>\n-----END PUBLIC KEY-----",),
    ),
    Pattern(
        "password-hash",
        "crypt, bcrypt, argon2, htpasswd, Kerberos tickets",
        r"\$[a-z0-9-]{1,14}\$",
        r"\$(?:2[abxy]?|argon2(?:id|i|d)|[1568]|y|7|apr1|scrypt|md5|sha1|gy|sm3|pbkdf2-sha[0-9]+|krb5[a-z]+|ml|P|H|S|bcrypt-sha256)\$[A-Za-z0-9./$=,+*@-]{20,}|\{S?(?:SHA|MD5|CRYPT|SSHA)[0-9]*\}[A-Za-z0-9+/=]{20,}",
        always,
        ("$2b$12$<53>", "$6$<16>$<86>", "$apr1$<8>$<22>"),
        ("$1$2", "cost: $5$"),
    ),
    Pattern(
        "url-password",
        "user information of a URL",
        r"://[^\s/\"'<>]*@",
        r"[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s/:@\"'<>]*:(?P<q1>[^\s\"'<>/]+)@(?:[A-Za-z0-9\[%_-])",
        is_stated,
        ("postgres://svc:Tr0ub4dor@db/app", "redis://:<20>@cache:6379/0"),
        ("postgres://user:password@localhost:5432/db", "git+ssh://git@github.com/a/b.git"),
    ),
    Pattern(
        "url-password",
        "a token as the user of a URL, beside its password",
        r"://[A-Za-z0-9_-]{16,}:",
        r"://([A-Za-z0-9_-]{16,}):[^\s/\"'<>]*@",
        _is_opaque_user,
        ("https://<x32>:<x32>@o1.ingest.sentry.io/1",),
        ("https://example.com:80",),
    ),
    Pattern(
        "url-password",
        "a token alone as the user of a URL",
        r"://[A-Za-z0-9_-]{16,}@",
        r"://([A-Za-z0-9_-]{16,})@",
        is_stated,
        ("https://<x32>@o1.ingest.sentry.io/1",),
        ("https://example.com",),
    ),
    Pattern(
        "url-parameter",
        "a secret as a parameter of a URL, presigned ones too",
        r"[?&#;][A-Za-z0-9_.-]+=",
        r"(?i)[?&#;](?:x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)|[a-z0-9_.-]*(?:sig|signature|token|api_?key|appid|app_?key|key|auth|password|passwd|pwd|pass|secret|code|state|jwt|sid|session))=(?P<q1>[^\s&\"'<>#;]{8,})",
        is_parameter,
        ("https://h/x?api_key=<32>&page=2", "?X-Amz-Signature=<x64>", "&sig=<40>%3D"),
        ("?key=displayName", "?token_type=bearer"),
    ),
    Pattern(
        "authorization",
        "HTTP authorization headers",
        r"(?i)authorization|proxy-auth",
        r"(?i)authorization[\\\"'\])]*[ \t]*(?:[:=,]|=>)[ \t]*[\\\"'`({]*(?:(?:bearer|basic|token|digest|apikey|key|aws4-hmac-sha256|negotiate|oauth|splunk|genie\w*|sso-key)[ =]+)?(?P<q1>[^\s\"'\\,;<>`]{6,})",
        is_stated,
        ("Authorization: Bearer <40>", "-H 'Authorization: token <x40>'"),
        ("Authorization: Bearer $TOKEN", "Authorization: <token>"),
    ),
    Pattern(
        "authorization",
        "an authorization scheme with its value",
        r"(?i)(?:bearer|basic|token|sso-key)[ ]+[A-Za-z0-9._~+/-]{12}",
        r"(?i)\b(?:bearer|basic|token|sso-key)[ ]+(?P<q1>[A-Za-z0-9._~+/-]{12,}=*(?::[A-Za-z0-9._~+/-]+)?)",
        is_value,
        ("Bearer <40>", "Basic <24>=="),
        ("Basic authentication", "token authentication-required"),
    ),
    Pattern(
        "cookie",
        "cookie headers",
        r"(?i)cookie",
        r"(?i)\b(?:set-)?cookies?[\\\"'\])]*[ \t]*(?:[:,]|=>|=)[ \t]*[\\\"'`{]*(?P<q1>[^\n\"'`\\]{3,}=[^\n\"'`\\]{8,})",
        is_stated,
        ("Cookie: a=b; sessionid=<32>", "< Set-Cookie: sid=s%3A<32>; Path=/"),
        ("cookie: none",),
    ),
    Pattern(
        "password",
        "a MySQL client with its password in the command",
        r"(?:mysql|maria)[a-z]*\s",
        r"\b(?:mysql|mariadb)[a-z]*\s(?:[^\n|;&]*\s)?-p(?P<q1>[^\s\"'][^\s\"']{2,})",
        is_stated,
        ("mysql -u root -pHunter2x -h db", "mysqldump -pHunter2x app"),
        ("mysql -u root -p app", "mysql --port 3306"),
    ),
    Pattern(
        "password",
        "sshpass",
        r"sshpass",
        r"\bsshpass\s+-p\s*[\"']?(?P<q1>[^\s\"']{3,})",
        is_stated,
        ("sshpass -p 'Hunter2x!' ssh a@b",),
        ("sshpass -f file",),
    ),
    Pattern(
        "password",
        "a password piped into a program that asks for one",
        r"\|\s*(?:sudo|su\b|docker|podman|passwd|chpasswd|base64|openssl|gpg|kinit|cryptsetup|gh auth|npm login)",
        r"(?:echo|printf|<<<)\s+(?:-[ne]+\s+)?(?:\"(?P<q1>[^\"\n]+)\"|'(?P<q2>[^'\n]+)'|(?P<bare>[^\s\"'|]+))\s*\|\s*(?:sudo\s+(?:-\w+\s+)*-S|su\b|(?:docker|podman)\s+login|passwd|chpasswd|base64\s+(?:-d|-D|--decode)|openssl|gpg|kinit|cryptsetup|gh\s+auth)",
        is_stated,
        ("echo 'tundra-orbit' | sudo -S apt update", "echo <48> | base64 -d > .env"),
        ("echo done | sudo tee file",),
    ),
    Pattern(
        "password",
        "user and password on the command line",
        r"(?:curl|wget|docker|podman|helm|az|twine|lftp|smbclient|http)\s.*-[upU]",
        r"\b(?:curl|wget|http|lftp|smbclient)\s(?:[^\n]*\s)?(?:-u|--user|-U)[ =]?[\"']?[^\s:\"'%]+[:%](?P<q1>[^\s\"'@]{3,})|\b(?:docker|podman|helm\s+registry|az|twine)\s(?:[^\n]*\s)?login\s[^\n]*-p[ =]?[\"']?(?P<q2>[^\s\"']{3,})|\btwine\s[^\n]*-p[ =]?[\"']?(?P<q3>[^\s\"']{3,})",
        is_stated,
        ("curl -s -u ci:Tr0ub4dor https://h", "docker login -u ci -p <18> reg"),
        ("docker run -p 5432:5432 postgres",),
    ),
    Pattern(
        "secret",
        "an option of a command",
        _OPTION,
        rf"(?i)(?:^|[\s\"'])--?{_NAME}[ \t]+(?:\"(?P<q1>[^\"\n]+)|'(?P<q2>[^'\n]+)|(?P<bare>[^\s\"'-][^\s\"']+))",
        is_value,
        ("tool --api-token <32> --interval 3", "--password Sne3sd8AZjq"),
        ("--password-stdin", "--token-file x.json"),
    ),
    Pattern(
        "secret",
        "a quoted value given to a name",
        _LEAD,
        rf"(?i){_NAME}{_END}(?:{_ASSIGN}|,)[ \t]*{_QUOTED}",
        is_value,
        (
            "password = 'walnut166'",
            '"client_secret": "<40>"',
            "const apiToken = `<36>`",
            "define('DB_PASSWORD', 'tr0ub4dor')",
        ),
        ('credentials: "same-origin"', 'token_url="https://login.acme.dev/oauth/token"', 'password: ""'),
    ),
    Pattern(
        "secret",
        "a bare value given to a name",
        _LEAD,
        rf"(?i){_NAME}{_END}{_ASSIGN}[ \t]*{_BARE}",
        is_value,
        ("DB_PASSWORD=orbit-violet", "password: walnut166", "Password=ember511;Encrypt=True"),
        ("max_tokens=4096", "token = os.environ", "def verify(password: str) -> bool:", "password=None)"),
    ),
    Pattern(
        "secret",
        "a machine-made value beside a word that says what it is",
        r"(?i)(?:key|token|secret|access|private|login|client|pat|_id)[\"'`]?[ \t=:|-]+[\"'`(]?[A-Za-z0-9_+/.%-]*[0-9][A-Za-z0-9_+/.%-]{4}",
        r"(?i)(?P<name>[A-Za-z0-9_.]*(?:key|token|secret|access|private|login|client|pat|(?:app|client|license|account)_?id)[a-z]*)[\"'`]?(?:[ \t]*[=:|-]+[ \t]*|[ \t]+)[\"'`(]?(?P<bare>[A-Za-z0-9_+/.%=-]{12,})",
        is_beside,
        ("dandelion key <x32>", "boxSECRET <x32>"),
        ("primary key constraint_name_1 failed", "token 12.5.1-alpha", "key: value-of-the-day"),
    ),
    Pattern(
        "secret",
        "an XML element or property",
        r"(?i)(?:pass|pwd|secret|token|key|cred)[a-z]*>|value=[\"']",
        rf"(?i)<(?P<name>[A-Za-z0-9_:.-]*(?:{_WORDS})[A-Za-z0-9_:.-]*)(?:\s[^>]*)?>\s*(?P<q1>[^<]+)</|(?:name|key|id)=[\"'][^\"'\n]*(?:{_WORDS})[A-Za-z0-9_.-]*[\"']\s+value=[\"'](?P<q2>[^\"'\n]+)",
        is_value,
        ("<password>quartz259</password>", '<property name="password" value="raven-walnut"/>'),
        ("<token>string</token>",),
    ),
    Pattern(
        "password",
        "a sentence that tells a password",
        r"(?i)(?:passw(?:or)?d|passphrase|passcode|pwd)[a-z]* ",
        r"(?i)\b(?P<name>password|passwd|passphrase|passcode|pwd)s?\b(?:[ ](?:for|of|on)[ ][^\s]+(?:[ ][a-z]+)?)?[ \t]*(?::|=|\bis\b|\bwas\b|\bto\b|\bwill be\b)*[ \t]+(?:\"(?P<q1>[^\"\n]+)|'(?P<q2>[^'\n]+)|`(?P<q3>[^`\n]+)|(?P<bare>[^\s\"'`,;]+))",
        is_said,
        (
            "the password is pixel-tundra-orbit",
            "log in with password `walnut136`.",
            "Enter passphrase for key: s3cr3t-pw",
        ),
        (
            "password reset e-mail was sent",
            "the token is invalid",
            "Forgot your password?",
            "secret scanning is enabled",
        ),
    ),
    Pattern(
        "secret",
        "a cell of a table",
        r"(?i)(?:pass|pwd|secret|token|key|cred)[a-z_]*`?\s*[|│]",
        rf"(?i)[|│]\s*`?{_NAME}`?\s*[|│]\s*`?(?P<q1>[^\s|│`]+)`?\s*(?:[|│]|$)",
        is_value,
        ("| api_token | <40> |",),
        ("| token | string |",),
    ),
    Pattern(
        "password",
        "SQL that sets a password",
        r"(?i)identified|password\s+'",
        r"(?i)(?:identified\s+(?:with\s+\S+\s+)?by|password)\s+(?:password\s+)?(?:'(?P<q1>[^'\n]+)|\"(?P<q2>[^\"\n]+)|(?P<bare>[^\s;'\"`]+[0-9][^\s;'\"`]*))",
        is_stated,
        ("CREATE USER a IDENTIFIED BY 'Tr0ub4dor'",),
        ("identified by name",),
    ),
)
