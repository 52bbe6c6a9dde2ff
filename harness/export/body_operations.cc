// SPDX-License-Identifier: GPL-2.0-only
//
// The statements of each operation, as the interpreter of backend `c` (shims/backend/c) means it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "export/body_writer.h"

namespace dmafuzz {
namespace {

// The interpreter's register windows: anywhere that is no RAM.
constexpr std::uint64_t kWindowBase = 0xc0000000;
constexpr std::uint64_t kWindowSize = 0x10000;

bool has(const dmaf_op& op, unsigned flag) {
  return op.flags & flag;
}

std::string gfp(const dmaf_op& op, std::string_view zone = {}) {
  return fmt::format("{}{}", has(op, DMAF_F_ATOMIC) ? "GFP_ATOMIC" : "GFP_KERNEL", zone);
}

std::string zeroed(const dmaf_op& op) {
  return has(op, DMAF_F_ZERO) ? " | __GFP_ZERO" : "";
}

// The device that the call names, the direction and the size, each with the mistake that the operation makes of it.
std::string device_of(const dmaf_op& op) {
  return has(op, DMAF_F_WRONG_DEV) ? "dev->parent" : "dev";
}

std::string direction_of(const dmaf_op& op, unsigned dir) {
  return c_direction(has(op, DMAF_F_WRONG_DIR) ? (dir + 1) % DMAF_DIR_NONE : dir);
}

std::string size_of(const dmaf_op& op, std::uint64_t len) {
  return has(op, DMAF_F_WRONG_SIZE) ? c_size(len) + " / 2" : c_size(len);
}

std::string page_of(const dmaf_op& buffer, const std::string& at, bool wrong_call) {
  return fmt::format("{}({})", buffer.kind == DMAF_ALLOC_VMALLOC && !wrong_call ? "vmalloc_to_page" : "virt_to_page",
                     at);
}

}  // namespace

void BodyWriter::write(const Step& step) {
  const dmaf_op& op = step.op;
  say_mistake(op);
  switch (op.code) {
    case DMAF_OP_ALLOC:
      return alloc(step);
    case DMAF_OP_FREE:
      return free_buffer(step.made, op.h);
    case DMAF_OP_FILL:
    case DMAF_OP_CHECK:
      return cpu_access(step);
    case DMAF_OP_MAP:
      return map(step);
    case DMAF_OP_UNMAP:
      return unmap(op, step.made);
    case DMAF_OP_SYNC_CPU:
    case DMAF_OP_SYNC_DEV:
      return sync(step);
    case DMAF_OP_SG_ALLOC:
      return sg_alloc(step);
    case DMAF_OP_SG_MAP:
      return sg_map(step);
    case DMAF_OP_SG_UNMAP:
      return sg_unmap(op, step.mapped);
    case DMAF_OP_SG_FREE:
      return text_.line(fmt::format("sg_free_table(&{});", variable(DMAF_SG, op.h)));
    case DMAF_OP_COH_ALLOC:
      return mem_alloc(step);
    case DMAF_OP_COH_FREE:
      return mem_free(op, step.made);
    case DMAF_OP_POOL_CREATE:
      return pool_create(step);
    case DMAF_OP_POOL_DESTROY:
      return give_back({DMAF_POOL, op.h, false, step.made});
    case DMAF_OP_POOL_ALLOC:
      return pool_alloc(step);
    case DMAF_OP_POOL_FREE:
      return pool_free(step);
    case DMAF_OP_SET_MASK:
      return set_mask(step);
    case DMAF_OP_SET_MAX_SEG:
      body_.limits = true;
      return text_.line(fmt::format("dma_set_max_seg_size(dev, {});", c_size(op.len)));
    case DMAF_OP_SET_BOUNDARY:
      body_.limits = true;
      return text_.line(fmt::format("dma_set_seg_boundary(dev, {});",
                                    op.val ? fmt::format("DMA_BIT_MASK({})", op.val) : std::string("0")));
    case DMAF_OP_SET_MIN_ALIGN:
      body_.limits = true;
      return text_.line(fmt::format("dma_set_min_align_mask(dev, {} - 1);", c_size(std::uint64_t{1} << op.val)));
    case DMAF_OP_UNBIND:
    case DMAF_OP_BIND:
      return bind(step);
    case DMAF_OP_DEV_READ:
    case DMAF_OP_DEV_WRITE:
      return device_access(step);
    case DMAF_OP_RUN_WORK:
      header("linux/delay.h");
      return text_.line("msleep(20);");
    case DMAF_OP_PASS_TIME:
      header("linux/delay.h");
      return text_.line(fmt::format("msleep({});", op.len / 1000000 + 1));
    default:
      return;
  }
}

void BodyWriter::say_mistake(const dmaf_op& op) {
  std::string words;
  const auto say = [&](unsigned flag, std::string_view what) {
    if (has(op, flag)) words += fmt::format("{}{}", words.empty() ? "" : " ", what);
  };
  say(DMAF_F_UNCHECKED, "dma_mapping_error() is not asked.");
  say(DMAF_F_WRONG_SIZE, "Half of the size that it has.");
  say(DMAF_F_WRONG_DIR, "Another direction than that of the mapping.");
  say(DMAF_F_WRONG_CALL, op.code == DMAF_OP_POOL_FREE ? "Another pool than its own."
                         : op.code == DMAF_OP_MAP     ? "As if this were memory of the linear map."
                                                      : "Through another function than that of the mapping.");
  say(DMAF_F_STALE, "What this names is gone.");
  say(DMAF_F_WRONG_DEV, "For another device, the parent.");
  if (!words.empty()) text_.comment(words);
}

void BodyWriter::give_back(const Held& held) {
  dmaf_op plain{};
  plain.h = held.h;
  plain.attrs = held.made.attrs;
  switch (held.cls) {
    case DMAF_BUF:
      return free_buffer(held.made, held.h);
    case DMAF_MAP:
      return unmap(plain, held.made);
    case DMAF_SG:
      if (held.list_mapping) return sg_unmap(plain, held.made);
      return text_.line(fmt::format("sg_free_table(&{});", variable(DMAF_SG, held.h)));
    case DMAF_COH:
      return mem_free(plain, held.made);
    case DMAF_POOL:
      return text_.line(fmt::format("{}({});",
                                    held.made.kind == DMAF_POOL_MANAGED ? "dmam_pool_destroy" : "dma_pool_destroy",
                                    variable(DMAF_POOL, held.h)));
    case DMAF_BLK: {
      const std::string block = variable(DMAF_BLK, held.h);
      return text_.call("dma_pool_free(", {variable(DMAF_POOL, held.made.src), block, block + "_dma"});
    }
    default:
      return;
  }
}

void BodyWriter::alloc(const Step& step) {
  const dmaf_op& op = step.op;
  const std::string buf = variable(DMAF_BUF, op.h);
  const std::string len = c_size(op.len);
  switch (op.kind) {
    case DMAF_ALLOC_RESOURCE:
      declare("const phys_addr_t", buf, fmt::format(" = {:#x}", kWindowBase + op.h * kWindowSize));
      return;
    case DMAF_ALLOC_STATIC:
      declare("static u8", buf, fmt::format("[{}]", std::max<dmaf_u32>(op.len, 1)));
      return;
    case DMAF_ALLOC_STACK:
      declare("u8", buf, fmt::format("[{}]", std::max<dmaf_u32>(op.len, 1)));
      return;
    default:
      break;
  }
  declare("u8 *", buf);
  header("linux/slab.h");
  begin_atomic(op);
  const std::string zone = op.kind == DMAF_ALLOC_KMALLOC_DMA || op.kind == DMAF_ALLOC_PAGES_DMA ? " | GFP_DMA"
                           : op.kind == DMAF_ALLOC_PAGES_DMA32                                  ? " | GFP_DMA32"
                                                                                                : "";
  std::string also;
  switch (op.kind) {
    case DMAF_ALLOC_KMALLOC:
    case DMAF_ALLOC_KMALLOC_DMA:
      text_.call(fmt::format("{} = {}(", buf, has(op, DMAF_F_ZERO) ? "kzalloc" : "kmalloc"), {len, gfp(op, zone)});
      break;
    case DMAF_ALLOC_PAGES:
    case DMAF_ALLOC_PAGES_DMA:
    case DMAF_ALLOC_PAGES_DMA32:
      header("linux/gfp.h");
      text_.call(fmt::format("{} = (u8 *)__get_free_pages(", buf),
                 {gfp(op, zone) + zeroed(op), fmt::format("get_order({})", len)});
      break;
    case DMAF_ALLOC_VMALLOC:
      header("linux/vmalloc.h");
      text_.line(fmt::format("{} = {}({});", buf, has(op, DMAF_F_ZERO) ? "vzalloc" : "vmalloc", len));
      break;
    default: {  // a slab cache
      const std::string cache = declare("struct kmem_cache *", buf + "_cache");
      text_.call(fmt::format("{} = kmem_cache_create(", cache), {fmt::format("\"{}\"", name_), len, "0", "0", "NULL"});
      require_pointer(cache, step);
      text_.call(fmt::format("{} = kmem_cache_alloc(", buf), {cache, gfp(op) + zeroed(op)});
      also = fmt::format("kmem_cache_destroy({});", cache);
    }
  }
  end_atomic(op);
  require_pointer(buf, step, also);
}

void BodyWriter::free_buffer(const dmaf_op& made, unsigned h) {
  const std::string buf = variable(DMAF_BUF, h);
  switch (made.kind) {
    case DMAF_ALLOC_KMALLOC:
    case DMAF_ALLOC_KMALLOC_DMA:
      return text_.line(fmt::format("kfree({});", buf));
    case DMAF_ALLOC_PAGES:
    case DMAF_ALLOC_PAGES_DMA:
    case DMAF_ALLOC_PAGES_DMA32:
      return text_.call("free_pages(",
                        {fmt::format("(unsigned long){}", buf), fmt::format("get_order({})", c_size(made.len))});
    case DMAF_ALLOC_VMALLOC:
      return text_.line(fmt::format("vfree({});", buf));
    case DMAF_ALLOC_CACHE:
      text_.line(fmt::format("kmem_cache_free({0}_cache, {0});", buf));
      return text_.line(fmt::format("kmem_cache_destroy({}_cache);", buf));
    default:
      return;
  }
}

void BodyWriter::map(const Step& step) {
  const dmaf_op& op = step.op;
  const dmaf_op& buffer = step.made;
  const std::string dma = declare("dma_addr_t", variable(DMAF_MAP, op.h));
  const std::string at = c_at(variable(DMAF_BUF, op.src), op.off);
  const std::string len = c_size(op.len), dir = c_direction(op.dir), attrs = c_attrs(op.attrs);
  const std::string page = page_of(buffer, at, has(op, DMAF_F_WRONG_CALL));
  std::string phys = fmt::format("page_to_phys({}) + offset_in_page({})", page, at);
  if (buffer.kind == DMAF_ALLOC_RESOURCE) phys = at;
  begin_atomic(op);
  const unsigned kind = op.kind == DMAF_MAP_PHYS && !tree_.has_map_phys() ? unsigned{DMAF_MAP_PAGE} : op.kind;
  const bool plain = !op.attrs;
  header("linux/mm.h");
  switch (kind) {
    case DMAF_MAP_SINGLE:
      plain ? text_.call(fmt::format("{} = dma_map_single(", dma), {"dev", at, len, dir})
            : text_.call(fmt::format("{} = dma_map_single_attrs(", dma), {"dev", at, len, dir, attrs});
      break;
    case DMAF_MAP_PAGE: {
      const std::string in_page = fmt::format("offset_in_page({})", at);
      plain ? text_.call(fmt::format("{} = dma_map_page(", dma), {"dev", page, in_page, len, dir})
            : text_.call(fmt::format("{} = dma_map_page_attrs(", dma), {"dev", page, in_page, len, dir, attrs});
      break;
    }
    case DMAF_MAP_PHYS:
      text_.call(fmt::format("{} = dma_map_phys(", dma), {"dev", phys, len, dir, attrs});
      break;
    default:
      text_.call(fmt::format("{} = dma_map_resource(", dma), {"dev", phys, len, dir, attrs});
      break;
  }
  end_atomic(op);
  if (has(op, DMAF_F_UNCHECKED)) return;
  text_.line(fmt::format("{} = dma_mapping_error(dev, {});", ret(), dma));
  require_ret(step);
}

void BodyWriter::unmap(const dmaf_op& op, const dmaf_op& made) {
  const std::string dma = variable(DMAF_MAP, op.h), dev = device_of(op);
  const std::string len = size_of(op, made.len), dir = direction_of(op, made.dir), attrs = c_attrs(op.attrs);
  unsigned kind = made.kind;
  if (has(op, DMAF_F_WRONG_CALL)) kind = kind == DMAF_MAP_RESOURCE ? DMAF_MAP_PAGE : DMAF_MAP_RESOURCE;
  if (kind == DMAF_MAP_PHYS && !tree_.has_map_phys()) kind = DMAF_MAP_PAGE;
  begin_atomic(op);
  if (kind == DMAF_MAP_RESOURCE || kind == DMAF_MAP_PHYS) {
    text_.call(kind == DMAF_MAP_PHYS ? "dma_unmap_phys(" : "dma_unmap_resource(", {dev, dma, len, dir, attrs});
  } else {
    const std::string_view what = kind == DMAF_MAP_SINGLE ? "single" : "page";
    op.attrs ? text_.call(fmt::format("dma_unmap_{}_attrs(", what), {dev, dma, len, dir, attrs})
             : text_.call(fmt::format("dma_unmap_{}(", what), {dev, dma, len, dir});
  }
  end_atomic(op);
}

void BodyWriter::sync(const Step& step) {
  const dmaf_op& op = step.op;
  const std::string_view side = op.code == DMAF_OP_SYNC_CPU ? "cpu" : "device";
  begin_atomic(op);
  if (op.cls == DMAF_SG) {
    const std::string sgt = variable(DMAF_SG, op.h), dir = c_direction(step.mapped.dir);
    if (step.mapped.kind == DMAF_SG_MAP_SGTABLE)
      text_.call(fmt::format("dma_sync_sgtable_for_{}(", side), {"dev", "&" + sgt, dir});
    else
      text_.call(fmt::format("dma_sync_sg_for_{}(", side), {"dev", sgt + ".sgl", sgt + ".orig_nents", dir});
  } else if (op.cls == DMAF_COH && step.made.kind == DMAF_COH_NONCONTIGUOUS) {
    header("linux/highmem.h");
    const std::string mem = variable(DMAF_COH, op.h), len = c_size(step.made.len);
    if (op.code == DMAF_OP_SYNC_DEV) text_.line(fmt::format("flush_kernel_vmap_range({}, {});", mem, len));
    text_.call(fmt::format("dma_sync_sgtable_for_{}(", side), {"dev", mem + "_sgt", c_direction(step.made.dir)});
    if (op.code == DMAF_OP_SYNC_CPU) text_.line(fmt::format("invalidate_kernel_vmap_range({}, {});", mem, len));
  } else {
    const std::string dma = dma_of(op.cls, op.h), len = c_size(op.len);
    const std::string dir = op.cls == DMAF_MAP ? direction_of(op, step.made.dir) : c_direction(step.made.dir);
    if (op.cls == DMAF_MAP && op.kind == DMAF_SYNC_RANGE)
      text_.call(fmt::format("dma_sync_single_range_for_{}(", side), {"dev", dma, c_size(op.off), len, dir});
    else
      text_.call(fmt::format("dma_sync_single_for_{}(", side), {"dev", c_at(dma, op.off), len, dir});
  }
  end_atomic(op);
}

void BodyWriter::sg_alloc(const Step& step) {
  const dmaf_op& op = step.op;
  header("linux/scatterlist.h");
  const std::string sgt = declare("struct sg_table", variable(DMAF_SG, op.h));
  begin_atomic(op);
  text_.call(fmt::format("{} = sg_alloc_table(", ret()), {"&" + sgt, fmt::format("{}", op.val), gfp(op)});
  end_atomic(op);
  require_ret(step);
  if (!op.val) return;
  declare("struct scatterlist *", "sg");
  declare("int", "i");
  const std::string stride = c_size(op.len + op.gap),
                    factor = stride.find(' ') == std::string::npos ? stride : fmt::format("({})", stride);
  const std::string at = fmt::format("{} + i * {}", c_at(variable(DMAF_BUF, op.src), op.off), factor);
  text_.line(fmt::format("for_each_sgtable_sg(&{}, sg, i)", sgt));
  text_.indent();
  if (step.made.kind == DMAF_ALLOC_VMALLOC) {
    text_.call("sg_set_page(",
               {"sg", fmt::format("vmalloc_to_page({})", at), c_size(op.len), fmt::format("offset_in_page({})", at)});
  } else {
    text_.call("sg_set_buf(", {"sg", at, c_size(op.len)});
  }
  text_.outdent();
}

void BodyWriter::sg_map(const Step& step) {
  const dmaf_op& op = step.op;
  const std::string sgt = variable(DMAF_SG, op.h), dir = c_direction(op.dir), attrs = c_attrs(op.attrs);
  begin_atomic(op);
  if (op.kind == DMAF_SG_MAP_SGTABLE) {
    text_.call(fmt::format("{} = dma_map_sgtable(", ret()), {"dev", "&" + sgt, dir, attrs});
    end_atomic(op);
    return require_ret(step);
  }
  const std::string nents = declare("int", sgt == "sgt" ? "nents" : sgt + "_nents");
  const std::string list = sgt + ".sgl", count = sgt + ".orig_nents";
  op.attrs ? text_.call(fmt::format("{} = dma_map_sg_attrs(", nents), {"dev", list, count, dir, attrs})
           : text_.call(fmt::format("{} = dma_map_sg(", nents), {"dev", list, count, dir});
  end_atomic(op);
  if (form_ == ExportForm::kKunit) text_.line(fmt::format("KUNIT_EXPECT_GT(test, {}, 0);", nents));
  fail_if("!" + nents, step, "-EIO");
}

void BodyWriter::sg_unmap(const dmaf_op& op, const dmaf_op& mapped) {
  const std::string sgt = variable(DMAF_SG, op.h), dev = device_of(op), attrs = c_attrs(op.attrs);
  begin_atomic(op);
  if (mapped.kind == DMAF_SG_MAP_SGTABLE && !has(op, DMAF_F_WRONG_SIZE | DMAF_F_WRONG_DIR)) {
    text_.call("dma_unmap_sgtable(", {dev, "&" + sgt, c_direction(mapped.dir), attrs});
  } else {
    const std::string nents = sgt + (has(op, DMAF_F_WRONG_SIZE) ? ".orig_nents / 2" : ".orig_nents");
    const std::string dir = direction_of(op, mapped.dir);
    op.attrs ? text_.call("dma_unmap_sg_attrs(", {dev, sgt + ".sgl", nents, dir, attrs})
             : text_.call("dma_unmap_sg(", {dev, sgt + ".sgl", nents, dir});
  }
  end_atomic(op);
}

void BodyWriter::mem_alloc(const Step& step) {
  const dmaf_op& op = step.op;
  const std::string mem = declare("u8 *", variable(DMAF_COH, op.h));
  const std::string len = c_size(op.len), flags = gfp(op) + zeroed(op), dir = c_direction(op.dir);
  const std::string attrs = c_attrs(op.attrs);
  const std::string dma = op.kind == DMAF_COH_NONCONTIGUOUS ? "" : declare("dma_addr_t", mem + "_dma");
  begin_atomic(op);
  switch (op.kind) {
    case DMAF_COH_COHERENT:
      op.attrs ? text_.call(fmt::format("{} = dma_alloc_attrs(", mem), {"dev", len, "&" + dma, flags, attrs})
               : text_.call(fmt::format("{} = dma_alloc_coherent(", mem), {"dev", len, "&" + dma, flags});
      break;
    case DMAF_COH_WC:
      text_.call(fmt::format("{} = dma_alloc_wc(", mem), {"dev", len, "&" + dma, flags});
      break;
    case DMAF_COH_MANAGED:
      text_.call(fmt::format("{} = dmam_alloc_attrs(", mem), {"dev", len, "&" + dma, flags, attrs});
      break;
    case DMAF_COH_PAGES: {
      header("linux/mm.h");
      const std::string page = declare("struct page *", mem + "_page");
      text_.call(fmt::format("{} = dma_alloc_pages(", page), {"dev", len, "&" + dma, dir, flags});
      end_atomic(op);
      require_pointer(page, step);
      return text_.line(fmt::format("{} = page_address({});", mem, page));
    }
    case DMAF_COH_NONCOHERENT:
      text_.call(fmt::format("{} = dma_alloc_noncoherent(", mem), {"dev", len, "&" + dma, dir, flags});
      break;
    default: {
      const std::string sgt = declare("struct sg_table *", mem + "_sgt");
      text_.call(fmt::format("{} = dma_alloc_noncontiguous(", sgt), {"dev", len, dir, flags, attrs});
      end_atomic(op);
      require_pointer(sgt, step);
      text_.call(fmt::format("{} = dma_vmap_noncontiguous(", mem), {"dev", len, sgt});
      return require_pointer(mem, step, fmt::format("dma_free_noncontiguous(dev, {}, {}, {});", len, sgt, dir));
    }
  }
  end_atomic(op);
  require_pointer(mem, step);
}

void BodyWriter::mem_free(const dmaf_op& op, const dmaf_op& made) {
  const std::string mem = variable(DMAF_COH, op.h), dma = mem + "_dma", dev = device_of(op);
  const std::string len = size_of(op, made.len), dir = c_direction(made.dir);
  begin_atomic(op);
  switch (made.kind) {
    case DMAF_COH_COHERENT:
      made.attrs ? text_.call("dma_free_attrs(", {dev, len, mem, dma, c_attrs(made.attrs)})
                 : text_.call("dma_free_coherent(", {dev, len, mem, dma});
      break;
    case DMAF_COH_WC:
      text_.call("dma_free_wc(", {dev, len, mem, dma});
      break;
    case DMAF_COH_MANAGED:
      text_.call("dmam_free_coherent(", {dev, len, mem, dma});
      break;
    case DMAF_COH_PAGES:
      text_.call("dma_free_pages(", {dev, len, mem + "_page", dma, dir});
      break;
    case DMAF_COH_NONCOHERENT:
      text_.call("dma_free_noncoherent(", {dev, len, mem, dma, dir});
      break;
    default:
      text_.call("dma_vunmap_noncontiguous(", {dev, mem});
      text_.call("dma_free_noncontiguous(", {dev, len, mem + "_sgt", dir});
      break;
  }
  end_atomic(op);
}

void BodyWriter::pool_create(const Step& step) {
  const dmaf_op& op = step.op;
  header("linux/dmapool.h");
  const std::string pool = declare("struct dma_pool *", variable(DMAF_POOL, op.h));
  text_.call(fmt::format("{} = {}(", pool, op.kind == DMAF_POOL_MANAGED ? "dmam_pool_create" : "dma_pool_create"),
             {fmt::format("\"{}\"", name_), "dev", c_size(op.len), c_size(op.off),
              op.val ? c_size(std::uint64_t{1} << op.val) : std::string("0")});
  require_pointer(pool, step);
}

void BodyWriter::pool_alloc(const Step& step) {
  const dmaf_op& op = step.op;
  const std::string block = declare("u8 *", variable(DMAF_BLK, op.h));
  const std::string dma = declare("dma_addr_t", block + "_dma");
  begin_atomic(op);
  text_.call(fmt::format("{} = {}(", block, has(op, DMAF_F_ZERO) ? "dma_pool_zalloc" : "dma_pool_alloc"),
             {variable(DMAF_POOL, op.src), gfp(op), "&" + dma});
  end_atomic(op);
  require_pointer(block, step);
}

std::string BodyWriter::another_pool(unsigned h) const {
  for (const unsigned other : used_[DMAF_POOL])
    if (other != h) return variable(DMAF_POOL, other);
  return variable(DMAF_POOL, h);
}

void BodyWriter::pool_free(const Step& step) {
  const dmaf_op& op = step.op;
  const std::string block = variable(DMAF_BLK, op.h);
  const unsigned pool = step.made.src;
  begin_atomic(op);
  text_.call("dma_pool_free(",
             {has(op, DMAF_F_WRONG_CALL) ? another_pool(pool) : variable(DMAF_POOL, pool), block, block + "_dma"});
  end_atomic(op);
}

void BodyWriter::set_mask(const Step& step) {
  static constexpr std::string_view kCalls[] = {"dma_set_mask", "dma_set_coherent_mask", "dma_set_mask_and_coherent"};
  const dmaf_op& op = step.op;
  const std::string mask = op.val ? fmt::format("DMA_BIT_MASK({})", op.val) : std::string("0");
  const std::string call = fmt::format("{}(dev, {})", kCalls[op.kind], mask);
  if (op.kind != DMAF_MASK_BOTH) body_.own_masks = true;
  text_.line(fmt::format("{} = {};", ret(), call));
  require_ret(step);
}

void BodyWriter::cpu_access(const Step& step) {
  const dmaf_op& op = step.op;
  const std::string object = variable(op.cls, op.h), at = c_at(object, op.off), len = c_size(op.len);
  if (op.code == DMAF_OP_FILL) {
    helper(Helper::kFill);
    return text_.call("fill_pattern(", {at, len, fmt::format("{}", op.val), c_size(op.off)});
  }
  if (op.kind == DMAF_CHECK_TWICE || (!plan_.lawful && op.len)) {
    helper(Helper::kRead);
    text_.line(fmt::format("read_bytes({}, {});", at, op.kind == DMAF_CHECK_TWICE ? "1" : len));
    if (!plan_.lawful) {
      if (op.kind == DMAF_CHECK_TWICE) text_.line(fmt::format("read_bytes({}, {});", at, len));
      return;
    }
  }
  for (const Promise& one : step.promises)
    expect_bytes(one, {c_at(object, one.at), c_size(one.n)}, Helper::kMatching, Helper::kZeroes);
}

// `where` is what the helper that compares is told before the pattern.
void BodyWriter::expect_bytes(const Promise& promise, std::vector<std::string> where, Helper matching, Helper zeroes) {
  const bool zero = promise.source.kind == ByteSource::kZero;
  const bool list = matching == Helper::kMatchingList;
  helper(zero ? zeroes : matching);
  if (!zero) {
    where.push_back(fmt::format("{}", promise.source.seed));
    where.push_back(c_size(promise.at + promise.source.shift));
  }
  const std::string call =
      fmt::format("{}{}({})", zero ? "zeroes" : "matching", list ? "_list" : "", fmt::join(where, ", "));
  if (form_ == ExportForm::kKunit) return text_.call("KUNIT_EXPECT_EQ(", {"test", call, c_size(promise.n)});
  body_.expects = true;
  text_.call("expect_all(", {"__LINE__", call, c_size(promise.n)});
}

// The DMA address of what is one range.
std::string BodyWriter::dma_of(unsigned cls, unsigned h) const {
  return cls == DMAF_MAP ? variable(cls, h) : variable(cls, h) + "_dma";
}

void BodyWriter::device_access(const Step& step) {
  const dmaf_op& op = step.op;
  const bool table = op.cls == DMAF_COH && step.made.kind == DMAF_COH_NONCONTIGUOUS;
  const bool list = op.cls == DMAF_SG || table;
  helper(Helper::kDevice);
  // What names the object, then where in it.
  std::vector<std::string> where;
  if (list) {
    header("linux/scatterlist.h");
    const std::string sgt = table ? variable(DMAF_COH, op.h) + "_sgt->" : variable(DMAF_SG, op.h) + ".";
    const bool counted = !table && step.mapped.kind == DMAF_SG_MAP_SG;
    const std::string name = variable(DMAF_SG, op.h);
    where = {"dev", sgt + "sgl", counted ? (name == "sgt" ? std::string("nents") : name + "_nents") : sgt + "nents"};
  }
  const auto range = [&](std::uint32_t at, std::uint32_t n) {
    std::vector<std::string> out = where;
    if (list) {
      out.push_back(c_size(at));
    } else {
      out.push_back(fmt::format("device_view(dev, {})", c_at(dma_of(op.cls, op.h), at)));
    }
    out.push_back(c_size(n));
    return out;
  };
  if (op.code == DMAF_OP_DEV_WRITE) {
    helper(list ? Helper::kFillList : Helper::kFill);
    std::vector<std::string> arguments = range(op.off, op.len);
    arguments.push_back(fmt::format("{}", op.val));
    arguments.push_back(c_size(op.off));
    return text_.call(list ? "fill_list(" : "fill_pattern(", arguments);
  }
  for (const Promise& one : step.promises)
    expect_bytes(one, range(one.at, one.n), list ? Helper::kMatchingList : Helper::kMatching,
                 list ? Helper::kZeroesList : Helper::kZeroes);
}

void BodyWriter::bind(const Step& step) {
  body_.has_driver = true;
  if (step.op.code == DMAF_OP_UNBIND) return text_.line("device_release_driver(dev);");
  // 1 says that it was bound.
  text_.line(fmt::format("{} = device_attach(dev);", ret()));
  text_.line(fmt::format("{0} = {0} == 1 ? 0 : -ENODEV;", ret()));
  require_ret(step);
}

}  // namespace dmafuzz
