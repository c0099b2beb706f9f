#!/bin/sh
# A transfer through the studio's HTTP API with curl:
#   gramophone serve --no-browser          # prints http://127.0.0.1:8765/?token=TOKEN
#   sh studio.sh 'http://127.0.0.1:8765/?token=TOKEN' voice.wav fire.wav out.wav
set -eu
studio=${1%%/\?token=*}/api
auth="Authorization: Bearer ${1##*token=}"

# The id in an answer such as {"id": "0123456789abcdef", ...}.
id() { sed 's/.*"id": *"\([0-9a-f]*\)".*/\1/'; }
ask() { curl --silent --show-error --fail-with-body --header "$auth" "$@"; }

content=$(ask --data-binary "@$2" "$studio/sounds?name=content.wav" | id)
style=$(ask --data-binary "@$3" "$studio/sounds?name=style.wav" | id)
job=$(ask --data "{\"task\": \"transfer\", \"content\": \"$content\", \"styles\": [\"$style\"]}" "$studio/jobs" | id)
ask --no-buffer "$studio/jobs/$job/events" | grep --line-buffered '"state"'
ask --output "$4" "$studio/jobs/$job/wav"
