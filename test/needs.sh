#!/bin/sh
# What the tests need beside npm packages: a real redis-server and Chromium. Installs with apt what is missing,
# when it may without asking for a password; else says the line to run. Quick when everything is there.
set -eu

missing=''
for program in redis-server chromium; do
  command -v "$program" >/dev/null || missing="$missing $program"
done
[ -n "$missing" ] || exit 0

fail() {
  echo "The tests need$missing, and $1. Run:" >&2
  echo "  sudo apt-get update && sudo apt-get install -y$missing" >&2
  exit 1
}

command -v apt-get >/dev/null || fail 'there is no apt-get to install it with'
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
  command -v "$program" >/dev/null || fail "$program is still not on the PATH"
done
