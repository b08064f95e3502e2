/*
 * A SOCKS5 proxy for tests (RFC 1928, without authentication): whatever it is asked for, it connects
 * to one port of 127.0.0.1. A thread for each connection.
 */
#pragma once

struct socks_server;

struct socks_server *socks_server_start(unsigned target_port);
/* Ends all connections. */
void socks_server_stop(struct socks_server *server);

unsigned socks_server_port(const struct socks_server *server);
/* What was asked for last: "name:port", or "an address"; "" = nothing. */
const char *socks_server_asked(const struct socks_server *server);
