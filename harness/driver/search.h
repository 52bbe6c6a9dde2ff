// SPDX-License-Identifier: GPL-2.0-only
//
// A guided search for a device with which a driver comes up. The driver is loaded again and again with a generic device
// (driver/generic.h) whose registers read otherwise each time, and what the driver does with what it read says what to
// try next: a value that it compared with another one is made to be that other one, a bit that it may be waiting for is
// set or cleared. Runs that reach code which no run before did are kept and gone on from.
//
// The same program finds the same device each time: a fixed seed, counts of runs and of register accesses, no clock.
// Only in programs that are linked with it (fuzzers/driver-kit.cmake), since it takes the place of a fuzzing engine.
#ifndef DMAFUZZ_DRIVER_SEARCH_H
#define DMAFUZZ_DRIVER_SEARCH_H

#include <vector>

#include "driver/stages.h"
#include "life/life.h"
#include "manifest/manifest.h"

namespace dmafuzz {

class GenericDevice;
class LifeExecutor;

// What is run again and again: a life of the driver with that device, which it resets first.
class Searched {
 public:
  virtual ~Searched() = default;
  // Comes back however the life ended: by itself, by a finding, or by leave() below.
  virtual void run() = 0;
};

// The registers with which the device gets the driver furthest, of at most `runs` runs; none if no answer got it
// further than it came by itself. It ends where the driver has come to `enough`. `leave`, which does not come back,
// ends the run that is under way.
std::vector<Manifest::Register> search_registers(Searched& searched, GenericDevice& device, unsigned runs, Stage enough,
                                                 void (*leave)());
// To be said in run() before anything but the driver runs: the driver's run is over.
void stop_searching();

// Runs the life at most `runs` times; prints a line "search: {...}" for each register of the best device that was found
// (an element of a manifest's `register`), none if no answer got the driver further than it came by itself. Findings on
// the way end a run and are not told: the device that is found is to be run as any other. Null in other programs.
__attribute__((weak)) void search_device(LifeExecutor& executor, const Life& life, unsigned runs, Stage enough);

}  // namespace dmafuzz

#endif
