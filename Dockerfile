# Beside without an embedded database: MONGODB_URI names a MongoDB replica set, and MASTER_KEYS holds a key.
FROM python:3.11-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    HOST=0.0.0.0 \
    PORT=8080 \
    DATA_DIR=/data

WORKDIR /beside
COPY requirements.txt .
RUN pip install --no-cache-dir --requirement requirements.txt \
    && useradd --system --no-create-home --uid 10001 beside \
    && install --directory --owner=beside --mode=0700 /data

COPY schemas schemas
COPY sync sync
COPY server server
COPY webapp webapp
COPY wsgi.py gunicorn.conf.py LICENSE ./

USER 10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f\"http://127.0.0.1:{os.environ['PORT']}/readyz\", timeout=2)"]
CMD ["gunicorn", "wsgi:app"]
