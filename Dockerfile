# The image of the action, and of `docker run` on a laptop. A release builds it once, for amd64 and arm64, and names it
# by its digest. Written without BuildKit's own words, so that any engine and `act` build it.
ARG BASE=python:3.13-slim-trixie

FROM ${BASE} AS build
WORKDIR /build
COPY requirements-image.txt ./
RUN python -m venv --without-pip /opt/data-contract \
 && python -m pip --python /opt/data-contract/bin/python install --no-cache-dir --disable-pip-version-check \
      --no-compile --only-binary :all: --require-hashes --requirement requirements-image.txt
COPY data_contract data_contract
# Tests of libraries are a fifth of them; bytecode is compiled once, and never looked at again.
RUN site=$(/opt/data-contract/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))') \
 && find "$site" -type d -name tests -prune -exec rm -r {} + \
 && cp -r data_contract "$site" \
 && /opt/data-contract/bin/python -m compileall -q --invalidation-mode unchecked-hash "$site"
COPY entrypoint /opt/data-contract/entrypoint

FROM ${BASE}
ARG VERSION=unreleased
ARG REVISION=unknown
ARG IMAGE=data-contract-action
LABEL org.opencontainers.image.title="data-contract-action" \
      org.opencontainers.image.description="A pre-merge gate for data: measure, weigh, decide." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# The name by which a report tells people to run this image again.
ENV DATA_CONTRACT_IMAGE="${IMAGE}"
COPY --from=build /opt/data-contract /opt/data-contract
WORKDIR /github/workspace
# NOTE: no USER: the runner's files belong to another user than the checkout. The entrypoint drops root before it reads.
ENTRYPOINT ["/opt/data-contract/bin/python", "-I", "-B", "/opt/data-contract/entrypoint"]
