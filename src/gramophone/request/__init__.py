"""The one form of a request: what flags, JSON, rows of a plan, Python, the page's form and study cells all make.

A request is frozen and complete: every field has its bounds, its default and its description in one place, and what
does not go together is refused in one place. A new option is a new field, and nothing else.
"""

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field

from gramophone.errors import UsageError
from gramophone.request.base import SynthesisRequest as SynthesisRequest
from gramophone.request.refusals import shown
from gramophone.request.texture import StreamRequest as StreamRequest
from gramophone.request.texture import TextureRequest as TextureRequest
from gramophone.request.transfer import TransferRequest as TransferRequest

Request = TextureRequest | TransferRequest | StreamRequest
AnyRequest = Annotated[Request, Field(discriminator="task")]
"""For annotations of pydantic and FastAPI."""

REQUESTS: Mapping[str, type[Request]] = {one.name: one for one in (TextureRequest, TransferRequest, StreamRequest)}


def kind_of(values: object) -> type[Request]:
    """The kind of request that `task` names in what JSON holds.

    Raises:
        UsageError: it is not an object with a known task.
    """
    if not isinstance(values, Mapping):
        raise UsageError(f"a request must be a JSON object with 'task' and 'styles', not {shown(values)}")
    task = values.get("task")
    if not isinstance(task, str) or task not in REQUESTS:
        raise UsageError(f"task must be one of {', '.join(REQUESTS)}, not {shown(task)}")
    return REQUESTS[task]


def request_of(values: object) -> Request:
    """Reads a request from what JSON holds; `task` says which it is.

    Raises:
        UsageError: with the first thing that is wrong.
    """
    return kind_of(values).model_validate(values)
