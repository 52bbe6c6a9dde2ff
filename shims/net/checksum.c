// SPDX-License-Identifier: GPL-2.0-only
/*
 * Checksums that the tree has with IPv6, which is not linked; all others are the tree's lib/checksum.c.
 */
#include <net/ip6_checksum.h>

__sum16 csum_ipv6_magic(const struct in6_addr *saddr, const struct in6_addr *daddr, __u32 len, __u8 proto, __wsum sum)
{
	__be32 words[2] = {htonl(len), htonl(proto)};

	sum = csum_partial(saddr, sizeof(*saddr), sum);
	sum = csum_partial(daddr, sizeof(*daddr), sum);
	return csum_fold(csum_partial(words, sizeof(words), sum));
}
