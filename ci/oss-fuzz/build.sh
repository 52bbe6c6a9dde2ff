#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Builds the targets as OSS-Fuzz and ClusterFuzzLite want them: called in their image with CC, CXX, CFLAGS, CXXFLAGS,
# LIB_FUZZING_ENGINE, SANITIZER, SRC, WORK and OUT set. docs/oss-fuzz.md says what is made of each.
#
#   KERNEL     the kernel tree (default $SRC/linux)
#   TARGETS    which targets (default: all that run without QEMU)
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

fail() {
  echo "build.sh: $*" >&2
  exit 2
}

root=${DMAFUZZ:-}
if [[ -z $root ]]; then
  root=${SRC:-}/dmafuzz
  # Called in its own place.
  [[ -e $here/../../harness/CMakeLists.txt ]] && root=$(cd "$here/../.." && pwd)
fi
[[ -e $root/harness/CMakeLists.txt ]] || fail "no dmafuzz in $root: say where it is with DMAFUZZ"
: "${CC:?}" "${CXX:?}" "${OUT:?}" "${SANITIZER:=address}" "${FUZZING_ENGINE:=libfuzzer}"
kernel=${KERNEL:-${SRC:?}/linux}
[[ -e $kernel/Makefile ]] || fail "no kernel tree in $kernel: say where it is with KERNEL"
build=${WORK:-$root/build}/oss-fuzz-$SANITIZER-$FUZZING_ENGINE

# LIB_FUZZING_ENGINE was once called FUZZER_LIB.
export LIB_FUZZING_ENGINE=${LIB_FUZZING_ENGINE:-${FUZZER_LIB:--fsanitize=fuzzer}}

options=()
case $SANITIZER in
  # The engine takes a build for broken that has calls of two sanitizers.
  address) options+=(-DDMAFUZZ_LAYERS="address;coverage;access") ;;
  coverage) options+=(-DDMAFUZZ_LAYERS="address;coverage;access" -DDMAFUZZ_COVERAGE=ON) ;;
  *) fail "SANITIZER=$SANITIZER: there are address and coverage. DmaSan and the model of memory stand on" \
    "AddressSanitizer's shadow, which no other sanitizer's build has; undefined is part of our own builds (ci/continuous)." ;;
esac
case $FUZZING_ENGINE in
  libfuzzer) ;;
  # Its compiler instruments whatever it compiles; here that is the kernel's code alone, by the clang below it.
  afl)
    options+=(-DDMAFUZZ_ENGINE=afl)
    runtime=$(find "${SRC:-}/aflplusplus" /usr/lib/afl -maxdepth 1 -name afl-compiler-rt.o -print -quit 2>/dev/null || true)
    [[ $runtime ]] || fail "no afl-compiler-rt.o of AFL++"
    LIB_FUZZING_ENGINE+=" $runtime"
    CC=${AFL_CC:-clang} CXX=${AFL_CXX:-clang++}
    ;;
  *) fail "FUZZING_ENGINE=$FUZZING_ENGINE: there are libfuzzer and afl" ;;
esac

# Which code is instrumented, and how, is decided part by part: the kernel's is, the harness is not. Of the flags that
# leaves what is neither of that nor of optimization.
ours() {
  local flag
  for flag in $1; do
    case $flag in
      -fsanitize* | -fno-sanitize* | -fprofile-* | -fcoverage-* | -O* | -g* | -Wno-* | -Werror*) ;;
      *) printf '%s ' "$flag" ;;
    esac
  done
}

launcher=()
if command -v ccache >/dev/null; then
  launcher=(-DCMAKE_C_COMPILER_LAUNCHER=ccache -DCMAKE_CXX_COMPILER_LAUNCHER=ccache)
fi
CFLAGS='' CXXFLAGS='' cmake -S "$root" -B "$build" -G Ninja -DDMAFUZZ_KERNEL="$kernel" -DDMAFUZZ_OVERLAY= \
  -DCMAKE_C_COMPILER="$CC" -DCMAKE_CXX_COMPILER="$CXX" ${launcher[@]+"${launcher[@]}"} \
  -DCMAKE_C_FLAGS="$(ours "${CFLAGS:-}")" -DCMAKE_CXX_FLAGS="$(ours "${CXXFLAGS:-}")" "${options[@]}"
cmake --build "$build" --target dmafuzz
read -ra targets <<<"${TARGETS:-}"
mapfile -t targets < <("$here/package" --build "$build" --out "$OUT" --list ${targets[@]+"${targets[@]}"})
((${#targets[@]})) || fail "no targets"
cmake --build "$build" --target "${targets[@]}"
"$here/package" --build "$build" --out "$OUT" "${targets[@]}"
