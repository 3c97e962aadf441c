#!/usr/bin/env bash
# Gradescope runs this once, when it builds the image of the autograder.
set -euo pipefail
cd /autograder/source
export DEBIAN_FRONTEND=noninteractive

apt-get update
# shellcheck disable=SC2046  (a package a line)
apt-get install -y --no-install-recommends $(cat apt.txt)
for version in 3.12 3.13 3.14 3.11; do # whichever of them this Ubuntu has
  if apt-get install -y --no-install-recommends "python$version" "python$version-venv"; then
    "python$version" -m venv /opt/workerlab
    break
  fi
done
rm -rf /var/lib/apt/lists/*

/opt/workerlab/bin/pip install --no-cache-dir --only-binary :all: --constraint constraints.txt \
  --requirement requirements.txt
/opt/workerlab/bin/pip install --no-cache-dir --no-deps --no-build-isolation ./repository
chmod -R go-rwx /autograder/source/repository/tests # the checks are nobody else's to read
