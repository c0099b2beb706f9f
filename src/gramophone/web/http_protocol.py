"""Connections that send no request must not keep others out, whether they have the token or not.

A head has to arrive within a deadline, and where there are many connections, those that have waited longest without a
request are closed for new ones: who has the token sends a head at once, and is served.
"""

import asyncio
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from gramophone.web.config import Limits


class PatientProtocol(H11Protocol):
    """HTTP/1.1 with a deadline for heads, and with connections that give way.

    Attributes:
        limits: of the studio.
    """

    limits = Limits()
    _deadline: asyncio.TimerHandle | None = None
    _since_s = 0.0
    _is_handed_over = False

    @property
    def is_waiting(self) -> bool:
        """Whether no request is under way."""
        return bool(getattr(self.cycle, "response_complete", True))

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begins to wait for a head, and closes the connection that has waited longest if there are too many."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self.limits.connections:
            others = [cast("PatientProtocol", one) for one in self.connections if isinstance(one, PatientProtocol)]
            waiting = [one for one in others if one.is_waiting and one is not self]
            if waiting:
                min(waiting, key=lambda one: one._since_s).give_way()

    def data_received(self, data: bytes) -> None:
        """Takes data; a head that is not complete has to be by the deadline."""
        super().data_received(data)
        if self._is_handed_over or not self.is_waiting:
            self._stop_waiting()
        elif self._deadline is None:
            self._wait()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Hands the connection over; what comes now has no head."""
        super().handle_websocket_upgrade(event)
        self._is_handed_over = True

    def on_response_complete(self) -> None:
        """Ends a request; the next one on this connection has a deadline of its own."""
        super().on_response_complete()
        self._since_s = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the connection."""
        self._stop_waiting()
        super().connection_lost(exc)

    def give_way(self) -> None:
        """Closes the connection if it waits for a request."""
        self._deadline = None
        if self.is_waiting and not self.transport.is_closing():
            self.connections.discard(self)
            self.transport.abort()

    def _wait(self) -> None:
        self._since_s = self.loop.time()
        self._deadline = self.loop.call_later(self.limits.head_s, self.give_way)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


def protocol_with(limits: Limits) -> type[PatientProtocol]:
    """The protocol with the limits of a studio."""
    return type("StudioProtocol", (PatientProtocol,), {"limits": limits})
