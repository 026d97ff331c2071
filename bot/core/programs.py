"""What is known of the programs that agents run: which wrap others, which have subcommands, which only prepare or look.

Literal tables, read by `bot.core.command`; a program that is in none of them is named by its own name.
"""

from __future__ import annotations

from collections.abc import Mapping


def _words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


WRAPPERS: Mapping[str, frozenset[str]] = {
    "sudo": _words("-u -g -h -p -C -D"),
    "doas": _words("-u"),
    "env": _words("-u -C -S"),
    "timeout": _words("-s -k --signal --kill-after"),
    "gtimeout": _words("-s -k"),
    "nice": _words("-n"),
    "ionice": _words("-c -n"),
    "stdbuf": _words("-i -o -e"),
    "xargs": _words("-I -n -P -d -L -s"),
    **dict.fromkeys(_words("time nohup command exec setsid caffeinate builtin eval !"), frozenset()),
    **dict.fromkeys(_words("if then else elif do while until { ( npx bunx uvx"), frozenset()),
}
"""Words that run what follows them, each with those of its options that take a value."""

DURATION_FIRST = _words("timeout gtimeout")
"""Wrappers whose first argument is a duration."""

SHELLS = _words("bash sh zsh dash ksh fish")
INTERPRETERS = _words("node ruby perl php tsx ts-node Rscript lua pwsh powershell")

PREPARES = _words(
    "cd pushd popd export source . set unset shopt mkdir rm touch echo printf cat sleep true : for case wait trap",
    "ulimit umask alias read test [ [[ done fi esac } )",
)
"""What prepares or decorates the command that matters: the answer only where nothing else was run."""

VIEWS = _words("ls head tail wc pwd less more tee sort uniq date which tree")
"""What only looks at a result: the answer where everything else prepares."""

VALUE_OPTIONS = _words(
    "-C -c --prefix --git-dir --work-tree -H --host --context -n --namespace -f --file -R --repo -F --filter -w",
    "--workspace --project --project-directory --manifest-path --cwd --dir --directory -p --profile --region",
    "--env-file",
)
"""Options in front of a subcommand that take a value."""

HAVE_SUBCOMMANDS = _words(
    "git go npm pnpm yarn bun deno cargo rustup docker podman docker-compose kubectl helm terraform tofu aws",
    "gcloud az gh glab mise asdf make gmake just task rake ninja bazel uv poetry pipenv pdm hatch pip pip3 conda",
    "mamba apt apt-get dnf yum apk brew pacman snap systemctl service journalctl dotnet gradle gradlew mvn mvnw",
    "sbt bundle rails artisan composer swift flutter dart mix turbo nx lerna next vite vercel netlify fly heroku",
    "supabase prisma alembic django-admin manage.py golangci-lint ruff biome pre-commit tox nox claude codex",
)
FAMILIES = _words(
    "npm.run npm.run-script pnpm.run yarn.run bun.run deno.task mise.run docker.compose docker.image",
    "docker.container gh.pr gh.issue gh.run gh.repo gh.release gh.auth gh.workflow git.stash git.worktree",
    "git.remote git.submodule git.bisect go.mod go.tool aws.s3 kubectl.rollout kubectl.config poetry.env",
    "cargo.xtask uv.pip uv.tool nx.run",
)
"""Subcommands that name a family or run a named task: the next word counts too."""

RUNNERS = _words(
    "uv.run poetry.run pipenv.run pdm.run hatch.run bundle.exec pnpm.exec pnpm.dlx npm.exec yarn.dlx bun.x",
    "mise.exec conda.run mamba.run docker.exec",
)
"""Subcommands that only start another program."""

SHELL_TOOLS = _words("Bash PowerShell bash shell local_shell exec_command run_terminal_cmd run_shell_command")
"""Tools of agents whose input is a command line."""

ABOUT: Mapping[str, tuple[str, ...]] = {
    **dict.fromkeys(_words("Read Edit MultiEdit Write read edit write"), ("file_path", "path", "filePath")),
    **dict.fromkeys(_words("NotebookEdit NotebookRead"), ("notebook_path",)),
    **dict.fromkeys(_words("Grep Glob grep glob"), ("pattern", "path")),
    "LS": ("path",),
    "WebFetch": ("url",),
    "WebSearch": ("query",),
    "Skill": ("skill", "command"),
    "Task": ("subagent_type",),
    "Agent": ("subagent_type",),
}
"""Which part of its input says what a call of another tool is about, the first that is there."""
