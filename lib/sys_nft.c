/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The nftables table `ip vctx`, ours alone: masquerading and published ports. */
#include "sys_nft.h"

#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <linux/netlink.h>
#include <nftables/libnftables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "fd.h"

#define LIBRARY "libnftables.so.1"

/* An address of a context is its own in every port: who connects to it means it. And the
 * loopback's aliases are no addresses of the host. */
#define REDIRECT                                                                         \
	"fib daddr type local ip daddr != 127.0.0.0/8 ip daddr != @inside "              \
	"dnat to meta l4proto . th dport map @ports"

static const char table[] =
	"create table ip vctx\n"
	"add set ip vctx inside { type ipv4_addr; }\n"
	"add map ip vctx ports { type inet_proto . inet_service : "
	"ipv4_addr . inet_service; }\n"
	"add set ip vctx sources { type ipv4_addr . ifname; }\n"
	"add chain ip vctx prerouting { type nat hook prerouting priority dstnat; }\n"
	"add chain ip vctx output { type nat hook output priority -100; }\n"
	"add chain ip vctx postrouting { type nat hook postrouting priority srcnat; }\n"
	"add rule ip vctx prerouting " REDIRECT "\n"
	"add rule ip vctx output " REDIRECT "\n"
	/* from ports of clients alone: a context must not sit on one of the host's
	 * services and get what is sent there */
	"add rule ip vctx postrouting meta l4proto { tcp, udp } ip saddr . oifname "
	"@sources "
	"masquerade to :32768-60999 random\n"
	"add rule ip vctx postrouting ip saddr . oifname @sources masquerade\n";

static const char *const sets[] = {"inside", "ports", "sources"};

/* libnftables, and one context of it. */
struct nft {
	struct nft_ctx *ctx;
	__typeof__(nft_ctx_free) *free;
	__typeof__(nft_run_cmd_from_buffer) *run;
	__typeof__(nft_ctx_get_error_buffer) *error;
	__typeof__(nft_ctx_get_output_buffer) *output;
};

static void done(struct nft *nft)
{
	if (nft->ctx)
		nft->free(nft->ctx);
	nft->ctx = NULL;
}

#define cleanup_nft __attribute__((cleanup(done)))

/* Pointers to functions out of pointers to data, as POSIX has it for dlsym(3). */
static bool find(void *so, const char *name, void *ret)
{
	void *fn = dlsym(so, name);

	memcpy(ret, &fn, sizeof(fn));
	return fn != NULL;
}

static int start(struct nft *nft, struct vctx_err *err)
{
	/* libnftables ends the program where it gets none */
	cleanup_close int netlink =
		socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_NETFILTER);
	__typeof__(nft_ctx_new) *make;
	__typeof__(nft_ctx_buffer_output) *buffer_output;
	__typeof__(nft_ctx_buffer_error) *buffer_error;
	__typeof__(nft_ctx_output_set_flags) *set_flags;
	void *so;

	if (netlink < 0) {
		(void)vctx_err_set(err, -EOPNOTSUPP,
				   "masquerade= and PUBLISH need nftables, which this "
				   "kernel has not");
		return -EOPNOTSUPP;
	}
	so = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
	if (!so || !find(so, "nft_ctx_new", &make) ||
	    !find(so, "nft_ctx_free", &nft->free) ||
	    !find(so, "nft_ctx_buffer_output", &buffer_output) ||
	    !find(so, "nft_ctx_buffer_error", &buffer_error) ||
	    !find(so, "nft_ctx_output_set_flags", &set_flags) ||
	    !find(so, "nft_run_cmd_from_buffer", &nft->run) ||
	    !find(so, "nft_ctx_get_error_buffer", &nft->error) ||
	    !find(so, "nft_ctx_get_output_buffer", &nft->output)) {
		(void)vctx_err_set(err, -EOPNOTSUPP,
				   "masquerade= and PUBLISH need " LIBRARY
				   " (package libnftables1)");
		return -EOPNOTSUPP;
	}
	nft->ctx = make(NFT_CTX_DEFAULT);
	if (!nft->ctx || buffer_output(nft->ctx) || buffer_error(nft->ctx)) {
		(void)vctx_err_set(err, -ENOMEM, "out of memory");
		return -ENOMEM;
	}
	set_flags(nft->ctx, NFT_CTX_OUTPUT_NUMERIC_ALL | NFT_CTX_OUTPUT_STATELESS);
	return 0;
}

/* One transaction. libnftables says what went wrong in words alone. */
static int run(struct nft *nft, const char *commands, struct vctx_err *err)
{
	const char *text;

	if (!nft->run(nft->ctx, commands))
		return 0;
	text = nft->error(nft->ctx);
	if (!strncmp(text, "Error: ", 7))
		text += 7;
	if (strstr(text, strerror(ENOENT)))
		return vctx_err_set(err, -ENOENT, "table ip vctx is not there");
	if (strstr(text, strerror(EEXIST)))
		return vctx_err_set(err, -EEXIST, "table ip vctx has it already");
	return vctx_err_set(
		err, -EOPNOTSUPP,
		"masquerade= and PUBLISH need nftables with nat, masq and fib, "
		"which refuses: %.*s",
		(int)strcspn(text, "\n"), text);
}

/* ---- elements as text ---- */

/* Calls fn for each element: its set, key, and value ("" in a set). Stops at the first
 * non-zero and returns it. */
static int each(const struct vctx_nft *c,
		int (*fn)(const struct vctx_nft *c, const char *set, const char *key,
			  const char *value, void *arg),
		void *arg)
{
	char addr[INET_ADDRSTRLEN] = "", key[64], value[64];
	uint32_t i;
	int r = 0;

	for (i = 0; !r && i < c->n_addr; i++)
		if (inet_ntop(AF_INET, &c->addr[i], key, sizeof(key)))
			r = fn(c, "inside", key, "", arg);
	(void)inet_ntop(AF_INET, &c->to, addr, sizeof(addr));
	for (i = 0; !r && i < c->n_publish; i++) {
		(void)snprintf(key, sizeof(key), "%s . %u",
			       c->publish[i].udp ? "udp" : "tcp", c->publish[i].port);
		(void)snprintf(value, sizeof(value), " : %s . %u", addr,
			       c->publish[i].inside);
		r = fn(c, "ports", key, value, arg);
	}
	(void)snprintf(key, sizeof(key), "%s . \"%s\"", addr, c->masquerade);
	return !r && c->masquerade[0] ? fn(c, "sources", key, "", arg) : r;
}

static int print_one(const struct vctx_nft *c, const char *set, const char *key,
		     const char *value, void *arg)
{
	return fprintf(arg, "create element ip vctx %s { %s comment \"%s\"%s }\n", set,
		       key, c->label, value) < 0
		       ? -ENOMEM
		       : 0;
}

/* The commands that add what n contexts have, after text. Allocated. */
static char *print(const char *text, const struct vctx_nft *contexts, size_t n)
{
	char *buf = NULL;
	size_t size, i;
	FILE *f = open_memstream(&buf, &size);

	if (!f)
		return NULL;
	(void)fputs(text, f);
	for (i = 0; i < n; i++)
		(void)each(&contexts[i], print_one, f);
	if (!ferror(f) && !fclose(f))
		return buf;
	free(buf);
	return NULL;
}

/* Whose an element is. false: there is none. */
static bool get_owner(struct nft *nft, const char *set, const char *key,
		      char ret[VCTX_NFT_LABEL_SIZE])
{
	static const char word[] = "comment \"";
	struct vctx_err ignored;
	char command[160];
	const char *p;

	(void)snprintf(command, sizeof(command), "get element ip vctx %s { %s }", set,
		       key);
	if (run(nft, command, &ignored))
		return false;
	p = strstr(nft->output(nft->ctx), word);
	p = p ? p + strlen(word) : "";
	(void)snprintf(ret, VCTX_NFT_LABEL_SIZE, "%.*s", (int)strcspn(p, "\""), p);
	return true;
}

static int print_deletion(FILE *to, const char *set, const char *key)
{
	return fprintf(to, "delete element ip vctx %s { %s }\n", set, key) < 0 ? -ENOMEM
									       : 0;
}

struct deletion {
	struct nft *nft;
	FILE *to;
};

static int find_own(const struct vctx_nft *c, const char *set, const char *key,
		    const char *value, void *arg)
{
	struct deletion *d = arg;
	char owner[VCTX_NFT_LABEL_SIZE];

	(void)value;
	if (!get_owner(d->nft, set, key, owner) || strcmp(owner, c->label) != 0)
		return 0;
	return print_deletion(d->to, set, key);
}

/* Runs what was printed to f, into *buf, in one transaction: each makes the kernel wait
 * for all processors. Closes f. */
static int run_printed(struct nft *nft, FILE *f, char *const *buf, struct vctx_err *err)
{
	bool bad = ferror(f);
	int r;

	if (fclose(f) || bad)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	r = (*buf)[0] ? run(nft, *buf, err) : 0;
	return r == -ENOENT ? 0 : r;
}

static int delete_own(struct nft *nft, const struct vctx_nft *c, struct vctx_err *err)
{
	cleanup_free char *buf = NULL;
	struct deletion d = {.nft = nft};
	size_t size;

	d.to = open_memstream(&buf, &size);
	if (!d.to)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	(void)each(c, find_own, &d);
	return run_printed(nft, d.to, &buf, err);
}

struct conflict {
	struct nft *nft;
	char *owner;
	struct vctx_err *err;
};

static int find_conflict(const struct vctx_nft *c, const char *set, const char *key,
			 const char *value, void *arg)
{
	char owner[VCTX_NFT_LABEL_SIZE];
	struct conflict *f = arg;
	const char *port = strrchr(key, ' ');

	(void)value;
	if (!get_owner(f->nft, set, key, owner) || !strcmp(owner, c->label))
		return 0;
	memcpy(f->owner, owner, sizeof(owner));
	if (!strcmp(set, "ports"))
		return vctx_err_set(f->err, -EADDRINUSE,
				    "PUBLISH: %.3s:%s is published by '%s' already", key,
				    port ? port + 1 : key, f->owner);
	return vctx_err_set(f->err, -EADDRINUSE, "address %s is of '%s' already", key,
			    f->owner);
}

int vctx_nft_add(const struct vctx_nft *context, char ret_owner[VCTX_NFT_LABEL_SIZE],
		 struct vctx_err *err)
{
	cleanup_free char *commands = print("", context, 1);
	cleanup_nft struct nft nft = {0};
	struct conflict conflict = {&nft, ret_owner, err};
	int r;

	if (!commands)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	r = start(&nft, err);
	if (!r)
		r = run(&nft, commands, err);
	if (r != -EEXIST)
		return r;
	/* another's, or what an earlier start of this one left */
	r = each(context, find_conflict, &conflict);
	if (!r)
		r = delete_own(&nft, context, err);
	return r ? r : run(&nft, commands, err);
}

int vctx_nft_del(const struct vctx_nft *context, struct vctx_err *err)
{
	cleanup_nft struct nft nft = {0};
	int r = start(&nft, err);

	return r ? r : delete_own(&nft, context, err);
}

/* Prints deletions of those elements of a listing "{ KEY comment "LABEL"[ : VALUE], ...
 * }" that have the label. */
static void find_listed(const char *set, char *list, const char *label, FILE *to)
{
	char wanted[VCTX_NFT_LABEL_SIZE + 16], *p, *next, *at;

	(void)snprintf(wanted, sizeof(wanted), " comment \"%s\"", label);
	p = strstr(list, "elements = {");
	for (p = p ? p + 12 : NULL; p; p = next) {
		next = strchr(p, ',');
		if (next)
			*next++ = 0;
		at = strstr(p, wanted);
		if (!at)
			continue;
		*at = 0;
		(void)print_deletion(to, set, p + strspn(p, " \t\n"));
	}
}

static int find_label(struct nft *nft, const char *label, FILE *to, struct vctx_err *err)
{
	char command[64];
	size_t i;
	int r = 0;

	for (i = 0; !r && i < sizeof(sets) / sizeof(sets[0]); i++) {
		cleanup_free char *list = NULL;

		(void)snprintf(command, sizeof(command), "list %s ip vctx %s",
			       strcmp(sets[i], "ports") != 0 ? "set" : "map", sets[i]);
		r = run(nft, command, err);
		if (r)
			break;
		list = strdup(nft->output(nft->ctx));
		if (!list)
			return vctx_err_set(err, -ENOMEM, "out of memory");
		find_listed(sets[i], list, label, to);
	}
	return r == -ENOENT ? 0 : r;
}

int vctx_nft_del_label(const char *label, struct vctx_err *err)
{
	cleanup_nft struct nft nft = {0};
	cleanup_free char *buf = NULL;
	size_t size;
	FILE *f = open_memstream(&buf, &size);
	int r;

	if (!f)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	r = start(&nft, err);
	if (!r)
		r = find_label(&nft, label, f, err);
	if (!r)
		return run_printed(&nft, f, &buf, err);
	(void)fclose(f);
	return r;
}

int vctx_nft_make(const struct vctx_nft *contexts, size_t n, struct vctx_err *err)
{
	cleanup_free char *commands = print(table, contexts, n);
	cleanup_nft struct nft nft = {0};
	int r;

	if (!commands)
		return vctx_err_set(err, -ENOMEM, "out of memory");
	r = start(&nft, err);
	return r ? r : run(&nft, commands, err);
}
