// SPDX-License-Identifier: GPL-2.0-only
//
// Runs one DMA program on one backend: opens the device of its configuration, runs its operations against the reference
// model, plays the device's part, tears down what a lawful program left, checks that nothing is left, and resets.
#ifndef DMAFUZZ_ENGINE_EXECUTOR_H
#define DMAFUZZ_ENGINE_EXECUTOR_H

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "backend/backend.h"
#include "device/device.h"
#include "program/model.h"
#include "program/program.h"
#include "program/shape.h"

namespace dmafuzz {

class Executor {
 public:
  // Boots the machine if nobody did. `backend` and `target` must outlive it.
  Executor(const dmaf_backend& backend, const char* target);
  // Runs the program from a fresh machine and leaves a fresh machine. Does not return if something is found.
  // Lawful programs must be shaped (shape.h).
  void run(const Program& program);

  // What an operation came to, for whoever holds it against another run of the same program.
  struct Step {
    const dmaf_op& op;
    const dmaf_result& result;
    std::span<const uint8_t> seen;           // what CHECK or DEV_READ read
    std::span<const char> memory;            // the CPU's, of the object that it names; may be empty
    std::span<const dmaf_segment> segments;  // and what the device has of it
    bool closing;                            // one of those that give back what the program left
    // Of lawful programs, for those who want it: of each byte of `seen` 0 where the model promises nothing, and whether
    // it leaves open how the operation ends.
    std::span<const uint8_t> promised = {};
    bool open = false;
  };
  class Observer {
   public:
    // After each operation that was not skipped. False ends the program there: nothing is judged any more, nothing is
    // given back, the machine is fresh again.
    virtual bool after(const Step& step) = 0;
    virtual bool wants_promises() const { return false; }

   protected:
    ~Observer() = default;
  };
  // Null: nobody watches. What is watched runs once.
  void set_observer(Observer* observer) { observer_ = observer; }

  // Each program that nobody watches runs again with other fresh memory, whatever rerun.h says of it.
  void set_rerun(bool on) { rerun_ = on; }
  // For unlawful programs, run with a trap armed (raise.h). While tolerant, warnings of the kernel are logged only: it
  // is not its word that is waited for.
  void set_tolerant(bool on) { tolerant_ = on; }
  static constexpr int32_t kNotReached = INT32_MIN, kSkipped = INT32_MIN + 1;
  // What became of each operation of the program that ran last: its result's status, or one of the above.
  std::span<const int32_t> statuses() const { return statuses_; }
  // The operation under way when a finding was trapped.
  size_t at() const { return at_; }

  // The last operations of the program that runs, and all of it; empty if none does.
  static std::vector<std::string> last_operations();
  static std::vector<std::string> program_text();

 private:
  // What an object came to at run time; the shaper reckons with success only.
  struct Object {
    bool live = false;
    uint32_t nseg = 0;
    dmaf_segment* seg = nullptr;
    const char* cpu = nullptr;  // its first byte, or null
    uint32_t len = 0;           // bytes of that
    uint8_t source = 0;         // the buffer that a mapping or a list is of
  };

  void run_once(const Program& program, uint8_t fill);
  void open(const dmaf_config& config);
  // Returns the configuration that is in force: a mask that the device's bus cannot serve is refused.
  dmaf_config apply_config(const dmaf_config& config);
  // False if the operation was skipped: what it names never came to be.
  bool step(const dmaf_op& op);
  bool runnable(const dmaf_op& op) const;
  // Runs it on the backend; result_ is then what it came to.
  void call(const dmaf_op& op);
  // Holds the operation's result against the model's prediction.
  void judge(const dmaf_op& op, const Prediction& prediction);
  void note(const dmaf_op& op, const dmaf_result& result);
  void device_access(const dmaf_op& op, bool write);
  // What lies past the end of an object: where a device that miscounts goes on.
  AccessResult access_beyond(const dmaf_op& op, size_t done, bool write);
  void evict(const dmaf_op& op);
  // Gives back what the program left, in a lawful order.
  void close();
  Object& object(unsigned cls, unsigned h) { return objects_[cls][h]; }
  const Object& object(unsigned cls, unsigned h) const { return objects_[cls][h]; }
  // Tells the observer; false: the program ends here.
  bool observed(const dmaf_op& op, const Prediction& prediction);
  static std::string operation_text(uint32_t number);

  const dmaf_backend& backend_;
  Model model_;
  dmaf_result result_ = {};
  void* dev_ = nullptr;
  std::vector<unsigned char> state_;
  std::vector<uint8_t> bytes_;
  std::vector<uint8_t> promised_[2];  // what the model expects, and whether it does
  std::vector<dmaf_segment> segments_;
  Object objects_[DMAF_CLASSES][DMAF_HANDLES];
  uint8_t path_ = 0;
  bool rebound_ = false;
  bool debug_keeps_failed_mmio_ = false;
  unsigned failed_mmio_maps_ = 0;
  bool sg_mapped_[DMAF_HANDLES] = {};
  uint8_t coh_kind_[DMAF_HANDLES] = {};
  uint8_t pool_kind_[DMAF_HANDLES] = {};
  uint8_t mask_bits_[2] = {};  // streaming, coherent: in force
  std::vector<dmaf_op> closing_;
  bool tolerant_ = false;
  Observer* observer_ = nullptr;
  bool ended_ = false;  // by the observer
  bool rerun_ = false;
  uint8_t fill_ = 0;
  std::vector<int32_t> statuses_;
  size_t at_ = 0;
  // For reports
  const Program* program_ = nullptr;
  const dmaf_op* current_ = nullptr;
};

// Raises what is still there after everything was given back and the device closed: mappings in the I/O page table,
// memory (other than the table's), bounce slots, what pools lent, debug entries (more than the excused
// ones), deferred work.
void check_nothing_left(unsigned excused_debug_entries = 0);

}  // namespace dmafuzz

#endif
