// SPDX-License-Identifier: GPL-2.0-only
//
// Writes the timeline of inputs as they run (report/timeline.h), for `dmafuzz explain`. Without it nothing is kept and
// nothing is slower.
#ifndef DMAFUZZ_ENGINE_TIMELINE_H
#define DMAFUZZ_ENGINE_TIMELINE_H

#include <string>

namespace dmafuzz {

// From now on, for good: timelines are written to this file. Before the first input, and best before the machine boots.
// Ends the process with a message if the file cannot be opened.
void start_timeline(const std::string& file);
bool keeps_timeline();

// An input begins.
void timeline_input();
// An operation begins that DmaSan is not told the number of: those of targets over plain bytes.
void timeline_operation(const std::string& text);

}  // namespace dmafuzz

#endif
