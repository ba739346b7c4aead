# syntax=docker/dockerfile:1
# The bot and the terminal in a container: every dependency pinned by hash, no shell needed, nobody's root.
# Both architectures: docker buildx build --platform linux/amd64,linux/arm64 --tag imagepull .
# Nothing is compiled: each dependency has a wheel for both, whose hash is among the pinned ones.
# Pin the base by the digest that you have looked at: --build-arg BASE=docker.io/library/python:3.11-slim-bookworm@sha256:...
ARG BASE=docker.io/library/python:3.11-slim-bookworm

FROM ${BASE} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /src
# What changes least comes first, so that a change of the code keeps the layer of the dependencies.
COPY requirements/run.txt requirements/build.txt requirements/
RUN ["python", "-m", "venv", "/build"]
RUN ["/build/bin/python", "-m", "pip", "install", "--require-hashes", "--only-binary", ":all:", "-r", "requirements/build.txt"]
RUN ["python", "-m", "venv", "--without-pip", "/opt/imagepull"]
RUN ["/build/bin/python", "-m", "pip", "--python", "/opt/imagepull/bin/python", "install", "--require-hashes", "--only-binary", ":all:", "-r", "requirements/run.txt"]
COPY pyproject.toml setup.py README.md LICENSE ./
COPY requirements/run.in requirements/
COPY bot bot
COPY playbooks playbooks
RUN ["/build/bin/python", "-m", "pip", "wheel", "--no-deps", "--no-index", "--no-build-isolation", "--wheel-dir", "/wheels", "."]
RUN ["/build/bin/python", "-m", "pip", "--python", "/opt/imagepull/bin/python", "install", "--no-deps", "--no-index", "--find-links", "/wheels", "imagepull"]

FROM ${BASE}
# Given again: an argument from before the first stage is not known inside one.
ARG BASE
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG CREATED=""
ARG SOURCE=""
LABEL org.opencontainers.image.title="imagepull" \
      org.opencontainers.image.description="Finds why Kubernetes cannot pull an image, with proof, and says what to do about it" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.base.name="${BASE}"
COPY --from=build /opt/imagepull /opt/imagepull
# A number, not a name: runAsNonRoot can only be checked for numbers.
USER 65532:65532
ENV PATH=/opt/imagepull/bin:$PATH PYTHONDONTWRITEBYTECODE=1 HOME=/tmp
WORKDIR /tmp
ENTRYPOINT ["/opt/imagepull/bin/imagepull"]
CMD ["--help"]
