// SPDX-License-Identifier: GPL-2.0-only
//
// What the CPU does to memory: through the views of dmaxx's objects; to plain buffers as backend `c` does it, but for
// those whose token a mapping has.
#include "backend/cxx/state.h"

namespace dmaf_cxx
{
namespace
{

template <class View> dma::result<void> fill_view(const View &view, const dmaf_op &op, dma::size at)
{
	dmaf_u8 chunk[256];
	dmaf_u32 n;

	for (dmaf_u32 done = 0; done < op.len; done += n) {
		n = op.len - done < sizeof(chunk) ? op.len - done : sizeof(chunk);
		dmaf_pattern_bytes(chunk, op.val, op.off + done, n);
		if (auto copied = view.copy_in(at + done, chunk, n); !copied)
			return copied.failure();
	}
	return {};
}

template <class View> dma::result<void> check_view(const View &view, const dmaf_op &op, dma::size at, dmaf_result &r)
{
	if (op.kind != DMAF_CHECK_TWICE)
		return view.copy_out(at, r.bytes, op.len);
	if constexpr (requires { view.template read<dma::byte>(at); }) {
		auto first = view.template read<dma::byte>(at);

		if (!first.ok())
			return first.failure();
		const auto copied = view.copy_out(at, r.bytes, op.len);
		r.value = r.bytes[0] != first.value();
		return copied;
	} else if constexpr (requires { view.read(at); }) {
		auto first = view.read(at);

		if (!first.ok())
			return first.failure();
		const auto copied = view.copy_out(at, r.bytes, op.len);
		r.value = r.bytes[0] != first.value();
		return copied;
	} else {
		return view.copy_out(at, r.bytes, op.len); // of a list: as backend c
	}
}

// One access, or one loop of them, of whatever view there is. Of what can be filled only if the view can.
template <class View> void access(const View &view, const dmaf_op &op, dma::size at, dmaf_result &r)
{
	if (op.code == DMAF_OP_CHECK) {
		r.status = check_view(view, op, at, r).code();
	} else if constexpr (requires { view.copy_in(0, nullptr, 0); }) {
		r.status = fill_view(view, op, at).code();
	} else {
		refuse(r);
	}
}

// An object that takes turns.
template <class Object> void access_turns(Object &object, const dmaf_op &op, dmaf_result &r)
{
	if constexpr (requires { object.view(); }) {
		access(object.view(), op, op.off, r);
	} else if constexpr (requires { object.at(0, 0); }) {
		auto part = object.at(op.off, op.len);

		if (!part.ok()) {
			r.status = part.code();
			return;
		}
		access(part.value(), op, 0, r);
	} else {
		refuse(r); // the device's
	}
}

void access_memory(memory_slot &c, const dmaf_op &op, dmaf_result &r)
{
	if (!c.live())
		return dead(op, r);
	if (c.coherent.live())
		return access(c.coherent->view(), op, op.off, r);
	if (c.managed.live())
		return access(c.managed->view(), op, op.off, r);
	if (c.turns.live())
		return c.turns.visit([&](auto &object) { access_turns(object, op, r); });
	refuse(r); // of which the CPU has no address
}

void access_list(list_slot &l, const dmaf_op &op, dmaf_result &r)
{
	if (l.list.live())
		return access(l.list->view(), op, op.off, r);
	if (!l.mapped.live())
		return dead(op, r);
	l.mapped.visit([&](auto &object) { access_turns(object, op, r); });
}

// A mapping has the token of those bytes and does not let the CPU at them (so).
bool lent_away(const state &s, const dmaf_op &op, bool write)
{
	for (const map_slot &m : s.map) {
		if (!m.object.live() || m.src != op.h || !op.len)
			continue;
		if (op.off >= dmaf_u64(m.off) + m.len || m.off >= dmaf_u64(op.off) + op.len)
			continue;
		if (m.object.device_has_it() || (write && m.object.read_only()))
			return true;
	}
	return false;
}

void access_any(state &s, const dmaf_op &op, dmaf_result &r)
{
	switch (op.cls) {
	case DMAF_BUF:
		if (lent_away(s, op, op.code == DMAF_OP_FILL))
			return refuse(r);
		return dmaf_cxx_plain(s.c, &op, &r);
	case DMAF_MAP:
		if (!s.map[op.h].object.live())
			return dead(op, r);
		return s.map[op.h].object.visit([&](auto &object) { access_turns(object, op, r); });
	case DMAF_SG:
		return access_list(s.sg[op.h], op, r);
	case DMAF_COH:
		return access_memory(s.coh[op.h], op, r);
	case DMAF_BLK:
		if (!s.blk[op.h].live())
			return dead(op, r);
		return access(s.blk[op.h]->view(), op, op.off, r);
	}
	dead(op, r);
}

} // namespace

void fill(state &s, const dmaf_op &op, dmaf_result &r)
{
	access_any(s, op, r);
}

void check(state &s, const dmaf_op &op, dmaf_result &r)
{
	access_any(s, op, r);
}

void alloc(state &s, const dmaf_op &op, dmaf_result &r)
{
	dmaf_cxx_plain(s.c, &op, &r);
}

void free_buffer(state &s, const dmaf_op &op, dmaf_result &r)
{
	// release() is a function of the token.
	for (const map_slot &m : s.map)
		if (m.object.live() && m.src == op.h)
			return refuse(r);
	dmaf_cxx_plain(s.c, &op, &r);
}

} // namespace dmaf_cxx
