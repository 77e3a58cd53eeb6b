/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of net_matrix share: sockets by text, results as TAP, and the servers
 * that say whom they see. */
#pragma once

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

/* Where every server of `serve` is. */
#define PORT_ANY 7000u        /* TCP on all addresses; UDP of host and wire too */
#define PORT_UDP_INSIDE 7001u /* UDP of a neighbour: the host's keeps the other one */
#define PORT_CONTROL 7002u    /* does what it is asked, see net_control */
#define PORT_LOOPBACK 7003u   /* on 127.0.0.1 and ::1 alone */
#define PORT_SERVICE 7004u    /* the same, and in HOST_SERVICES */
#define PORT_REUSE 7006u      /* on all addresses with SO_REUSEADDR and SO_REUSEPORT */
#define MULTICAST "239.66.1.1"

#define LINE_SIZE 160
#define PATIENCE 4000 /* milliseconds for what has to come */
#define SILENCE 250   /* and for what must not */

/* An address and port of a socket as text: IPv4 behind ::ffff: is written as IPv4. */
struct name {
	char text[INET6_ADDRSTRLEN];
	unsigned int port;
};

/* All of these return 0 or the errno. An IPv4 address on an AF_INET6 socket is mapped. */
int net_bind(int fd, const char *addr, unsigned int port);
int net_connect(int fd, const char *addr, unsigned int port);
int net_connect_within(int fd, const char *addr, unsigned int port, int ms);
int net_sendto(int fd, const char *addr, unsigned int port, const char *text, int flags);
int net_local(int fd, struct name *ret);
int net_remote(int fd, struct name *ret);
/* One datagram, or a line of a stream, within ms milliseconds: else ETIMEDOUT. */
int net_receive(int fd, int ms, char *line, struct name *ret_from);
void net_set(int fd, int level, int option, int value);
/* Sets addr and length for the family of fd. False: no such text, or not of the family.
 */
bool net_address(int fd, const char *addr, unsigned int port,
		 struct sockaddr_storage *ret, socklen_t *ret_len);
/* A socket, bound if addr is not NULL and listening if it is TCP, or -1 with errno. */
int net_server(int family, int type, const char *addr, unsigned int port, bool reuse);
/* Accepts or receives one, and answers "LABEL ADDRESS PORT [options]". */
void net_answer(int fd, const char *label, struct name *ret_local,
		struct name *ret_remote);
const char *net_errno(int error);

/* serve LABEL UDP-PORT: all of the above, until it is killed. */
int net_serve(char **args);
int net_serve_on(char **args);
/* Does what is asked on fd, a line each, until its end:
 *   tcp|udp SOURCE|- ADDRESS PORT MS   visits a server: its answer, or "! ERRNO"
 *   send - ADDRESS PORT 0              a datagram, and waits for nothing
 *   listen - ADDRESS PORT 0            holds a listener, which answers
 *   close - - 0 0                      and lets them all go
 *   pinged - - 0 0                     who has pinged it since the last time
 *   seen - - 0 0                       whose datagram came since the last time */
void net_control(int fd, const char *label);

/* The cases. */
int net_matrix(char **args);
/* Sockets passed, and listeners that come and go: net_pass.c, net_flap.c. */
int net_give(char **args);
int net_take(char **args);
int net_flap(char **args);
int net_hammer(char **args);
