"""How much is computed: the same for all systems that are compared."""

from dataclasses import dataclass, replace

from gramophone.settings import PhaseSettings, Settings


@dataclass(frozen=True)
class Budget:
    """What a run may cost.

    Attributes:
        iterations: steps of every main loop at most, and of a waveform stage half as many.
        filters: of drawn layers at most.
        clip_s: length of the recordings.
        rounds: of Griffin-Lim at most.
        seeds: repetitions of everything.
        pairs: of recordings that the questions are asked on.
        pareto_pairs: of recordings that all presets are compared on.
        vgg: weights of VGG-19: a file, or `random`.
    """

    iterations: int = 30
    filters: int = 512
    clip_s: float = 3.0
    rounds: int = 50
    seeds: int = 3
    pairs: int = 4
    pareto_pairs: int = 10
    vgg: str = "random"

    def applied(self, settings: Settings) -> Settings:
        """The settings within the budget."""
        network, optimiser, last = settings.network, settings.optimiser, settings.waveform
        weights = self.vgg if network.kind == "vgg19" else network.weights
        return replace(
            settings,
            network=replace(network, filters=min(network.filters, self.filters), weights=weights),
            optimiser=replace(
                optimiser, method="lbfgs", learning_rate=1.0, iterations=min(optimiser.iterations, self.iterations)
            ),
            phase=self._rounds(settings.phase),
            waveform=replace(
                last,
                optimiser=replace(
                    last.optimiser, iterations=min(last.optimiser.iterations, max(1, self.iterations // 2))
                ),
            ),
        )

    def _rounds(self, phase: PhaseSettings) -> PhaseSettings:
        """Fewer rounds, but fast ones: what is compared is the network, not the patience of Griffin and Lim."""
        if phase.iterations <= self.rounds:
            return phase
        return replace(phase, iterations=self.rounds, momentum=0.99)
