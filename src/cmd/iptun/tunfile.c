/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/iptun/tunfile.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/iptun/tunset.h"
#include "cmd/pol/poltext.h"

#define LINKS 256 /* at a time */

static const char *const heads[2] = { "hostname.", "hostname6." };

static const char *
folder(void)
{
	const char *dir = secure_getenv("SOLIPSEC_ETC"); /* of tests */

	return dir != NULL ? dir : "/etc";
}

static void
path_of(char path[PATH_MAX], const char *link, int six)
{
	(void)snprintf(path, PATH_MAX, "%s/%s%s", folder(), heads[six], link);
}

/* --- reading --- */

/* The link that a file of that name is about, and which of the two it is. */
static const char *
link_of(const char *path, int *six)
{
	const char *name = strrchr(path, '/');
	uint8_t type;

	name = name == NULL ? path : name + 1;
	for (int i = 0; i < 2; i++) {
		size_t n = strlen(heads[i]);

		if (strncmp(name, heads[i], n) == 0 &&
		    tunconf_is_name(name + n, &type)) {
			*six = i;
			return name + n;
		}
	}
	return NULL;
}

/* Both files may say the same of the tunnel, not different things. */
static bool
agree(const struct tunconf *a, const struct tunconf *b)
{
	unsigned both = a->has & b->has;

	return ((both & TUNCONF_TSRC) == 0 || addr_equal(&a->tsrc, &b->tsrc)) &&
	       ((both & TUNCONF_TDST) == 0 || addr_equal(&a->tdst, &b->tdst)) &&
	       ((both & TUNCONF_HOPLIMIT) == 0 || a->hoplimit == b->hoplimit) &&
	       ((both & TUNCONF_ENCAPLIMIT) == 0 ||
		   a->encaplimit == b->encaplimit) &&
	       ((both & TUNCONF_DF) == 0 || a->df == b->df) &&
	       ((both & TUNCONF_MTU) == 0 || a->mtu == b->mtu) &&
	       (both & TUNCONF_ALGS) == 0;
}

static bool
complain(const char *path, const char *why)
{
	poltext_say("%s: %s", path, why);
	return false;
}

/* Adds what a file says. False: printed why not. */
static bool
read_file(struct tunfile *t, const char *path, int six)
{
	struct tunconf_env env = { .resolve = tunset_resolve,
		.type = t->type,
		.inner = six ? FAM_V6 : FAM_V4,
		.report = tunset_report };
	struct poltext text;
	struct tunconf c;
	int e = poltext_read(&text, path);

	if (e != 0)
		return complain(path, strerror(e));
	free(t->text[six]);
	t->text[six] = text.text;
	t->has[six] = true;
	/* RFC 7526: deprecated for its failures and the spoofing it invites */
	if (t->type == FAM_NONE)
		return complain(path, "6to4 tunnels (RFC 7526) are not to be "
				      "had; use a tunnel with two ends");
	if (!tunconf_read(&c, &env, path, text.text, text.n))
		return false;
	if (!agree(&t->conf, &c))
		return complain(path,
		    "the other file of this interface says something else of "
		    "the tunnel");
	tunconf_merge(&t->conf, &c);
	return true;
}

static void
tunfile_fini(struct tunfile *t)
{
	free(t->text[0]);
	free(t->text[1]);
}

/* --- applying --- */

/* The links of some files, each with all of its files among them. */
struct links {
	struct tunfile *v;
	size_t n;
	bool bad[LINKS];
	char path[LINKS][2][PATH_MAX];
};

static struct links *
links_new(void)
{
	struct links *l = calloc(1, sizeof(*l));

	if (l != NULL)
		l->v = calloc(LINKS, sizeof(*l->v));
	if (l != NULL && l->v != NULL)
		return l;
	free(l);
	poltext_say("no memory");
	return NULL;
}

static void
links_free(struct links *l)
{
	for (size_t i = 0; i < l->n; i++)
		tunfile_fini(&l->v[i]);
	free(l->v);
	free(l);
}

static void
links_add(struct links *l, const char *path)
{
	int six = 0;
	const char *link = link_of(path, &six);
	size_t i = 0;

	while (i < l->n && strcmp(l->v[i].link, link) != 0)
		i++;
	if (i == LINKS || strlen(path) >= PATH_MAX)
		return;
	if (i == l->n) {
		(void)snprintf(l->v[i].link, sizeof(l->v[i].link), "%s", link);
		(void)tunconf_is_name(link, &l->v[i].type);
		l->n++;
	}
	memcpy(l->path[i][six], path, strlen(path) + 1);
	if (!read_file(&l->v[i], path, six))
		l->bad[i] = true;
}

/*
 * Does the policy file speak of this tunnel? Then it is to be protected, also
 * when that file could not be loaded. A file that cannot be read speaks of all.
 */
static bool
is_in_policy(const char *link)
{
	char path[PATH_MAX];
	struct poltext t;
	struct lex lx;
	struct lex_tok tok;
	bool after = false, found = false;
	int e;

	(void)snprintf(path, sizeof(path), "%s/inet/ipsecinit.conf", folder());
	e = poltext_read(&t, path);
	if (e != 0)
		return e != ENOENT;
	lx = lex_from(path, t.text, t.n, LEX_BRACES | LEX_COMMENTS, NULL, NULL);
	while (!found && (tok = lex_next(&lx)).kind != LEX_END) {
		found = after && lex_is(&tok, link);
		after = tok.kind == LEX_WORD ? lex_is(&tok, "tunnel")
					     : after && tok.kind == LEX_EOL;
	}
	poltext_free(&t);
	return found;
}

static int
apply_one(const struct tunfile *t, const char *path)
{
	struct lex lx = lex_from(path, "", 0, 0, tunset_report, NULL);
	struct tunset s = { .link = t->link,
		.how = TUNSET_EITHER,
		.type = t->type,
		.implicit = true,
		.secure = is_in_policy(t->link),
		.conf = &t->conf,
		.lx = &lx };

	return tunset_do(&s);
}

static int
links_apply(struct links *l)
{
	int status = 0;

	for (size_t i = 0; i < l->n; i++) {
		const char *path = l->path[i][l->v[i].has[0] ? 0 : 1];

		if (l->bad[i]) {
			poltext_say("%s is left as it is", l->v[i].link);
			status = 1;
		} else if (apply_one(&l->v[i], path) != 0) {
			status = 1;
		}
	}
	return status;
}

int
tunfile_apply(char *const *paths, size_t n)
{
	struct links *l = links_new();
	int status = 0, six;

	if (l == NULL)
		return 1;
	for (size_t i = 0; i < n; i++) {
		if (link_of(paths[i], &six) != NULL) {
			links_add(l, paths[i]);
			continue;
		}
		poltext_say("%s: such a file is named hostname.LINK or "
			    "hostname6.LINK, with the LINK ip.tunN or ip6.tunN",
		    paths[i]);
		status = 1;
	}
	if (status == 0)
		status = links_apply(l);
	links_free(l);
	return status;
}

/* --- all of /etc --- */

static int
is_ours(const struct dirent *d)
{
	int six;

	return link_of(d->d_name, &six) != NULL;
}

/* NULL: printed why. */
static struct links *
links_all(void)
{
	struct links *l = links_new();
	struct dirent **list;
	int n;

	if (l == NULL)
		return NULL;
	n = scandir(folder(), &list, is_ours, versionsort);
	if (n < 0) {
		poltext_say("%s: %s", folder(), strerror(errno));
		links_free(l);
		return NULL;
	}
	for (int i = 0; i < n; i++) {
		char path[PATH_MAX];

		(void)snprintf(
		    path, sizeof(path), "%s/%s", folder(), list[i]->d_name);
		links_add(l, path);
		free(list[i]);
	}
	free(list);
	return l;
}

int
tunfile_boot(void)
{
	struct links *l = links_all();
	int status;

	if (l == NULL)
		return 1;
	status = links_apply(l);
	links_free(l);
	return status;
}

int
tunfile_each(void (*f)(void *ctx, const struct tunfile *t), void *ctx)
{
	struct links *l = links_all();
	int status = 0;

	if (l == NULL)
		return 1;
	for (size_t i = 0; i < l->n; i++) {
		if (l->bad[i])
			status = 1;
		else
			f(ctx, &l->v[i]);
	}
	links_free(l);
	return status;
}

/* --- writing --- */

static bool
is_there(const char *link, int six)
{
	char path[PATH_MAX];

	path_of(path, link, six);
	return access(path, F_OK) == 0;
}

/* A file with comments is not ours to write anew. */
static bool
is_plain(const char *link, int six)
{
	char path[PATH_MAX];
	struct poltext t;
	bool plain;

	path_of(path, link, six);
	if (poltext_read(&t, path) != 0)
		return complain(path, strerror(errno));
	plain = memchr(t.text, '#', t.n) == NULL;
	poltext_free(&t);
	return plain ||
	       complain(path, "has comments: change it by hand, and use -t");
}

bool
tunfile_can_save(const char *link, bool add)
{
	uint8_t type;
	char path[PATH_MAX];

	if (!tunconf_is_name(link, &type)) {
		poltext_say("%s: only ip.tunN and ip6.tunN are remembered over "
			    "a boot; use -t",
		    link);
		return false;
	}
	if (add && !is_there(link, 0) && !is_there(link, 1)) {
		poltext_say("%s: has no file in %s: use -t", link, folder());
		return false;
	}
	for (int six = 0; six < 2; six++) {
		if (!is_there(link, six))
			continue;
		path_of(path, link, six);
		if (!add)
			return complain(path, "is there already");
		if (!is_plain(link, six))
			return false;
	}
	return true;
}

/* All of it, or the old file stays. */
static int
write_file(const char *path, const void *text, size_t n)
{
	char fresh[PATH_MAX + 8];
	int fd, err = 0;

	(void)snprintf(fresh, sizeof(fresh), "%s.new", path);
	(void)unlink(fresh);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0)
		return errno;
	if (write(fd, text, n) != (ssize_t)n || fsync(fd) != 0)
		err = errno != 0 ? errno : EIO;
	if (close(fd) != 0 && err == 0)
		err = errno;
	if (err == 0 && rename(fresh, path) != 0)
		err = errno;
	if (err != 0)
		(void)unlink(fresh);
	return err;
}

/* c without the addresses of the other family. */
static struct tunconf
of_family(const struct tunconf *c, uint8_t fam)
{
	struct tunconf out = *c;

	out.n_pairs = 0;
	for (size_t i = 0; i < c->n_pairs; i++)
		if (c->pair[i].local.fam == fam)
			out.pair[out.n_pairs++] = c->pair[i];
	return out;
}

static int
save(const char *link, const struct tunconf *c, int six)
{
	uint8_t buf[TUNFILE_TEXT];
	struct wr w = wr_into(buf, sizeof(buf));
	char path[PATH_MAX];
	int err;

	path_of(path, link, six);
	tunconf_print(&w, c);
	err = w.bad ? EFBIG : write_file(path, buf, w.len);
	if (err != 0)
		(void)complain(path, strerror(err));
	return err == 0 ? 0 : 1;
}

/* Of both families in turn; the second one's file has only its addresses. */
static int
save_both(const char *link, const struct tunconf *c)
{
	struct tunconf four = of_family(c, FAM_V4), six = of_family(c, FAM_V6);
	uint8_t type = FAM_V4;
	bool main6;

	(void)tunconf_is_name(link, &type);
	main6 = four.n_pairs == 0 && (six.n_pairs != 0 || type == FAM_V6);
	if (main6)
		return save(link, &six, 1);
	if (save(link, &four, 0) != 0)
		return 1;
	if (six.n_pairs == 0)
		return 0;
	six.has &= TUNCONF_UP;
	return save(link, &six, 1);
}

int
tunfile_save(const char *link, const struct tunconf *conf, bool add)
{
	struct tunfile t = { 0 };
	char path[PATH_MAX];
	int status = 0;

	(void)snprintf(t.link, sizeof(t.link), "%s", link);
	(void)tunconf_is_name(link, &t.type);
	for (int six = 0; add && six < 2; six++) {
		path_of(path, link, six);
		if (is_there(link, six) && !read_file(&t, path, six))
			status = 1;
	}
	tunconf_merge(&t.conf, conf);
	if (status == 0)
		status = save_both(link, &t.conf);
	tunfile_fini(&t);
	return status;
}

int
tunfile_remove(const char *link)
{
	int status = 0;
	uint8_t type;

	for (int six = 0; tunconf_is_name(link, &type) && six < 2; six++) {
		char path[PATH_MAX];

		path_of(path, link, six);
		if (unlink(path) != 0 && errno != ENOENT) {
			(void)complain(path, strerror(errno));
			status = 1;
		}
	}
	return status;
}
