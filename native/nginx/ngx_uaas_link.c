// SPDX-License-Identifier: Apache-2.0

#include "ngx_uaas_link.h"

#define NGX_UAAS_BACKOFF_MIN  100       /* ms between attempts; doubled each time */
#define NGX_UAAS_BACKOFF_MAX  2000
#define NGX_UAAS_PATIENCE     5000      /* ms for the master's HELLO, for the rest of a line, and for room for what waits to be sent */
#define NGX_UAAS_OUT_SIZE     262144    /* bytes that a master may be behind in reading */
#define NGX_UAAS_IN_SIZE      16384
#define NGX_UAAS_READS        64        /* at a stretch: requests want their turn too */

typedef struct {
    ngx_str_t               path;
    ngx_log_t              *log;
    ngx_connection_t       *connection; /* NULL: none; the timer runs until the next attempt */
    ngx_event_t             timer;      /* back-off, or patience */
    ngx_event_t             push;       /* posted: there is something to send */
    ngx_msec_t              backoff;
    ngx_uaas_reader_t       reader;
    ngx_str_t               node;
    size_t                  start;      /* of what is to be sent */
    size_t                  end;
    unsigned                up:1;       /* HELLO has come */
    unsigned                synced:1;
    unsigned                complained:1;
    unsigned                overflow:1;
    u_char                  node_text[NGX_UAAS_NAME_MAX];
    u_char                  out[NGX_UAAS_OUT_SIZE];
} ngx_uaas_link_t;

static ngx_uint_t ngx_uaas_link_append(u_char *line, size_t length);
static void ngx_uaas_link_connect(ngx_event_t *event);
static void ngx_uaas_link_impatient(ngx_event_t *event);
static void ngx_uaas_link_drop(const char *reason);
static void ngx_uaas_link_read(ngx_event_t *event);
static void ngx_uaas_link_write(ngx_event_t *event);
static void ngx_uaas_link_push(ngx_event_t *event);
static ngx_int_t ngx_uaas_link_take(u_char *pos, u_char *last);

static ngx_uaas_link_t  ngx_uaas_link;


void
ngx_uaas_link_open(ngx_str_t *path, ngx_log_t *log)
{
    ngx_uaas_link_t  *link = &ngx_uaas_link;

    link->path = *path;
    link->log = log;
    link->backoff = NGX_UAAS_BACKOFF_MIN;
    link->node.data = link->node_text;

    /* Cancelable: it does not keep a worker that is to go. */
    link->timer.log = log;
    link->timer.data = link;
    link->timer.cancelable = 1;
    link->push.log = log;
    link->push.data = link;
    link->push.handler = ngx_uaas_link_push;

    ngx_uaas_tell_open(log);
    ngx_uaas_link_connect(&link->timer);
}


void
ngx_uaas_link_close(void)
{
    ngx_uaas_link_t  *link = &ngx_uaas_link;

    if (link->timer.timer_set) {
        ngx_del_timer(&link->timer);
    }

    if (link->push.posted) {
        ngx_delete_posted_event(&link->push);
    }

    if (link->connection) {
        ngx_close_connection(link->connection);
        link->connection = NULL;
    }

    link->up = 0;
    ngx_uaas_tell_close();
}


ngx_uint_t
ngx_uaas_link_is_up(void)
{
    return ngx_uaas_link.up;
}


ngx_str_t *
ngx_uaas_link_node(void)
{
    return &ngx_uaas_link.node;
}


/* The master has said HELLO. */
void
ngx_uaas_link_welcome(ngx_str_t *node)
{
    ngx_uaas_link_t  *link = &ngx_uaas_link;

    link->up = 1;
    link->node.len = ngx_min(node->len, NGX_UAAS_NAME_MAX);
    ngx_memcpy(link->node_text, node->data, link->node.len);

    if (link->complained) {
        ngx_log_error(NGX_LOG_NOTICE, link->log, 0, "uaas: the master at \"%V\" is there", &link->path);
        link->complained = 0;
    }
}


/* All has been told. Whether that is the first time on this connection. */
ngx_uint_t
ngx_uaas_link_settle(void)
{
    ngx_uaas_link_t  *link = &ngx_uaas_link;

    if (link->synced) {
        return 0;
    }

    link->synced = 1;
    link->backoff = NGX_UAAS_BACKOFF_MIN;
    return 1;
}


static void
ngx_uaas_link_connect(ngx_event_t *event)
{
    struct sockaddr_un   address;
    ngx_uaas_link_t     *link = &ngx_uaas_link;
    ngx_connection_t    *c;

    ngx_memzero(&address, sizeof(address));
    address.sun_family = AF_UNIX;
    ngx_memcpy(address.sun_path, link->path.data, link->path.len);

    link->reader.length = 0;
    link->start = 0;
    link->end = 0;
    link->synced = 0;
    link->overflow = 0;

    c = ngx_uaas_socket(AF_UNIX, link->log);
    link->connection = c;

    if (c == NULL || ngx_uaas_dial(c, (struct sockaddr *) &address, sizeof(address)) != NGX_OK) {
        ngx_uaas_link_drop(strerror(ngx_errno));
        return;
    }

    c->data = link;
    c->read->handler = ngx_uaas_link_read;
    c->write->handler = ngx_uaas_link_write;
    c->write->cancelable = 1;
    link->timer.handler = ngx_uaas_link_impatient;
    ngx_add_timer(&link->timer, NGX_UAAS_PATIENCE);
    (void) ngx_uaas_link_send("HELLO version=1 front=nginx-%P\n", ngx_pid);
}


static void
ngx_uaas_link_impatient(ngx_event_t *event)
{
    ngx_uaas_link_drop(ngx_uaas_link.up ? "it sent half a line" : "it does not answer");
}


/* Says so once, until it has been up again. */
static void
ngx_uaas_link_drop(const char *reason)
{
    ngx_uaas_link_t  *link = &ngx_uaas_link;

    if (!link->complained) {
        ngx_log_error(NGX_LOG_ERR, link->log, 0, "uaas: no master at \"%V\": %s; what is known is served, and the master tried again", &link->path, reason);
        link->complained = 1;
    }

    ngx_uaas_link_close();
    link->timer.handler = ngx_uaas_link_connect;
    ngx_add_timer(&link->timer, link->backoff);
    link->backoff = ngx_min(2 * link->backoff, NGX_UAAS_BACKOFF_MAX);
}


static void
ngx_uaas_link_read(ngx_event_t *event)
{
    u_char             buffer[NGX_UAAS_IN_SIZE];
    ssize_t            n;
    ngx_uint_t         reads;
    ngx_connection_t  *c;

    c = event->data;

    for (reads = 0; reads < NGX_UAAS_READS; reads++) {
        n = c->recv(c, buffer, sizeof(buffer));

        if (n == NGX_AGAIN) {
            if (ngx_handle_read_event(c->read, 0) != NGX_OK) {
                ngx_uaas_link_drop("its events are lost");
            }

            return;
        }

        if (n <= 0) {
            ngx_uaas_link_drop("it is gone");
            return;
        }

        if (ngx_uaas_link_take(buffer, buffer + n) != NGX_OK) {
            ngx_uaas_link_drop("what it sent is not of the protocol");
            return;
        }
    }

    ngx_post_event(event, &ngx_posted_next_events);
}


static ngx_int_t
ngx_uaas_link_take(u_char *pos, u_char *last)
{
    ngx_int_t            rc;
    ngx_str_t            line;
    ngx_uint_t           lines;
    ngx_uaas_link_t     *link = &ngx_uaas_link;
    ngx_uaas_message_t   message;

    for (lines = 0; (rc = ngx_uaas_read_line(&link->reader, &pos, last, &line)) == NGX_OK; lines++) {

        if (ngx_uaas_parse_line(&line, &message) != NGX_OK || ngx_uaas_take_message(&message) != NGX_OK) {
            ngx_log_error(NGX_LOG_ERR, link->log, 0, "uaas: the master sent a wrong line: \"%*s\"", ngx_min(line.len, 200), line.data);
            return NGX_ERROR;
        }
    }

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (lines && link->up && link->timer.timer_set) {
        ngx_del_timer(&link->timer);
    }

    if (link->reader.length && !link->timer.timer_set) {
        ngx_add_timer(&link->timer, NGX_UAAS_PATIENCE);
    }

    return NGX_OK;
}


ngx_uint_t
ngx_uaas_link_send(const char *format, ...)
{
    u_char   line[NGX_UAAS_LINE_MAX];
    u_char  *last;
    va_list  args;

    va_start(args, format);
    last = ngx_vslprintf(line, line + sizeof(line), format, args);
    va_end(args);

    return ngx_uaas_link_append(line, last - line);
}


void
ngx_uaas_link_must_send(const char *format, ...)
{
    u_char   line[NGX_UAAS_LINE_MAX];
    u_char  *last;
    va_list  args;

    va_start(args, format);
    last = ngx_vslprintf(line, line + sizeof(line), format, args);
    va_end(args);

    if (!ngx_uaas_link_append(line, last - line)) {
        ngx_uaas_link.overflow = 1;
    }
}


/* What is to be sent goes out at the end of this turn of the event loop. */
static ngx_uint_t
ngx_uaas_link_append(u_char *line, size_t length)
{
    ngx_uaas_link_t  *link = &ngx_uaas_link;

    ngx_post_event(&link->push, &ngx_posted_events);

    if (NGX_UAAS_OUT_SIZE - (link->end - link->start) < length) {
        return 0;
    }

    if (NGX_UAAS_OUT_SIZE - link->end < length) {
        ngx_memmove(link->out, link->out + link->start, link->end - link->start);
        link->end -= link->start;
        link->start = 0;
    }

    ngx_memcpy(link->out + link->end, line, length);
    link->end += length;
    return 1;
}


static void
ngx_uaas_link_write(ngx_event_t *event)
{
    if (event->timedout) {
        ngx_uaas_link_drop("it does not read");
        return;
    }

    ngx_uaas_link_push(&ngx_uaas_link.push);
}


static void
ngx_uaas_link_push(ngx_event_t *event)
{
    ssize_t            n;
    ngx_uaas_link_t   *link = &ngx_uaas_link;
    ngx_connection_t  *c = link->connection;

    if (c == NULL) {
        return;
    }

    if (link->overflow) {
        ngx_uaas_link_drop("it does not read");
        return;
    }

    while (link->start < link->end) {
        n = c->send(c, link->out + link->start, link->end - link->start);

        if (n == NGX_AGAIN) {
            if (ngx_handle_write_event(c->write, 0) != NGX_OK) {
                ngx_uaas_link_drop("its events are lost");

            } else if (!c->write->timer_set) {
                ngx_add_timer(c->write, NGX_UAAS_PATIENCE);
            }

            return;
        }

        if (n <= 0) {
            ngx_uaas_link_drop("it is gone");
            return;
        }

        link->start += n;

        if (c->write->timer_set) {
            ngx_del_timer(c->write);
        }
    }

    link->start = 0;
    link->end = 0;

    ngx_uaas_tell_resume();
}
