#!/usr/bin/env bash
# Makes the environment of the repository: make_venv.sh PYTHON VERSION FOLDER STAMP
set -euo pipefail
python=$1 version=$2 folder=$3 stamp=$4

needs() {
  # Installs Debian packages when that can be done without asking; otherwise says what to run.
  if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing with apt-get: $*"
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$@" >/dev/null
  else
    echo "Run this, then make again:  sudo apt-get install $*" >&2
    exit 1
  fi
}

works() { "$python" -c "import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != tuple(map(int, '$version'.split('.'))))" 2>/dev/null; }

if ! works; then
  if command -v "$python" >/dev/null && ! "$python" -c "import sys; sys.exit(sys.version_info[:2] != tuple(map(int, '$version'.split('.'))))"; then
    echo "The functions run on Python $version, and $python is another version. Choose one: PYTHON=/path/to/python$version make" >&2
    exit 1
  fi
  echo "Python $version with venv is needed."
  needs "python$version" "python$version-venv"
fi
works || { echo "No Python $version with venv was found. Choose one: PYTHON=/path/to/python$version make" >&2; exit 1; }

started=$SECONDS
# An environment of another Python, or a half-made one, is not worth mending.
if ! "$folder/bin/python" -c "import sys; sys.exit(sys.version_info[:2] != tuple(map(int, '$version'.split('.'))))" 2>/dev/null; then
  rm -rf "$folder"
  "$python" -m venv "$folder"
fi
echo "Installing what requirements-dev.txt lists into $folder/ (once)"
for try in 1 2 3; do
  if "$folder/bin/python" -m pip install --quiet --no-compile --retries 5 --timeout 60 --disable-pip-version-check -r requirements-dev.txt; then
    touch "$stamp"
    echo "  $folder/ made in $((SECONDS - started)) s"
    exit 0
  fi
  echo "  try $try of 3 did not succeed" >&2
  sleep $((try * 5))
done
echo "The packages could not be installed: is there a network?" >&2
exit 1
