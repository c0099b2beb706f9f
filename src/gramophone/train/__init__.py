"""Training of classifiers: a generator of steps that can be observed, stopped and resumed."""

from gramophone.train.loop import Trained as Trained
from gramophone.train.loop import Training as Training
from gramophone.train.loop import TrainStep as TrainStep
from gramophone.train.recipes import RECIPES as RECIPES
from gramophone.train.recipes import Recipe as Recipe
