# The web client, built by the same script as everywhere.
FROM node:20-slim AS web
WORKDIR /app
COPY scripts/web.sh scripts/
COPY contracts contracts
COPY src/feeling_manager/music/starter.tsv src/feeling_manager/music/
COPY web web
RUN CI=true sh scripts/web.sh build

FROM python:3.11-slim
RUN apt-get update && apt-get install -y --no-install-recommends libgl1 libglib2.0-0 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements/run.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY src src
RUN pip install --no-cache-dir --no-deps --no-build-isolation . \
	&& useradd --create-home feeling && mkdir /data && chown feeling /data
COPY --from=web /app/web/dist web/dist
USER feeling
# into this user's cache, so that nothing is prepared at the first picture
RUN feeling models prepare
ENV FEELING_DATA_DIR=/data FEELING_ENVIRONMENT=production FEELING_WEB_DIST=/app/web/dist
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD python -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=3)"
CMD ["feeling", "serve", "--host", "0.0.0.0", "--port", "8000"]
