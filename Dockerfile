# Drumbeat: the HTTP app (the default), the worker, and every other command, by one image.
#
#   docker build --tag drumbeat:0.1.0 .
#   docker run --rm drumbeat:0.1.0 worker
#
# The base is named by its tag. Where images must not change under you, pin it by its digest as well:
# python:3.13-slim@sha256:...

# What is installed, from locked wheels; nothing is compiled, so no compiler is needed even here.
FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /build

# The environment has no pip of its own: it is filled from outside.
RUN python -m venv --without-pip /opt/drumbeat
COPY requirements.runtime.lock ./
RUN pip --python /opt/drumbeat/bin/python install \
        --require-hashes --only-binary :all: --requirement requirements.runtime.lock

COPY requirements.build.lock ./
RUN pip install --require-hashes --only-binary :all: --requirement requirements.build.lock
COPY pyproject.toml README.md ./
COPY domain domain
COPY application application
COPY adapters adapters
COPY bootstrap bootstrap
COPY drumbeat drumbeat
COPY trials trials
COPY examples examples
RUN hatchling build -t wheel \
    && pip --python /opt/drumbeat/bin/python install --no-deps --no-index dist/*.whl


FROM python:3.13-slim
ARG VERSION=0.1.0
ARG REVISION=
LABEL org.opencontainers.image.title="Drumbeat" \
      org.opencontainers.image.description="Durable, exact outreach campaigns over SMS, e-mail and voice." \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.base.name="python:3.13-slim"

# Nothing is installed in here any more.
RUN pip uninstall --yes --root-user-action=ignore pip
COPY --from=build /opt/drumbeat /opt/drumbeat

# A container is reached from outside of it, and its log is read by machines. It writes nothing to its own file
# system, which can be read-only; /tmp must be writable where bulk files are uploaded.
ENV PATH=/opt/drumbeat/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DRUMBEAT_HTTP_HOST=0.0.0.0 \
    DRUMBEAT_WORKER_HEALTH_HOST=0.0.0.0 \
    DRUMBEAT_TELEMETRY_METRICS_HOST=0.0.0.0 \
    DRUMBEAT_TELEMETRY_LOG_FORMAT=json

# A number, so that an orchestrator can see that it is not root.
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
STOPSIGNAL SIGTERM
ENTRYPOINT ["drumbeat"]
CMD ["api"]
