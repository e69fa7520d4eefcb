# panoptes for containers: docker-compose.yaml starts it, docs/deployment.md tells the rest.

FROM python:3.13-slim-trixie AS build
COPY . /source
RUN python -m venv /opt/panoptes \
    && /opt/panoptes/bin/pip install --no-cache-dir '/source[postgres,notify]'

FROM python:3.13-slim-trixie
RUN useradd --uid 1000 --home-dir /data --no-create-home --shell /usr/sbin/nologin panoptes \
    && install --directory --owner=panoptes --group=panoptes /data
COPY --from=build /opt/panoptes /opt/panoptes
ENV PATH=/opt/panoptes/bin:$PATH \
    PANOPTES_IP=0.0.0.0 \
    PANOPTES_PORT=8000 \
    PANOPTES_DB_URL=sqlite:////data/panoptes.db
USER 1000:1000
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s CMD ["python", "-c", "\
from http.client import HTTPConnection; \
server = HTTPConnection('127.0.0.1', 8000, timeout=4); \
server.request('GET', '/api/service-info'); \
raise SystemExit(server.getresponse().status != 200)"]
ENTRYPOINT ["panoptes"]
