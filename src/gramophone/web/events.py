"""The data of the events of a job, as they are kept and sent."""

from pydantic import BaseModel, ConfigDict

from gramophone.web.jobs import State


class StateEvent(BaseModel):
    """`state`: the state of the job has changed."""

    state: State
    reason: str


class BegunEvent(BaseModel):
    """`begun`: the job is set up and starts."""

    device: str
    rate_hz: int


class NoteEvent(BaseModel):
    """`note`: a remark about the sounds."""

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
    """`heard`: the requested preview is available as the file `so-far`."""

    number: int
    step: int
    loudness_lufs: float


class PlainEvent(BaseModel):
    """`picture`: the file `forming` has changed. `end`: no event follows."""

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
