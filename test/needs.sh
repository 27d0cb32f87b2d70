#!/bin/sh
# What the tests need beside npm packages: a real redis-server and Chromium. Installs with apt what is missing,
# when it may without asking for a password; else says the line to run. Quick when everything is there.
set -eu

has() {
  command -v "$1" >/dev/null
}

missing=''
has redis-server || missing=' redis-server'
# Without a window it takes half the time; with one it shows the same pages.
has chromium-headless-shell || has chromium || missing="$missing chromium-headless-shell"
[ -n "$missing" ] || exit 0

fail() {
  echo "The tests need$missing, and $1. Run:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y$missing" >&2
  exit 1
}

has apt-get || fail 'there is no apt-get to install it with'
if [ "$(id -u)" = 0 ]; then
  as_root='env'
elif sudo -n true 2>/dev/null; then
  as_root='sudo -n env'
else
  fail 'this user may not install it'
fi

echo "The tests need$missing: installing with apt-get"
$as_root DEBIAN_FRONTEND=noninteractive apt-get update -q || fail 'apt-get update failed'
# Word splitting of $missing is meant: one word for each package.
$as_root DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing || fail 'apt-get install failed'
for program in $missing; do
  has "$program" || fail "$program is still not on the PATH"
done
