"""Instruments for samplers: takes of a loop as an SFZ file.

Format: https://sfzformat.com, the opcodes of version 1 (round robin by `seq_length`), which all samplers read.
"""

from collections.abc import Sequence

from gramophone.audio.loop_points import MIDDLE_C

ATTACK_S, RELEASE_S = 0.02, 0.3


def sfz(title: str, samples: Sequence[str]) -> str:
    """An instrument whose every note plays the next take, looped, transposed around middle C.

    Args:
        title: what it is, for the first line.
        samples: names of the files, relative to the instrument.

    Example:
        >>> print(sfz("rain", ["rain-take1.wav", "rain-take2.wav"]))
        // rain: 2 take(s), of which each note plays the next
        <group>
        loop_mode=loop_continuous lokey=0 hikey=127 pitch_keycenter=60 seq_length=2
        ampeg_attack=0.02 ampeg_release=0.3
        <region> seq_position=1 sample=rain-take1.wav
        <region> seq_position=2 sample=rain-take2.wav
        <BLANKLINE>
    """
    regions = [f"<region> seq_position={place} sample={name}" for place, name in enumerate(samples, 1)]
    lines = [
        f"// {' '.join(title.split())}: {len(samples)} take(s), of which each note plays the next",
        "<group>",
        f"loop_mode=loop_continuous lokey=0 hikey=127 pitch_keycenter={MIDDLE_C} seq_length={len(samples)}",
        f"ampeg_attack={ATTACK_S:g} ampeg_release={RELEASE_S:g}",
        *regions,
    ]
    return "\n".join(lines) + "\n"
