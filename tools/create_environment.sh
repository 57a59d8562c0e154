#!/usr/bin/env bash
# create_environment.sh PYTHON FOLDER: a virtual environment with a pip that knows dependency groups.
set -euo pipefail

python=$1
folder=$2

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    echo "flask-corsguard needs Python 3.11 or newer, and '$python' is not one." \
        "Name one that is: make PYTHON=python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "'$python' cannot create virtual environments." \
        "On Debian and Ubuntu: sudo apt-get install python3-venv" >&2
    exit 1
fi
"$python" -m venv "$folder"
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
