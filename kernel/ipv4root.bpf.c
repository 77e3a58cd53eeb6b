/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The IPv4 root: a context's sockets use its own addresses and no others. Attached to the
 * parent cgroup of all contexts, and sk_lookup to the network namespace. One object, one
 * idea a file: */
#include "root.bpf.h"

#include "listener.bpf.h" /* who listens where */
#include "option.bpf.h"   /* setsockopt() */
#include "socket.bpf.h"   /* socket(), close() */
#include "bind.bpf.h"     /* bind() */
#include "listen.bpf.h"   /* listen() */
#include "connect.bpf.h"  /* connect(), sendto(), sendmsg() */
#include "names.bpf.h" /* getsockname(), getpeername(), recvfrom(): what a program sees */
#include "steer.bpf.h" /* which listener gets a connection */
#include "packet.bpf.h" /* what no system call shows: packets on their way out and in */

char LICENSE[] SEC("license") = "GPL";
