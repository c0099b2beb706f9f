"""Reports: one HTML file with the players, spectrograms, losses, metrics, settings and command of runs."""

from gramophone.report.entry import Entry as Entry
from gramophone.report.entry import Track as Track
from gramophone.report.gather import check_sounds as check_sounds
from gramophone.report.gather import entry_from as entry_from
from gramophone.report.gather import entry_of as entry_of
from gramophone.report.gather import entry_with as entry_with
from gramophone.report.gather import write_page as write_page
from gramophone.report.page import document as document
from gramophone.report.page import write_report as write_report
