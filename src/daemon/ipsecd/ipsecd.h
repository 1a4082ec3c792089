/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ipsecd - "the IP module" of one network namespace: which rooms run here, and
 * who calls whom. One thread (docs/adr/0001).
 */
#ifndef DAEMON_IPSECD_H
#define DAEMON_IPSECD_H

#include <limits.h>
#include <sys/types.h>

#include "core/larval.h"
#include "core/path.h"
#include "daemon/ipsecd/control.h"
#include "daemon/ipsecd/pmtu.h"
#include "daemon/ipsecd/pump.h"
#include "daemon/ipsecd/sockets.h"
#include "daemon/ipsecd/tune.h"
#include "io/ifaddr.h"
#include "io/netlink.h"
#include "io/steer.h"

/* Lifetimes of the SAs of one type, looked at in parts. */
struct ipsecd_age {
	struct ipsecd *d;
	uint8_t satype;
	struct loop_timer timer, more; /* to begin; to go on */
	struct sadb_walk walk;
	bool walking;
};

struct ipsecd {
	struct loop *loop;
	/* io */
	struct doorman *doorman;
	struct ifaddr *local;
	struct loop_watch local_watch, signal_watch;
	struct netlink route;
	struct steer *steer;
	enum steer_queue queue;
	struct loop_timer age;
	struct ipsecd_age age_esp, age_ah;
	unsigned dev_index, own_index; /* of the host's devices */
	uint64_t heal_at, heal_wait;   /* ms: no repair before, interval */
	uint64_t heals;
	/* what heal.c has told the devices about this host, if anything */
	bool forwards, forwards_known;
	char dir[PATH_MAX]; /* of the sockets: later nobody may ask for it */
	int pid_fd;
	bool pid_held; /* the file is ours to remove */
	/* core */
	struct crypto *crypto;
	struct spd *spd;
	struct kspd *kspd;
	struct sadb *sadb;
	struct pfkeyd *pfkeyd;
	struct pfpolicyd *pfpolicyd;
	struct path path;
	/* the wiring's own */
	struct pmtu *pmtu;
	struct pump *pump;
	struct tunnels *tunnels;
	struct sockets *sockets;
	struct control *control;
	/*
	 * Policy of an earlier process stands in the kernel and none was loaded
	 * since: nothing that comes to us goes on.
	 */
	bool closed;
	bool keep;	  /* leave the kernel as it is at the end */
	bool debug;	  /* the log was begun so */
	bool woken;	  /* packets may be waiting in larval to go on */
	uint64_t started; /* ms */
	uint64_t settle;  /* ms: when to steer again; 0: no need */
	struct log_rate rate_steer;
	struct tune_own tune;
	uint64_t policy_look; /* ms: when to ask what the kernel dropped */
};

/* What is made in the kernel, and by which names. */
extern const struct steer_conf ipsecd_steer;
#define IPSECD_ALIAS "solipsec" /* of devices that --remove-steering deletes */

/*
 * Open, take over and build everything; user: that an earlier process may have
 * worked as; group: that may use the sockets, 0 for none. From here on signals
 * wait until the loop runs. Failures are logged. NULL: could not; nothing is left
 * behind.
 */
struct ipsecd *ipsecd_new(uid_t user, gid_t group);
/* Take down what ipsecd_new() and policy made, unless d->keep. */
void ipsecd_free(struct ipsecd *d);

/*
 * The kernel is told what has changed beside policy. 0 or errno; 0 while closed:
 * it will be told when policy is loaded.
 */
int ipsecd_steer_again(struct ipsecd *d);

/* Take away what a process that was killed left in the kernel. 0 or errno. */
int ipsecd_remove_steering(void);

/* For struct tune_row.changed. */
void ipsecd_age_changed(struct ipsecd *d);
/* What the kernel was told of policy has to be told again. */
void ipsecd_policy_changed(struct ipsecd *d);

#endif /* DAEMON_IPSECD_H */
