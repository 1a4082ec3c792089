/* SPDX-License-Identifier: BSD-2-Clause */
/* What <solipsec/ipsecalg.h> declares; spec: algs 6. */
#include <errno.h>
#include <pthread.h>
#include <solipsec/ipsecalg.h>
#include <stdlib.h>
#include <strings.h>

#include "lib/algent.h"
#include "lib/algfile.h"

/* The table as last read. A file that is wrong is a table without protocols. */
static struct {
	pthread_rwlock_t lock;
	bool loaded;
	struct algfile_stamp stamp;
	struct ipsecalgs t;
} cache = { .lock = PTHREAD_RWLOCK_INITIALIZER };

/* The name that the examples of Solaris' manual have for the two protocols. */
static const struct {
	const char *name;
	int num;
} manual_names[] = {
	{ "IPSEC_PROTO_AH", IPSEC_PROTO_AH },
	{ "IPSEC_PROTO_ESP", IPSEC_PROTO_ESP },
};

static void
count(void *ctx, const struct conf_error *e)
{
	(void)e;
	++*(unsigned *)ctx;
}

/* False: no memory. The cache is locked for writing. */
static bool
reload(const char *path, const struct algfile_stamp *now)
{
	struct ipsecalgs t;
	char *text;
	size_t n;
	int e = algfile_text(path, &text, &n);

	if (e == ENOMEM)
		return false;
	t = (struct ipsecalgs){ 0 };
	if (e == 0) {
		unsigned wrong = 0;
		bool ok = ipsecalgs_read(&t, path, text, n, count, &wrong);

		free(text);
		/* of a wrong file t is empty */
		if (!ok && wrong == 0)
			return false;
	}
	ipsecalgs_fini(&cache.t);
	cache.t = t;
	cache.stamp = *now;
	cache.loaded = true;
	return true;
}

/*
 * The table, locked: for unlock(). NULL: no memory. The stamp is taken before
 * the file is read: a change in between is seen by the next call.
 */
static const struct ipsecalgs *
lock_table(void)
{
	const char *path = algfile_path();
	struct algfile_stamp now;

	algfile_stamp(&now, path);
	(void)pthread_rwlock_rdlock(&cache.lock);
	if (cache.loaded && algfile_same(&now, &cache.stamp))
		return &cache.t;
	(void)pthread_rwlock_unlock(&cache.lock);

	(void)pthread_rwlock_wrlock(&cache.lock);
	if (!cache.loaded || !algfile_same(&now, &cache.stamp)) {
		algfile_stamp(&now, path);
		if (!reload(path, &now)) {
			(void)pthread_rwlock_unlock(&cache.lock);
			return NULL;
		}
	}
	return &cache.t;
}

static void
unlock(void)
{
	(void)pthread_rwlock_unlock(&cache.lock);
}

static const struct ipsecalgs_proto *
proto_of(const struct ipsecalgs *t, int num)
{
	for (unsigned i = 0; i < t->n_protos; i++)
		if (t->proto[i].num == num)
			return &t->proto[i];
	return NULL;
}

/* By name, or by number when name is NULL. */
static struct ipsecalgent *
look_up(const char *name, int num, int proto, int *err)
{
	const struct ipsecalgs *t = lock_table();
	const struct ipsecalgs_row *row = NULL;
	struct ipsecalgent *ent = NULL;

	if (t == NULL) {
		*err = ENOMEM;
		return NULL;
	}
	*err = ENOENT;
	if (proto_of(t, proto) == NULL)
		*err = EINVAL;
	else if (name != NULL)
		row = ipsecalgs_by_name(t, (unsigned)proto, name, strlen(name));
	else if (num >= 0 && num <= UINT8_MAX)
		row = ipsecalgs_by_id(t, (unsigned)proto, (uint8_t)num);
	if (row != NULL) {
		ent = algent_new(row);
		*err = ent != NULL ? 0 : ENOMEM;
	}
	unlock();
	return ent;
}

struct ipsecalgent *
getipsecalgbyname(const char *name, int proto_num, int *errnop)
{
	struct ipsecalgent *ent = NULL;
	int err = EFAULT;

	if (name != NULL)
		ent = look_up(name, 0, proto_num, &err);
	if (errnop != NULL)
		*errnop = err;
	return ent;
}

struct ipsecalgent *
getipsecalgbynum(int alg_num, int proto_num, int *errnop)
{
	int err;
	struct ipsecalgent *ent = look_up(NULL, alg_num, proto_num, &err);

	if (errnop != NULL)
		*errnop = err;
	return ent;
}

void
freeipsecalgent(struct ipsecalgent *ent)
{
	free(ent);
}

int
getipsecprotobyname(const char *name)
{
	const struct ipsecalgs *t = name != NULL ? lock_table() : NULL;
	int num = -1;

	if (t == NULL)
		return -1;
	for (unsigned i = 0; i < t->n_protos && num < 0; i++)
		if (strcasecmp(t->proto[i].name, name) == 0)
			num = t->proto[i].num;
	for (size_t i = 0; i < 2 && num < 0; i++)
		if (strcasecmp(manual_names[i].name, name) == 0 &&
		    proto_of(t, manual_names[i].num) != NULL)
			num = manual_names[i].num;
	unlock();
	return num;
}

char *
getipsecprotobynum(int proto_num)
{
	const struct ipsecalgs *t = lock_table();
	const struct ipsecalgs_proto *p;
	char *name = NULL;

	if (t == NULL)
		return NULL;
	p = proto_of(t, proto_num);
	if (p != NULL)
		name = strdup(p->name);
	unlock();
	return name;
}
