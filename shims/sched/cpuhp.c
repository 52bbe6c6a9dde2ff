// SPDX-License-Identifier: GPL-2.0-only
/*
 * CPU hotplug callbacks.
 *
 * Simplified: a registry of states and their instances. The one CPU is up for ever: startup callbacks run where the
 * caller asks for it, teardown callbacks when their state or instance is removed, or through dmaf_cpuhp_dead().
 */
#include <linux/cpu.h>
#include <linux/cpuhotplug.h>
#include <linux/list.h>
#include <linux/kernel.h>
#include "sched.h"

struct step {
	bool used, multi;
	enum cpuhp_state state;
	int (*startup)(unsigned int cpu);
	int (*startup_instance)(unsigned int cpu, struct hlist_node *node);
	int (*teardown)(unsigned int cpu);
	int (*teardown_instance)(unsigned int cpu, struct hlist_node *node);
	struct hlist_head instances;
};

static struct step steps[24];

static struct step *find(enum cpuhp_state state)
{
	for (int i = 0; i < ARRAY_SIZE(steps); i++)
		if (steps[i].used && steps[i].state == state)
			return &steps[i];
	return NULL;
}

int __cpuhp_setup_state(enum cpuhp_state state, const char *name, bool invoke, int (*startup)(unsigned int cpu),
			int (*teardown)(unsigned int cpu), bool multi)
{
	bool dynamic = state == CPUHP_AP_ONLINE_DYN || state == CPUHP_BP_PREPARE_DYN;
	struct step *s = NULL;
	int ret = 0;

	while (dynamic && find(state))
		state++;
	if (find(state))
		return -EBUSY;
	for (int i = 0; i < ARRAY_SIZE(steps) && !s; i++)
		if (!steps[i].used)
			s = &steps[i];
	if (WARN_ON(!s))
		return -ENOSPC;
	*s = (struct step){.used = true, .multi = multi, .state = state};
	if (multi) {
		s->startup_instance = (void *)startup;
		s->teardown_instance = (void *)teardown;
	} else {
		s->startup = startup;
		s->teardown = teardown;
		if (invoke && startup)
			ret = startup(0);
		if (ret)
			s->used = false;
	}
	return ret ?: dynamic ? state : 0;
}

int __cpuhp_setup_state_cpuslocked(enum cpuhp_state state, const char *name, bool invoke,
				   int (*startup)(unsigned int cpu), int (*teardown)(unsigned int cpu), bool multi)
{
	return __cpuhp_setup_state(state, name, invoke, startup, teardown, multi);
}

void __cpuhp_remove_state(enum cpuhp_state state, bool invoke)
{
	struct step *s = find(state);

	if (!s)
		return;
	WARN_ON(s->multi && !hlist_empty(&s->instances));
	if (invoke && s->teardown)
		s->teardown(0);
	s->used = false;
}

void __cpuhp_remove_state_cpuslocked(enum cpuhp_state state, bool invoke)
{
	__cpuhp_remove_state(state, invoke);
}

int __cpuhp_state_add_instance(enum cpuhp_state state, struct hlist_node *node, bool invoke)
{
	struct step *s = find(state);
	int ret = 0;

	if (!s || !s->multi)
		return -EINVAL;
	if (invoke && s->startup_instance)
		ret = s->startup_instance(0, node);
	if (!ret)
		hlist_add_head(node, &s->instances);
	return ret;
}

int __cpuhp_state_add_instance_cpuslocked(enum cpuhp_state state, struct hlist_node *node, bool invoke)
{
	return __cpuhp_state_add_instance(state, node, invoke);
}

int __cpuhp_state_remove_instance(enum cpuhp_state state, struct hlist_node *node, bool invoke)
{
	struct step *s = find(state);

	if (!s || !s->multi)
		return -EINVAL;
	if (invoke && s->teardown_instance)
		s->teardown_instance(0, node);
	hlist_del(node);
	return 0;
}

void dmaf_cpuhp_dead(void)
{
	struct hlist_node *node, *next;

	for (int i = 0; i < ARRAY_SIZE(steps); i++) {
		if (!steps[i].used || !steps[i].teardown_instance)
			continue;
		hlist_for_each_safe(node, next, &steps[i].instances) steps[i].teardown_instance(0, node);
	}
}
