# syntax=docker/dockerfile:1
# One image for every part: workers, beat, `frictionbot serve`, and commands by hand. Which one it is says the command.
ARG PYTHON=3.13.14-slim-trixie

FROM python:${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
WORKDIR /build
# The packages come first: they change less often than our own code, so this layer is usually there already.
COPY requirements-runtime.lock requirements-build.lock ./
RUN python -m venv /opt/frictionbot \
 && /opt/frictionbot/bin/pip install --no-deps --require-hashes --only-binary :all: -r requirements-runtime.lock \
 && pip install --no-deps --require-hashes --only-binary :all: -r requirements-build.lock
COPY pyproject.toml README.md LICENSE ./
COPY rules rules
COPY templates templates
COPY workers workers
COPY bot bot
RUN python -m hatchling build -t wheel -d /wheel \
 && /opt/frictionbot/bin/pip install --no-deps --no-index /wheel/*.whl \
 && /opt/frictionbot/bin/pip check \
 && /opt/frictionbot/bin/python -m compileall -q /opt/frictionbot \
 && /opt/frictionbot/bin/pip uninstall --yes pip

FROM python:${PYTHON}
ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="frictionbot" \
      org.opencontainers.image.description="Reads AI coding agents' transcripts, finds friction that repeats, and keeps one good GitHub issue for each." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="docker.io/library/python:3.13.14-slim-trixie"
# git: `clone` in the settings reads a project's history with it.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 10001 frictionbot \
 && useradd --uid 10001 --gid 10001 --home-dir /tmp --no-create-home --shell /usr/sbin/nologin frictionbot \
 && install -d /etc/frictionbot \
 && install -d -m 1777 /var/lib/frictionbot /transcripts
COPY --from=build /opt/frictionbot /opt/frictionbot
# Volumes take over the mode of these folders: the container may run as the one user who can read the transcripts.
ENV PATH=/opt/frictionbot/bin:$PATH \
    HOME=/tmp \
    XDG_STATE_HOME=/var/lib \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
# frictionbot.toml and its rules and templates are found here, if they are mounted.
WORKDIR /etc/frictionbot
VOLUME ["/var/lib/frictionbot"]
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=60s --timeout=30s --start-period=60s --retries=3 CMD ["frictionbot", "doctor", "--probe", "database"]
CMD ["frictionbot", "--help"]
