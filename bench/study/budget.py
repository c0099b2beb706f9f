"""How much is computed: as published, or less, and then what is missing."""

from dataclasses import dataclass, replace

from gramophone.settings import PhaseSettings, Settings


@dataclass(frozen=True)
class Budget:
    """What a run may cost; the default cuts nothing that was published.

    Attributes:
        iterations: steps of every main loop at most, and of a waveform stage half as many; 0 for the published.
        filters: of drawn layers at most; 0 for the published number.
        rounds: of Griffin-Lim at most; 0 for the published number.
        clip_s: length of the recordings, chosen by what is heard in them.
        seeds: repetitions of what draws anything.
        pairs: of recordings that the questions are asked on.
        pareto_pairs: of recordings that all presets are compared on.
        vgg: weights of VGG-19: a file, `trained` for torchvision's in its cache, or `random`.
    """

    iterations: int = 0
    filters: int = 0
    rounds: int = 0
    clip_s: float = 2.0
    seeds: int = 2
    pairs: int = 9
    pareto_pairs: int = 9
    vgg: str = "trained"

    def applied(self, settings: Settings) -> Settings:
        """The settings within the budget."""
        network, optimiser, last = settings.network, settings.optimiser, settings.waveform
        weights = self.vgg if network.kind == "vgg19" else network.weights
        steps = self.iterations
        return replace(
            settings,
            network=replace(network, filters=_least(network.filters, self.filters), weights=weights),
            optimiser=replace(optimiser, iterations=_least(optimiser.iterations, steps)),
            phase=self._rounds(settings.phase),
            waveform=replace(
                last,
                optimiser=replace(
                    last.optimiser, iterations=_least(last.optimiser.iterations, steps and max(1, steps // 2))
                ),
            ),
        )

    def _rounds(self, phase: PhaseSettings) -> PhaseSettings:
        """Fewer rounds, but fast ones: what is compared is the network, not the patience of Griffin and Lim."""
        if not self.rounds or phase.iterations <= self.rounds:
            return phase
        return replace(phase, iterations=self.rounds, momentum=0.99)


def _least(published: int, most: int) -> int:
    return min(published, most) if most else published


def missing(settings: Settings, published: Settings) -> tuple[str, ...]:
    """What settings lack of the published ones, in words; nothing for settings that were not cut.

    Example:
        >>> from gramophone.presets import preset
        >>> published = preset("wyse2017", "transfer")
        >>> missing(Budget(iterations=30).applied(published), published)
        ('30 of 3000 steps',)
    """
    counts = {
        "steps": (settings.optimiser.iterations, published.optimiser.iterations),
        "steps on the waveform": (
            settings.waveform.optimiser.iterations if settings.waveform.resolutions else 0,
            published.waveform.optimiser.iterations if published.waveform.resolutions else 0,
        ),
        "filters": (settings.network.filters, published.network.filters),
        "rounds of Griffin-Lim": (settings.phase.iterations, published.phase.iterations),
    }
    found = [f"{own} of {whole} {name}" for name, (own, whole) in counts.items() if own < whole]
    if settings.optimiser.method != published.optimiser.method:
        found.append(f"{settings.optimiser.method} instead of {published.optimiser.method}")
    return tuple(found)
