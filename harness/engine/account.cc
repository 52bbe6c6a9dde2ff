// SPDX-License-Identifier: GPL-2.0-only
//
// See account.h. Each part is written at once: a finding ends the process wherever it stands.
#include "engine/account.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>

#include "host.h"

namespace dmafuzz {
namespace {

int g_file = -1;

void append(const std::vector<uint8_t>& part) {
  for (size_t done = 0; done < part.size();) {
    const ssize_t n = write(g_file, part.data() + done, part.size() - done);
    if (n <= 0) {
      std::perror("the account of the programs cannot be written");
      std::exit(2);
    }
    done += static_cast<size_t>(n);
  }
}

class Bookkeeper final : public Executor::Observer {
 public:
  explicit Bookkeeper(const Executor& executor) : executor_(executor) {}

  bool wants_promises() const override { return true; }
  bool after(const Executor::Step& step) override {
    AccountedOp one;
    one.op = step.op;
    one.open = step.open;
    dmaf_guest_record& record = one.result.record;
    record.index = static_cast<dmaf_u32>(step.closing ? closing_++ : executor_.at());
    record.origin = step.closing ? DMAF_GUEST_CLOSING : DMAF_GUEST_PROGRAM;
    record.status = step.result.status;
    record.value = step.result.value;
    record.nseg = step.result.nseg;
    for (uint32_t i = 0; i < step.result.nseg; ++i) record.mapped += step.result.seg[i].len;
    record.live = static_cast<dmaf_s32>(kernel_debug_entries() - before_);
    one.result.bytes.assign(step.seen.begin(), step.seen.end());
    one.known.assign(step.promised.begin(), step.promised.end());
    append(account_op(one));
    return true;
  }

 private:
  const Executor& executor_;
  unsigned long before_ = kernel_debug_entries();
  size_t closing_ = 0;
};

}  // namespace

void start_account(const std::string& file) {
  g_file = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (g_file >= 0) return;
  std::perror(file.c_str());
  std::exit(2);
}

bool keeps_account() {
  return g_file >= 0;
}

void run_with_account(Executor& executor, const Program& program) {
  if (!keeps_account()) return executor.run(program);
  append(account_begin(program));
  Bookkeeper bookkeeper(executor);
  executor.set_observer(&bookkeeper);
  executor.run(program);
  executor.set_observer(nullptr);
  append(account_end());
}

}  // namespace dmafuzz
