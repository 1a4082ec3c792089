/* SPDX-License-Identifier: BSD-2-Clause */
#include "core/sadb.h"

#include <errno.h>
#include <stdlib.h>

#include "core/sacheck.h"
#include "core/sapool.h"
#include "core/satable.h"
#include "wire/pfkey.h"

enum {
	SPI_MIN = 256, /* RFC 4303 2.1: 1 to 255 are IANA's */
	SPI_TRIES = 16
};

struct sadb {
	const struct crypto *crypto;
	const struct rng *rng;
	struct sadb_env env;
	struct sadb_hook hook;
	struct sadb_tune esp, ah;
	struct sa_pool pool;
	struct satable table;
	struct link walks; /* struct sadb_walk */
	uint64_t serial, version;
	size_t n_ah, n_esp;
};

struct sadb *
sadb_new(
    const struct crypto *c, const struct rng *rng, const struct sadb_env *env)
{
	struct sadb *d = calloc(1, sizeof(*d));
	struct hash_seed seed;

	if (d == NULL)
		return NULL;
	d->crypto = c;
	d->rng = rng;
	d->env = *env;
	d->esp = d->ah = (struct sadb_tune){ .larval_timeout = 90,
		.reap_delay = 1,
		.replay_size = 64,
		.soft = { .addtime = 24000 },
		.hard = { .addtime = 28800 },
		.max_sas = SADB_MAX_SAS };
	list_init(&d->walks);
	sa_pool_init(&d->pool);
	if (!rng->fill(rng->ctx, (uint8_t *)&seed, sizeof(seed)) ||
	    !satable_init(&d->table, &seed)) {
		free(d);
		return NULL;
	}
	return d;
}

static size_t *
counter(struct sadb *d, uint8_t satype)
{
	return satype == SATYPE_AH ? &d->n_ah : &d->n_esp;
}

static struct sa *
of_link(struct link *l)
{
	return list_item(l, struct sa, all_link);
}

static void
changes(struct sadb *d)
{
	sadb_changing(&d->hook);
	d->version++;
}

/* Unlink and free. Walks that rest before it go on behind it. */
static void
discard(struct sadb *d, struct sa *sa)
{
	list_each (l, &d->walks) {
		struct sadb_walk *w = list_item(l, struct sadb_walk, link);

		if (w->next == &sa->all_link)
			w->next = sa->all_link.next;
	}
	changes(d);
	--*counter(d, sa->satype);
	satable_remove(&d->table, sa);
	sa_free_in(&d->pool, sa);
}

static bool
enter(struct sadb *d, struct sa *sa)
{
	sa->serial = ++d->serial;
	if (!satable_insert(&d->table, sa))
		return false;
	++*counter(d, sa->satype);
	d->version++;
	return true;
}

void
sadb_free(struct sadb *d)
{
	if (d == NULL)
		return;
	list_each (l, &d->table.all)
		discard(d, of_link(l));
	satable_fini(&d->table);
	sa_pool_fini(&d->pool);
	free(d);
}

struct sadb_tune *
sadb_tuning(struct sadb *d, uint8_t satype)
{
	return satype == SATYPE_AH ? &d->ah : &d->esp;
}

/* spec: sa 13 */
uint32_t
sadb_direction(const struct sadb *d, const struct sa_spec *s)
{
	uint32_t given = s->flags & SATABLE_DIRS;

	if (given != 0)
		return given;
	if (sacheck_is_group(&s->dst))
		return SATABLE_DIRS;
	if (d->env.is_local(d->env.ctx, &s->dst))
		return SAF_INBOUND;
	for (size_t i = 0; s->more != NULL && i < s->more->n_dst; i++)
		if (d->env.is_local(d->env.ctx, &s->more->dst[i]))
			return SAF_INBOUND;
	return addr_is_unspec(&s->src) ? SATABLE_DIRS : SAF_OUTBOUND;
}

/* An SA that has this one's name at one of its destinations. */
static struct sa *
namesake(const struct sadb *d, const struct sa_spec *s, uint32_t dirs)
{
	struct sa *sa;

	/* RFC 4301 4.1: those of a group may have the source in their name */
	if (sacheck_is_group(&s->dst))
		return satable_same(&d->table, s, dirs);
	sa = satable_find(&d->table, s->satype, s->spi, &s->dst, NULL, dirs);
	for (size_t i = 0; sa == NULL && s->more != NULL && i < s->more->n_dst;
	     i++)
		sa = satable_find(
		    &d->table, s->satype, s->spi, &s->more->dst[i], NULL, dirs);
	return sa;
}

struct sa *
sadb_find(struct sadb *d, const struct sa_spec *name)
{
	uint32_t dirs = name->flags & SATABLE_DIRS;
	struct sa *sa = NULL;

	if (dirs == 0 || (dirs & SAF_INBOUND) != 0)
		sa = satable_find(&d->table, name->satype, name->spi,
		    &name->dst, &name->src, SAF_INBOUND);
	if (sa == NULL && (dirs == 0 || (dirs & SAF_OUTBOUND) != 0))
		sa = satable_find(&d->table, name->satype, name->spi,
		    &name->dst, &name->src, SAF_OUTBOUND);
	return sa;
}

int
sadb_get(
    struct sadb *d, const struct sa_spec *name, uint16_t *diag, struct sa **out)
{
	*out = sadb_find(d, name);
	*diag = PFKEY_DIAG_NONE;
	if (*out != NULL)
		return 0;
	if (satable_find(&d->table, name->satype, name->spi, &name->dst,
		&name->src, SATABLE_DIRS) != NULL) {
		*diag = PFKEY_DIAG_BAD_SA_DIRECTION;
		return EINVAL;
	}
	*diag = PFKEY_DIAG_SA_NOTFOUND;
	return ESRCH;
}

/*
 * The SA of this SPI to where sa comes from, which goes the other way. When the
 * host has none of the addresses yet, both seem to go out: that may change, so
 * neither has to be sure of its direction.
 */
static struct sa *
partner(const struct sadb *d, const struct sa *sa, uint32_t spi,
    const struct addr *src)
{
	uint32_t dirs = sa->flags & SATABLE_DIRS;
	struct sa *other = satable_find(
	    &d->table, sa->satype, spi, &sa->src, src, ~dirs & SATABLE_DIRS);

	if (other != NULL || !sa->rest->guessed || dirs == SATABLE_DIRS)
		return other;
	other = satable_find(&d->table, sa->satype, spi, &sa->src, src, dirs);
	return other != NULL && other->rest->guessed ? other : NULL;
}

struct sa *
sadb_pair(struct sadb *d, const struct sa *sa)
{
	struct sa *other;

	if (sa->rest->pair_spi == 0 || (sa->flags & SAF_PAIRED) == 0)
		return NULL;
	other = partner(d, sa, sa->rest->pair_spi, &sa->dst);
	return other != NULL && other->rest->pair_spi == sa->spi ? other : NULL;
}

static void
unpair(struct sa *sa)
{
	sa->rest->pair_spi = 0;
	sa->flags &= ~SAF_PAIRED;
}

static void
break_pair(struct sadb *d, struct sa *sa)
{
	struct sa *other = sadb_pair(d, sa);

	if (other != NULL)
		unpair(other);
	unpair(sa);
}

/* spec: sa 18. 0 or a diagnostic; then sa is not paired. */
static uint16_t
link_pair(struct sadb *d, struct sa *sa, uint32_t spi)
{
	uint32_t dirs = ~sa->flags & SATABLE_DIRS;
	struct sa *other;

	unpair(sa);
	if (spi == 0 || spi == sa->spi || dirs == 0 || addr_is_unspec(&sa->src))
		return PFKEY_DIAG_PAIR_INAPPROPRIATE;
	other = partner(d, sa, spi, NULL);
	if (other == NULL || other->state > SA_MATURE ||
	    (other->flags & SATABLE_DIRS) == SATABLE_DIRS)
		return PFKEY_DIAG_PAIR_INAPPROPRIATE;
	/* of several addresses the first ones count, both ways */
	if (!addr_equal(&other->src, &sa->dst) ||
	    !addr_equal(&other->dst, &sa->src))
		return PFKEY_DIAG_PAIR_ADD_MISMATCH;
	if ((other->flags & SAF_PAIRED) != 0)
		return PFKEY_DIAG_PAIR_ALREADY;
	sa->rest->pair_spi = spi;
	other->rest->pair_spi = sa->spi;
	sa->flags |= SAF_PAIRED;
	other->flags |= SAF_PAIRED;
	return 0;
}

/* Make the SA of s, whose direction is known, and put it in. */
static int
make(struct sadb *d, struct sa_spec *s, bool guessed, struct now now,
    uint16_t *diag, struct sa **out)
{
	uint32_t pair = s->pair_spi;
	bool paired = (s->flags & SAF_PAIRED) != 0 || pair != 0;
	struct sa *sa;

	s->pair_spi = 0;
	s->flags &= ~SAF_PAIRED;
	/* spec: sa 19.6: selectors make a transport SA one of a single flow */
	if ((s->flags & SAF_TUNNEL) == 0 &&
	    (s->proto != 0 || s->sport != 0 || s->dport != 0))
		s->flags |= SAF_UNIQUE;
	sa = sa_new_in(&d->pool, d->crypto, d->rng, s, now, diag);
	if (sa == NULL)
		return *diag != 0 ? EINVAL : ENOMEM;
	sa->rest->guessed = guessed;
	sa->rest->soft_jitter = sacheck_jitter(d->rng, s);
	if (!enter(d, sa)) {
		sa_free_in(&d->pool, sa);
		return ENOMEM;
	}
	if (paired && (*diag = link_pair(d, sa, pair)) != 0) {
		discard(d, sa);
		return EINVAL;
	}
	*out = sa;
	return 0;
}

static bool
is_full(const struct sadb *d)
{
	return sadb_count(d, 0) >= d->esp.max_sas;
}

/* The checks and the making, on a copy of the caller's that may be changed. */
static int
add(struct sadb *d, struct sa_spec *s, struct now now, uint16_t *diag,
    struct sa **out)
{
	struct sa *there;
	bool guessed;

	sacheck_normalise(s);
	*diag = sacheck_add(s);
	if (*diag != 0)
		return EINVAL;
	guessed = (s->flags & SATABLE_DIRS) == 0;
	s->flags |= sadb_direction(d, s);
	while ((there = namesake(d, s, s->flags & SATABLE_DIRS)) != NULL) {
		if (there->state != SA_DEAD)
			return EEXIST;
		discard(d, there);
	}
	if (is_full(d))
		return ENOBUFS;
	return make(d, s, guessed, now, diag, out);
}

int
sadb_add(struct sadb *d, const struct sa_spec *s, struct now now,
    uint16_t *diag, struct sa **out)
{
	struct sa_spec copy = *s;
	int err;

	*out = NULL;
	*diag = PFKEY_DIAG_NONE;
	err = add(d, &copy, now, diag, out);
	saspec_fini(&copy);
	return err;
}

/*
 * spec: sa 16: an UPDATE of a larval SA is an ADD that completes it. The larval
 * one stays until the new one is known to be good.
 */
static int
complete(struct sadb *d, struct sa *larval, struct sa_spec *s, struct now now,
    uint16_t *diag, struct sa **out)
{
	int err;

	if (addr_is_unspec(&s->src))
		s->src = larval->src;
	if (s->state != SA_MATURE) {
		*diag = PFKEY_DIAG_BAD_SASTATE;
		return EINVAL;
	}
	sacheck_normalise(s);
	*diag = sacheck_add(s);
	if (*diag != 0)
		return EINVAL;
	s->flags |= larval->flags & SATABLE_DIRS;
	for (size_t i = 0; s->more != NULL && i < s->more->n_dst; i++)
		if (satable_find(&d->table, s->satype, s->spi, &s->more->dst[i],
			NULL, s->flags & SATABLE_DIRS))
			return EEXIST;
	/* a partner that came before the keys */
	struct sa *other = sadb_pair(d, larval);
	if (other != NULL && s->pair_spi == 0)
		s->pair_spi = other->spi;
	break_pair(d, larval);
	err = make(d, s, false, now, diag, out);
	if (err == 0) {
		sa_note_acquire(*out, sa_extra(larval)->acquire_seq);
		discard(d, larval);
	} else if (other != NULL) {
		(void)link_pair(d, larval, other->spi);
	}
	return err;
}

/* spec: sa 16, of a mature or dying SA */
static int
change(struct sadb *d, struct sa *sa, const struct sa_spec *s, struct now now,
    uint16_t *diag)
{
	struct sa_extra *x = NULL;
	struct sa_spec old;

	sa_describe(sa, &old);
	*diag = sacheck_update(&old, s);
	saspec_fini(&old);
	if (*diag != 0)
		return EINVAL;
	/* all of it or nothing */
	if (!sa_room_for_lives(sa, s) ||
	    ((s->kmp != 0 || s->kmc != 0) && (x = sa_make_extra(sa)) == NULL))
		return ENOMEM;
	if ((s->pair_spi != 0 || (s->flags & SAF_PAIRED) != 0) &&
	    s->pair_spi != sa->rest->pair_spi) {
		if ((sa->flags & SAF_PAIRED) != 0)
			*diag = PFKEY_DIAG_PAIR_ALREADY;
		else
			*diag = link_pair(d, sa, s->pair_spi);
		if (*diag != 0)
			return EINVAL;
	}
	if (x != NULL) {
		x->kmp = s->kmp;
		x->kmc = s->kmc;
	}
	sa_set_lives(sa, s, now);
	return 0;
}

int
sadb_update(struct sadb *d, const struct sa_spec *s, struct now now,
    uint16_t *diag, struct sa **out)
{
	struct sa *sa;
	int err = sadb_get(d, s, diag, &sa);

	*out = NULL;
	if (err != 0)
		return err;
	if (sa->state == SA_DEAD) {
		*diag = PFKEY_DIAG_SA_EXPIRED;
		return ESRCH;
	}
	if (sa->state == SA_LARVAL) {
		struct sa_spec copy = *s;

		err = complete(d, sa, &copy, now, diag, out);
		saspec_fini(&copy);
		return err;
	}
	err = change(d, sa, s, now, diag);
	if (err == 0)
		*out = sa;
	return err;
}

int
sadb_update_pair(
    struct sadb *d, const struct sa_spec *s, struct now now, uint16_t *diag)
{
	struct sa *sa, *other;
	int err = sadb_get(d, s, diag, &sa);

	if (err != 0)
		return err;
	other = sadb_pair(d, sa);
	if (other == NULL) {
		*diag = PFKEY_DIAG_PAIR_SA_NOTFOUND;
		return ESRCH;
	}
	if (!sa_is_live(sa) || !sa_is_live(other)) {
		*diag = PFKEY_DIAG_SA_EXPIRED;
		return ESRCH;
	}
	*diag = sacheck_lifetimes(sa_lives(sa), s);
	if (*diag == 0)
		*diag = sacheck_lifetimes(sa_lives(other), s);
	if (*diag != 0)
		return EINVAL;
	if (!sa_room_for_lives(sa, s) || !sa_room_for_lives(other, s))
		return ENOMEM;
	sa_set_lives(sa, s, now);
	sa_set_lives(other, s, now);
	return 0;
}

static void
remove_sa(struct sadb *d, struct sa *sa)
{
	/* the other one of the pair may be in use by another thread */
	sadb_changing(&d->hook);
	break_pair(d, sa);
	discard(d, sa);
}

int
sadb_delete(
    struct sadb *d, const struct sa_spec *name, bool pair, uint16_t *diag)
{
	struct sa *sa, *other;
	int err = sadb_get(d, name, diag, &sa);

	if (err != 0)
		return err;
	other = sadb_pair(d, sa);
	remove_sa(d, sa);
	if (!pair)
		return 0;
	if (other == NULL) {
		*diag = PFKEY_DIAG_PAIR_SA_NOTFOUND;
		return ESRCH;
	}
	remove_sa(d, other);
	return 0;
}

size_t
sadb_delete_if(struct sadb *d, uint8_t satype, bool pair,
    bool (*f)(void *ctx, const struct sa *sa), void *ctx)
{
	struct sadb_walk w;
	struct sa *sa, *other;
	size_t n = 0;

	sadb_walk_begin(d, &w, satype);
	while ((sa = sadb_walk_next(d, &w)) != NULL) {
		if (!f(ctx, sa))
			continue;
		other = pair ? sadb_pair(d, sa) : NULL;
		remove_sa(d, sa);
		n++;
		if (other != NULL) {
			remove_sa(d, other);
			n++;
		}
	}
	sadb_walk_end(&w);
	return n;
}

static bool
any(void *ctx, const struct sa *sa)
{
	(void)ctx;
	(void)sa;
	return true;
}

size_t
sadb_flush(struct sadb *d, uint8_t satype)
{
	return sadb_delete_if(d, satype, false, any, NULL);
}

void
sadb_each(struct sadb *d, uint8_t satype, bool (*f)(void *ctx, struct sa *sa),
    void *ctx)
{
	list_each (l, &d->table.all) {
		struct sa *sa = of_link(l);

		if ((satype == 0 || sa->satype == satype) && !f(ctx, sa))
			return;
	}
}

void
sadb_walk_begin(struct sadb *d, struct sadb_walk *w, uint8_t satype)
{
	*w = (struct sadb_walk){
		.next = d->table.all.next, .last = d->serial, .satype = satype
	};
	list_push_head(&d->walks, &w->link);
}

struct sa *
sadb_walk_next(struct sadb *d, struct sadb_walk *w)
{
	while (w->next != &d->table.all) {
		struct sa *sa = of_link(w->next);

		if (sa->serial > w->last)
			break;
		w->next = w->next->next;
		if (w->satype == 0 || sa->satype == w->satype)
			return sa;
	}
	return NULL;
}

void
sadb_walk_again(struct sadb_walk *w, struct sa *sa)
{
	w->next = &sa->all_link;
}

void
sadb_walk_end(struct sadb_walk *w)
{
	list_remove(&w->link);
}

static bool
spi_taken(const struct sadb *d, const struct sa_spec *s)
{
	return satable_find(&d->table, s->satype, s->spi, &s->dst, NULL,
		   SATABLE_DIRS) != NULL;
}

/*
 * A few random ones, then on from a random one: after as many steps as there are
 * SAs one must be free, or the range is full. 0, or an errno.
 */
static int
choose_spi(struct sadb *d, struct sa_spec *s, uint32_t min, uint32_t max)
{
	uint64_t span = (uint64_t)max - min + 1, r = 0;
	uint64_t steps = sadb_count(d, 0) + 1;

	for (unsigned i = 0; i < SPI_TRIES; i++) {
		if (!d->rng->fill(d->rng->ctx, (uint8_t *)&r, sizeof(r)))
			return ENOMEM;
		s->spi = (uint32_t)(min + r % span);
		if (!spi_taken(d, s))
			return 0;
	}
	if (steps > span)
		steps = span;
	for (uint64_t i = 0; i < steps; i++) {
		s->spi = (uint32_t)(min + (r + i) % span);
		if (!spi_taken(d, s))
			return 0;
	}
	return EEXIST;
}

int
sadb_getspi(struct sadb *d, uint8_t satype, const struct addr *src,
    const struct addr *dst, uint32_t min, uint32_t max, struct now now,
    uint16_t *diag, struct sa **out)
{
	struct sa_spec s = { .satype = satype,
		.state = SA_LARVAL,
		.flags = SAF_INBOUND,
		.src = *src,
		.dst = *dst };
	struct sa *sa;
	int err;

	*out = NULL;
	*diag = PFKEY_DIAG_NONE;
	if (min < SPI_MIN)
		min = SPI_MIN;
	if (max < min) {
		*diag = PFKEY_DIAG_MALFORMED_RANGE;
		return EINVAL;
	}
	if (is_full(d))
		return ENOBUFS;
	err = choose_spi(d, &s, min, max);
	if (err != 0)
		return err;
	sa = sa_larval_in(&d->pool, &s, now);
	if (sa == NULL || !enter(d, sa)) {
		sa_free_in(&d->pool, sa);
		return ENOMEM;
	}
	*out = sa;
	return 0;
}

struct sa *
sadb_inbound(struct sadb *d, uint8_t satype, uint32_t spi,
    const struct addr *src, const struct addr *dst)
{
	return satable_find(&d->table, satype, spi, dst, src, SAF_INBOUND);
}

void
sadb_inbound_n(struct sadb *d, struct sadb_ask *a, size_t n)
{
	satable_find_n(&d->table, a, n, SAF_INBOUND);
}

struct sa *
sadb_outbound(struct sadb *d, const struct sadb_want *w)
{
	return satable_outbound(&d->table, w);
}

/* spec: sa 14 and 18: with an outbound SA its inbound partner dies. */
static void
expire_hard(struct sadb *d, struct sa *sa)
{
	struct sa *other = sadb_pair(d, sa);
	bool out = (sa->flags & SAF_OUTBOUND) != 0;

	changes(d);
	sa->state = SA_DEAD;
	d->env.expired(d->env.ctx, sa, PFKEY_EXT_LIFETIME_HARD);
	if (other != NULL && out)
		other->state = SA_DEAD;
	break_pair(d, sa);
}

void
sadb_reached(struct sadb *d, struct sa *sa, enum sa_check what)
{
	if (!sa_is_live(sa))
		return;
	if (what == SA_HARD) {
		expire_hard(d, sa);
	} else if (what == SA_SOFT && !sa->soft_sent) {
		changes(d);
		sa->soft_sent = true;
		sa_renew(sa);
		sa->state = SA_DYING;
		d->env.expired(d->env.ctx, sa, PFKEY_EXT_LIFETIME_SOFT);
	}
}

/* True: it is to be freed. */
static bool
age_one(struct sadb *d, struct sa *sa, struct now now)
{
	const struct sadb_tune *tune = sadb_tuning(d, sa->satype);
	uint64_t age =
	    now.mono > sa->rest->added ? now.mono - sa->rest->added : 0;

	if (sa->state == SA_LARVAL)
		return age / 1000 >= tune->larval_timeout;
	if (sa->state != SA_DEAD)
		sadb_reached(d, sa, sa_age(sa, now));
	if (sa->state == SA_DEAD) {
		if (!sa->rest->seen_dead)
			sa->last_use = now.mono;
		sa->rest->seen_dead = true;
		return now.mono >= sa->last_use &&
		       now.mono - sa->last_use >=
			   tune->reap_delay * UINT64_C(1000);
	}
	if (sa_is_live(sa) && sa_is_idle(sa, now)) {
		sadb_changing(&d->hook);
		sa->idle_sent = true;
		d->env.expired(d->env.ctx, sa, PFKEY_EXT_LIFETIME_IDLE);
	}
	return false;
}

bool
sadb_age_some(struct sadb *d, struct sadb_walk *w, size_t most, struct now now)
{
	for (; most != 0; most--) {
		struct sa *sa = sadb_walk_next(d, w);

		if (sa == NULL)
			return false;
		if (age_one(d, sa, now))
			remove_sa(d, sa);
	}
	return true;
}

size_t
sadb_relocate(struct sadb *d)
{
	size_t n = 0;

	list_each (l, &d->table.all) {
		struct sa *sa = of_link(l);
		uint32_t is = sa->flags & SATABLE_DIRS, want;
		struct sa_spec s;
		bool taken;

		if (!sa->rest->guessed)
			continue;
		sa_describe(sa, &s);
		s.flags &= ~SATABLE_DIRS;
		want = sadb_direction(d, &s);
		s.flags |= is;
		taken = namesake(d, &s, want & ~is) != NULL;
		saspec_fini(&s);
		if (want == is || taken ||
		    !satable_redirect(&d->table, sa, want))
			continue;
		n++;
		d->version++;
	}
	return n;
}

struct sadb_hook *
sadb_hook(struct sadb *d)
{
	return &d->hook;
}

uint64_t
sadb_version(const struct sadb *d)
{
	return d->version;
}

size_t
sadb_count(const struct sadb *d, uint8_t satype)
{
	return (satype != SATYPE_ESP ? d->n_ah : 0) +
	       (satype != SATYPE_AH ? d->n_esp : 0);
}
