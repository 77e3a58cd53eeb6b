/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lib/policy.c by vectors: who lands where, and the plan that follows. */
#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "policy.h"

enum { H = VCTX_VERDICT_HOST, D = VCTX_VERDICT_DENY, E = VCTX_VERDICT_ENTER };

/* Extra circumstances of a vector. */
enum { RESCUE = 1, UNREADABLE = 2, NO_GROUPS = 4, AUDIT = 8 };

#define A255                                                                             \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aa"                                                                             \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aa"                                                                             \
	"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
	"aa"                                                                             \
	"aaaaaaaaaaaaaaa"

static const struct vector {
	const char *what, *map, *user;
	uid_t uid;
	const char *groups; /* the map's that the person is in, by blanks */
	int how;
	int verdict;
	const char *name; /* of the vserver, or a part of the reason */
} vectors[] = {
	/* rank */
	{"no file", "", "alice", 1000, "", 0, H, ""},
	{"no line", "bob deny\n", "alice", 1000, "", 0, H, ""},
	{"own line", "alice vserver=s\n", "alice", 1000, "", 0, E, "s"},
	{"own beats group", "@g deny\nalice vserver=s\n* deny\n", "alice", 1000, "g", 0,
	 E, "s"},
	{"first group", "@b vserver=b\n@a vserver=a\n", "alice", 1000, "a b", 0, E, "b"},
	{"group beats *", "* deny\n@g vserver=g\n", "alice", 1000, "g", 0, E, "g"},
	{"* last", "@g host\n* vserver=all\n", "alice", 1000, "", 0, E, "all"},
	{"first *", "* vserver=one\n* vserver=two\n", "alice", 1000, "", 0, E, "one"},
	{"host explicit", "@g deny\nalice host\n", "alice", 1000, "g", 0, H, ""},
	{"group host", "@g host\n* deny\n", "alice", 1000, "g", 0, H, ""},
	{"deny", "alice deny\n", "alice", 1000, "", 0, D, "f:1 says deny"},
	{"prefix is no match", "alice deny\n", "alic", 1000, "", 0, H, ""},
	{"case matters", "alice deny\n", "Alice", 1000, "", 0, H, ""},
	{"context", "alice context=204 root=/x ip=any\n", "alice", 1000, "", 0, E,
	 "#204"},
	/* audit */
	{"audit", "alice vserver=s audit\n", "alice", 1000, "", AUDIT, E, "s"},
	{"audit of a group", "@g vserver=%u audit\n", "alice", 1000, "g", AUDIT, E,
	 "alice"},
	{"audit of what fails", "alice vserver=%g audit\n", "alice", 1, "", AUDIT, D,
	 "f:1: "},
	/* a second line of one's own */
	{"two lines", "alice host\nalice host\n", "alice", 1000, "", 0, D,
	 "f:2: a second line"},
	{"two lines, a group", "alice host\n@g host\n", "alice", 1000, "g", 0, H, ""},
	{"two lines of root", "root host\nroot deny\n", "root", 0, "", 0, H, ""},
	/* uid 0: its own readable line, else host; group and * with include-admins alone
	 */
	{"root own", "root vserver=s\n", "root", 0, "", 0, E, "s"},
	{"root denied by hand", "root deny\n", "root", 0, "", 0, D, "says deny"},
	{"root by number", "toor vserver=s\n", "toor", 0, "", 0, E, "s"},
	{"root and *", "* deny\n", "root", 0, "", 0, H, "lacks include-admins"},
	{"root and a group", "@g vserver=s\n", "root", 0, "g", 0, H,
	 "lacks include-admins"},
	{"root included", "* deny include-admins\n", "root", 0, "", 0, D, "says deny"},
	{"root in a group", "@g vserver=s include-admins\n", "root", 0, "g", 0, E, "s"},
	{"root, own broken", "root vserver=\n", "root", 0, "", 0, H, ""},
	{"root, * broken", "* vserver=\n", "root", 0, "", 0, H, ""},
	{"root, group broken", "@g include-admins x\n", "root", 0, "g", 0, H, ""},
	{"root, nameless", "\"x deny\n", "root", 0, "", 0, H, ""},
	{"root, unreadable", "", "root", 0, "", UNREADABLE, H, ""},
	{"root, no groups", "@g deny\n", "root", 0, "", NO_GROUPS, H, ""},
	{"root, broken and right", "root x\nroot deny\n", "root", 0, "", 0, D, "f:2"},
	/* administrators */
	{"sudo and *", "* vserver=s\n", "adm", 1000, "sudo", 0, H, "f:1 is passed over"},
	{"wheel and a group", "@g deny\n", "adm", 1000, "g wheel", 0, H, "passed over"},
	{"sudo itself", "@sudo vserver=s\n", "adm", 1000, "sudo", 0, H, "passed over"},
	{"sudo included", "@sudo vserver=s include-admins\n", "adm", 1000, "sudo", 0, E,
	 "s"},
	{"sudo, own line", "adm vserver=s\n", "adm", 1000, "sudo", 0, E, "s"},
	{"sudo, next line", "@a deny\n@b vserver=b include-admins\n", "adm", 1000,
	 "a b sudo", 0, E, "b"},
	{"sudo, broken *", "* x\n", "adm", 1000, "sudo", 0, D, "f:1:3"},
	{"sudoers is no sudo", "* vserver=s\n", "adm", 1000, "sudoers", 0, E, "s"},
	/* broken lines deny whom they could concern */
	{"own broken", "alice vserver=\n", "alice", 1000, "", 0, D, "f:1:7"},
	{"own broken, others", "alice vserver=\n", "bob", 1001, "", 0, H, ""},
	{"own broken, group right", "@g host\nalice x\n", "alice", 1000, "g", 0, D,
	 "f:2"},
	{"group broken", "@g x\n* host\n", "alice", 1000, "g", 0, D, "f:1:4"},
	{"group broken, others", "@g x\n* host\n", "alice", 1000, "", 0, H, ""},
	{"group broken, first right", "@a host\n@b x\n", "alice", 1000, "a b", 0, H, ""},
	{"group broken, own right", "@g x\nalice host\n", "alice", 1000, "g", 0, H, ""},
	{"* broken", "* vserver=\n", "alice", 1000, "", 0, D, "f:1:3"},
	{"* broken, group right", "* x\n@g host\n", "alice", 1000, "g", 0, H, ""},
	{"nameless", "\"x deny\n", "alice", 1000, "", 0, D, "never closed"},
	{"nameless before one's own", "alice host\n\"x deny\n", "alice", 1000, "", 0, D,
	 "f:2"},
	{"nameless, root's own", "\"x deny\nroot vserver=s\n", "root", 0, "", 0, E, "s"},
	{"nameless before a group", "@g host\n\"x deny\n", "alice", 1000, "g", 0, D,
	 "f:2"},
	{"nameless before *", "* host\n@ deny\n", "alice", 1000, "", 0, D, "f:2"},
	{"nameless, admin", "@ deny\n", "adm", 1000, "sudo", 0, D, "f:1"},
	/* what cannot be known */
	{"unreadable", "alice host\n", "alice", 1000, "", UNREADABLE, D, "not root's"},
	{"unreadable, no line", "", "alice", 1000, "", UNREADABLE, D, "not root's"},
	{"no groups", "@g deny\n", "alice", 1000, "", NO_GROUPS, D, "cannot be told"},
	{"no groups, *", "* host\n", "alice", 1000, "", NO_GROUPS, D, "cannot be told"},
	{"no groups, own", "@g deny\nalice host\n", "alice", 1000, "", NO_GROUPS, H, ""},
	/* the rescue marker */
	{"rescue, unmapped", "bob deny\n", "alice", 1000, "", RESCUE, H, ""},
	{"rescue, root", "root vserver=s\n", "root", 0, "", RESCUE, H, ""},
	{"rescue, root denied", "root deny\n", "root", 0, "", RESCUE, H, ""},
	{"rescue, mapped", "alice vserver=s\n", "alice", 1000, "", RESCUE, D,
	 "rescue marker"},
	{"rescue, group", "@g vserver=s\n", "alice", 1000, "g", RESCUE, D,
	 "rescue marker"},
	{"rescue, denied", "alice deny\n", "alice", 1000, "", RESCUE, D, "rescue marker"},
	{"rescue, host", "alice host\n", "alice", 1000, "", RESCUE, H, ""},
	{"rescue, may", "alice vserver=s may-rescue\n", "alice", 1000, "", RESCUE, H, ""},
	{"rescue, may, denied", "alice deny may-rescue\n", "alice", 1, "", RESCUE, D,
	 "rescue"},
	{"rescue, may, broken", "alice x may-rescue\n", "alice", 1, "", RESCUE, D,
	 "rescue"},
	{"rescue, audit", "alice vserver=s audit\n", "alice", 1000, "", RESCUE, H, ""},
	{"rescue, unreadable", "", "alice", 1000, "", RESCUE | UNREADABLE, D,
	 "not root's"},
	{"rescue, may, unreadable", "alice host may-rescue\n", "alice", 1000, "",
	 RESCUE | UNREADABLE, D, "not root's"},
	{"rescue, root, unreadable", "", "root", 0, "", RESCUE | UNREADABLE, H, ""},
	{"rescue, no groups", "@g deny\n", "alice", 1000, "", RESCUE | NO_GROUPS, D,
	 "cannot be told"},
	{"rescue, no groups, may", "@g deny\na vserver=s may-rescue\n", "a", 1000, "",
	 RESCUE | NO_GROUPS, H, ""},
	{"rescue, two lines", "alice host\nalice deny\n", "alice", 1000, "", RESCUE, D,
	 "f:2: a second line"},
	/* expansion */
	{"%u %g %i %%", "* vserver=%u.%g.%i\n", "alice", 1000, "", 0, E,
	 "alice.users.1000"},
	{"%% is bent", "* vserver=a%%b\n", "alice", 1000, "", 0, E, "a-b-c6332f10"},
	{"%i above 65535", "* vserver=l-%i\n", "alice", 3000000000u, "", 0, E,
	 "l-3000000000"},
	{"%g of no name", "* vserver=%g\n", "alice", 1, "", 0, D, "no name for %g"},
	{"a name of '-'", "* vserver=%u\n", "-rf", 1000, "", 0, E, "xrf-"},
	{"a name of '..'", "* vserver=%u\n", "..", 1000, "", 0, E, "x.-"},
	{"a name with '/'", "* vserver=l-%u\n", "../../etc", 1000, "", 0, E,
	 "l-..-..-etc-"},
	{"a name with blanks", "\"al ice\" vserver=l-%u\n", "al ice", 1, "", 0, E,
	 "l-al-ice-"},
	{"UTF-8", "m\xc3\xbcller vserver=l-%u\n", "m\xc3\xbcller", 1, "", 0, E,
	 "l-m--ller-"},
	{"realm", "a@B.C vserver=l-%u\n", "a@B.C", 1, "", 0, E, "l-a-B.C-"},
	{"a name of digits", "1000 deny\n", "1000", 1001, "", 0, D, "says deny"},
	{"digits are no uid", "1000 deny\n", "alice", 1000, "", 0, H, ""},
	{"255 bytes", A255 " vserver=%u\n", A255, 1000, "", 0, E, "aaaa"},
	{"called *", "* host\n\"*\" deny\n", "*", 1000, "", 0, D, "f:2"},
	{"not called *", "\"*\" deny\n", "alice", 1000, "", 0, H, ""},
	{"quoted group", "\"@x\" deny\n", "alice", 1000, "x", 0, D, "f:1"},
	{"quoted group, not a person", "\"@x\" deny\n", "@x", 1000, "", 0, H, ""},
	{"a group with blanks", "\"@a b\" deny\n", "alice", 1000, "a_b", 0, H, ""},
};

static size_t split(char *text, const char *ret[8])
{
	char *save = NULL, *w;
	size_t n = 0;

	for (w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
		ret[n++] = w;
	return n;
}

static void decide(const struct vector *v, struct vctx_decision *d,
		   const struct vctx_mapping **line, struct vctx_map *map)
{
	struct vctx_request req = {.who = {.uid = v->uid, .gid = 100}};
	const char *groups[8];
	char list[64];
	struct vctx_err err;

	memset(map, 0, sizeof(*map));
	assert_int_equal(vctx_map_parse(map, "f", v->map, strlen(v->map), &err), 0);
	(void)snprintf(list, sizeof(list), "%s", v->groups);
	(void)snprintf(req.who.user, sizeof(req.who.user), "%s", v->user);
	(void)snprintf(req.who.group, sizeof(req.who.group), "%s",
		       v->uid == 1 ? "" : "users");
	req.n_groups = split(list, groups);
	req.groups = groups;
	req.rescue = v->how & RESCUE;
	req.group_error = v->how & NO_GROUPS ? "no such thing" : NULL;
	if (v->how & UNREADABLE)
		assert_int_equal(vctx_map_set_unreadable(map, "f", "is not root's"), 0);
	vctx_policy_choose(map, &req, line, d);
}

static void lands_where_the_lines_say(void **state)
{
	const struct vctx_mapping *line;
	struct vctx_decision d;
	struct vctx_map map;
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(vectors); i++) {
		const struct vector *v = &vectors[i];
		const char *is;

		decide(v, &d, &line, &map);
		is = v->verdict == E ? d.plan.name : d.reason;
		if ((int)d.verdict != v->verdict || !strstr(is, v->name) ||
		    d.audit != !!(v->how & AUDIT))
			fail_msg("%s: verdict %d, vserver '%s', reason '%s', audit %d",
				 v->what, d.verdict, d.plan.name, d.reason, d.audit);
		assert_int_equal(line != NULL, v->verdict == E);
		if (v->verdict == E && v->name[0] == '#')
			assert_string_equal(d.plan.name, v->name);
		vctx_map_done(&map);
	}
}

static void says_which_line_decided(void **state)
{
	static const struct vector v = {"", "\n@g vserver=s\n", "alice", 1000, "g", 0, E,
					"s"};
	const struct vctx_mapping *line;
	struct vctx_decision d;
	struct vctx_map map;

	(void)state;
	decide(&v, &d, &line, &map);
	assert_string_equal(d.source.file, "f");
	assert_int_equal(d.source.line, 2);
	assert_string_equal(d.source.subject, "@g");
	vctx_map_done(&map);
}

/* The second half: line words, then the vserver's file, then the settings for all. */
static const struct plan_vector {
	const char *what, *line, *vserver, *all;
	uid_t uid;
	gid_t gid;
	const char *has; /* a line of the printed plan, or a part of the reason */
	int denied;
} plans[] = {
	{"ip of the line", "a vserver=v ip=none", "IPROOT=any\n", "IPROOT=any\n", 1, 1,
	 "\nip=none\n", 0},
	{"ip of the file", "a vserver=v", "IPROOT=none\n", "IPROOT=any\n", 1, 1,
	 "\nip=none\n", 0},
	{"ip for all", "a vserver=v", "", "IPROOT=any\n", 1, 1, "\nip=any\n", 0},
	{"no address", "a vserver=v", "", "", 1, 1, "v has no address", 1},
	{"addresses of the line", "a vserver=v ip=10.0.0.4,eth1:10.0.0.5/8",
	 "IPROOT=10.0.0.9\nIPROOTMASK=255.255.0.0\n", "IPROOT=any\n", 1, 1,
	 "\naddresses=10.0.0.4/16 eth1:10.0.0.5/8\n", 0},
	{"addresses of the file", "a vserver=v", "IPROOT=10.0.0.9\n", "IPROOT=any\n", 1,
	 1, "\naddresses=10.0.0.9/24\n", 0},
	{"device, broadcast", "a vserver=v", "IPROOT=10.0.0.9\nIPROOTBCAST=10.0.0.255\n",
	 "IPROOTDEV=eth0\n", 1, 1, "\nbcast=10.0.0.255\nports=\nipdev=eth0\n", 0},
	{"they need an address", "a vserver=v ip=any", "",
	 "IPROOTDEV=eth0\nIPROOTBCAST=10.0.0.255\n", 1, 1, "\nbcast=\nports=\nipdev=\n",
	 0},
	{"a pool", "a vserver=v ip=pool:lab", "IPROOT=any\n",
	 "POOL_x=10.1.0.0/24\nPOOL_lab='10.66.0.0/22 dev=lo masquerade=eth0'\n", 1, 1,
	 "\npool=lab 10.66.0.0/22 dev=lo masquerade=eth0\n", 0},
	{"a pool for all", "a vserver=v", "",
	 "POOL_lab='10.66.0.0/22 dev=lo masquerade=eth0'\nIPROOT=pool:lab\n", 1, 1,
	 "\nip=root\n", 0},
	{"an unknown pool", "a vserver=v ip=pool:lab", "", "POOL_x=10.1.0.0/24\n", 1, 1,
	 "no pool 'lab': write POOL_lab=", 1},
	{"IPv6 alone", "a vserver=v", "IPROOT6=auto\n", "", 1, 1, "\nauto6=yes\n", 0},
	{"IPv6 alone is a root", "a vserver=v ip6=fd00::4", "", "", 1, 1, "\nip=root\n",
	 0},
	{"IPv6 of the line", "a vserver=v ip6=fd00::4,fd00::5/48",
	 "IPROOT6=auto\nIPROOT=10.0.0.1\n", "", 1, 1,
	 "\naddresses6=fd00::4/64 fd00::5/48\nauto6=no\n", 0},
	{"IPv6 for all", "a vserver=v", "IPROOT=10.0.0.1\n", "IPROOT6=auto\n", 1, 1,
	 "\nauto6=yes\n", 0},
	{"IPv6 for all, taken away", "a vserver=v", "IPROOT=10.0.0.1\nIPROOT6=\n",
	 "IPROOT6=auto\n", 1, 1, "\nauto6=no\n", 0},
	{"any, settings for all", "a vserver=v", "IPROOT=any\n",
	 "IPROOT6=auto\nPORTS=1-9\nHOST_SERVICES='127.0.0.1:25 x=/run/x/y'\n", 1, 1,
	 "\nauto6=no\nbcast=\nports=\nipdev=\npool=\nhost-services=socket=/run/x/y\n", 0},
	{"any and IPv6", "a vserver=v", "IPROOT=any\nIPROOT6=auto\n", "", 1, 1,
	 "v: addresses beside ip=any", 1},
	{"none and IPv6", "a vserver=v ip=none ip6=fd00::1", "", "", 1, 1,
	 "v: addresses beside ip=none", 1},
	{"any and ports", "a vserver=v ip=any ports=1-9", "", "", 1, 1,
	 "v: a range of ports beside ip=any", 1},
	{"any for all and ports", "a vserver=v", "PORTS=1-9\n", "IPROOT=any\n", 1, 1,
	 "v: a range of ports beside ip=any", 1},
	{"any and PUBLISH", "a vserver=v", "IPROOT=any\nPUBLISH=tcp:1:2\n", "", 1, 1,
	 "v: PUBLISH beside ip=any", 1},
	{"none and HOST_SERVICES", "a vserver=v",
	 "IPROOT=none\nHOST_SERVICES=127.0.0.1:25\n", "", 1, 1,
	 "v: ports of HOST_SERVICES beside ip=none", 1},
	{"none and a socket", "a vserver=v", "IPROOT=none\nHOST_SERVICES=x=/run/x/y\n",
	 "", 1, 1, "\nhost-services=socket=/run/x/y\n", 0},
	{"PUBLISH without IPv4", "a vserver=v", "IPROOT6=auto\nPUBLISH=tcp:1:2\n", "", 1,
	 1, "v: PUBLISH needs an IPv4 address", 1},
	{"PUBLISH and ports", "a vserver=v ports=2000-2009",
	 "IPROOT=10.0.0.1\nPUBLISH=tcp:2001:2001\nPORTS=1-9\n", "", 1, 1,
	 "\nports=2000-2009\n", 0},
	{"services for all", "a vserver=v", "IPROOT=10.0.0.1\n",
	 "HOST_SERVICES=127.0.0.53:53\n", 1, 1, "\nhost-services=127.0.0.53:53\n", 0},
	{"services, taken away", "a vserver=v", "IPROOT=10.0.0.1\nHOST_SERVICES=\n",
	 "HOST_SERVICES=127.0.0.53:53\n", 1, 1, "\nhost-services=\n", 0},
	{"a context by IPv6", "a context=204 root=/x ip6=fd00::1", NULL, "", 1, 1,
	 "\naddresses6=fd00::1/64\n", 0},
	{"root by default", "a vserver=v", "IPROOT=any\n", "", 1, 1,
	 "\nroot=/var/lib/vservers/v\n", 0},
	{"root by VSERVERDIR", "a vserver=v", "IPROOT=any\n", "VSERVERDIR=/srv\n", 1, 1,
	 "\nroot=/srv/v\n", 0},
	{"root of the file", "a vserver=v", "IPROOT=any\nROOT=/f\n", "VSERVERDIR=/srv\n",
	 1, 1, "\nroot=/f\n", 0},
	{"root of the line", "a vserver=v root=/l", "IPROOT=any\nROOT=/f\n", "", 1, 1,
	 "\nroot=/l\n", 0},
	{"context", "a context=204 root=/x ip=any", NULL, "LINGER=7\n", 1, 1,
	 "\nlinger=7\n", 0},
	{"context's number", "a context=204 root=/x ip=any", NULL, "", 1, 1,
	 "\ncontext=204\n", 0},
	{"context's host name", "a context=204 root=/x ip=any", NULL, "", 1, 1,
	 "\nhostname=ctx204\n", 0},
	{"number of the file", "a vserver=v ip=any", "S_CONTEXT=9\n", "", 1, 1,
	 "\ncontext=9\n", 0},
	{"a dynamic number", "a vserver=v ip=any", "", "", 1, 1, "\ncontext=0\n", 0},
	{"linger by default", "a vserver=v ip=any", "", "", 1, 1, "\nlinger=60\n", 0},
	{"linger 0", "a vserver=v ip=any", "LINGER=0\n", "LINGER=9\n", 1, 1,
	 "\nlinger=0\n", 0},
	{"caps by default", "a vserver=v ip=any", "", "", 1, 1, "\ncaps=secure\n", 0},
	{"caps of the line", "a vserver=v ip=any caps=none", "S_CAPS=secure\n", "", 1, 1,
	 "\ncaps=none\n", 0},
	{"caps of the file", "a vserver=v ip=any", "S_CAPS=CAP_NET_RAW\n",
	 "S_CAPS=none\n", 1, 1, "\ncaps=secure CAP_NET_RAW\n", 0},
	{"unsafe caps", "a vserver=v ip=any", "S_CAPS=CAP_SYS_ADMIN\n", "", 1, 1,
	 "opens the host", 1},
	{"unsafe caps, said", "a vserver=v ip=any",
	 "S_CAPS='CAP_SYS_ADMIN allow-unsafe-caps'\n", "", 1, 1,
	 "\ncaps=secure CAP_SYS_ADMIN\n", 0},
	{"unsafe caps for all", "a vserver=v ip=any", "", "S_CAPS=CAP_BPF\n", 1, 1,
	 "CAP_BPF opens the host", 1},
	{"limits", "a vserver=v ip=any", "PIDS_MAX=5\n", "PIDS_MAX=9\nMEMORY_MAX=1G\n", 1,
	 1, "\npids-max=5\nmemory-max=1G\n", 0},
	{"own ids", "a vserver=v ip=any", "", "", 1000, 100, "\nuid-blocks=\n", 0},
	{"ids above 65535", "a vserver=v ip=any", "", "", 1234567890, 70000,
	 "\nuid-blocks=1234567168 65536\n", 0},
	{"the same block", "a vserver=v ip=any", "", "", 70000, 70001,
	 "\nuid-blocks=65536\n", 0},
	{"UIDS of all places", "a vserver=v ip=any uids=200000", "UIDS=70000\n", "",
	 300000, 1, "\nuid-blocks=65536 196608 262144\n", 0},
	{"too many blocks", "a vserver=v ip=any",
	 "UIDS='70000 140000 200000 270000 330000 400000 460000 530000'\n", "", 1000000,
	 1, "more than 8 blocks", 1},
	{"too many UIDS", "a vserver=v ip=any",
	 "UIDS='70000 140000 200000 270000 330000 400000 460000 530000 600000'\n", "", 1,
	 1, "at most 8 blocks", 1},
	{"ids that cannot be mapped", "a vserver=v ip=any", "", "", 4294967294u, 1,
	 "cannot be mapped", 1},
	{"USERNS=host", "a vserver=v ip=any", "USERNS=host\n", "", 1, 1,
	 "\nhost-ids=yes\n", 0},
	{"USERNS=host, high ids", "a vserver=v ip=any", "USERNS=host\n", "", 1234567890,
	 1, "\nuid-blocks=\n", 0},
	{"USERNS=host and UIDS", "a vserver=v ip=any uids=200000", "USERNS=host\n",
	 "UIDS=70000\n", 1, 1, "\nuid-blocks=\n", 0},
	{"USERNS=host, root", "root vserver=v ip=any", "USERNS=host\n", "", 0, 0,
	 "write allow-root", 1},
	{"USERNS=host, root, line", "root vserver=v ip=any allow-root", "USERNS=host\n",
	 "", 0, 0, "\nallow-root=yes\n", 0},
	{"USERNS=host, root, file", "root vserver=v ip=any", "USERNS='host allow-root'\n",
	 "", 0, 0, "\nallow-root=yes\n", 0},
	{"root, own namespace", "root vserver=v ip=any", "", "", 0, 0, "\nhost-ids=no\n",
	 0},
	{"UIDRANGE", "a vserver=v ip=any", "", "UIDRANGE=524288-1048575\n", 1, 1,
	 "\nuidrange=524288-1048575\n", 0},
	{"host name", "a vserver=v.x ip=any", "", "", 1, 1, "\nhostname=v-x-", 0},
	{"host name of the file", "a vserver=v ip=any", "S_HOSTNAME=h.ex\n", "", 1, 1,
	 "\nhostname=h.ex\n", 0},
};

static void parse_conf(enum vctx_conf_kind kind, const char *text, struct vctx_conf *c)
{
	struct vctx_err err;

	assert_int_equal(vctx_conf_parse(kind, "f", text, strlen(text), c, &err), 0);
}

static void try_plan(const struct plan_vector *v, struct vctx_decision *d)
{
	struct vctx_request req = {.who = {.uid = v->uid, .gid = v->gid}};
	struct vctx_conf own = {0}, all;
	const struct vctx_mapping *line;
	struct vctx_map map = {0};
	struct vctx_err err;

	parse_conf(VCTX_CONF_ALL, v->all, &all);
	if (v->vserver)
		parse_conf(VCTX_CONF_VSERVER, v->vserver, &own);
	assert_int_equal(vctx_map_parse(&map, "f", v->line, strlen(v->line), &err), 0);
	(void)snprintf(req.who.user, sizeof(req.who.user), "%s", map.v[0].subject);
	vctx_policy_choose(&map, &req, &line, d);
	assert_non_null(line);
	vctx_policy_plan(line, &all, v->vserver ? &own : NULL, &req, d);
	vctx_map_done(&map);
	vctx_conf_done(&own);
	vctx_conf_done(&all);
}

static void plans_follow_line_file_and_settings(void **state)
{
	struct vctx_decision d;
	struct vctx_plan back;
	struct vctx_err err;
	char text[VCTX_PLAN_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < N_OF(plans); i++) {
		const struct plan_vector *v = &plans[i];

		try_plan(v, &d);
		assert_true(vctx_plan_print(&d.plan, text, sizeof(text)) > 0);
		if ((d.verdict == VCTX_VERDICT_DENY) != v->denied ||
		    !strstr(v->denied ? d.reason : text, v->has))
			fail_msg("%s: verdict %d, reason '%s', plan:\n%s", v->what,
				 d.verdict, d.reason, text);
		if (v->denied)
			continue;
		assert_int_equal(vctx_plan_parse(text, &back, &err), 0);
		assert_memory_equal(&back, &d.plan, sizeof(back));
	}
}

static void a_vserver_has_a_plan_without_a_person(void **state)
{
	struct vctx_conf own, all;
	struct vctx_plan plan;
	struct vctx_err err;

	(void)state;
	parse_conf(VCTX_CONF_ALL, "", &all);
	parse_conf(VCTX_CONF_VSERVER, "IPROOT=any\nUIDS=70000\n", &own);
	assert_int_equal(vctx_policy_vserver("v", &all, &own, &plan, &err), 0);
	assert_string_equal(plan.root, "/var/lib/vservers/v");
	assert_int_equal(plan.n_blocks, 1);
	vctx_conf_done(&own);
	parse_conf(VCTX_CONF_VSERVER, "", &own);
	assert_true(vctx_policy_vserver("v", &all, &own, &plan, &err) < 0);
	vctx_conf_done(&own);
	vctx_conf_done(&all);
}

static void services_are_known_by_name(void **state)
{
	static const struct {
		const char *service;
		enum vctx_service is;
	} v[] = {
		{"sshd", VCTX_SERVICE_LANDS},         {"su-l", VCTX_SERVICE_LANDS},
		{"cron", VCTX_SERVICE_LANDS},         {"vsftpd", VCTX_SERVICE_LANDS},
		{"dovecot", VCTX_SERVICE_AUTH_ONLY},  {"both", VCTX_SERVICE_LANDS},
		{"sudo", VCTX_SERVICE_REFUSED},       {"ssh", VCTX_SERVICE_REFUSED},
		{"SSHD", VCTX_SERVICE_REFUSED},       {"", VCTX_SERVICE_REFUSED},
		{"sshd login", VCTX_SERVICE_REFUSED},
	};
	struct vctx_conf all;
	size_t i;

	(void)state;
	parse_conf(VCTX_CONF_ALL, "SERVICES='vsftpd both'\nAUTH_ONLY='dovecot both'\n",
		   &all);
	for (i = 0; i < N_OF(v); i++)
		assert_int_equal(vctx_policy_service(&all, v[i].service), v[i].is);
	vctx_conf_done(&all);
	parse_conf(VCTX_CONF_ALL, "", &all);
	assert_int_equal(vctx_policy_service(&all, "vsftpd"), VCTX_SERVICE_REFUSED);
	vctx_conf_done(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lands_where_the_lines_say),
		cmocka_unit_test(says_which_line_decided),
		cmocka_unit_test(plans_follow_line_file_and_settings),
		cmocka_unit_test(a_vserver_has_a_plan_without_a_person),
		cmocka_unit_test(services_are_known_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
