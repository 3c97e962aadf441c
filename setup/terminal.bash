# What JupyterLab's terminal reads: the reader's own ~/.bashrc, then where `workerlab` is.
# Every bash that is started in there reads it, too (BASH_ENV), a login shell included, since
# Debian's /etc/profile sets PATH anew.
bin="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.venv/bin" && pwd)"
if [[ $- == *i* ]]; then
  export BASH_ENV="${BASH_SOURCE[0]}"
  [[ -f /etc/bash.bashrc ]] && source /etc/bash.bashrc
  [[ -f ~/.bashrc ]] && source ~/.bashrc
fi
[[ ":$PATH:" == *":$bin:"* ]] || PATH="$bin:$PATH"
unset bin
