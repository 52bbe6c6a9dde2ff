#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""ci/coverage-summary on made-up measurements: what it says of one, and of the difference between two."""

import json
import os
import subprocess
import sys
import tempfile
import unittest

TOOL = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "ci", "coverage-summary")


def summary(files, targets=("one", "two"), release="7.3.4"):
    return {"schema": 1, "release": release, "targets": list(targets), "files": files}


def kernel_file(lines, ran, functions):
    return {"lines": lines, "ran": ran, "functions": functions}


# Three functions; the third is run by nobody.
BEFORE = kernel_file("1-9,20-29,40-49", {"one": "1-9", "two": "1-4,20-22"}, {"1": "dma_map", "20": "dma_unmap", "40": "dma_sync"})


class Summary(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name, text):
        path = os.path.join(self.folder.name, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as out:
            out.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def run_tool(self, *arguments):
        ran = subprocess.run([sys.executable, TOOL, *arguments], capture_output=True, text=True, check=False)
        return ran.returncode, ran.stdout + ran.stderr

    def diff(self, old, new):
        return self.run_tool("diff", self.path("old", old), self.path("new", new))

    def test_same_is_no_difference(self):
        status, said = self.diff(summary({"a.c": BEFORE}), summary({"a.c": BEFORE}))
        self.assertEqual(status, 0, said)
        self.assertEqual(said, "Linux 7.3.4 -> Linux 7.3.4\nfunctions: 0 gained, 0 lost; lines: 0 gained, 0 lost\n")

    def test_gained(self):
        after = dict(BEFORE, ran={"one": "1-9,40", "two": "1-4,20-22"})
        status, said = self.diff(summary({"a.c": BEFORE}), summary({"a.c": after}))
        self.assertEqual(status, 0, said)
        self.assertIn("+ a.c: dma_sync()\n+ a.c: lines 40\n", said)
        self.assertIn("functions: 1 gained, 0 lost; lines: 1 gained, 0 lost", said)

    def test_lost(self):
        after = dict(BEFORE, ran={"one": "1-7"})
        status, said = self.diff(summary({"a.c": BEFORE}), summary({"a.c": after}))
        self.assertEqual(status, 1, said)
        self.assertIn("- a.c: dma_unmap()\n- a.c: lines 8-9,20-22\n", said)

    def test_another_target_reaching_it_is_no_loss(self):
        after = dict(BEFORE, ran={"two": "1-9,20-22"})
        status, said = self.diff(summary({"a.c": BEFORE}), summary({"a.c": after}, targets=["two"]))
        self.assertEqual(status, 0, said)
        self.assertIn("targets no more: one", said)

    def test_other_lines_are_compared_by_function(self):
        # A patch put two lines above dma_unmap() and took dma_map() away.
        after = kernel_file("22-31,42-51", {"two": "22-24,42"}, {"22": "dma_unmap", "42": "dma_sync"})
        status, said = self.diff(summary({"a.c": BEFORE}), summary({"a.c": after}, release="7.3.5"))
        self.assertEqual(status, 0, said)
        self.assertIn("+ a.c: dma_sync()", said)
        self.assertIn("a.c: not there any more: dma_map", said)
        self.assertIn("a.c: other lines than before", said)
        self.assertNotIn("lines 22", said)

    def test_files_come_and_go(self):
        status, said = self.diff(summary({"a.c": BEFORE}), summary({"b.c": BEFORE}))
        self.assertEqual(status, 0, said)
        self.assertIn("a.c: not measured any more", said)
        self.assertIn("b.c: measured for the first time", said)

    def test_show(self):
        nothing = kernel_file("1-4", {}, {"1": "never_run"})
        path = self.path("s", summary({"a.c": BEFORE, "b.c": nothing}))
        status, said = self.run_tool("show", path, "--never")
        self.assertEqual(status, 0, said)
        self.assertRegex(said, r"a\.c +12 +29 +41\.4% +2 of 3 +2\n")
        self.assertRegex(said, r"one +1 +9 +5\n")  # 1-4 are run by the other as well
        self.assertRegex(said, r"two +1 +7 +3\n")
        self.assertIn("  a.c: dma_sync\n", said)
        self.assertIn("  b.c: nothing of it\n", said)

    def test_make(self):
        self.path("tree/kernel/dma/mapping.c", "int a(void)\n{\n\treturn 1;\n}\n")
        self.path("tree/include/x.h", "")
        # A header, and the harness: neither is a kernel file.
        lcov = (
            "SF:../tree/kernel/dma/mapping.c\nFN:1,mapping.c:a\nDA:1,2\nDA:2,2\nDA:3,0\nend_of_record\n"
            "SF:../tree/include/x.h\nDA:1,1\nend_of_record\nSF:../shims/y.c\nDA:1,1\nend_of_record\n"
        )
        self.path("lcov/one.lcov", lcov)
        self.path("lcov/two.lcov", lcov.replace(",2\n", ",0\n"))
        self.path("build/here", "")
        out = os.path.join(self.folder.name, "out.json")
        where = [f"--{n}={os.path.join(self.folder.name, n)}" for n in ("tree", "build", "lcov")]
        status, said = self.run_tool("make", *where, "--release=7.3.4", f"--out={out}")
        self.assertEqual(status, 0, said)
        with open(out, encoding="utf-8") as source:
            made = json.load(source)
        self.assertEqual(made["targets"], ["one", "two"])
        self.assertEqual(
            made["files"], {"kernel/dma/mapping.c": {"lines": "1-3", "ran": {"one": "1-2"}, "functions": {"1": "a"}}}
        )

    def test_what_is_no_summary(self):
        for text in ("{", '{"schema": 9}', "[]"):
            status, said = self.run_tool("show", self.path("s", text))
            self.assertEqual(status, 2, said)
            self.assertNotIn("Traceback", said)


if __name__ == "__main__":
    unittest.main()
