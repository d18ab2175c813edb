#!/usr/bin/env bash
# The browser tests drive Debian's own Chromium. Installs it when that can be done without asking; otherwise says what to run.
set -euo pipefail
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing chromium with apt-get"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-dejavu-core >/dev/null
  command -v chromium >/dev/null && exit 0
fi
echo "The browser tests need Chromium. Run this, then make test again:  sudo apt-get install chromium" >&2
exit 1
