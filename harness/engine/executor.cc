// SPDX-License-Identifier: GPL-2.0-only
//
// See executor.h. The hot path: no allocation once the buffers have grown.
#include "engine/executor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "device/device.h"
#include "device/table_contents.h"
#include "dmasan/cache_model.h"
#include "dmasan/dmasan.h"
#include "engine/machine.h"
#include "engine/memory_report.h"
#include "engine/raise.h"
#include "engine/rerun.h"
#include "engine/symbols.h"
#include "engine/trace.h"
#include "host.h"
#include "host_dma.h"
#include "memory/memory.h"
#include "program/text.h"

namespace dmafuzz {
namespace {

constexpr unsigned kReportedOps = 16;
// What a device has before its driver asks for more (Documentation/core-api/dma-api-howto.rst, "DMA addressing").
constexpr unsigned kDefaultMaskBits = 32;
constexpr unsigned kDefaultLine = 64;  // bytes
Executor* g_running = nullptr;

uint64_t mask_of(unsigned bits) {
  return bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
}

// Ids of findings: what differs from the model, in the order of enum Mismatch.
constexpr const char* kMismatchIds[] = {
    "none",
    "unexpected-failure",
    "unexpected-success",
    "wrong-error",
    "not-offered",
    "lost-object",
    "no-cpu-address",
    "wrong-zone",
    "cpu-misaligned",
    "wrong-segments",
    "mask-exceeded",
    "segment-too-long",
    "segment-crosses-boundary",
    "dma-misaligned",
    "dma-overlap",
    "wrong-bytes",
    "wrong-value",
};
static_assert(std::size(kMismatchIds) == static_cast<size_t>(Mismatch::kCount));

// Memory that the kernel keeps once it has it, by the function that asked for it: pools that grow and never shrink,
// what belongs to a device that is still there, a table that is always there and changes its size.
constexpr std::string_view kKeepers[] = {
    "atomic_pool_work_fn",       // kernel/dma/pool.c: the atomic pools grow when one runs low
    "swiotlb_dyn_alloc",         // kernel/dma/swiotlb.c: a further bounce pool (CONFIG_SWIOTLB_DYNAMIC)
    "dma_debug_create_entries",  // kernel/dma/debug.c: its pool of entries,
    "dma_entry_alloc",           // the same, inlined there
    "device_wakeup_enable",      // drivers/base/power/wakeup.c: as its user said of a device, which is still there
    "rhashtable_rehash_alloc",   // lib/rhashtable.c: the table of memory models (net/core/xdp.c) grows and shrinks
};
// Where dma-debug allocates for an entry (kernel/dma/debug.c): kept as long as the entry is.
constexpr std::string_view kDebugEntry[] = {"add_dma_entry"};

// The table of an IOMMU domain, which stays when the device goes; mappings in it must not.
const TableContents& check_table() {
  static TableContents table;
  table.frames.clear();
  if (!device().had_table() || !list_table(device().table(), table) || !table.mapped) return table;
  raise_finding("iommu-mapping-leak",
                fmt::format("{} entries of the I/O page table still map something when everything was given back, "
                            "the first is {:#x}",
                            table.mapped, table.first_mapped_entry));
  return table;
}

bool allocated_in(const Description& leak, std::span<const std::string_view> functions) {
  if (!leak.alloc_stack) return false;
  for (uint64_t i = 0; i < leak.alloc_stack->count; ++i) {
    if (in_function(leak.alloc_stack->pc[i], functions)) return true;
  }
  return false;
}

}  // namespace

Executor::Executor(const dmaf_backend& backend, const char* target)
    : backend_(backend),
      state_(backend.state_size),
      bytes_(DMAF_OBJECT_MAX),
      segments_(size_t{DMAF_CLASSES} * DMAF_HANDLES * DMAF_SG_MAX) {
  closing_.reserve(kMaxOps);
  if (!machine().booted()) machine().boot();
  for (unsigned cls = 0; cls < DMAF_CLASSES; ++cls) {
    for (unsigned h = 0; h < DMAF_HANDLES; ++h) {
      objects_[cls][h].seg = &segments_[(size_t{cls} * DMAF_HANDLES + h) * DMAF_SG_MAX];
    }
  }
  struct kernel_facts facts = {};
  kernel_facts(&facts);
  model_.set_facts(tree_facts(facts));
  debug_keeps_failed_mmio_ = facts.debug_keeps_failed_mmio != 0;  // docs/findings/dma-debug-failed-resource.md
  raise_context().target = target;
  raise_context().operations = last_operations;
  raise_context().program = program_text;
  raise_context().operation = operation_text;
}

void Executor::run(const Program& program) {
  // The run before may have been left in its middle.
  const auto begin = [](InfoLeak::Run run) {
    dmasan().info_leak().begin(run);
    trace().mute(run == InfoLeak::Run::kSecond);
  };
  const bool twice = !observer_ && (rerun_ || runs_again(program));
  begin(twice ? InfoLeak::Run::kFirst : InfoLeak::Run::kNone);
  run_once(program, program.config.fill);
  if (!twice) return;
  begin(InfoLeak::Run::kSecond);
  run_once(program, static_cast<uint8_t>(program.config.fill + 1));
  begin(InfoLeak::Run::kNone);
}

void Executor::run_once(const Program& program, uint8_t fill) {
  program_ = &program;
  fill_ = fill;
  g_running = this;
  statuses_.assign(program.ops.size(), kNotReached);
  at_ = 0;
  ended_ = false;
  closing_.clear();
  open(program.config);
  if (dev_) {
    for (at_ = 0; at_ < program.ops.size(); ++at_) {
      statuses_[at_] = step(program.ops[at_]) ? result_.status : kSkipped;
      if (ended_) break;
    }
    if (program.lawful && !ended_) close();
    const bool whole = program.lawful && !ended_;
    backend_.end(state_.data());
    kernel_device_close(dev_);
    if (whole) dmasan().check_leaks();
    if (whole) check_nothing_left(debug_keeps_failed_mmio_ ? failed_mmio_maps_ : 0);
  }
  current_ = nullptr;
  g_running = nullptr;
  set_last_trace_hash(trace().hash());
  machine().reset();
}

void Executor::open(const dmaf_config& config) {
  for (auto& cls : objects_) {
    for (Object& o : cls) o.live = false;
  }
  std::memset(sg_mapped_, 0, sizeof sg_mapped_);
  rebound_ = false;
  failed_mmio_maps_ = 0;
  path_ = config.path;
  memory().set_dense(config.dense);
  memory().set_fill(fill_);
  dev_ = kernel_device_open(&config);
  // A path that this tree cannot offer is a program that does nothing; `dmafuzz run` says so.
  if (!dev_) return trace().event("path-not-offered", config.path, 0, 0);
  cache_model().set_active(!config.coherent);
  cache_model().set_line_size(config.line_order ? 1u << config.line_order : kDefaultLine);
  device().open(dev_, config);
  device().set_mask(path_ == DMAF_PATH_POOL ? ~uint64_t{0} : mask_of(kDefaultMaskBits));
  std::memset(state_.data(), 0, state_.size());
  backend_.begin(state_.data(), dev_, &config);
  model_.begin(apply_config(config));
}

// What a driver's probe says of its device, through the operations that a program has for it.
dmaf_config Executor::apply_config(const dmaf_config& config) {
  dmaf_config in_force = config;
  mask_bits_[0] = mask_bits_[1] = kDefaultMaskBits;
  const auto set = [&](unsigned code, unsigned kind, unsigned val, uint32_t len) {
    dmaf_op op = {};
    op.code = static_cast<uint8_t>(code);
    op.kind = static_cast<uint8_t>(kind);
    op.val = static_cast<uint16_t>(val);
    op.len = len;
    call(op);
    return result_.status == 0;
  };
  if (!set(DMAF_OP_SET_MASK, DMAF_MASK_STREAMING, config.mask_bits, 0)) in_force.mask_bits = kDefaultMaskBits;
  if (!set(DMAF_OP_SET_MASK, DMAF_MASK_COHERENT, config.coherent_mask_bits, 0)) {
    in_force.coherent_mask_bits = kDefaultMaskBits;
  }
  if (config.max_seg) set(DMAF_OP_SET_MAX_SEG, 0, 0, config.max_seg);
  if (config.boundary_order) set(DMAF_OP_SET_BOUNDARY, 0, config.boundary_order, 0);
  if (config.min_align_order) set(DMAF_OP_SET_MIN_ALIGN, 0, config.min_align_order, 0);
  return in_force;
}

// Whether the objects that the operation names came to be.
bool Executor::runnable(const dmaf_op& op) const {
  if (op.flags & DMAF_F_STALE) return true;  // as it last was
  const unsigned source = source_class(op);
  if (source != DMAF_NONE && !object(source, op.src).live) return false;
  const unsigned cls = handle_class(op);
  const bool makes = op_info(op.code).makes != DMAF_NONE;
  if (cls != DMAF_NONE && !makes && !object(cls, op.h).live) return false;
  switch (op.code) {
    case DMAF_OP_SG_UNMAP:
      return sg_mapped_[op.h];
    case DMAF_OP_SYNC_CPU:
    case DMAF_OP_SYNC_DEV:
    case DMAF_OP_DEV_READ:
    case DMAF_OP_DEV_WRITE:
      return cls != DMAF_SG || sg_mapped_[op.h];
    default:
      return true;
  }
}

bool Executor::step(const dmaf_op& op) {
  current_ = &op;
  const auto skip = [&](unsigned why) {
    trace().event("skip", op.code, op.h, why);
    return false;
  };
  if (!runnable(op)) return skip(0);
  Prediction prediction;
  if (program_->lawful) {
    prediction = model_.runnable(op) ? model_.before(op) : Prediction{.outcome = Outcome::kSkip};
    if (prediction.outcome == Outcome::kSkip) return skip(1);
  }
  tolerate_warnings(prediction.may_warn || prediction.injected || tolerant_);
  dmasan().begin_path(static_cast<uint32_t>(at_));
  result_ = {};
  switch (op.code) {
    case DMAF_OP_DEV_READ:
      device_access(op, false);
      break;
    case DMAF_OP_DEV_WRITE:
      device_access(op, true);
      break;
    case DMAF_OP_FAIL_ALLOC:
      memory().set_fail_after(op.val);
      break;
    case DMAF_OP_RUN_WORK:
    case DMAF_OP_PASS_TIME:
      trace().event("work", kernel_run_deferred(op.len), op.len, 0);
      break;
    case DMAF_OP_CACHE_EVICT:
      evict(op);
      break;
    default:
      call(op);
  }
  tolerate_warnings(false);
  if (observer_ && !observed(op, prediction)) {
    ended_ = true;
    return true;
  }
  if (program_->lawful) judge(op, prediction);
  return true;
}

bool Executor::observed(const dmaf_op& op, const Prediction& prediction) {
  Step step = {op, result_, {}, {}, {}, !closing_.empty()};
  const bool sees = (op.code == DMAF_OP_CHECK && result_.status == 0) || op.code == DMAF_OP_DEV_READ;
  if (sees) step.seen = {bytes_.data(), op.len};
  const unsigned cls = handle_class(op);
  if (program_->lawful && observer_->wants_promises()) {
    step.open = prediction.outcome == Outcome::kMayFail || prediction.injected;
    for (std::vector<uint8_t>& bytes : promised_) bytes.assign(step.seen.size(), 0);
    const Side side = op.code == DMAF_OP_CHECK ? Side::kCpu : Side::kDevice;
    if (sees) model_.expand(side, cls, op.h, op.off, op.len, promised_[0].data(), promised_[1].data());
    step.promised = promised_[1];
  }
  if (cls != DMAF_NONE && object(cls, op.h).live) {
    const Object& named = object(cls, op.h);
    const Object& of = cls == DMAF_MAP || cls == DMAF_SG ? object(DMAF_BUF, named.source) : named;
    if (of.live && of.cpu) step.memory = {of.cpu, of.len};
    step.segments = {named.seg, named.nseg};
  }
  return observer_->after(step);
}

void Executor::judge(const dmaf_op& op, const Prediction& prediction) {
  const bool observes = (op.code == DMAF_OP_CHECK && result_.status == 0) || op.code == DMAF_OP_DEV_READ;
  const std::span<const uint8_t> observed(bytes_.data(), observes ? op.len : 0);
  const Verdict verdict = model_.after(op, prediction, result_, observed);
  const bool pending = memory().fail_pending();
  model_.set_failure_pending(pending);
  if (verdict.ok() && prediction.injected && result_.status < 0 && pending) {
    raise_finding("unexpected-failure",
                  fmt::format("{} failed with {}, and no allocation had failed", print_op(op), result_.status));
  }
  if (!verdict.ok()) raise_finding(kMismatchIds[static_cast<size_t>(verdict.what)], model_.describe(verdict));
}

void Executor::call(const dmaf_op& op) {
  result_ = {};
  result_.bytes = bytes_.data();
  backend_.exec(state_.data(), &op, &result_);
  trace().event(op_info(op.code).name.data(), op.h, static_cast<uint64_t>(static_cast<int64_t>(result_.status)),
                result_.value);
  for (uint32_t i = 0; i < result_.nseg; ++i) trace().event("segment", i, result_.seg[i].dma, result_.seg[i].len);
  note(op, result_);
}

void Executor::note(const dmaf_op& op, const dmaf_result& result) {
  const bool ok = result.status == 0;
  const unsigned makes = op_info(op.code).makes;
  if (makes != DMAF_NONE) {
    Object& o = object(makes, op.h);
    o.live = ok;
    o.nseg = 0;
    o.cpu = ok ? static_cast<const char*>(result.cpu) : nullptr;
    o.len = makes == DMAF_BLK ? object(DMAF_POOL, op.src).len : op.len;
    o.source = op.src;
    if (makes == DMAF_SG) sg_mapped_[op.h] = false;
    if (makes == DMAF_COH) coh_kind_[op.h] = op.kind;
    if (makes == DMAF_POOL) pool_kind_[op.h] = op.kind;
  }
  if (ok && result.nseg && op.code != DMAF_OP_COH_SGTABLE) {
    Object& o = object(handle_class(op), op.h);
    o.nseg = result.nseg;
    std::memcpy(o.seg, result.seg, result.nseg * sizeof *o.seg);
  }
  switch (op.code) {
    case DMAF_OP_MAP:
      failed_mmio_maps_ += !ok && op.kind == DMAF_MAP_RESOURCE;
      break;
    case DMAF_OP_FREE:
    case DMAF_OP_UNMAP:
    case DMAF_OP_SG_FREE:
    case DMAF_OP_COH_FREE:
    case DMAF_OP_POOL_DESTROY:
    case DMAF_OP_POOL_FREE:
      if (ok) object(handle_class(op), op.h).live = false;  // refused: it is still there
      break;
    case DMAF_OP_SG_MAP:
      sg_mapped_[op.h] = ok;
      break;
    case DMAF_OP_SG_UNMAP:
      if (ok) sg_mapped_[op.h] = false;
      break;
    case DMAF_OP_SET_MASK:
      if (!ok) break;
      if (op.kind != DMAF_MASK_COHERENT) mask_bits_[0] = static_cast<uint8_t>(op.val);
      if (op.kind != DMAF_MASK_STREAMING) mask_bits_[1] = static_cast<uint8_t>(op.val);
      // Memory of the device's own is no matter of masks (docs/findings/device-pool-ignores-mask.md).
      if (path_ != DMAF_PATH_POOL) device().set_mask(mask_of(std::max(mask_bits_[0], mask_bits_[1])));
      break;
    case DMAF_OP_BIND:
      rebound_ = ok;
      break;
    case DMAF_OP_UNBIND:
      for (unsigned h = 0; h < DMAF_HANDLES; ++h) {
        if (coh_kind_[h] == DMAF_COH_MANAGED) object(DMAF_COH, h).live = false;
        if (pool_kind_[h] == DMAF_POOL_MANAGED) object(DMAF_POOL, h).live = false;
      }
      break;
    default:
      break;
  }
}

void Executor::device_access(const dmaf_op& op, bool write) {
  const Object& o = object(op.cls, op.h);
  const std::span<const dmaf_segment> segments(o.seg, o.nseg);
  AccessResult result;
  if (write) {
    dmaf_pattern_bytes(bytes_.data(), op.val, op.off, op.len);
    result = device().write(segments, op.off, bytes_.data(), op.len);
  } else {
    result = device().read(segments, op.off, bytes_.data(), op.len);
  }
  if (result.error == AccessError::kOutOfBounds && o.nseg && !program_->lawful) {
    result = access_beyond(op, result.done, write);
  }
  trace().event(write ? "dev_write" : "dev_read", op.h, result.done, static_cast<uint64_t>(result.error));
  if (!write) {
    trace().event("bytes", op.len, hash_bytes(bytes_.data(), result.done), 0);
  }
  if (!result.ok() && program_->lawful) {
    raise_finding("device-access-fault",
                  fmt::format("the device cannot {} {} bytes of what was mapped for it: {} at {:#x}",
                              write ? "write" : "read", op.len, access_error_name(result.error), result.address));
  }
}

AccessResult Executor::access_beyond(const dmaf_op& op, size_t done, bool write) {
  const Object& o = object(op.cls, op.h);
  uint64_t total = 0;
  for (uint32_t i = 0; i < o.nseg; ++i) total += o.seg[i].len;
  const dmaf_segment& last = o.seg[o.nseg - 1];
  const uint64_t address = last.dma + last.len + (op.off + done - total);
  uint8_t* bytes = bytes_.data() + done;
  return write ? device().write(address, bytes, op.len - done) : device().read(address, bytes, op.len - done);
}

void Executor::evict(const dmaf_op& op) {
  const Object& o = object(op.cls, op.h);
  if (!o.cpu) return;
  for (uint32_t done = 0; done < op.len;) {
    const char* at = o.cpu + op.off + done;
    const auto in_page = static_cast<uint32_t>(kPageSize - (reinterpret_cast<uintptr_t>(at) & (kPageSize - 1)));
    const uint32_t part = std::min(op.len - done, in_page);
    uint64_t phys;
    if (memory().to_phys(at, &phys)) cache_model().evict(phys, part);
    done += part;
  }
  trace().event("evict", op.h, op.off, op.len);
}

void Executor::close() {
  memory().set_fail_after(0);
  dmaf_op op = {};
  op.code = DMAF_OP_FAIL_ALLOC;
  model_.after(op, {});
  while (!ended_ && closing_.size() + 1 < kMaxOps && model_.next_cleanup(op)) {
    closing_.push_back(op);
    step(closing_.back());
    ++at_;
  }
  // What a second bind made (ranges, resources) is the device's until its driver goes; only then must nothing be left.
  if (!ended_ && rebound_ && model_.bound()) {
    op = {};
    op.code = DMAF_OP_UNBIND;
    closing_.push_back(op);
    step(closing_.back());
  }
}

std::vector<std::string> Executor::last_operations() {
  std::vector<std::string> lines;
  if (!g_running || !g_running->current_) return lines;
  const auto add = [&](const std::vector<dmaf_op>& ops, const char* note) {
    for (const dmaf_op& op : ops) {
      lines.push_back(print_op(op, object_names()) + note);
      if (&op == g_running->current_) return true;
    }
    return false;
  };
  if (!add(g_running->program_->ops, "")) add(g_running->closing_, "    # closing");
  if (lines.size() > kReportedOps) lines.erase(lines.begin(), lines.end() - kReportedOps);
  return lines;
}

std::string Executor::operation_text(uint32_t number) {
  if (!g_running) return {};
  const std::vector<dmaf_op>& ops = g_running->program_->ops;
  const std::vector<dmaf_op>& closing = g_running->closing_;
  if (number < ops.size()) return fmt::format("op {} ({})", number, print_op(ops[number], object_names()));
  if (number - ops.size() >= closing.size()) return {};
  return fmt::format("closing op {} ({})", number - ops.size(), print_op(closing[number - ops.size()], object_names()));
}

std::vector<std::string> Executor::program_text() {
  std::vector<std::string> lines;
  if (!g_running) return lines;
  const std::string text =
      print_text(ProgramFile{.program = *g_running->program_, .expect = {}, .names = object_names()});
  for (size_t at = 0; at < text.size();) {
    const size_t end = text.find('\n', at);
    lines.push_back(text.substr(at, end - at));
    if (end == std::string::npos) break;
    at = end + 1;
  }
  return lines;
}

void check_nothing_left(unsigned excused_debug_entries) {
  struct kernel_usage usage = {};
  kernel_usage(&usage);
  const auto check = [](unsigned long count, const char* id, const char* what) {
    if (count) raise_finding(id, fmt::format("{} {} left when everything was given back", count, what));
  };
  // dma-debug that ran out of memory (an injected failure hit it) gives up where it stands: what it holds says nothing.
  if (usage.debug_disabled) return;
  check(usage.debug_entries - std::min<unsigned long>(usage.debug_entries, excused_debug_entries), "mapping-leak",
        "entries of dma-debug");
  check(usage.swiotlb_slots, "swiotlb-leak", "bounce slots");
  check(usage.restricted_slots, "swiotlb-leak", "slots of the restricted pool");
  if (!usage.swiotlb_slots && !usage.restricted_slots) {
    check(kernel_lost_slots(), "swiotlb-leak", "bounce slots that are neither in use nor free");
  }
  check(usage.atomic_pool_bytes, "atomic-pool-leak", "bytes of the atomic pools");
  check(usage.device_pool_pages, "device-pool-leak", "pages of the device's own memory");
  check(usage.pending_work, "pending-work", "deferred works, timers or callbacks");
  const std::vector<uint32_t>& tables = check_table().frames;
  const LiveCounts& live = memory().live_since_snapshot();
  // As a rule nothing is left but tables: counting them is quicker than looking for the rest.
  const auto added = std::ranges::count_if(tables, [](uint32_t frame) { return !memory().from_boot(frame); });
  if (!live.objects && live.blocks == static_cast<unsigned>(added) && !live.aliases) return;
  // Kept: what is known leaves by a jump.
  static std::vector<Description> left;
  left = memory().list_live_since_snapshot();
  std::erase_if(left, [&](const Description& leak) {
    return allocated_in(leak, kKeepers) || (excused_debug_entries && allocated_in(leak, kDebugEntry)) ||
           std::ranges::find(tables, frame_of_address(leak.start)) != tables.end() || kernel_mempool_holds(leak.start);
  });
  raise_memory_leaks(left);
}

}  // namespace dmafuzz
