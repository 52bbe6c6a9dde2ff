// SPDX-License-Identifier: GPL-2.0-only
/*
 * CRC-32, bit by bit. Drivers take it of multicast addresses and EEPROM contents; the tree's own goes by tables that a
 * program of its build system makes.
 *
 * Simplified: slow.
 */
#include <linux/crc32.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#define BYTES const void *
#else
#define BYTES const unsigned char *
#endif

/* Polynomials of IEEE 802.3 and of RFC 3385 (Castagnoli), bits reversed but in the middle. */
#define IEEE_REVERSED	    0xedb88320
#define IEEE		    0x04c11db7
#define CASTAGNOLI_REVERSED 0x82f63b78

static u32 reversed(u32 crc, const u8 *at, size_t len, u32 polynomial)
{
	unsigned int bit;

	while (len--) {
		crc ^= *at++;
		for (bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
	}
	return crc;
}

u32 crc32_le(u32 crc, BYTES p, size_t len)
{
	return reversed(crc, p, len, IEEE_REVERSED);
}

u32 crc32_be(u32 crc, BYTES p, size_t len)
{
	const u8 *at = p;
	unsigned int bit;

	while (len--) {
		crc ^= (u32)*at++ << 24;
		for (bit = 0; bit < 8; bit++)
			crc = crc << 1 ^ (crc & 0x80000000 ? IEEE : 0);
	}
	return crc;
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
u32 crc32c(u32 crc, BYTES p, size_t len)
#else
u32 __crc32c_le(u32 crc, BYTES p, size_t len)
#endif
{
	return reversed(crc, p, len, CASTAGNOLI_REVERSED);
}
