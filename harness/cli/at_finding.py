# SPDX-License-Identifier: GPL-2.0-only
"""gdb command of `dmafuzz run --gdb`: selects the frame that a finding names."""

import gdb


def frames():
    frame = gdb.newest_frame()
    while frame is not None:
        yield frame
        frame = frame.older()


def name_of(frame):
    """Without the arguments that C++ and Rust have in a function's name."""
    return (frame.name() or "").split("(")[0]


def file_of(frame):
    symtab = frame.find_sal().symtab
    return symtab.filename if symtab else ""


class AtFinding(gdb.Command):
    """at-finding FILE:LINE FUNCTION

Selects the innermost frame at FILE:LINE, or else in FUNCTION, and shows the source around it."""

    def __init__(self):
        super().__init__("at-finding", gdb.COMMAND_STACK)

    def invoke(self, argument, from_tty):
        place, _, function = argument.partition(" ")
        file, _, line = place.rpartition(":")
        function = function.split("(")[0]
        try:
            stack = list(frames())
        except gdb.error:
            raise gdb.GdbError("the program has ended: it did not come to the finding again")
        found = next((f for f in stack if file and file_of(f).endswith(file) and f.find_sal().line == int(line)), None)
        if found is None:
            found = next((f for f in stack if function and name_of(f) == function), None)
        if found is None:
            # The place of a leak is who made the mapping, long gone when it is found.
            print(f"{function or 'the place of the finding'} is not on the stack any more: the report says who called it")
            return
        found.select()
        gdb.execute("frame")
        gdb.execute("list")


AtFinding()
