# The evaluation database: Apache Derby behind the gateway that lets IBM's driver speak to it. Not for production.
# Written for the classic builder too: no RUN --mount, no COPY --chmod, no heredocs.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE}
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="lrecl-derby" \
      org.opencontainers.image.description="Evaluation database for lrecl: Apache Derby behind a DRDA gateway" \
      org.opencontainers.image.version="${VERSION}"
RUN apt-get update -qq && \
    apt-get install -qq -y --no-install-recommends default-jre-headless derby-tools libderby-java && \
    rm -rf /var/lib/apt/lists/* && \
    groupadd --gid 10001 lrecl && \
    useradd --uid 10001 --gid lrecl --no-create-home --shell /usr/sbin/nologin lrecl && \
    install -d -o lrecl -g lrecl -m 700 /var/lib/derby
# The gateway needs nothing but the standard library.
WORKDIR /opt/lrecl
COPY shared/__init__.py shared/errors.py shared/
COPY deploy/__init__.py deploy/
COPY deploy/derby deploy/derby
RUN python -m compileall -q .
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
VOLUME /var/lib/derby
EXPOSE 50000
STOPSIGNAL SIGTERM
# The gateway listens only once Derby has opened its database.
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-I", "-S", "-c", "import socket; socket.create_connection(('127.0.0.1', 50000), 3).close()"]
ENTRYPOINT ["python", "-m", "deploy.derby", "--listen", "0.0.0.0:50000", "--home", "/var/lib/derby"]
CMD ["--password-file", "/run/secrets/db-password"]
