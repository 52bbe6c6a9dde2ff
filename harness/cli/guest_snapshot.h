// SPDX-License-Identifier: GPL-2.0-only
//
// A guest that has booted and loaded its module (shims/guest), as a file: QEMU goes on from there in a second, where a
// boot takes ten. The module stops the machine itself, by QEMU's pvpanic device, where it would look into its box for
// the first time; hence a snapshot is always of the same instruction.
#ifndef DMAFUZZ_CLI_GUEST_SNAPSHOT_H
#define DMAFUZZ_CLI_GUEST_SNAPSHOT_H

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "cli/qmp.h"

namespace dmafuzz::cli {

// Where the snapshot of a machine is, or is to be: in `folder`, named after `name` and all that it hangs on, which is
// QEMU's version, the machine's words (what QEMU is started with, but for names of files that each start has anew), and
// what is in the files `contents`. Throws Trouble if one of those cannot be read.
std::filesystem::path snapshot_file(const std::filesystem::path& folder, const std::string& name,
                                    const std::filesystem::path& qemu, std::span<const std::string> words,
                                    std::span<const std::filesystem::path> contents);

// What a QEMU is started with besides, to boot a machine of which a snapshot can be taken, or to go on from one; and
// the variable of its environment that names the file.
std::vector<std::string> snapshot_words(bool restore);
std::string snapshot_variable(const std::filesystem::path& file);

// Waits until the machine has stopped, has it written into the file of its environment, and tells that QEMU to end. The
// file is whole if it is there when all output of that process has ended. Throws Trouble.
void take_snapshot(Qmp& qmp);
// Waits until the machine stands as it did; it goes on at `cont`. Throws Trouble.
void await_restored(Qmp& qmp);

// Removes the snapshots of that name, in the file's folder, that hang on something else.
void remove_older_snapshots(const std::filesystem::path& file, const std::string& name);

}  // namespace dmafuzz::cli

#endif
