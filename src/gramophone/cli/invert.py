"""`gramophone invert`."""

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from gramophone.bounds import check_seed
from gramophone.cli.options import Flag, Seed, Whole, whole
from gramophone.cli.progress import Progress
from gramophone.errors import UsageError


def invert(  # noqa: PLR0913
    file: Annotated[Path, Parameter(name="IN")],
    /,
    *,
    output: Annotated[Path | None, Parameter(name=("--output", "-o"), metavar="OUT")] = None,
    method: Annotated[str | None, Parameter(metavar="NAME")] = None,
    iterations: Whole = None,
    n_fft: Whole = None,
    hop: Whole = None,
    window: Annotated[str | None, Parameter(metavar="NAME")] = None,
    rate: Annotated[int | None, Parameter(metavar="HZ", converter=whole)] = None,
    phase: Annotated[Path | None, Parameter(metavar="FILE")] = None,
    independent: Flag = False,
    seed: Seed = 0,
    compare: Flag = False,
    overwrite: Flag = False,
    quiet: Flag = False,
    json: Flag = False,
) -> int:
    """Find a waveform for magnitudes: what a spectrogram sounds like.

    IN is a recording, whose phases are thrown away, or a .npy or .npz file
    of magnitudes [frequency, frame] or [channel, frequency, frame]. An .npz
    may also hold n_fft, hop_samples, rate_hz and window beside 'magnitude'.

        gramophone invert voice.wav -o again.wav --method pghi+fgla

    Prints the spectral convergence, that is how far the result is from the
    magnitudes (lower is better), and the time.

    gla, fgla, admm and raar go on from any phase. pghi, spsi, rtpghi and
    rtpghi0 take one pass, rtisi-la and rtpghi+gsrtisi-la go frame by frame;
    each of these can start one of the first, as in spsi+gla.

    Args:
        file: A recording, or magnitudes.
        output: Where the result goes: a name that ends in .wav, .flac or .ogg.
        method: How; pghi+admm+fgla by default, or fgla with --phase.
        iterations: Rounds: 48 by default, 16 for each frame where it goes frame by frame.
        n_fft: Length of the window in samples; 1024 for recordings by default.
        hop: Step between frames in samples; an eighth of the window for recordings by default.
        window: hann, hamming, blackman or gauss; hann by default.
        rate: Sample rate of magnitudes; for a recording, the rate to convert it to first.
        phase: Start from the phase of this recording, in place of a drawn one.
        independent: Invert each channel by itself, not all from one start.
        seed: Another number draws other phases where phases are drawn.
        compare: Try all methods, and print a table; OUT, if given, is the best one's result.
        overwrite: Replace OUT if it exists already.
        quiet: No progress on the terminal, only warnings and errors.
        json: Print the outcome as one JSON object, for scripts.
    """
    if output is None and not compare:
        raise UsageError("the result has no name; add -o OUT, or --compare to print only a table")
    if compare and (method is not None or phase is not None):
        raise UsageError("--compare tries every method with its own start; leave out --method and --phase")
    check_seed(seed)
    if output is not None:
        from gramophone.audio import check_format
        from gramophone.files import check_output

        check_format(output, rate_hz=rate or 22050, channels=1, frames=1)
        check_output(output, overwrite=overwrite, inputs=[file, *([phase] if phase else [])])
    with Progress(quiet=quiet) as progress:
        progress.show("loading torch")
        from gramophone.cli.run_invert import InvertOptions, run_comparison, run_inversion

        options = InvertOptions(
            file=file,
            output=output,
            method=method,
            iterations=iterations,
            transform={"n_fft": n_fft, "hop_samples": hop, "rate_hz": rate, "window": window},
            phase=phase,
            coherent=not independent,
            seed=seed,
            overwrite=overwrite,
            json=json,
        )
        return run_comparison(options, progress) if compare else run_inversion(options, progress)
