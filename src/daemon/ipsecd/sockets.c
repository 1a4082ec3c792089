/* SPDX-License-Identifier: BSD-2-Clause */
#include "daemon/ipsecd/sockets.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/sockact.h"
#include "crypto/be/be.h"
#include "daemon/ipsecd/sockets_inside.h"
#include "io/clock.h"

#define SWEEP_MS 60000

/* net/tcp_states.h */
enum { STATE_CLOSE = 7, STATE_LISTEN = 10 };

/* --- what a descriptor says of itself --- */

static int
get_int(int fd, int level, int name, int *v)
{
	socklen_t n = sizeof(*v);

	*v = 0;
	return getsockopt(fd, level, name, v, &n) == 0 ? 0 : errno;
}

static uint64_t
get_cookie(int fd, int name)
{
	uint64_t v = 0;
	socklen_t n = sizeof(v);

	return getsockopt(fd, SOL_SOCKET, name, &v, &n) == 0 ? v : 0;
}

struct about {
	int domain, type, protocol;
	uint64_t cookie;
	bool connected; /* or about to be */
	struct conn_key key;
};

static void
from_sockaddr(struct addr *a, uint16_t *port, const struct sockaddr_storage *ss)
{
	static const uint8_t mapped[12] = { [10] = 0xff, [11] = 0xff };
	struct sockaddr_in in;
	struct sockaddr_in6 in6;

	memcpy(&in, ss, sizeof(in));
	memcpy(&in6, ss, sizeof(in6));
	*port = ntohs(in.sin_port); /* one place in both */
	if (ss->ss_family == AF_INET)
		*a = addr_v4((const uint8_t *)&in.sin_addr);
	else if (memcmp(&in6.sin6_addr, mapped, sizeof(mapped)) == 0)
		*a = addr_v4(in6.sin6_addr.s6_addr + 12);
	else
		*a = addr_v6(in6.sin6_addr.s6_addr);
}

static bool
is_opening(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);

	return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &n) == 0 &&
	       info.tcpi_state != STATE_CLOSE &&
	       info.tcpi_state != STATE_LISTEN;
}

/* 0 or errno: it is no socket that this could be about. */
static int
look_at(const struct sockets *s, int fd, struct about *a)
{
	struct sockaddr_storage local = { 0 }, remote = { 0 };
	socklen_t nl = sizeof(local), nr = sizeof(remote);
	uint64_t netns;
	int err;

	*a = (struct about){ 0 };
	err = get_int(fd, SOL_SOCKET, SO_DOMAIN, &a->domain);
	if (err == 0)
		err = get_int(fd, SOL_SOCKET, SO_TYPE, &a->type);
	if (err == 0)
		err = get_int(fd, SOL_SOCKET, SO_PROTOCOL, &a->protocol);
	if (err != 0)
		return err;
	if (a->domain != AF_INET && a->domain != AF_INET6)
		return EAFNOSUPPORT;
	netns = get_cookie(fd, SO_NETNS_COOKIE);
	if (netns != s->netns)
		return EXDEV;
	a->cookie = get_cookie(fd, SO_COOKIE);
	if (a->cookie == 0)
		return EOPNOTSUPP;
	a->key.proto = (uint8_t)a->protocol;
	a->connected = getpeername(fd, (struct sockaddr *)&remote, &nr) == 0;
	if (a->connected &&
	    getsockname(fd, (struct sockaddr *)&local, &nl) == 0) {
		from_sockaddr(&a->key.local, &a->key.lport, &local);
		from_sockaddr(&a->key.remote, &a->key.rport, &remote);
	}
	if (a->protocol == IPPROTO_TCP && is_opening(fd))
		a->connected = true;
	return 0;
}

/* --- the registry --- */

static struct link *
bucket_of(struct sockets *s, uint64_t cookie)
{
	return &s->bucket[cookie & (SOCKETS_BUCKETS - 1)];
}

struct sockets_entry *
sockets_look(struct sockets *s, uint64_t cookie)
{
	list_each (l, bucket_of(s, cookie)) {
		struct sockets_entry *e =
		    list_item(l, struct sockets_entry, link);

		if (e->cookie == cookie)
			return e;
	}
	return NULL;
}

void
sockets_forget(struct sockets *s, struct sockets_entry *e)
{
	list_remove(&e->link);
	conn_own_put(e->own);
	free(e);
	s->n--;
}

static size_t
count_user(struct sockets *s, uid_t uid)
{
	size_t n = 0;

	for (size_t i = 0; i < SOCKETS_BUCKETS; i++)
		list_each (l, &s->bucket[i])
			n += list_item(l, struct sockets_entry, link)->uid ==
			     uid;
	return n;
}

/* The entry of this socket, made when it is not there. */
static int
enter(struct sockets *s, const struct about *a, uid_t uid,
    struct sockets_entry **out)
{
	struct sockets_entry *e = sockets_look(s, a->cookie);

	*out = e;
	if (e != NULL)
		return 0;
	if (s->n >= SOCKETS_MAX ||
	    (uid != 0 && count_user(s, uid) >= SOCKETS_PER_USER))
		return ENOBUFS;
	e = calloc(1, sizeof(*e));
	if (e == NULL)
		return ENOMEM;
	e->cookie = a->cookie;
	e->uid = uid;
	e->proto = (uint8_t)a->protocol;
	e->six = a->domain == AF_INET6;
	e->seen = s->sweep;
	list_push_head(bucket_of(s, a->cookie), &e->link);
	s->n++;
	*out = e;
	return 0;
}

/* --- SET --- */

/* The kernel hands the mark on to what is accepted, and it ends with the socket. */
static int
set_mark(int fd, uint32_t value)
{
	uint32_t mask = ipsecd_steer.mask;
	int old, err = get_int(fd, SOL_SOCKET, SO_MARK, &old);
	uint32_t mark = ((uint32_t)old & ~mask) | value;

	if (err != 0 || mark == (uint32_t)old)
		return err;
	return setsockopt(fd, SOL_SOCKET, SO_MARK, &mark, sizeof(mark)) == 0
		   ? 0
		   : errno;
}

/* Before the first socket of a family has it: its way. */
static int
provide(struct sockets *s, bool six)
{
	bool old[2] = { s->own[0], s->own[1] };

	if (!steer_knows_sockets(s->d->steer))
		return EPROTONOSUPPORT; /* policy 25: no IPsec for sockets */
	if (old[0] && (old[1] || !six))
		return 0;
	/* AF_INET6: entries for both families */
	s->own[0] = true;
	s->own[1] = s->own[1] || six;
	if (ipsecd_steer_again(s->d) == 0)
		return 0;
	memcpy(s->own, old, sizeof(old));
	return EIO;
}

/* Of these sockets the kernel tells: whose a packet is, and when they end. */
static bool
is_told_of(const struct about *a)
{
	return (a->protocol == IPPROTO_TCP && a->type == SOCK_STREAM) ||
	       (a->protocol == IPPROTO_UDP && a->type == SOCK_DGRAM);
}

static int
keep(struct sockets *s, struct sockets_entry *e, enum sockact_kind kind,
    struct rule *r)
{
	static const struct action pass = { .type = ACT_PASS };
	struct conn_own *own = NULL;

	if (kind == SOCKACT_BYPASS && !rule_add_action(r, &pass))
		return ENOMEM;
	if (kind != SOCKACT_NONE) {
		own = conn_own_new(s->conns, r);
		if (own == NULL)
			return ENOMEM;
	}
	conn_own_put(e->own);
	e->own = own;
	e->bypass = kind == SOCKACT_BYPASS;
	return 0;
}

static int
set_policy(struct sockets *s, const struct about *a, uid_t uid,
    const struct sockreq_want *want, enum sockact_kind kind, struct rule *r,
    int fd)
{
	const struct steer_conf *c = &ipsecd_steer;
	struct sockets_entry *e;
	uint32_t mark = 0;
	int err;

	if (kind == SOCKACT_IPSEC) {
		err = provide(s, a->domain == AF_INET6);
		if (err != 0)
			return err;
		mark = c->own;
	}
	/* the kernel would let it by though the system is to go first */
	if (kind == SOCKACT_BYPASS && !s->d->path.tune.override_sockets)
		mark = c->bypass;
	/* nobody would ever forget it */
	if (!is_told_of(a))
		return set_mark(fd, mark);
	err = enter(s, a, uid, &e);
	if (err != 0)
		return err;
	/* what it has, before it has the mark: there is no moment without */
	err = keep(s, e, kind, r);
	if (err == 0)
		err = set_mark(fd, mark);
	if (err != 0) {
		sockets_forget(s, e);
		return err;
	}
	e->want = *want;
	return 0;
}

static int
reset_policy(struct sockets *s, const struct about *a, int fd)
{
	struct sockets_entry *e = sockets_look(s, a->cookie);
	int err;

	if (!is_told_of(a))
		return set_mark(fd, 0);
	/* a mark that this did not set may be somebody else's */
	if (e == NULL)
		return 0;
	err = set_mark(fd, 0);
	if (err == 0)
		sockets_forget(s, e);
	return err;
}

static int
set(struct sockets *s, uid_t uid, bool privileged,
    const struct sockreq_want *want, int fd)
{
	enum sockact_kind kind;
	struct rule r = { 0 };
	struct about a;
	int err = look_at(s, fd, &a);

	if (err == 0)
		err = sockact_read(&r, &kind, want, s->d->crypto, privileged);
	if (err != 0)
		return err;
	if (kind == SOCKACT_IPSEC && !is_told_of(&a))
		err = EOPNOTSUPP;
	/* policy 22: not any more when it is latched */
	else if (a.connected)
		err = EINVAL;
	else if (kind == SOCKACT_RESET)
		err = reset_policy(s, &a, fd);
	else
		err = set_policy(s, &a, uid, want, kind, &r, fd);
	rule_fini(&r);
	return err;
}

/* --- GET --- */

/* Policy 25: the latched action, else the latched policy, else its own wish. */
static int
get(struct sockets *s, struct sockreq_want *want, int fd)
{
	struct sockets_entry *e;
	struct conn *c = NULL;
	struct spd_entry *p = NULL;
	struct about a;
	int err = look_at(s, fd, &a);

	if (err != 0)
		return err;
	if (a.connected)
		c = conn_find(s->conns, &a.key, clock_mono());
	if (c != NULL && c->latched)
		p = conn_entry(c, RULE_OUT, spd_version(s->d->spd));
	if (p != NULL) {
		int alt = c->alt_out >= 0 ? c->alt_out : c->alt_in;

		if (alt < 0 || (unsigned)alt >= p->rule.n_actions)
			alt = 0;
		sockact_show(want, &p->rule.actions[alt]);
		return 0;
	}
	e = sockets_look(s, a.cookie);
	if (e != NULL)
		*want = e->want;
	return 0;
}

struct sockreq
sockets_request(struct sockets *s, uid_t uid, bool privileged,
    const uint8_t *msg, size_t n, int fd)
{
	struct sockreq q, answer;
	int err = sockreq_parse(&q, msg, n);

	answer = (struct sockreq){ .op = q.op, .has_bits = q.has_bits };
	if (err == 0 && fd < 0)
		err = EBADF;
	if (err == 0 && q.op == SOCKREQ_SET) {
		err = set(s, uid, privileged, &q.want, fd);
		answer.want = q.want;
	} else if (err == 0) {
		err = get(s, &answer.want, fd);
	}
	answer.err = (uint32_t)err;
	return answer;
}

/* --- what the path asks --- */

static struct netaddr
to_net(const struct addr *a)
{
	struct netaddr n = { .fam = a->fam };

	memcpy(n.b, a->b, sizeof(n.b));
	return n;
}

void
sockets_find(struct sockets *s, const struct flow *f, struct path_socket *k)
{
	struct netaddr local = to_net(&f->local), remote = to_net(&f->remote);
	struct sockdiag_socket d;
	struct sockets_entry *e;

	*k = (struct path_socket){ 0 };
	if (f->proto != IPPROTO_TCP_ && f->proto != IPPROTO_UDP_)
		return;
	if (sockdiag_find(s->diag, f->proto, &local, f->lport, &remote,
		f->rport, &d) != 0)
		return;
	k->found = true;
	k->connected = d.connected;
	k->cookie = d.cookie;
	e = s->n != 0 ? sockets_look(s, d.cookie) : NULL;
	if (e != NULL)
		k->own = e->own;
}

/* --- the end of sockets --- */

static bool
hear_one(void *ctx, const struct sockdiag_socket *d)
{
	struct sockets *s = ctx;
	struct sockets_entry *e = sockets_look(s, d->cookie);
	struct conn_key k;

	if (e != NULL)
		sockets_forget(s, e);
	if (!sockflow_key(&k, d))
		k = (struct conn_key){ .proto = d->proto };
	conn_end(s->conns, &k, d->cookie, clock_mono());
	return true;
}

static void
on_hear(void *ctx, unsigned events)
{
	struct sockets *s = ctx;

	(void)events;
	s->gather = true;
	/* of some nobody will ever hear again */
	if (!sockdiag_hear(s->diag, hear_one, s))
		s->sweep_at = 0;
	s->gather = false;
	sockflow_flush(s);
}

void
sockets_age(struct sockets *s, uint64_t now)
{
	s->gather = true;
	if (now >= s->sweep_at) {
		s->sweep_at = now + SWEEP_MS;
		sockflow_sweep(s, now);
	}
	conn_age(s->conns, now);
	s->gather = false;
	sockflow_flush(s);
	if (s->stale)
		s->stale = ipsecd_steer_again(s->d) != 0;
}

struct conn_table *
sockets_conns(struct sockets *s)
{
	return s->conns;
}

/* --- life --- */

static uint64_t
own_netns(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint64_t v = fd >= 0 ? get_cookie(fd, SO_NETNS_COOKIE) : 0;

	if (fd >= 0)
		(void)close(fd);
	return v;
}

struct sockets *
sockets_new(struct ipsecd *d)
{
	struct sockets *s = calloc(1, sizeof(*s));
	struct conn_env env = { .unpinned = sockflow_unpinned, .ctx = s };
	struct hash_seed seed;
	int err;

	if (s == NULL)
		return NULL;
	s->d = d;
	s->watch.fd = -1;
	for (size_t i = 0; i < SOCKETS_BUCKETS; i++)
		list_init(&s->bucket[i]);
	s->netns = own_netns();
	s->sweep_at = clock_mono() + SWEEP_MS;
	if (crypto_rng.fill(crypto_rng.ctx, (uint8_t *)&seed, sizeof(seed)))
		s->conns = conn_new(&seed, CONN_MAX, &env);
	if (s->conns != NULL)
		s->diag = sockdiag_open();
	if (s->diag != NULL) {
		s->watch = (struct loop_watch){
			.fd = sockdiag_fd(s->diag), .ready = on_hear, .ctx = s
		};
		if (loop_add(d->loop, &s->watch, LOOP_READ)) {
			sockflow_strangers(s);
			return s;
		}
		s->watch.fd = -1;
	}
	err = errno;
	sockets_free(s);
	errno = err;
	return NULL;
}

void
sockets_free(struct sockets *s)
{
	if (s == NULL)
		return;
	if (s->watch.fd >= 0)
		loop_remove(s->d->loop, &s->watch);
	s->gather = true;
	for (size_t i = 0; i < SOCKETS_BUCKETS; i++)
		list_each (l, &s->bucket[i])
			sockets_forget(
			    s, list_item(l, struct sockets_entry, link));
	conn_free(s->conns);
	sockdiag_close(s->diag);
	free(s->stranger);
	free(s->flow);
	free(s);
}

/* --- the op --- */

static json_t *
want_json(const struct sockreq_want *w)
{
	static const struct {
		uint32_t bit;
		const char *word;
	} bits[] = { { SOCKREQ_NEVER, "never" },
		{ SOCKREQ_REQUIRED, "required" },
		{ SOCKREQ_UNIQUE, "unique" } };
	const struct {
		const char *name;
		uint32_t pref;
	} fields[] = { { "ah_req", w->ah }, { "esp_req", w->esp },
		{ "self_encap_req", w->selfencap } };
	json_t *o = json_object();

	for (size_t i = 0; i < 3; i++) {
		json_t *list = json_array();

		for (size_t k = 0; k < 3; k++)
			if ((fields[i].pref & bits[k].bit) != 0)
				(void)json_array_append_new(
				    list, json_string(bits[k].word));
		(void)json_object_set_new(o, fields[i].name, list);
	}
	(void)json_object_set_new(o, "auth_alg", json_integer(w->ah_alg));
	(void)json_object_set_new(o, "esp_alg", json_integer(w->esp_alg));
	(void)json_object_set_new(o, "esp_auth_alg", json_integer(w->espa_alg));
	return o;
}

struct lister {
	struct sockets *s;
	json_t *list;
};

static bool
list_conn(void *ctx, struct conn *c)
{
	struct lister *l = ctx;
	char local[ADDR_TEXT], remote[ADDR_TEXT];
	struct sockreq_want w = { 0 };
	struct spd_entry *e =
	    conn_entry(c, RULE_OUT, spd_version(l->s->d->spd));
	int alt = c->alt_out >= 0 ? c->alt_out : 0;

	if (e != NULL)
		sockact_show(&w, &e->rule.actions[alt]);
	(void)json_array_append_new(l->list,
	    json_pack("{s:i,s:s,s:i,s:s,s:i,s:I,s:b,s:b,s:b,s:b,s:b,s:o}",
		"protocol", c->k.proto, "local", addr_print(local, &c->k.local),
		"lport", c->k.lport, "remote", addr_print(remote, &c->k.remote),
		"rport", c->k.rport, "cookie", (json_int_t)c->cookie, "latched",
		c->latched, "own", c->own != NULL, "clear", conn_is_clear(c),
		"pinned", c->pinned, "ended", c->ended, "action",
		want_json(&w)));
	return true;
}

int
sockets_op(struct ipsecd *d, const json_t *in, json_t *out, char *err, size_t n)
{
	struct sockets *s = d->sockets;
	struct lister l = { .s = s, .list = json_array() };
	json_t *list = json_array();

	(void)in;
	(void)err;
	(void)n;
	for (size_t i = 0; i < SOCKETS_BUCKETS; i++)
		list_each (at, &s->bucket[i]) {
			const struct sockets_entry *e =
			    list_item(at, struct sockets_entry, link);

			(void)json_array_append_new(list,
			    json_pack("{s:I,s:i,s:i,s:i,s:b,s:o}", "cookie",
				(json_int_t)e->cookie, "uid", (int)e->uid,
				"protocol", e->proto, "family", e->six ? 6 : 4,
				"bypass", e->bypass, "request",
				want_json(&e->want)));
		}
	conn_each(s->conns, list_conn, &l);
	(void)json_object_set_new(out, "sockets", list);
	(void)json_object_set_new(out, "connections", l.list);
	/* not latched, since there was no room */
	(void)json_object_set_new(
	    out, "refused", json_integer((json_int_t)conn_refused(s->conns)));
	return 0;
}
