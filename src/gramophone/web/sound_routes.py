"""What the HTTP API does with sounds."""

import shutil
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from gramophone.web.child import MADE
from gramophone.web.errors import ApiError
from gramophone.web.sounds import StoredSound, file_name, readable_name
from gramophone.web.store import new_id
from gramophone.web.studio import Studio, size_of
from gramophone.web.uploads import receive_file


def studio_of(request: Request) -> Studio:
    """The studio that answers."""
    studio: Studio = request.app.state.studio
    return studio


async def list_sounds(request: Request) -> Response:
    """Every sound."""
    return JSONResponse([shown(sound) for sound in studio_of(request).sounds.all()])


async def upload_sound(request: Request) -> Response:
    """Takes a file, decodes it in a child process, and keeps the sound."""
    studio = studio_of(request)
    limits = studio.config.limits
    studio.check_room()
    if studio.uploads >= limits.uploads:
        raise ApiError(503, f"{limits.uploads} uploads are under way, which is the limit; try again", 1)
    name = readable_name(request.query_params.get("name", ""))
    folder = studio.config.sound(new_id())
    studio.uploads += 1
    try:
        folder.mkdir(mode=0o700)
        source = folder / "upload"
        await receive_file(request, source, limits)
        try:
            words = (str(source), str(folder), str(limits.decoded_s))
            made = await studio.children.ask("decode", *words, longest_s=limits.decode_s)
        except ApiError as refusal:
            raise ApiError(refusal.status, refusal.sentence.replace(str(source), name)) from None
        source.unlink()
        studio.check_room(size_of(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    finally:
        studio.uploads -= 1
    notes = [note.replace(str(source), name) for note in made.pop("notes")]
    return JSONResponse({**shown(_keep(studio, folder, name, None, made)), "notes": notes}, 201)


async def make_sound(request: Request) -> Response:
    """Makes a built-in sound, or gives the one made before."""
    studio = studio_of(request)
    which = request.path_params["which"]
    if which not in MADE:
        raise ApiError(404, f"there is no built-in sound of that name; choose {', '.join(MADE)}")
    if found := studio.sounds.made(which):
        return JSONResponse(shown(studio.sounds.use(found.id)), 200)
    studio.check_room()
    folder = studio.config.sound(new_id())
    folder.mkdir(mode=0o700)
    try:
        made = await studio.children.ask("make", which, str(folder))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    made.pop("notes")
    if found := studio.sounds.made(which):  # another tab was faster
        shutil.rmtree(folder, ignore_errors=True)
        return JSONResponse(shown(found), 200)
    return JSONResponse(shown(_keep(studio, folder, which, which, made)), 201)


async def get_sound(request: Request) -> Response:
    """What is known about a sound."""
    return JSONResponse(shown(studio_of(request).sounds.use(request.path_params["id"])))


async def remove_sound(request: Request) -> Response:
    """Removes a sound."""
    studio = studio_of(request)
    studio.sounds.get(request.path_params["id"])
    studio.forget_sound(request.path_params["id"])
    return Response(status_code=204)


async def sound_file(request: Request) -> Response:
    """A file of a sound: the sound, its picture, its outline."""
    studio = studio_of(request)
    sound = studio.sounds.use(request.path_params["id"])
    files = {"audio": "sound.wav", "picture": "picture.png", "peaks": "peaks.json"}
    found = files.get(request.path_params["what"])
    if found is None:
        raise ApiError(404, f"a sound has {', '.join(files)}")
    return send_file(studio.config.sound(sound.id) / found, file_name(sound.name))


def send_file(path: Path, name: str) -> Response:
    """A file that the server made, under a name for the one who saves it."""
    if not path.is_file() or path.is_symlink():
        raise ApiError(404, "there is no such file (yet)")
    kinds = {".wav": "audio/wav", ".flac": "audio/flac", ".png": "image/png", ".html": "text/html"}
    kind = kinds.get(path.suffix, "application/json")
    # A page of its own would run here with the rights of this one; it is saved instead.
    shown_as = "attachment" if path.suffix == ".html" else "inline"
    return FileResponse(path, media_type=kind, filename=name, content_disposition_type=shown_as)


def shown(sound: StoredSound) -> dict[str, Any]:
    """A sound in JSON."""
    return dict(vars(sound))


def _keep(studio: Studio, folder: Path, name: str, which: str | None, made: dict[str, Any]) -> StoredSound:
    sound = StoredSound(id=folder.name, name=name, made=which, bytes=size_of(folder), **made)
    studio.sounds.add(sound)
    return sound
