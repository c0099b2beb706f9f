"""Networks trained to classify or recognise sounds: architectures, checkpoints, packaged weights."""
