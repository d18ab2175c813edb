#!/usr/bin/env bash
# need.sh PROGRAM PACKAGES...: sees that a program from Debian is here. Installs it when that can be done without asking; otherwise
# says what to run.
set -euo pipefail
program=$1
shift
command -v "$program" >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing $* with apt-get"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  command -v "$program" >/dev/null && exit 0
fi
echo "This needs $program. Run this, then make again:  sudo apt-get install $*" >&2
exit 1
