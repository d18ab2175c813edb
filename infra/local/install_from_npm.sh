#!/usr/bin/env bash
# install_from_npm.sh LIST FOLDER STAMP: installs exactly what LIST/package-lock.json names, none of whose install scripts is run.
set -euo pipefail
list=$1 folder=$2 stamp=$3
started=$SECONDS
mkdir -p "$folder"
cp "$list"/package*.json "$folder"
echo "Installing what $list/package-lock.json lists into $folder/ (once)"
for try in 1 2 3; do
  if (cd "$folder" && npm ci --ignore-scripts --no-audit --no-fund --silent); then
    touch "$stamp"
    echo "  done in $((SECONDS - started)) s"
    exit 0
  fi
  echo "  try $try of 3 did not succeed" >&2
  sleep $((try * 5))
done
echo "The packages could not be installed: is there a network?" >&2
exit 1
