#!/usr/bin/env python3
#
# Copyright The Spanglass Authors
# SPDX-License-Identifier: Apache-2.0
#
"""Makes the CUDA libraries that a torch wheel wants to load, as empty stand-ins.

usage: cuda_stand_ins.py SITE_PACKAGES

PyPI's torch for Linux is linked with CUDA libraries, and importing it loads them even where it will
only ever compute on a CPU. Python loads extension modules with every symbol resolved, so a library
must be there for each name that is needed, with each function that is wanted of it, under the
version that is asked for. This reads what is wanted from torch's own libraries (readelf, nm) and
compiles libraries of that shape (gcc). Each function answers 100, cudaErrorNoDevice.
"""

import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

# Libraries of the system and the compiler; everything else that torch does not bring is CUDA's.
OF_THE_SYSTEM = re.compile(r"(lib(c|m|dl|rt|pthread|gcc_s|stdc\+\+|numa|gomp)|ld-linux.*)\.so")
VERSIONS_OF_THE_SYSTEM = ("GLIBC", "CXXABI", "GCC_", "GOMP", "OMP_")

# Whose function an unversioned name is, by how it begins; the longest beginning wins.
PREFIXES = {
    "libcublas": ("cublas",),
    "libcublasLt": ("cublasLt",),
    "libcuda": ("cu",),
    "libcudart": ("cuda", "__cuda"),
    "libcudnn": ("cudnn",),
    "libcufft": ("cufft",),
    "libcufile": ("cuFile",),
    "libcupti": ("cupti",),
    "libcurand": ("curand",),
    "libcusolver": ("cusolver",),
    "libcusparse": ("cusparse",),
    "libcusparseLt": ("cusparseLt",),
    "libnccl": ("nccl", "pnccl"),
    "libnvJitLink": ("nvJitLink",),
    "libnvrtc": ("nvrtc",),
    "libnvshmem_host": ("nvshmem",),
}

# Functions of which a caller may print the answer.
TEXTS = re.compile(r"Get(Error|Status)(String|Name)$|GetLastError$")


def output_of(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def base(soname):
    return soname.partition(".so")[0]


def read(files):
    """The libraries that the files need, the symbols that they want, and those that they bring."""
    needed, wanted, brought = set(), set(), set()
    for file in files:
        needed.update(re.findall(r"NEEDED.*\[(.*?)\]", output_of("readelf", "-dW", file)))
        for line in output_of("nm", "-D", "--undefined-only", file).splitlines():
            kind, symbol = line.split()[-2:]
            name, _, version = symbol.partition("@")
            if kind == "U" and not version.startswith(VERSIONS_OF_THE_SYSTEM):
                wanted.add((name, version))
        for line in output_of("nm", "-D", "--defined-only", file).splitlines():
            brought.add(line.split()[-1].partition("@")[0])
    return needed, {(name, version) for name, version in wanted if name not in brought}


def owner(name, version, missing):
    """The missing library that a symbol belongs to, or None."""
    if version:
        for library in missing:
            if version == library or base(version) == base(library):
                return library
    best = None
    for library in missing:
        for prefix in PREFIXES.get(base(library), ()):
            if name.startswith(prefix) and (best is None or len(prefix) > len(best[0])):
                best = (prefix, library)
    return best[1] if best else None


def compile_library(target, by_version):
    source = ["typedef unsigned long result;"]
    nodes = []
    for version, names in sorted(by_version.items()):
        for name in sorted(names):
            if TEXTS.search(name):
                source.append(f'const char *{name}(void) {{ return "no device"; }}')
            else:
                source.append(f"result {name}(void) {{ return 100; }}")
        if version:
            nodes.append(f"{version} {{ global: {'; '.join(sorted(names))}; }};")
    with tempfile.TemporaryDirectory() as directory:
        code = Path(directory, "library.c")
        code.write_text("\n".join(source) + "\n")
        command = ["gcc", "-shared", "-fPIC", "-O1", "-w", "-fno-builtin", "-o", str(target)]
        command += [str(code), f"-Wl,-soname,{target.name}"]
        if nodes:
            script = Path(directory, "versions.map")
            script.write_text("\n".join(nodes) + "\n")
            command.append(f"-Wl,--version-script,{script}")
        subprocess.run(command, check=True)


def main():
    site_packages = Path(sys.argv[1])
    libraries = site_packages / "torch" / "lib"
    present = sorted(libraries.glob("*.so*"))
    files = [str(file) for file in present + sorted((site_packages / "torch").glob("_C*.so"))]
    needed, wanted = read(files)
    names = {file.name for file in present}
    missing = sorted(
        name for name in needed - names if not OF_THE_SYSTEM.match(name)
    )
    shapes = {library: defaultdict(set) for library in missing}
    for name, version in wanted:
        library = owner(name, version, missing)
        if library is not None:
            shapes[library][version].add(name)
    for library, by_version in shapes.items():
        compile_library(libraries / library, by_version)
    print(f"{len(missing)} stand-ins: {' '.join(missing)}")


if __name__ == "__main__":
    main()
