# Copyright The Spanglass Authors
# SPDX-License-Identifier: Apache-2.0
#
# What start, stop and verify share; sourced by them.

environment=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
cache=${SPANGLASS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/spanglass}

# A change of what is installed makes a new directory; an old one can be deleted.
key=$(cat -- "$environment"/requirements.lock "$environment"/uv.lock.txt \
  "$environment"/cuda_stand_ins.py "$environment"/make_models.py "$environment"/install.sh |
  sha256sum | cut -c1-12)
home=$cache/vllm-$key
installed=$home/installed

say() {
  echo "vllm: $*" >&2
}

die() {
  say "$@"
  exit 1
}

# When the process began, in ticks since the boot: with it a number is not taken for another process.
began() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  # The second field is a name in parentheses that may hold anything.
  stat=${stat##*) }
  set -- $stat
  echo "${20}"
}

# Whether the process of a pid file ("pid began") still runs.
runs() {
  local pid since
  [ -f "$1" ] && read -r pid since <"$1" && [ "$(began "$pid" || true)" = "$since" ]
}
