"""What the server has done in a process of its own, as it must survive it: see `sound_worker`."""

from typing import Any

from gramophone.web import sound_worker
from gramophone.web.errors import DISK_FULL, ApiError, status_of
from gramophone.workers.process import WorkerEndedError, WorkerFailedError
from gramophone.workers.sandbox import Sandbox


class SoundSandbox(Sandbox):
    """Runs `sound_worker`; errors become those of the HTTP API."""

    def __init__(self) -> None:
        super().__init__(sound_worker)

    async def run(self, verb: str, *words: str, limit_s: float = 60.0) -> dict[str, Any]:
        """Runs a verb, and returns its answer.

        Raises:
            ApiError: its error; or it crashed, or took too long.
        """
        try:
            return await self.ask({"verb": verb, "words": words}, limit_s=limit_s)
        except WorkerFailedError as error:
            status = 507 if str(error) == DISK_FULL else status_of(error.exit_code)
            raise ApiError(status, str(error)) from None
        except WorkerEndedError as error:
            if verb != "decode":
                raise ApiError(500, str(error)) from None
            raise ApiError(415, "this file cannot be read: its decoder crashed; convert it to WAV or FLAC") from None
        except TimeoutError:
            sentence = f"this took longer than {limit_s:g} s and was stopped; try a shorter sound"
            raise ApiError(422, sentence) from None
