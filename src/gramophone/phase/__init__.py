"""Phase reconstruction: waveforms from magnitude spectrograms, one module for each method."""

from gramophone.phase.admm import admm as admm
from gramophone.phase.convergence import spectral_convergence_db as spectral_convergence_db
from gramophone.phase.griffin_lim import fgla as fgla
from gramophone.phase.griffin_lim import gla as gla
from gramophone.phase.methods import METHODS as METHODS
from gramophone.phase.methods import invert as invert
from gramophone.phase.pghi import pghi as pghi
from gramophone.phase.raar import raar as raar
from gramophone.phase.rtisi import gsrtisi_la as gsrtisi_la
from gramophone.phase.rtisi import rtisi_la as rtisi_la
from gramophone.phase.rtpghi import rtpghi as rtpghi
from gramophone.phase.spsi import spsi as spsi
from gramophone.phase.start import phase_of as phase_of
from gramophone.phase.start import random_phase as random_phase
from gramophone.phase.stream import STREAM_METHODS as STREAM_METHODS
from gramophone.phase.stream import PhaseStream as PhaseStream
