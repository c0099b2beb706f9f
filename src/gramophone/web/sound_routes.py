"""What the HTTP API does with sounds."""

import shutil
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import FileResponse

from gramophone.web.config import Limits, size_of
from gramophone.web.errors import ApiError
from gramophone.web.routing import ApiRoute, CurrentStudio, Id, files, parts_of, refused
from gramophone.web.sound_worker import MADE
from gramophone.web.sounds import StoredSound, UploadedSound, file_name, readable_name
from gramophone.web.store import new_id
from gramophone.web.studio import Studio

router = APIRouter(route_class=ApiRoute)
FILES = {"audio": "sound.wav", "picture": "picture.png", "peaks": "peaks.json"}
KINDS = {".wav": "audio/wav", ".flac": "audio/flac", ".png": "image/png", ".html": "text/html"}
UPLOAD = {"requestBody": {"required": True, "content": {"application/octet-stream": {"schema": {"type": "string"}}}}}


@router.get("/api/sounds")
async def list_sounds(studio: CurrentStudio) -> list[StoredSound]:
    """Every sound, the last used first."""
    return studio.sounds.all()


@router.post("/api/sounds", status_code=201, openapi_extra=UPLOAD, responses=refused(400, 408, 413, 415, 503, 507))
async def upload_sound(
    request: Request,
    studio: CurrentStudio,
    name: Annotated[str, Query(description="what the sound is called")] = "",
) -> UploadedSound:
    """Stores the sound in a file, which is decoded in a process of its own."""
    limits = studio.config.limits
    studio.check_room()
    if studio.uploads >= limits.uploads:
        raise ApiError(503, f"{limits.uploads} uploads are under way, which is the limit; try again", 1)
    name = readable_name(name)
    folder = studio.config.sound(new_id())
    source = folder / "upload"
    studio.uploads += 1
    try:
        folder.mkdir(mode=0o700)
        await receive_file(request, source, limits)
        try:
            words = (str(source), str(folder), str(limits.decoded_s))
            made = await studio.sandbox.run("decode", *words, limit_s=limits.decode_s)
        except ApiError as error:
            raise ApiError(error.status_code, error.detail.replace(str(source), name)) from None
        source.unlink()
        studio.check_room(size_of(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        studio.uploads -= 1
    notes = [note.replace(str(source), name) for note in made.pop("notes")]
    return UploadedSound(**dict(_keep(studio, folder, name, None, made)), notes=notes)


@router.post(
    "/api/sounds/built-in/{which}", status_code=201, responses={200: {"model": StoredSound}, **refused(404, 507)}
)
async def make_sound(which: str, studio: CurrentStudio, response: Response) -> StoredSound:
    """Makes a built-in sound, or returns the one made before."""
    if which not in MADE:
        raise ApiError(404, f"there is no built-in sound of that name; choose {', '.join(MADE)}")
    if found := studio.sounds.made(which):
        response.status_code = 200
        return studio.sounds.use(found.id)
    studio.check_room()
    folder = studio.config.sound(new_id())
    folder.mkdir(mode=0o700)
    try:
        made = await studio.sandbox.run("make", which, str(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    made.pop("notes")
    if found := studio.sounds.made(which):  # another tab was faster
        shutil.rmtree(folder, ignore_errors=True)
        response.status_code = 200
        return found
    return _keep(studio, folder, which, which, made)


@router.get("/api/sounds/{id}", responses=refused(404))
async def get_sound(name: Id, studio: CurrentStudio) -> StoredSound:
    """What is known about a sound."""
    return studio.sounds.use(name)


@router.delete("/api/sounds/{id}", status_code=204, response_class=Response, responses=refused(404, 409))
async def remove_sound(name: Id, studio: CurrentStudio) -> None:
    """Removes a sound."""
    studio.sounds.get(name)
    studio.remove_sound(name)


@router.get(
    "/api/sounds/{id}/{what}",
    response_class=FileResponse,
    responses={200: files("audio/wav", "image/png", model=list[float]), **refused(404)},
)
async def sound_file(name: Id, what: str, studio: CurrentStudio) -> Response:
    """A file of a sound: the sound, its picture, its outline (least and largest sample in turn)."""
    sound = studio.sounds.use(name)
    if what not in FILES:
        raise ApiError(404, f"a sound has {', '.join(FILES)}")
    return send_file(studio.config.sound(sound.id) / FILES[what], file_name(sound.name))


def send_file(path: Path, name: str) -> Response:
    """Returns a file that the server made, under a name for downloads."""
    if not path.is_file() or path.is_symlink():
        raise ApiError(404, "this file is not there, or not yet")
    kind = KINDS.get(path.suffix, "application/json")
    # A page of its own would run here with the rights of this one; it is saved instead.
    shown_as = "attachment" if path.suffix == ".html" else "inline"
    return FileResponse(path, media_type=kind, filename=name, content_disposition_type=shown_as)


async def receive_file(request: Request, path: Path, limits: Limits) -> None:
    """Writes the body of a request to a new file, and checks its size as it arrives.

    Raises:
        ApiError: it is larger than the limit (before it is stored), empty, or does not arrive.
    """
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > limits.upload_bytes:
        raise _too_large(limits)
    size = 0
    with path.open("xb") as file:
        async for part in parts_of(request, limits):
            size += len(part)
            if size > limits.upload_bytes:
                raise _too_large(limits)
            file.write(part)
    if size == 0:
        raise ApiError(415, "the file is empty; choose another one")


def _too_large(limits: Limits) -> ApiError:
    return ApiError(
        413, f"the file is larger than {limits.upload_bytes / 1e6:g} MB, the limit; cut it, or convert it to FLAC"
    )


def _keep(studio: Studio, folder: Path, name: str, which: str | None, made: dict[str, Any]) -> StoredSound:
    sound = StoredSound(id=folder.name, name=name, made=which, bytes=size_of(folder), **made)
    studio.sounds.add(sound)
    return sound
