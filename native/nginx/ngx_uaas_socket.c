// SPDX-License-Identifier: Apache-2.0
/*
 * Connections in two steps, unlike ngx_event_connect_peer(): the socket, which nginx's upstream code may hold and wait on, and later, when the
 * address is known, its connection.
 */

#include "ngx_uaas.h"


ngx_connection_t *
ngx_uaas_socket(int family, ngx_log_t *log)
{
    ngx_socket_t       fd;
    ngx_connection_t  *c;

    fd = socket(family, SOCK_STREAM|SOCK_NONBLOCK|SOCK_CLOEXEC, 0);
    if (fd == (ngx_socket_t) -1) {
        ngx_log_error(NGX_LOG_ALERT, log, ngx_socket_errno, "uaas: socket() failed");
        return NULL;
    }

    c = ngx_get_connection(fd, log);
    if (c == NULL) {
        ngx_close_socket(fd);
        return NULL;
    }

    c->type = SOCK_STREAM;
    c->recv = ngx_recv;
    c->send = ngx_send;
    c->recv_chain = ngx_recv_chain;
    c->send_chain = ngx_send_chain;
    c->sendfile = (family == AF_INET);
    c->log_error = NGX_ERROR_ERR;
    c->read->log = log;
    c->write->log = log;
    c->number = ngx_atomic_fetch_add(ngx_connection_counter, 1);
    c->start_time = ngx_current_msec;

    if (family == AF_UNIX) {
        c->tcp_nopush = NGX_TCP_NOPUSH_DISABLED;
        c->tcp_nodelay = NGX_TCP_NODELAY_DISABLED;
    }

    return c;
}


/* NGX_OK: connected. NGX_AGAIN: the write event will tell. NGX_ERROR: not connected, with errno; it may be dialled again. */
ngx_int_t
ngx_uaas_dial(ngx_connection_t *c, struct sockaddr *address, socklen_t length)
{
    int        rc;
    ngx_int_t  event;

    /* Watched only from now on: the kernel reports an unconnected socket as hung up. */
    rc = connect(c->fd, address, length);
    if (rc == -1 && ngx_socket_errno != NGX_EINPROGRESS) {
        return NGX_ERROR;
    }

    if (ngx_add_conn) {
        if (ngx_add_conn(c) == NGX_ERROR) {
            return NGX_ERROR;
        }

    } else {
        event = (ngx_event_flags & NGX_USE_CLEAR_EVENT) ? NGX_CLEAR_EVENT : NGX_LEVEL_EVENT;

        if (ngx_add_event(c->read, NGX_READ_EVENT, event) != NGX_OK
            || (rc == -1 && ngx_add_event(c->write, NGX_WRITE_EVENT, event) != NGX_OK))
        {
            return NGX_ERROR;
        }
    }

    if (rc == -1) {
        return NGX_AGAIN;
    }

    c->write->ready = 1;
    return NGX_OK;
}
