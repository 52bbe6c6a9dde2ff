// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// Memory that both sides use at any time (dma_alloc_attrs() and its kin): descriptor rings, mailboxes, status blocks.
//
//   coherent<T>, coherent<T[]>		one T, or as many as were asked for; freed when it goes
//   managed_coherent<T[]>		freed by the kernel when the driver is unbound (dmam_alloc_attrs())
//   coherent_opaque			of which the CPU has no address (DMA_ATTR_NO_KERNEL_MAPPING): the device's alone
//
// The CPU gets at it by view(), one volatile access a word, checked. Ordering is the driver's: write_barrier() and its
// kin (device.h). It is never synced, and there is no function that would. Only ever in a context that may sleep is it
// freed (dma-api.rst, dma_free_coherent()), which a type does not see: mind where the object goes out of scope.
#ifndef DMAXX_COHERENT_H
#define DMAXX_COHERENT_H

#include "device.h"
#include "scatterlist.h"
#include "view.h"

namespace dma
{

namespace detail
{

// The bytes behind all of them. Free is a function (device, bytes, cpu, address, attributes).
class coherent_bytes
{
      public:
	coherent_bytes(device dev, void *cpu, address at, size bytes, unsigned long attrs) noexcept
	    : dev_(dev.raw()), cpu_(cpu), at_(at), bytes_(bytes), attrs_(attrs)
	{
	}
	coherent_bytes(coherent_bytes &&other) noexcept
	    : dev_(std::exchange(other.dev_, nullptr)), cpu_(other.cpu_), at_(other.at_), bytes_(other.bytes_),
	      attrs_(other.attrs_)
	{
	}
	coherent_bytes &operator=(coherent_bytes &&other) noexcept
	{
		dev_ = std::exchange(other.dev_, nullptr);
		cpu_ = other.cpu_;
		at_ = other.at_;
		bytes_ = other.bytes_;
		attrs_ = other.attrs_;
		return *this;
	}
	bool live() const noexcept
	{
		return dev_;
	}
	void *cpu() const noexcept
	{
		return cpu_;
	}
	address at() const noexcept
	{
		return at_;
	}
	size bytes() const noexcept
	{
		return bytes_;
	}
	unsigned long attrs() const noexcept
	{
		return attrs_;
	}
	struct ::device *dev() const noexcept
	{
		return dev_;
	}
	void free() noexcept
	{
		if (live())
			dmaxx_free(std::exchange(dev_, nullptr), bytes_, cpu_, at_, attrs_);
	}
	void free_managed() noexcept
	{
		if (live())
			dmaxx_free_managed(std::exchange(dev_, nullptr), bytes_, cpu_, at_);
	}
	void forget() noexcept
	{
		dev_ = nullptr;
	}

	static result<coherent_bytes> alloc(device dev, size bytes, gfp how, unsigned long attrs) noexcept
	{
		address at;
		void *cpu = dmaxx_alloc(dev.raw(), bytes, &at, how.value(), attrs);

		if (!cpu)
			return no_memory;
		return coherent_bytes(dev, cpu, at, bytes, attrs);
	}
	static result<coherent_bytes> alloc_wc(device dev, size bytes, gfp how) noexcept
	{
		address at;
		void *cpu = dmaxx_alloc_wc(dev.raw(), bytes, &at, how.value());

		if (!cpu)
			return no_memory;
		// What dma_free_wc() frees with.
		return coherent_bytes(dev, cpu, at, bytes, write_combine.value());
	}
	static result<coherent_bytes> alloc_managed(device dev, size bytes, gfp how, unsigned long attrs) noexcept
	{
		address at;
		void *cpu = dmaxx_alloc_managed(dev.raw(), bytes, &at, how.value(), attrs);

		if (!cpu)
			return no_memory;
		return coherent_bytes(dev, cpu, at, bytes, attrs);
	}

      private:
	struct ::device *dev_; // null: moved away
	void *cpu_;
	address at_;
	size bytes_;
	unsigned long attrs_;
};

// n elements, or that there is no such size.
template <class T> constexpr bool fits(size n) noexcept
{
	return n && n <= ~size(0) / sizeof(T);
}

} // namespace detail

// A table of the pages of coherent memory, for others to map (dma_get_sgtable_attrs()).
class [[nodiscard]] exported_list
{
      public:
	static result<exported_list> of(struct ::device *dev, void *cpu, address at, size bytes,
					unsigned long attrs) noexcept
	{
		detail::table t(detail::table::kind::plain);

		if (int code = dmaxx_export(dev, &t.raw(), cpu, at, bytes, attrs)) {
			t.disown();
			return error(code);
		}
		return exported_list(std::move(t));
	}
	exported_list(exported_list &&other) noexcept = default;
	unsigned entries() const noexcept
	{
		return table_.raw().orig_nents;
	}
	list_entry first() const noexcept DMAXX_WITHIN
	{
		return list_entry(table_.raw().entries);
	}

      private:
	explicit exported_list(detail::table &&t) noexcept : table_(std::move(t))
	{
	}
	detail::table table_;
};

template <class T> class coherent;

template <plain T> class DMAXX_STARTS(unconsumed) [[nodiscard]] coherent<T[]>
{
      public:
	// n elements, zeroed; the address is aligned as the kernel aligns it, to at least a page.
	static result<coherent> alloc(device dev, size n, gfp how, attributes attrs = {}) noexcept
	{
		if (!detail::fits<T>(n))
			return invalid_argument;
		return of(detail::coherent_bytes::alloc(dev, n * sizeof(T), how, attrs.value()));
	}
	// Writes may be gathered (dma_alloc_wc()).
	static result<coherent> alloc_wc(device dev, size n, gfp how) noexcept
	{
		if (!detail::fits<T>(n))
			return invalid_argument;
		return of(detail::coherent_bytes::alloc_wc(dev, n * sizeof(T), how));
	}

	DMAXX_RETURNS(unconsumed) coherent(coherent &&other) noexcept : bytes_(std::move(other.bytes_))
	{
	}
	DMAXX_REVIVES coherent &operator=(coherent &&other) noexcept
	{
		if (this != &other) {
			bytes_.free();
			bytes_ = std::move(other.bytes_);
		}
		return *this;
	}
	coherent(const coherent &) = delete;
	coherent &operator=(const coherent &) = delete;
	~coherent()
	{
		bytes_.free();
	}
	DMAXX_GIVES_AWAY void free() && noexcept
	{
		bytes_.free();
	}

	DMAXX_ALIVE address dma() const noexcept
	{
		return bytes_.at();
	}
	// Where the device finds element i.
	DMAXX_ALIVE result<address> dma(size i) const noexcept
	{
		if (i >= count())
			return out_of_range;
		return bytes_.at() + i * sizeof(T);
	}
	size count() const noexcept
	{
		return bytes_.bytes() / sizeof(T);
	}
	size bytes() const noexcept
	{
		return bytes_.bytes();
	}
	DMAXX_ALIVE shared_view<T> view() const noexcept DMAXX_WITHIN
	{
		return {static_cast<T *>(bytes_.cpu()), count()};
	}
	DMAXX_ALIVE T *data() const noexcept
	{
		return static_cast<T *>(bytes_.cpu());
	}
	DMAXX_ALIVE result<exported_list> list() const noexcept
	{
		return exported_list::of(bytes_.dev(), bytes_.cpu(), bytes_.at(), bytes_.bytes(), bytes_.attrs());
	}

      private:
	static result<coherent> of(result<detail::coherent_bytes> &&b) noexcept
	{
		if (!b.ok())
			return b.failure();
		return coherent(std::move(b).value());
	}
	explicit coherent(detail::coherent_bytes &&b) noexcept : bytes_(std::move(b))
	{
	}
	detail::coherent_bytes bytes_;
};

// One T: its members by read(&T::member) and write(&T::member, value), which cannot be out of range.
template <class T>
	requires(plain<T> && !std::is_array_v<T>)
class DMAXX_STARTS(unconsumed) [[nodiscard]] coherent<T>
{
      public:
	static result<coherent> alloc(device dev, gfp how, attributes attrs = {}) noexcept
	{
		auto array = coherent<T[]>::alloc(dev, 1, how, attrs);

		if (!array.ok())
			return array.failure();
		return coherent(std::move(array).value());
	}
	DMAXX_RETURNS(unconsumed) coherent(coherent &&other) noexcept : array_(std::move(other.array_))
	{
	}
	DMAXX_REVIVES coherent &operator=(coherent &&other) noexcept
	{
		array_ = std::move(other.array_);
		return *this;
	}
	DMAXX_GIVES_AWAY void free() && noexcept
	{
		std::move(array_).free();
	}

	DMAXX_ALIVE address dma() const noexcept
	{
		return array_.dma();
	}
	DMAXX_ALIVE T *data() const noexcept
	{
		return array_.data();
	}
	DMAXX_ALIVE T read() const noexcept
		requires word<T>
	{
		return T(*static_cast<volatile T *>(data()));
	}
	DMAXX_ALIVE void write(T value) const noexcept
		requires word<T>
	{
		*static_cast<volatile T *>(data()) = value;
	}
	template <class Member, class Of>
	DMAXX_ALIVE Member read(Member Of::*member) const noexcept
		requires(word<Member> && std::is_base_of_v<Of, T>)
	{
		return Member(*static_cast<volatile Member *>(&(data()->*member)));
	}
	template <class Member, class Of>
	DMAXX_ALIVE void write(Member Of::*member, std::type_identity_t<Member> value) const noexcept
		requires(word<Member> && std::is_base_of_v<Of, T>)
	{
		*static_cast<volatile Member *>(&(data()->*member)) = value;
	}

      private:
	explicit coherent(coherent<T[]> &&array) noexcept : array_(std::move(array))
	{
	}
	coherent<T[]> array_;
};

template <class T> class managed_coherent;

// Gone with the driver's binding: the object is a view that must not be used after it, and dropping it frees nothing.
template <plain T> class DMAXX_STARTS(unconsumed) [[nodiscard]] managed_coherent<T[]>
{
      public:
	static result<managed_coherent> alloc(device dev, size n, gfp how, attributes attrs = {}) noexcept
	{
		if (!detail::fits<T>(n))
			return invalid_argument;
		auto b = detail::coherent_bytes::alloc_managed(dev, n * sizeof(T), how, attrs.value());
		if (!b.ok())
			return b.failure();
		return managed_coherent(std::move(b).value());
	}
	DMAXX_RETURNS(unconsumed) managed_coherent(managed_coherent &&other) noexcept : bytes_(std::move(other.bytes_))
	{
	}
	DMAXX_REVIVES managed_coherent &operator=(managed_coherent &&other) noexcept
	{
		bytes_ = std::move(other.bytes_);
		return *this;
	}
	// Before the driver goes. Memory that has attributes cannot be: dmam_free_coherent() does not take them.
	DMAXX_GIVES_AWAY result<void> free() && noexcept
	{
		if (bytes_.attrs())
			return not_supported;
		bytes_.free_managed();
		return {};
	}
	DMAXX_ALIVE address dma() const noexcept
	{
		return bytes_.at();
	}
	size count() const noexcept
	{
		return bytes_.bytes() / sizeof(T);
	}
	size bytes() const noexcept
	{
		return bytes_.bytes();
	}
	DMAXX_ALIVE shared_view<T> view() const noexcept DMAXX_WITHIN
	{
		return {static_cast<T *>(bytes_.cpu()), count()};
	}
	DMAXX_ALIVE T *data() const noexcept
	{
		return static_cast<T *>(bytes_.cpu());
	}
	DMAXX_ALIVE result<exported_list> list() const noexcept
	{
		return exported_list::of(bytes_.dev(), bytes_.cpu(), bytes_.at(), bytes_.bytes(), bytes_.attrs());
	}

      private:
	explicit managed_coherent(detail::coherent_bytes &&b) noexcept : bytes_(std::move(b))
	{
	}
	detail::coherent_bytes bytes_;
};

class DMAXX_STARTS(unconsumed) [[nodiscard]] coherent_opaque
{
      public:
	static result<coherent_opaque> alloc(device dev, size bytes, gfp how, attributes attrs = {}) noexcept
	{
		auto b = detail::coherent_bytes::alloc(dev, bytes, how, attrs.value() | detail::no_kernel_mapping);

		if (!b.ok())
			return b.failure();
		return coherent_opaque(std::move(b).value());
	}
	DMAXX_RETURNS(unconsumed) coherent_opaque(coherent_opaque &&other) noexcept : bytes_(std::move(other.bytes_))
	{
	}
	DMAXX_REVIVES coherent_opaque &operator=(coherent_opaque &&other) noexcept
	{
		if (this != &other) {
			bytes_.free();
			bytes_ = std::move(other.bytes_);
		}
		return *this;
	}
	~coherent_opaque()
	{
		bytes_.free();
	}
	DMAXX_GIVES_AWAY void free() && noexcept
	{
		bytes_.free();
	}
	DMAXX_ALIVE address dma() const noexcept
	{
		return bytes_.at();
	}
	size bytes() const noexcept
	{
		return bytes_.bytes();
	}

      private:
	explicit coherent_opaque(detail::coherent_bytes &&b) noexcept : bytes_(std::move(b))
	{
	}
	detail::coherent_bytes bytes_;
};

// The same, managed: not freed before the driver goes.
class [[nodiscard]] managed_opaque
{
      public:
	static result<managed_opaque> alloc(device dev, size bytes, gfp how, attributes attrs = {}) noexcept
	{
		auto b = detail::coherent_bytes::alloc_managed(dev, bytes, how,
							       attrs.value() | detail::no_kernel_mapping);

		if (!b.ok())
			return b.failure();
		return managed_opaque(std::move(b).value());
	}
	address dma() const noexcept
	{
		return bytes_.at();
	}
	size bytes() const noexcept
	{
		return bytes_.bytes();
	}

      private:
	explicit managed_opaque(detail::coherent_bytes &&b) noexcept : bytes_(std::move(b))
	{
	}
	detail::coherent_bytes bytes_;
};

} // namespace dma

#endif
