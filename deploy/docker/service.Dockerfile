# One of lrecl's services: `docker build -f deploy/docker/service.Dockerfile --build-arg SERVICE=reader .`
# Written for the classic builder too: no RUN --mount, no COPY --chmod, no heredocs.
ARG PYTHON_IMAGE=python:3.11-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG SERVICE
# 1: nothing but the wheelhouse is asked for libraries. Hashes are checked either way.
ARG OFFLINE=0
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    PIP_FIND_LINKS=/build/wheelhouse PIP_NO_INDEX=${OFFLINE} PIP_NO_COMPILE=1
WORKDIR /build
COPY deploy/docker/wheelhouse wheelhouse
# Pinned libraries first: a change of the code does not fetch them again.
COPY requirements/${SERVICE}.txt requirements/dev.txt requirements/
RUN python -m venv --without-pip /opt/lrecl && \
    python -m pip --python /opt/lrecl/bin/python install --require-hashes -r requirements/${SERVICE}.txt
COPY deploy/docker/slim.py ./
RUN python slim.py /opt/lrecl
# What builds the wheel stays in a virtual environment of its own; dev.txt says which version of it, with its hashes.
RUN sed -n '/^setuptools==/,/[^\\]$/p' requirements/dev.txt >requirements/build.txt && \
    python -m venv /opt/build && \
    /opt/build/bin/pip install --require-hashes -r requirements/build.txt
# Only this service's code: the others cannot be imported, and their changes do not rebuild this image.
COPY pyproject.toml ./
COPY shared shared
COPY services/__init__.py services/__init__.py
COPY services/${SERVICE} services/${SERVICE}
# The command line goes with the orchestrator, whose libraries it shares.
COPY lrecl lrecl
RUN test "${SERVICE}" = orchestrator || rm -r lrecl
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir wheels . && \
    python -m pip --python /opt/lrecl/bin/python install --no-deps --no-index wheels/*.whl
# The wheel names the console script in every image.
RUN test "${SERVICE}" = orchestrator || rm /opt/lrecl/bin/lrecl
# Bytecode of all that the service imports, and of nothing else.
RUN /opt/lrecl/bin/python -c "import importlib, pkgutil; \
    names = ['services.${SERVICE}'] + ['lrecl'] * ('${SERVICE}' == 'orchestrator'); \
    packages = [importlib.import_module(name) for name in names]; \
    [importlib.import_module(m.name) for p in packages for m in pkgutil.walk_packages(p.__path__, p.__name__ + '.')]"

FROM ${PYTHON_IMAGE}
ARG SERVICE
ARG VERSION=0.1.0
LABEL org.opencontainers.image.title="lrecl-${SERVICE}" \
      org.opencontainers.image.description="lrecl loads mainframe files into Db2: the ${SERVICE}" \
      org.opencontainers.image.version="${VERSION}"
# Numbers, so that whoever runs the image can see that it is not root without reading its passwd file.
RUN groupadd --gid 10001 lrecl && useradd --uid 10001 --gid lrecl --no-create-home --shell /usr/sbin/nologin lrecl
COPY --from=build /opt/lrecl /opt/lrecl
COPY deploy/docker/ready.py /opt/lrecl/ready.py
# One thread and few heaps per process: the processes are the parallelism, and their memory is limited. Batches are mapped by
# themselves, so that glibc gives them back when they are done instead of raising this limit to their size.
ENV PATH=/opt/lrecl/bin:${PATH} \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OPENBLAS_NUM_THREADS=1 \
    MALLOC_ARENA_MAX=2 \
    MALLOC_MMAP_THRESHOLD_=262144 \
    LRECL_SERVICE=${SERVICE} \
    LRECL_HTTP_HOST=0.0.0.0 \
    LRECL_HTTP_PORT=8000
USER 10001:10001
WORKDIR /tmp
# An image that lacks a library fails here and not on the farm.
RUN python -c "import importlib, pkgutil; \
    names = ['services.${SERVICE}'] + ['lrecl'] * ('${SERVICE}' == 'orchestrator'); \
    packages = [importlib.import_module(name) for name in names]; \
    [importlib.import_module(m.name) for p in packages for m in pkgutil.walk_packages(p.__path__, p.__name__ + '.')]"
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-I", "-S", "/opt/lrecl/ready.py"]
# The shell only puts the name in; exec makes Python the process that gets the signals.
CMD ["sh", "-c", "exec python -m services.${LRECL_SERVICE}"]
