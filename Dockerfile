# One image for every role: `serve` (the default), `worker`, and each other verb of the CLI.
# docker build -t stamkund .        docker run --rm stamkund --help

FROM python:3.13-slim AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /src
COPY requirements requirements
# The tools that build: hatchling, and the Node.js that bundles the explorer. They stay in this stage.
RUN python -m venv /tools \
 && /tools/bin/pip install --require-hashes -r requirements/dev.lock
# What runs: no development tools, no embedded MongoDB.
RUN python -m venv /opt/stamkund \
 && /opt/stamkund/bin/pip install --require-hashes -r requirements/run.lock
COPY explorer explorer
RUN explorer/npm.sh /tools/bin/python ci --loglevel=error \
 && explorer/npm.sh /tools/bin/python run build -- --logLevel=warn
COPY pyproject.toml LICENSE README.md ./
COPY api api
COPY schema schema
COPY loyalty loyalty
COPY mobile_contracts mobile_contracts
COPY examples examples
RUN /tools/bin/hatchling build --target wheel \
 && /opt/stamkund/bin/pip install --no-deps dist/*.whl \
 && /opt/stamkund/bin/python -m compileall -q /opt/stamkund/lib \
 && /opt/stamkund/bin/pip uninstall -y pip

FROM python:3.13-slim
RUN useradd --system --uid 10001 --no-create-home --home-dir /nonexistent stamkund \
 && pip uninstall -y --root-user-action=ignore pip
COPY --from=build /opt/stamkund /opt/stamkund
ENV PATH=/opt/stamkund/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1
USER 10001:10001
WORKDIR /
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["stamkund"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
