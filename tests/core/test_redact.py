"""Redaction: every row of the tables in many shapes, what must stay, and what holds for any text."""

from __future__ import annotations

import re
import time

import pytest
import re2
from core.secret_samples import filled
from hypothesis import example, given, settings
from hypothesis import strategies as st

from bot.core.personal_patterns import HOME_NEGATIVES, HOME_POSITIVES, PERSONAL_PATTERNS
from bot.core.redact import excerpt, redact
from bot.core.secret_patterns import PATTERNS
from bot.core.secret_tokens import TOKENS

SHAPES = (
    "{}",
    "export TOKEN={}",
    "token: {}",
    'token = "{}"',
    "token='{}'",
    '{{"value": "{}", "b": 1}}',
    '{{\\"value\\": \\"{}\\"}}',
    "A=1\\n{}\\nB=2",
    "- {}",
    "tool --with {} --verbose",
    "tool --with={}",
    'fmt.Println("{}")',
    "define('X', '{}');",
    "<value>{}</value>",
    "| name | {} |",
    "Use `{}` here",
    "The value {} was refused.",
    "the end is {}.",
    "({})",
    "[{}]",
    "https://h.dev/cb?x=1&t={}&y=2",
    "cl\u00e9\uff1a{}\u3001",
    "\x1b[32m{}\x1b[0m",
    "     1→{}\n     2→end",
    "{} # gitleaks:allow",
    "Bearer {}",
)
FEW = settings(max_examples=120, deadline=None)


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: f"{token.kind}-{token.lead[:12]}")
def test_every_token_is_masked_in_every_shape(token) -> None:
    seen = []
    for positive in token.positives:
        text, parts = filled(positive)
        seen += [shape for shape in SHAPES for part in parts if part[:12] in redact(shape.format(text))]

    assert seen == []


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: f"{token.kind}-{token.lead[:12]}")
def test_every_token_has_its_lead_and_its_kind(token) -> None:
    texts = [filled(positive)[0] for positive in token.positives]

    assert [text for text in texts if not re2.search(token.lead, text)] == []
    assert [text for text in texts if not re2.search(token.shape, text)] == []
    assert re.fullmatch(r"[a-z-]{2,30}", token.kind)


@pytest.mark.parametrize("token", TOKENS, ids=lambda token: f"{token.kind}-{token.lead[:12]}")
def test_what_only_looks_like_a_token_stays(token) -> None:
    assert [redact(negative) for negative in token.negatives] == list(token.negatives)


@pytest.mark.parametrize("pattern", [*PATTERNS, *PERSONAL_PATTERNS], ids=lambda pattern: pattern.why[:40])
def test_every_syntax_masks_what_it_is_for(pattern) -> None:
    texts = [filled(positive) for positive in pattern.positives]

    assert [text for text, _ in texts if "[masked:" not in redact(text)] == []
    assert [part for text, parts in texts for part in parts if part[:12] in redact(text)] == []


@pytest.mark.parametrize("pattern", [*PATTERNS, *PERSONAL_PATTERNS], ids=lambda pattern: pattern.why[:40])
def test_every_syntax_leaves_what_only_looks_alike(pattern) -> None:
    negatives = [filled(negative)[0] for negative in pattern.negatives]

    assert [redact(negative) for negative in negatives] == negatives


@pytest.mark.parametrize("text", HOME_POSITIVES)
def test_home_folders_lose_their_name(text: str) -> None:
    assert "[masked:user]" in redact(text)


@pytest.mark.parametrize("text", HOME_NEGATIVES)
def test_home_folders_that_are_nobodys_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("raw", "masked"),
    [
        ("DB_PASSWORD=tundra-orbit-77", "DB_PASSWORD=[masked:secret]"),
        ("postgres://app:tr0ub4dor@db/x", "postgres://app:[masked:url-password]@db/x"),
        ("mysql -u root -ptr0ub4dor -h db", "mysql -u root -p[masked:password] -h db"),
        ("echo 'tundra orbit 9' | sudo -S apt update", "echo '[masked:password]' | sudo -S apt update"),
        ("the password is tundra-orbit-maple please", "the password is [masked:password] please"),
        ("<password>quartz259</password>", "<password>[masked:secret]</password>"),
        ("| api_token | q9kh8Z1MBoLCUEwrnlRg |", "| api_token | [masked:secret] |"),
        ("/home/maria/app/x.py:3", "/home/[masked:user]/app/x.py:3"),
        ("write to maria.doe@corp.io now", "write to [masked:email] now"),
        ("password: ${DB_PASSWORD}", "password: ${DB_PASSWORD}"),
    ],
)
def test_only_the_secret_part_of_a_line_is_masked(raw: str, masked: str) -> None:
    assert redact(raw) == masked


BENIGN = (
    "commit {x40}",
    "index {x7}..{x7} 100644",
    "session {u} started",
    '{{"uuid":"{u}","sessionId":"{u}"}}',
    '"integrity": "sha512-{86}==",',
    'checksum = "{x64}"',
    "    --hash=sha256:{x64} \\",
    "Digest: sha256:{x64}",
    "github.com/acme/errors v0.9.1 h1:{43}=",
    "{x32}  dist/app.tar.gz",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI{43} ci",
    "-----BEGIN CERTIFICATE-----\n{64}\n{64}\n-----END CERTIFICATE-----",
    '<img src="data:image/png;base64,iVBORw0KGgo{200}">',
    '"id":"toolu_01{22}"',
    "pod/api-7d9f8b6c5a-4mmjo 1/1 Running",
    "--- PASS: TestTokenRefreshAfterExpiry2 (0.00s)",
    "max_tokens=4096, input_tokens: 12345",
    "def verify(password: str, token=None) -> bool:",
    "token = os.environ['API_TOKEN']",
    "401 Unauthorized: invalid token",
    "password authentication failed for user",
    "fatal: could not read Password for 'https://github.com': terminal prompts disabled",
    "npm ERR! code ERESOLVE",
    "error TS2345: Argument of type 'string | undefined' is not assignable",
    "Author: somebody",
    "api_key = YOUR_API_KEY",
    "GET /items/{u} 404",
    "make: *** [Makefile:12: test] Error 2",
    "OPENAI_API_KEY=sk-xxxxxxxxxxxxxxxxxxxxxxxx",
)


@pytest.mark.parametrize("line", BENIGN)
def test_ordinary_output_stays_readable(line: str) -> None:
    text, _ = filled(re.sub(r"\{([xdUk]?\d+|u)\}", r"<\1>", line).replace("{{", "{").replace("}}", "}"))

    assert redact(text) == text


TOKEN = filled("ghp_<36>")[0]


@pytest.mark.parametrize(
    "hidden",
    [
        "\u200b".join(TOKEN),
        TOKEN[:9] + "\u00ad" + TOKEN[9:],
        TOKEN[:9] + "\x1b[0m\x1b[32m" + TOKEN[9:],
        "".join(chr(ord(char) + 0xFEE0) for char in TOKEN),
    ],
    ids=["zero width", "soft hyphen", "colours", "full width"],
)
def test_a_token_that_hides_is_found(hidden: str) -> None:
    assert redact(f"x {hidden} y") == "x [masked:github-token] y"


def test_a_token_that_a_terminal_wrapped_is_masked_whole() -> None:
    line = "remote: the credential that was given to this build is " + TOKEN[:15]

    assert redact(f"{line}\n{TOKEN[15:]} and no other") == f"{line[:-15]}[masked:github-token] and no other"


def test_a_token_over_numbered_lines_is_masked_whole() -> None:
    assert redact(f"     1→x {TOKEN[:20]}\n     2→{TOKEN[20:]}\n") == "     1→x [masked:github-token]\n"


def test_a_private_key_that_is_cut_off_is_masked_to_its_last_line() -> None:
    text, _ = filled("-----BEGIN RSA PRIVATE KEY-----\n<64>\n<64>\n... [28 more lines]")

    assert redact(text) == "[masked:private-key]\n... [28 more lines]"


PIECES = st.sampled_from(
    [
        "password",
        "token",
        "=",
        ": ",
        "'",
        '"',
        "\n",
        " ",
        "@",
        "://",
        "[masked:secret]",
        "[masked:",
        "]",
        "ghp_",
        TOKEN,
        "eyJ",
        ".",
        "-p",
        "/home/",
        "maria",
        "a1B2c3D4e5F6g7H8i9J0",
        "is",
        "sk-",
        "&key=",
        "|",
        "<secret>",
        "</",
        "-----BEGIN PRIVATE KEY-----",
        "10.1.2.3",
        "\x1b[0m",
        "\u200b",
        "�",
        "é",
        "\\n",
    ]
)
ANY = st.lists(PIECES | st.text(max_size=5), max_size=25).map("".join) | st.text(
    st.characters(exclude_categories=()), max_size=80
)


@given(ANY)
@example("password=password=[masked:secret]@")
@FEW
def test_redacting_twice_is_redacting_once(text: str) -> None:
    once = redact(text)

    assert redact(once) == once


@given(ANY, st.integers(1, 90), st.none() | st.integers(0, 200))
@FEW
def test_an_excerpt_is_short_and_never_fails(text: str, limit: int, at: int | None) -> None:
    assert len(excerpt(text, limit, at=at)) <= limit or len(redact(text)) <= limit


@given(st.integers(0, 30_000), st.booleans())
@FEW
def test_no_part_of_a_token_is_shown_wherever_the_window_falls(at: int, breaks: bool) -> None:
    text = ("x" * 43 + (" \n" if breaks else "-") + f"token={TOKEN};") * 300

    shown = excerpt(text, 600, at=at)

    assert TOKEN[4:14] not in shown
    assert TOKEN[-10:] not in shown


def test_an_excerpt_shows_what_stands_at_its_place() -> None:
    text = "".join(f"line {number} of a long output\n" for number in range(2_000))
    at = text.index("line 1500 ")

    shown = excerpt(text, 200, at=at)

    assert "line 1500 of a long output" in shown
    assert shown.startswith("…\nline ")
    assert shown.endswith("output\n…")


def test_an_excerpt_finds_its_place_behind_masks_and_colours() -> None:
    text = f"\x1b[31m{TOKEN}\x1b[0m\n" * 50 + "Error: it broke here\n" + f"{TOKEN}\n" * 50

    assert "Error: it broke here" in excerpt(text, 120, at=text.index("Error"))


def test_an_excerpt_without_a_place_has_beginning_and_end() -> None:
    text = "first line\n" + "middle\n" * 5_000 + "last line"

    shown = excerpt(text, 200)

    assert shown.startswith("first line\n")
    assert shown.endswith("\nlast line")
    assert len(shown) <= 200


def test_a_key_that_begins_before_the_window_is_masked() -> None:
    body, _ = filled("\n".join(["<64>"] * 200))
    text = f"-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\nError: here"

    shown = excerpt(text, 300, at=text.index("Error"))

    assert "Error: here" in shown
    assert body[-40:] not in shown


def test_cost_grows_with_length_and_not_faster() -> None:
    def cost(text: str) -> float:
        start = time.process_time()
        redact(text)
        return time.process_time() - start

    hostile = 'password: "' + "token=" * 2_000 + "a1b2" * 2_000 + "@" * 2_000 + "-----BEGIN PRIVATE KEY-----" * 100
    cost(hostile)

    assert cost(hostile * 8) < 8 * 6 * max(cost(hostile), 0.002)
