# SPDX-License-Identifier: GPL-2.0-only
"""Reads what llvm-cov exports (-format=lcov)."""

import collections
import os


def read_lcov(path, build, roots):
    """Counts by line and first lines of functions, by file. A file in several binaries: counts are added."""
    # Objects name files from the build folder, or by whole paths.
    prefixes = [root + "/" for root in roots] + [os.path.realpath(root) + "/" for root in roots]
    lines, functions = {}, {}
    file = None
    for text in open(path, encoding="utf-8"):
        tag, _, rest = text.rstrip("\n").partition(":")
        if tag == "SF":
            file = os.path.normpath(os.path.join(build, rest))
            for prefix in prefixes:
                file = file.removeprefix(prefix)
            # Rust's are named from the tree.
            if os.path.isabs(file) and any(os.path.exists(os.path.join(root, rest)) for root in roots):
                file = rest
            lines.setdefault(file, collections.Counter())
            functions.setdefault(file, {})
        elif tag == "DA":
            number, count = rest.split(",")[:2]
            lines[file][int(number)] += int(count)
        elif tag == "FN":
            number, name = rest.split(",", 1)
            functions[file][int(number)] = name.split(":")[-1]
    return lines, functions
