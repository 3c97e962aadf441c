#!/bin/sh
# Makes .venv, or brings it up to date:   sh setup/environment.sh lab|test
#
#   lab    what a reader needs (requirements.lock): notebooks, labs, the grader
#   test   that, and what the tests and the site need (requirements-test.lock)
#
# PYTHON=/path/to/python takes that Python, UV= does without uv. Where uv is installed it does the
# work, in seconds, and brings a Python when none fits; else pip does. .venv/ready is written at the
# end, so a set-up that was interrupted is never taken for a whole one, and the next one goes on.
set -u
cd "$(dirname "$0")/.." || exit 1
kind=${1:-lab}
first=3.11 last=3.15
venv=.venv
uv=${UV-uv}
began=$(date +%s)

fail() { # fail WHAT HELP: one line each
  echo "error: $1"
  echo "  help: $2"
  exit 1
}

case $kind in
  lab) lock=requirements.lock stamp=$venv/ready ;;
  test) lock=requirements-test.lock stamp=$venv/ready-test ;;
  *) fail "there is no set-up called '$kind'" "say lab or test" ;;
esac
[ -f "$lock" ] || fail "this is a copy for students, without tests and solutions" "make check grades your labs"
[ -w . ] || fail "this folder cannot be written: $PWD" "copy it to a place of your own, and go on there"
command -v "${uv:-none}" >/dev/null 2>&1 || uv=

fits() { "$1" -c "import sys; sys.exit(not ($(echo $first | tr . ,)) <= sys.version_info[:2] <= ($(echo $last | tr . ,)))" 2>/dev/null; }
version_of() { "$1" -c 'import platform; print(platform.python_version())' 2>/dev/null; }

find_python() { # the Python to use, in $python; "" when none fits
  if [ -n "${PYTHON-}" ]; then
    fits "$PYTHON" && python=$PYTHON && return
    found=$(version_of "$PYTHON")
    fail "$PYTHON is Python ${found:-that does not run}, too old or too new" "give one from $first to $last"
  fi
  seen=
  for python in python3.12 python3.13 python3.14 python3.11 python3.15 python3 python; do
    fits "$python" && return
    found=$(version_of "$python") && seen="$seen $found"
  done
  python=
}

megabytes() { du -sk $venv 2>/dev/null | awk '{ mb = $1 * 1.024 / 1000 } END { printf "%.0f", mb }'; }

show_progress() { # seconds and size, until killed: on a terminal in place, else a line now and then
  nap=
  trap 'kill $nap 2>/dev/null; exit' TERM
  while :; do
    sleep "$step" >/dev/null 2>&1 & # a sleep that outlives us must not hold our output open
    nap=$!
    wait $nap
    printf "$form" $(($(date +%s) - began)) "$(megabytes)"
  done
}
if [ -t 1 ]; then step=1 form='\r  %s s, %s MB '; else step=10 form='  %s s, %s MB\n'; fi

run() { # run COMMAND...: quietly, with progress; what it said is kept in $said
  show_progress &
  ticker=$!
  trap 'kill $ticker 2>/dev/null; exit 130' INT TERM
  "$@" >"$said" 2>&1
  status=$?
  kill $ticker 2>/dev/null
  wait $ticker 2>/dev/null
  trap - INT TERM
  [ -t 1 ] && printf '\r\033[K'
  return $status
}

explain() { # explain WHAT: the last of what was said, then one line and the help
  tail -n 5 "$said" | cut -c 1-300 | sed 's/^/  | /'
  if grep -qiE 'No space left' "$said"; then
    fail "$1: the disk is full" "free 1 GB; then run the same command again, it goes on"
  elif grep -qiE 'resolve|Connection|connect|timed out|Network|unreachable|retries|offline' "$said"; then
    fail "$1: the package index cannot be reached" "look at the network (or a proxy); then run the same command again, it goes on"
  elif grep -qiE 'Permission denied|Read-only' "$said"; then
    fail "$1: a file cannot be written" "is the folder yours? make clean, and the same command again"
  elif grep -qiE 'No matching distribution|no wheels|only-binary|not find a version' "$said"; then
    fail "$1: a package has no wheel for this machine" "Linux and macOS on x86-64 and arm64 are what it is for, with Python $first to $last"
  elif grep -qiE 'ensurepip|No module named .?venv' "$said"; then
    fail "$1: this Python has no venv" "install it (Debian, Ubuntu: apt install python3-venv), or install uv"
  fi
  fail "$1" "see the lines above; make clean, and the same command again, begins from nothing"
}

said=$(mktemp) || fail "no temporary file can be made" "is the disk full? free 1 GB"
trap 'rm -f "$said"' EXIT
rm -f "$stamp"

if ! fits $venv/bin/python; then # absent, half made, or its Python has gone
  find_python
  [ -n "$python$uv" ] ||
    fail "no Python from $first to $last found${seen:+ (only$seen)}" \
      "install one, or uv, which brings its own; or: make lab PYTHON=/path/to/python3.12"
  rm -rf $venv
  if [ -n "$uv" ]; then
    [ -n "$python" ] || echo "no Python from $first to $last here: uv fetches one"
    python=${python:-3.13}
    echo "making .venv with uv and Python $(version_of "$python" || echo "$python")"
    run "$uv" venv --quiet --seed --python "$python" $venv || explain ".venv cannot be made"
  else
    echo "making .venv with Python $(version_of "$python")"
    run "$python" -m venv $venv || explain ".venv cannot be made"
  fi
fi

tool="pip (some minutes the first time)"
[ -z "$uv" ] || tool="uv (some seconds)"
echo "installing what $lock lists with $tool"
install() {
  if [ -n "$uv" ]; then
    run "$uv" pip install --quiet --python $venv/bin/python "$@"
  else
    run $venv/bin/python -m pip install --quiet --disable-pip-version-check --no-input \
      --no-compile "$@" # what is worth it is compiled below
  fi
}
install --require-hashes --only-binary :all: -r $lock || explain "the packages cannot be installed"
install --no-deps --no-build-isolation --editable . || explain "workerlab itself cannot be installed"
# Bytecode of all that would take another 120 MB; without any, each worker that starts compiles
# FastAPI anew where Python may not write (a folder of somebody else's, PYTHONDONTWRITEBYTECODE).
seldom='/tests?/|/(pip|jedi/third_party|fontTools|babel|debugpy|matplotlib|numpy|pygments/lexers)/'
run $venv/bin/python -m compileall -q -j 2 -x "$seldom" $venv/lib src third_party || true
$venv/bin/python setup/jupyter.py >"$said" 2>&1 || explain "JupyterLab cannot be set up"
touch $venv/ready "$stamp"
echo "ready after $(($(date +%s) - began)) s: $(megabytes) MB in .venv"
