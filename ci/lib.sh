# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
#
# What the scripts of this folder share: where things are, options, which kernel tree is meant, how to build.
# Sourced, never run. A script defines usage() (its help) and, if it has options of its own, own_option().
# Exit statuses everywhere: 0 clean, 1 findings or failed tests, 2 usage or environment.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
self=ci/$(basename "$0")

# The series that CI builds, the default first. Their trees are unpacked to build/kernel/<series>.
supported_series=(7.3 6.12)

# shellcheck disable=SC2034  # for ci/setup
packages=(
  clang-19 lld-19 llvm-19 libclang-rt-19-dev clang-format-19 clang-tidy-19
  cmake ninja-build ccache gdb bc git xz-utils shellcheck
  googletest libgtest-dev libgmock-dev libbenchmark-dev libcli11-dev libfmt-dev nlohmann-json3-dev libtoml11-dev
  rustc-web rustfmt-web bindgen libclang1-14
)

# What the QEMU stage needs besides: ci/setup --qemu, never the plain ci/setup. And what building the guest's kernel
# does, gcc-12 first: ci/setup --guest.
# shellcheck disable=SC2034  # for ci/setup
qemu_packages=(qemu-system-x86)
# shellcheck disable=SC2034  # for ci/setup
guest_packages=(gcc-12 make flex bison bc libelf-dev busybox-static cpio)
# Of ci/afl: ci/setup --afl.
# shellcheck disable=SC2034  # for ci/setup
afl_packages=(afl++)
# Of ci/formats: ci/setup --formats. What else it uses is npm's.
# shellcheck disable=SC2034  # for ci/setup
formats_packages=(libxml2-utils yamllint)

# What opens the pages of findings: ci/setup --browser. Without it ci/page-check says so and is no failure.
# shellcheck disable=SC2034  # for ci/setup
browser_packages=(chromium)

say() { printf '%s: %s\n' "$self" "$*" >&2; }
die() {
  say "$*"
  exit 2
}
need_value() { (($# >= 2)) || die "$1 needs a value; see $self --help"; }

# shellcheck disable=SC2034  # for each usage()
common_help='  --kernel DIR|7.3|6.12  kernel tree to build: a folder of yours, or a series that ci/setup fetches (default 7.3)
  --overlay DIR          files that stand in for files of the tree at the same path (a patch under test)
  --build-dir DIR        where to build (default build/<tree>)
  -j N                   parallel jobs (default: all processors)
  --help                 this text'

# parse_options "$@": sets kernel, overlay, build_dir, jobs and rest (what is not an option).
# own_option OPTION VALUE... may claim an option: it sets `used` to the number of words it took.
kernel='' overlay='' build_dir='' jobs=''
rest=()
parse_options() {
  local used
  while (($#)); do
    if [[ $1 == --*=* ]]; then set -- "${1%%=*}" "${1#*=}" "${@:2}"; fi
    if [[ $1 == -j?* ]]; then set -- -j "${1#-j}" "${@:2}"; fi
    used=0
    if declare -F own_option >/dev/null; then own_option "$@"; fi
    if ((used)); then
      shift "$used"
      continue
    fi
    case $1 in
      --kernel) need_value "$@" && kernel=$2 && shift 2 ;;
      --overlay) need_value "$@" && overlay=$2 && shift 2 ;;
      --build-dir) need_value "$@" && build_dir=$2 && shift 2 ;;
      -j) need_value "$@" && jobs=$2 && shift 2 ;;
      -h | --help)
        usage
        exit 0
        ;;
      --)
        shift
        rest+=("$@")
        break
        ;;
      -*) die "unknown option $1; see $self --help" ;;
      *) rest+=("$1") && shift ;;
    esac
  done
  jobs=${jobs:-$(nproc)}
  [[ $jobs =~ ^[1-9][0-9]*$ ]] || die "-j takes a positive number, not '$jobs'"
  if [[ -n $overlay ]]; then
    [[ -d $overlay ]] || die "--overlay: no such folder: $overlay"
    overlay=$(cd "$overlay" && pwd)
  fi
}

is_series() { [[ " ${supported_series[*]} " == *" $1 "* ]]; }

# "7.3.4" of a tree, from its Makefile; nothing if that cannot be read.
tree_release() {
  [[ -r $1/Makefile ]] || return 0
  awk -F' *= *' '
    $1 == "VERSION" { v = $2 } $1 == "PATCHLEVEL" { p = $2 } $1 == "SUBLEVEL" { s = $2 } $1 == "EXTRAVERSION" { e = $2 }
    /^$/ && v != "" { exit }
    END { if (v != "" && p != "") print v "." p "." (s == "" ? 0 : s) e }' "$1/Makefile"
}

# check_tree DIR: ends the script when the tree cannot be built, warns when it is of a series that nobody tests.
check_tree() {
  local dir=$1 file release series
  release=$(tree_release "$dir")
  [[ -n $release ]] || die "$dir: no kernel version in its Makefile; --kernel takes the top folder of a Linux source" \
    "tree (tested: ${supported_series[*]})"
  while read -r file; do
    if [[ -z $file || $file == \#* ]]; then continue; fi
    [[ -e $dir/$file ]] || die "$dir (Linux $release) has no $file; tested trees: ${supported_series[*]}"
  done <"$root/ci/kernel-files"
  series=${release%%[!0-9.]*}
  series=$(cut -d. -f1,2 <<<"$series")
  if ! is_series "$series"; then
    if [[ $(printf '%s\n' "$series" 6.12 | sort -V | head -1) != 6.12 ]]; then
      die "$dir is Linux $release, older than what the shims know; supported: ${supported_series[*]}"
    fi
    say "warning: $dir is Linux $release, which is untested; tested: ${supported_series[*]}"
  fi
}

# Sets tree (the folder) and tree_name (7.3, 6.12, or one made from a folder's release and path), and build_dir.
resolve_tree() {
  kernel=${kernel:-${supported_series[0]}}
  if is_series "$kernel"; then
    tree_name=$kernel
    tree=$root/build/kernel/$kernel
  elif [[ -d $kernel ]]; then
    tree=$(cd "$kernel" && pwd)
    tree_name=$(tree_release "$tree")-$(cksum <<<"$tree" | cut -d' ' -f1)
  else
    die "--kernel $kernel: neither a folder nor one of ${supported_series[*]}"
  fi
  build_dir=${build_dir:-$root/build/$tree_name}
}

# What does not hang on the kernel tree is compiled once for all trees and variants: objects do not tell where they were
# made (-ffile-compilation-dir), so the folder may differ. A compiler launcher or cache of the user's own goes first.
use_compiler_cache() {
  if command -v ccache >/dev/null; then
    export CMAKE_C_COMPILER_LAUNCHER=${CMAKE_C_COMPILER_LAUNCHER-ccache}
    export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-ccache}
    export CCACHE_DIR=${CCACHE_DIR-$root/build/ccache} CCACHE_NOHASHDIR=${CCACHE_NOHASHDIR-1}
  fi
}

# What each script does first. Nothing is fetched for a tree of the user's own.
run_setup() {
  "$root/ci/setup" --quiet --kernel "$kernel" </dev/null
  use_compiler_cache
}

# What else CMake is told; for scripts that build variants.
configure=()

# build [TARGET...]: configures and builds (default: all of it); quiet unless it fails or takes part in a terminal
# session.
build() {
  local log=$build_dir/build.log targets=()
  (($# == 0)) || targets=(--target "$@")
  mkdir -p "$build_dir"
  say "building ${*:-all} in $build_dir (Linux $(tree_release "$tree"))"
  if ! cmake -S "$root" -B "$build_dir" -G Ninja -DDMAFUZZ_KERNEL="$tree" -DDMAFUZZ_OVERLAY="$overlay" \
    ${configure[@]+"${configure[@]}"} >"$log" 2>&1; then
    tail -n 40 "$log" >&2
    die "configuring failed; the whole log: $log"
  fi
  if [[ -t 1 ]]; then
    cmake --build "$build_dir" -j "$jobs" ${targets[@]+"${targets[@]}"} || die "the build failed"
  elif ! cmake --build "$build_dir" -j "$jobs" ${targets[@]+"${targets[@]}"} >>"$log" 2>&1; then
    # Ninja prints what failed last.
    tail -n 80 "$log" >&2
    die "the build failed; the whole log: $log"
  fi
}
