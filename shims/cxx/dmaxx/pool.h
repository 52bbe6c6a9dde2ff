// SPDX-License-Identifier: GPL-2.0-only OR MIT
//
// Small blocks of coherent memory: pool<T[]> hands out blocks of so many T, pool<T> of one (dma_pool_create()).
//
// A block is freed when it goes, and knows its pool; it must go first. That is the driver's to see to (declare the pool
// before its blocks): the kernel complains if it is not so, and so does DmaSan (pool-leak).
#ifndef DMAXX_POOL_H
#define DMAXX_POOL_H

#include "coherent.h"

namespace dma
{

template <class T> class pool;

template <plain T> class DMAXX_STARTS(unconsumed) [[nodiscard]] pool_block
{
      public:
	DMAXX_RETURNS(unconsumed)
	pool_block(pool_block &&other) noexcept
	    : pool_(std::exchange(other.pool_, nullptr)), cpu_(other.cpu_), at_(other.at_), count_(other.count_)
	{
	}
	DMAXX_REVIVES pool_block &operator=(pool_block &&other) noexcept
	{
		if (this != &other) {
			give_back();
			pool_ = std::exchange(other.pool_, nullptr);
			cpu_ = other.cpu_;
			at_ = other.at_;
			count_ = other.count_;
		}
		return *this;
	}
	pool_block(const pool_block &) = delete;
	pool_block &operator=(const pool_block &) = delete;
	~pool_block()
	{
		give_back();
	}
	DMAXX_GIVES_AWAY void free() && noexcept
	{
		give_back();
	}

	DMAXX_ALIVE address dma() const noexcept
	{
		return at_;
	}
	DMAXX_ALIVE shared_view<T> view() const noexcept DMAXX_WITHIN
	{
		return {cpu_, count_};
	}
	DMAXX_ALIVE T *data() const noexcept
	{
		return cpu_;
	}
	size bytes() const noexcept
	{
		return count_ * sizeof(T);
	}

      private:
	template <class> friend class pool;
	pool_block(struct dma_pool *p, void *cpu, address at, size count) noexcept
	    : pool_(p), cpu_(static_cast<T *>(cpu)), at_(at), count_(count)
	{
	}
	void give_back() noexcept
	{
		if (pool_)
			dmaxx_pool_free(std::exchange(pool_, nullptr), cpu_, at_);
	}
	struct dma_pool *pool_; // null: moved away
	T *cpu_;
	address at_;
	size count_;
};

// Blocks of n elements, each aligned to `align` bytes (a power of two, 0: none asked for) and inside of `boundary`
// bytes (a power of two of at least the aligned size, 0: a page).
template <plain T> class DMAXX_STARTS(unconsumed) [[nodiscard]] pool<T[]>
{
      public:
	static result<pool> create(const char *name, device dev, size n, size align, size boundary = 0) noexcept
	{
		if (!detail::fits<T>(n))
			return invalid_argument;
		return of(dmaxx_pool_create(name, dev.raw(), n * sizeof(T), align, boundary), n, false);
	}
	// Destroyed by the kernel when the driver is unbound, with no more than a complaint about blocks that are left.
	static result<pool> create_managed(const char *name, device dev, size n, size align, size boundary = 0) noexcept
	{
		if (!detail::fits<T>(n))
			return invalid_argument;
		return of(dmaxx_pool_create_managed(name, dev.raw(), n * sizeof(T), align, boundary), n, true);
	}
	DMAXX_RETURNS(unconsumed)
	pool(pool &&other) noexcept
	    : pool_(std::exchange(other.pool_, nullptr)), count_(other.count_), managed_(other.managed_)
	{
	}
	DMAXX_REVIVES pool &operator=(pool &&other) noexcept
	{
		if (this != &other) {
			drop();
			pool_ = std::exchange(other.pool_, nullptr);
			count_ = other.count_;
			managed_ = other.managed_;
		}
		return *this;
	}
	pool(const pool &) = delete;
	pool &operator=(const pool &) = delete;
	// A managed one is left to the kernel.
	~pool()
	{
		drop();
	}
	DMAXX_GIVES_AWAY void destroy() && noexcept
	{
		if (!pool_)
			return;
		struct dma_pool *p = std::exchange(pool_, nullptr);
		managed_ ? dmaxx_pool_destroy_managed(p) : dmaxx_pool_destroy(p);
	}

	DMAXX_ALIVE result<pool_block<T>> alloc(gfp how) noexcept
	{
		address at;
		void *cpu = dmaxx_pool_alloc(pool_, &at, how.value());

		if (!cpu)
			return no_memory;
		return pool_block<T>(pool_, cpu, at, count_);
	}
	bool managed() const noexcept
	{
		return managed_;
	}

      private:
	static result<pool> of(struct dma_pool *p, size n, bool managed) noexcept
	{
		if (!p)
			return no_memory;
		return pool(p, n, managed);
	}
	pool(struct dma_pool *p, size n, bool managed) noexcept : pool_(p), count_(n), managed_(managed)
	{
	}
	void drop() noexcept
	{
		if (pool_ && !managed_)
			dmaxx_pool_destroy(std::exchange(pool_, nullptr));
	}
	struct dma_pool *pool_; // null: moved away
	size count_;
	bool managed_;
};

template <class T>
	requires(plain<T> && !std::is_array_v<T>)
class DMAXX_STARTS(unconsumed) [[nodiscard]] pool<T> : public pool<T[]>
{
      public:
	static result<pool> create(const char *name, device dev, size align = alignof(T), size boundary = 0) noexcept
	{
		auto array = pool<T[]>::create(name, dev, 1, align, boundary);

		if (!array.ok())
			return array.failure();
		return pool(std::move(array).value());
	}

      private:
	explicit pool(pool<T[]> &&array) noexcept : pool<T[]>(std::move(array))
	{
	}
};

} // namespace dma

#endif
