/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * usage: ikeserve PROGRAM [ARGUMENT]...
 *
 * Serves the socket "ike/admin" in a run directory of its own, while PROGRAM runs
 * with SOLIPSEC_RUN set to that. Ends with the status of PROGRAM. What is asked
 * about rules and keys is answered by in.iked's own code, about two small
 * files; phase 1 SAs and counters are recorded.
 */
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conf/ikeconf.h"
#include "conf/ikepsk.h"
#include "daemon/ikeop/keyop.h"
#include "daemon/ikeop/ruleop.h"

#define MESSAGE (64u << 10)

static const char config[] =
    "p1_lifetime_secs 7200\n"
    "p1_xform { auth_method preshared oakley_group 14 encr_alg aes "
    "auth_alg sha256 }\n"
    "{ label \"one\" local_addr 10.0.0.1 remote_addr 10.0.0.2 keep }\n"
    "{ label \"two\" local_addr 10.0.0.1 remote_addr 10.1.0.0/16\n"
    "  remote_addr \"peer.example\" local_id_type fqdn local_id \"a.example\"\n"
    "  remote_id \"b.example\" remote_id \"!c.example\"\n"
    "  p1_xform { auth_method preshared oakley_group curve25519\n"
    "    encr_alg aes-gcm(256) prf sha384 additional_ke ml-kem-768 } }\n";
static const char preshared[] =
    "{ localidtype IP localid 10.0.0.1 remoteidtype IP remoteid 10.0.0.2\n"
    "  key 00112233445566778899aabbccddeeff }\n"
    "{ localidtype FQDN localid a.example remoteidtype FQDN\n"
    "  remoteid b.example key \"a long text that nobody guesses\" }\n"
    "{ ppkid \"quantum\" key ffeeddccbbaa99887766554433221100 }\n";
static const char sas[] =
    "{\"p1\":[{\"spi_i\":\"00000000000000a1\",\"spi_r\":\"00000000000000b2\","
    "\"local\":{\"addr\":\"10.0.0.1\",\"port\":4500},"
    "\"remote\":{\"addr\":\"10.0.0.2\",\"port\":4500},"
    "\"initiator\":true,\"state\":\"established\",\"rule\":\"one\","
    "\"local_id\":{\"type\":\"ip\",\"id\":\"10.0.0.1\"},"
    "\"remote_id\":{\"type\":\"fqdn\",\"id\":\"b\\u001bexample\"},"
    "\"nat\":{\"encapsulated\":true,\"local\":false,\"remote\":true},"
    "\"transforms\":{\"encr\":20,\"encr_bits\":256,\"prf\":6,\"integ\":0,"
    "\"ke\":31},\"auth\":{\"local\":2,\"remote\":14},"
    "\"age_ms\":61500,\"rekey_in_ms\":7000000,\"children\":2,\"child\":[],"
    "\"retransmits\":1,\"dpd\":\"successful\"}]}";
static const char stats[] =
    "{\"stats\":{\"current\":{\"initiator\":1,\"responder\":0},"
    "\"total\":{\"initiator\":3,\"responder\":20000},"
    "\"attempted\":{\"initiator\":4,\"responder\":20001},"
    "\"failed\":{\"initiator\":1,\"responder\":1},\"timeouts\":1,"
    "\"half_open\":0,\"cookies_sent\":5,\"children\":2,\"dropped\":7}}";

static char dir[] = "/tmp/ikeserveXXXXXX";
static struct ikecfg cfg;
static struct ikekeys keys;
static int privilege = KEYOP_KEYMAT;
static json_int_t debug;

static const char *
text(const json_t *o, const char *key)
{
	const char *t = json_string_value(json_object_get(o, key));

	return t != NULL ? t : "";
}

static bool
is_other(const json_t *in)
{
	return (json_object_get(in, "local") != NULL &&
		   strcmp(text(in, "remote"), "10.0.0.2") != 0) ||
	       (json_object_get(in, "spi_i") != NULL &&
		   strtoull(text(in, "spi_i"), NULL, 16) != 0xa1);
}

/* As in.iked, but for the SAs, of which there is one. */
static int
of_process(const json_t *in, json_t *out)
{
	const char *op = text(in, "op");
	json_int_t level;

	if (strcmp(op, "p1-dump") == 0 || strcmp(op, "p1-delete") == 0) {
		json_t *o = json_loads(sas, 0, NULL);

		(void)json_object_update(out, o);
		json_decref(o);
		return is_other(in) ? ENOENT : 0;
	}
	if (strcmp(op, "stats") == 0) {
		json_t *o = json_loads(stats, 0, NULL);

		(void)json_object_update(out, o);
		json_decref(o);
		return 0;
	}
	if (strcmp(op, "debug-get") == 0)
		return json_object_set_new(out, "level", json_integer(debug));
	if (strcmp(op, "debug-set") == 0)
		debug = json_integer_value(json_object_get(in, "level"));
	else if (strcmp(op, "priv-get") == 0)
		return json_object_set_new(
		    out, "privilege", json_integer(privilege));
	else if (strcmp(op, "priv-set") == 0) {
		level = json_integer_value(json_object_get(in, "privilege"));
		if (level > privilege)
			return EPERM;
		privilege = (int)level;
	} else if (strcmp(op, "p1-flush") != 0 && strcmp(op, "read") != 0) {
		return EOPNOTSUPP;
	}
	return 0;
}

static char *
answer(const char *msg, size_t n)
{
	json_t *in = json_loadb(msg, n, 0, NULL), *out = json_object();
	struct ruleop r = { .now = &cfg };
	struct keyop k = { .keys = &keys, .privilege = privilege };
	const char *why = r.err;
	int err = ruleop_answer(&r, in, out);
	char *line;

	if (r.changed) {
		ikecfg_fini(&cfg);
		cfg = r.next;
	}
	if (err < 0) {
		err = keyop_answer(&k, in, out);
		why = k.err;
	}
	if (err < 0)
		err = of_process(in, out);
	(void)json_object_set_new(out, "ok", json_boolean(err == 0));
	if (err != 0) {
		(void)json_object_set_new(out, "errno", json_integer(err));
		(void)json_object_set_new(out, "error",
		    json_string(why[0] != '\0' ? why : strerror(err)));
	}
	line = json_dumps(out, JSON_COMPACT);
	json_decref(in);
	json_decref(out);
	return line;
}

static void
serve_one(int fd)
{
	static char buf[MESSAGE];
	ssize_t n;

	while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
		char *line = answer(buf, (size_t)n);
		size_t len = strlen(line) + 1;

		line[len - 1] = '\n';
		(void)!send(fd, line, len, MSG_NOSIGNAL);
		free(line);
	}
}

static int
listen_there(void)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	char sub[64];

	(void)snprintf(sub, sizeof(sub), "%s/ike", dir);
	(void)snprintf(un.sun_path, sizeof(un.sun_path), "%s/ike/admin", dir);
	if (fd < 0 || mkdir(sub, 0700) != 0 ||
	    bind(fd, (struct sockaddr *)&un, sizeof(un)) != 0 ||
	    listen(fd, 8) != 0) {
		perror(un.sun_path);
		exit(2);
	}
	return fd;
}

/* One client at a time, until nobody holds the other end of `alive`. */
static void
serve(int sock, int alive)
{
	struct pollfd p[] = { { .fd = alive },
		{ .fd = sock, .events = POLLIN } };

	for (;;) {
		if (poll(p, 2, -1) < 0)
			continue;
		if (p[1].revents != 0) {
			int fd = accept4(sock, NULL, NULL, SOCK_CLOEXEC);

			if (fd >= 0) {
				serve_one(fd);
				(void)close(fd);
			}
		}
		if (p[0].revents != 0)
			return;
	}
}

static void
clean_up(void)
{
	char path[64];

	(void)snprintf(path, sizeof(path), "%s/ike/admin", dir);
	(void)unlink(path);
	(void)snprintf(path, sizeof(path), "%s/ike", dir);
	(void)rmdir(path);
	if (rmdir(dir) != 0)
		perror(dir);
	ikecfg_fini(&cfg);
	ikekeys_fini(&keys);
}

int
main(int argc, char **argv)
{
	int sock, alive[2], code;
	pid_t child;

	if (argc < 2 ||
	    !ikeconf_read(
		&cfg, "config", config, strlen(config), NULL, NULL, NULL) ||
	    !ikepsk_read(&keys, "ike.preshared", preshared, strlen(preshared),
		NULL, NULL, NULL) ||
	    mkdtemp(dir) == NULL || pipe(alive) != 0 ||
	    setenv("SOLIPSEC_RUN", dir, 1) != 0)
		return 2;
	sock = listen_there();
	child = fork();
	if (child == 0) {
		(void)close(alive[0]);
		(void)execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(2);
	}
	(void)close(alive[1]);
	serve(sock, alive[0]);
	(void)waitpid(child, &code, 0);
	clean_up();
	return WIFEXITED(code) ? WEXITSTATUS(code) : 2;
}
