"""The data of the events of a job, as they are kept and sent."""

from pydantic import BaseModel, ConfigDict

from gramophone.web.jobs import State


class StateEvent(BaseModel):
    """`state`: the job is in another state."""

    state: State
    reason: str


class BegunEvent(BaseModel):
    """`begun`: everything is set up."""

    device: str


class NoteEvent(BaseModel):
    """`note`: something about the sounds that is worth knowing."""

    text: str


class StepEvent(BaseModel):
    """`step`: a step of the optimiser, or a block, is done."""

    index: int
    of: int
    total: float | None
    losses: dict[str, float]
    elapsed_s: float
    remaining_s: float


class PreviewEvent(BaseModel):
    """`heard`: the preview that was asked for is there, as the file `so-far`."""

    number: int
    step: int
    loudness_lufs: float


class PlainEvent(BaseModel):
    """`picture`: `forming` is another one. `end`: nothing follows."""

    model_config = ConfigDict(extra="forbid")


EVENTS: dict[str, type[BaseModel]] = {
    "state": StateEvent,
    "begun": BegunEvent,
    "note": NoteEvent,
    "step": StepEvent,
    "picture": PlainEvent,
    "heard": PreviewEvent,
    "end": PlainEvent,
}
JobEvent = StateEvent | BegunEvent | NoteEvent | StepEvent | PreviewEvent | PlainEvent
