"""For those who run the service, and the files that the web client needs."""

import hmac
import ipaddress
import mimetypes
from pathlib import Path
from typing import Annotated, Any, Literal

import structlog
from fastapi import APIRouter, Request
from fastapi import Path as PathParameter
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from feeling_manager import __version__
from feeling_manager.errors import ModelError
from feeling_manager.inference import models
from feeling_manager.music.recommender.report import content_security_policy
from feeling_manager.service.context import address_of, service_of
from feeling_manager.service.db import is_away
from feeling_manager.service.errors import ForbiddenError, NotFoundError, UnavailableError
from feeling_manager.service.migrate import current, head

router = APIRouter(include_in_schema=False)
log = structlog.get_logger("operations")
FOREVER = "public, max-age=31536000, immutable"


@router.get("/healthz")
def alive() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok", "version": __version__}


@router.get("/readyz")
def ready(request: Request) -> Response:
    """The database answers and has the tables of this version."""
    try:
        found = current(service_of(request).database)
    except Exception as error:
        if not is_away(error):
            raise
        return JSONResponse({"status": "database away"}, 503, {"Retry-After": "5"})
    if found != head():
        return JSONResponse({"status": "migrate with `feeling db migrate`"}, 503, {"Retry-After": "60"})
    return JSONResponse({"status": "ok"})


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Prometheus' text, for operators."""
    only_operators(request)
    return Response(generate_latest(request.app.state.metrics.registry), media_type=CONTENT_TYPE_LATEST)


def only_operators(request: Request) -> None:
    """With FEELING_METRICS_TOKEN for its bearer, without it for this machine only. Raises ForbiddenError."""
    token = service_of(request).settings.metrics_token
    if token is not None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not hmac.compare_digest(given.encode(), token.get_secret_value().encode()):
            raise ForbiddenError("Give the token of FEELING_METRICS_TOKEN as bearer.")
    elif not _is_local(address_of(request)):
        raise ForbiddenError("Set FEELING_METRICS_TOKEN to read this from another machine.")


@router.get("/operators/songs")
def song_report(request: Request, lang: Literal["en", "ko"] = "en") -> Response:
    """How songs are chosen and how the policies compare on the service's own log, for operators."""
    only_operators(request)
    service = service_of(request)
    html = request.app.state.pages.get(service.database, service.settings.reward, lang)
    headers = {"Content-Security-Policy": content_security_policy(), "Cache-Control": "no-store"}
    return HTMLResponse(html, headers=headers)


def _is_local(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


@router.get("/models/manifest.json")
def model_manifest() -> Response:
    """The model files with their contracts; the file of each is /models/<sha256>.onnx."""
    listed: list[dict[str, Any]] = [
        {
            "name": model.name,
            "precision": model.precision,
            "file": model.file,
            "sha256": model.sha256,
            "bytes": len(model.content),
            "licence": model.licence,
            "manifest": model.manifest,
        }
        for model in _installed()
    ]
    return JSONResponse({"models": listed}, headers={"Cache-Control": "no-cache"})


@router.get("/models/{digest}.onnx")
def model_file(digest: Annotated[str, PathParameter(pattern="^[0-9a-f]{64}$")]) -> Response:
    """A model file by its content."""
    model = next((model for model in _installed() if model.sha256 == digest), None)
    if model is None:
        raise NotFoundError("There is no such model; see /models/manifest.json.")
    return Response(model.content, media_type="application/octet-stream", headers={"Cache-Control": FOREVER})


def _installed() -> list[models.Model]:
    """Those that can be used: without the emotion model the detector is still served, and the log says why."""
    found: list[models.Model] = []
    for name in ("float32", "int12", "emotion"):
        try:
            found.append(models.load_emotion() if name == "emotion" else models.load_detector(packed=name == "int12"))
        except ModelError as error:
            log.warning("model missing", reason=str(error))
    if not found:
        raise UnavailableError("No model file is installed; run `feeling models prepare`.")
    return found


@router.get("/.well-known/assetlinks.json")
def asset_links(request: Request) -> Response:
    """For the web client packaged as an Android app: that the app is ours."""
    settings = service_of(request).settings
    if settings.android_package is None:
        raise NotFoundError("No Android app is named; set FEELING_ANDROID_PACKAGE.")
    target = {
        "namespace": "android_app",
        "package_name": settings.android_package,
        "sha256_cert_fingerprints": list(settings.android_fingerprints),
    }
    return JSONResponse([{"relation": ["delegate_permission/common.handle_all_urls"], "target": target}])


def web_files(dist: Path | None) -> APIRouter:
    """The built web client, or a line that says that there is none. Compressed beside the file where built so."""
    routes = APIRouter(include_in_schema=False)
    root = dist.resolve() if dist is not None and (dist / "index.html").is_file() else None

    @routes.get("/{path:path}")
    def web(path: str, request: Request) -> Response:
        if path.startswith(("api/", "models/", "member/", "emotion/")):
            raise NotFoundError("There is nothing at this address.")
        if root is None:
            if path:
                raise NotFoundError("There is nothing at this address.")
            return PlainTextResponse(
                "Feeling Manager: API only, the web client is not built. See /api/v1/openapi.json\n"
            )
        file = (root / path).resolve()
        if not file.is_relative_to(root) or not file.is_file():
            # a page of the client's own; a file that is not there is not a page
            if "." in path.rsplit("/", 1)[-1]:
                raise NotFoundError("There is no such file.")
            file = root / "index.html"
        return _file(file, request, forever="assets" in file.relative_to(root).parts)

    return routes


def _file(file: Path, request: Request, *, forever: bool) -> Response:
    headers = {"Cache-Control": FOREVER if forever else "no-cache", "Vary": "Accept-Encoding"}
    kind = {".wasm": "application/wasm", ".webmanifest": "application/manifest+json", ".js": "text/javascript"}.get(
        file.suffix, mimetypes.guess_type(file.name)[0]
    )
    accepted = request.headers.get("accept-encoding", "")
    for encoding, suffix in (("br", ".br"), ("gzip", ".gz")):
        packed = file.with_name(file.name + suffix)
        if encoding in accepted and packed.is_file():
            return FileResponse(packed, media_type=kind, headers=headers | {"Content-Encoding": encoding})
    return FileResponse(file, media_type=kind, headers=headers)
