"""Requests: the value that flags, JSON, rows of a plan, Python, the page's form and cells of a study all make.

A request is frozen and validated: bounds, default and description of a field, and checks across fields, are in one
place.
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
"""Annotation of any request, for pydantic and FastAPI."""

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
