// SPDX-License-Identifier: Apache-2.0

#include "ngx_uaas_link.h"
#include "ngx_uaas_protocol.h"

#define NGX_UAAS_BACKOFF_MIN  100       /* ms between attempts; doubled each time */
#define NGX_UAAS_BACKOFF_MAX  2000
#define NGX_UAAS_PATIENCE     5000      /* ms for the master's HELLO, and for the rest of a line */
#define NGX_UAAS_TELL_EVERY   100       /* ms between LOAD lines */
#define NGX_UAAS_OUT_SIZE     262144    /* bytes that a master may be behind in reading */
#define NGX_UAAS_IN_SIZE      16384
#define NGX_UAAS_READS        64        /* at a stretch: requests want their turn too */

typedef struct {
    ngx_str_t               path;
    ngx_log_t              *log;
    ngx_connection_t       *connection; /* NULL: none; the timer runs until the next attempt */
    ngx_event_t             timer;      /* back-off, or patience */
    ngx_event_t             tell;       /* when LOAD and USE are due */
    ngx_event_t             push;       /* posted: there is something to send */
    ngx_msec_t              backoff;
    ngx_msec_t              told;       /* when LOAD and USE were sent last */
    ngx_queue_t             loads;
    ngx_queue_t             uses;
    ngx_uaas_reader_t       reader;
    ngx_str_t               node;
    size_t                  start;      /* of what is to be sent */
    size_t                  end;
    unsigned                up:1;       /* HELLO has come */
    unsigned                synced:1;
    unsigned                complained:1;
    unsigned                overflow:1;
    unsigned                unasked:1;  /* a WANT did not fit */
    u_char                  node_text[NGX_UAAS_NAME_MAX];
    u_char                  out[NGX_UAAS_OUT_SIZE];
} ngx_uaas_link_t;

static void ngx_uaas_link_connect(ngx_event_t *event);
static void ngx_uaas_link_impatient(ngx_event_t *event);
static void ngx_uaas_link_drop(const char *reason);
static void ngx_uaas_link_read(ngx_event_t *event);
static void ngx_uaas_link_write(ngx_event_t *event);
static void ngx_uaas_link_push(ngx_event_t *event);
static void ngx_uaas_link_tell(ngx_event_t *event);
static ngx_int_t ngx_uaas_link_take(u_char *pos, u_char *last);
static ngx_int_t ngx_uaas_link_dispatch(ngx_uaas_message_t *message);
static ngx_int_t ngx_uaas_link_hello(ngx_uaas_message_t *message);
static void ngx_uaas_link_instance(ngx_uaas_message_t *message);
static ngx_int_t ngx_uaas_link_gone(ngx_uaas_message_t *message);
static void ngx_uaas_link_give(ngx_uaas_message_t *message);
static void ngx_uaas_link_refuse(ngx_uaas_message_t *message);
static ngx_uint_t ngx_uaas_link_send(const char *format, ...);
static void ngx_uaas_link_schedule(void);
static void ngx_uaas_link_forget_dirty(void);

static ngx_uaas_link_t  ngx_uaas_link;


void
ngx_uaas_link_open(ngx_str_t *path, ngx_log_t *log)
{
    ngx_uaas_link_t  *link = &ngx_uaas_link;

    link->path = *path;
    link->log = log;
    link->backoff = NGX_UAAS_BACKOFF_MIN;
    link->node.data = link->node_text;
    ngx_queue_init(&link->loads);
    ngx_queue_init(&link->uses);

    /* Cancelable: they do not keep a worker that is to go. */
    link->timer.log = log;
    link->timer.data = link;
    link->timer.cancelable = 1;
    link->tell.log = log;
    link->tell.data = link;
    link->tell.handler = ngx_uaas_link_tell;
    link->tell.cancelable = 1;
    link->push.log = log;
    link->push.data = link;
    link->push.handler = ngx_uaas_link_push;

    ngx_uaas_link_connect(&link->timer);
}


void
ngx_uaas_link_close(void)
{
    ngx_uaas_link_t  *link = &ngx_uaas_link;

    if (link->timer.timer_set) {
        ngx_del_timer(&link->timer);
    }

    if (link->tell.timer_set) {
        ngx_del_timer(&link->tell);
    }

    if (link->push.posted) {
        ngx_delete_posted_event(&link->push);
    }

    if (link->connection) {
        ngx_close_connection(link->connection);
        link->connection = NULL;
    }

    link->up = 0;
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
    ngx_uaas_link_forget_dirty();
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

        if (ngx_uaas_parse_line(&line, &message) != NGX_OK || ngx_uaas_link_dispatch(&message) != NGX_OK) {
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


static ngx_int_t
ngx_uaas_link_dispatch(ngx_uaas_message_t *message)
{
    ngx_uaas_link_t      *link = &ngx_uaas_link;
    ngx_uaas_settings_t   settings;

    if (!link->up && message->kind != NGX_UAAS_HELLO) {
        return NGX_ERROR;
    }

    switch (message->kind) {

    case NGX_UAAS_HELLO:
        return ngx_uaas_link_hello(message);

    case NGX_UAAS_SERVICE:
        settings.concurrency = message->concurrency;
        settings.queue = message->queue;
        settings.deadline = message->deadline;
        (void) ngx_uaas_learn_service(&message->name, &settings);
        return NGX_OK;

    case NGX_UAAS_INSTANCE:
        ngx_uaas_link_instance(message);
        return NGX_OK;

    case NGX_UAAS_SYNCED:
        if (!link->synced) {
            link->synced = 1;
            link->backoff = NGX_UAAS_BACKOFF_MIN;
            ngx_uaas_directory_sweep();
        }
        return NGX_OK;

    case NGX_UAAS_GONE:
        return ngx_uaas_link_gone(message);

    case NGX_UAAS_GIVE:
        ngx_uaas_link_give(message);
        return NGX_OK;

    case NGX_UAAS_REFUSE:
        ngx_uaas_link_refuse(message);
        return NGX_OK;

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_uaas_link_hello(ngx_uaas_message_t *message)
{
    ngx_queue_t          *q, *i;
    ngx_uaas_link_t      *link = &ngx_uaas_link;
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    if (message->version == 0) {
        return NGX_ERROR;
    }

    if (link->up) {
        return NGX_OK;
    }

    link->up = 1;
    link->node.len = ngx_min(message->node.len, NGX_UAAS_NAME_MAX);
    ngx_memcpy(link->node_text, message->node.data, link->node.len);

    if (link->complained) {
        ngx_log_error(NGX_LOG_NOTICE, link->log, 0, "uaas: the master at \"%V\" is there", &link->path);
        link->complained = 0;
    }

    ngx_uaas_directory_doubt();

    for (q = ngx_queue_head(ngx_uaas_services()); q != ngx_queue_sentinel(ngx_uaas_services()); q = ngx_queue_next(q)) {
        service = ngx_queue_data(q, ngx_uaas_service_t, queue);

        if (service->active || service->waiting) {
            ngx_uaas_tell_load(service);
        }

        for (i = ngx_queue_head(&service->instances); i != ngx_queue_sentinel(&service->instances); i = ngx_queue_next(i)) {
            instance = ngx_queue_data(i, ngx_uaas_instance_t, queue);

            if (instance->active) {
                ngx_uaas_tell_use(instance);
            }
        }
    }

    ngx_uaas_ask_again(1);
    return NGX_OK;
}


static void
ngx_uaas_link_instance(ngx_uaas_message_t *message)
{
    ngx_uaas_instance_t  *instance;

    instance = ngx_uaas_learn_instance(&message->id, &message->service, &message->address);
    if (instance) {
        ngx_uaas_set_state(instance, message->draining);
    }
}


static ngx_int_t
ngx_uaas_link_gone(ngx_uaas_message_t *message)
{
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    if (message->has & NGX_UAAS_HAS_ID) {
        instance = ngx_uaas_find_instance(&message->id);

        if (instance) {
            ngx_uaas_forget_instance(instance);
        }
    }

    if (message->has & NGX_UAAS_HAS_SERVICE) {
        service = ngx_uaas_find_service(&message->service);

        if (service) {
            ngx_uaas_forget_service(service);
        }
    }

    return NGX_OK;
}


static void
ngx_uaas_link_give(ngx_uaas_message_t *message)
{
    ngx_uaas_peer_t      *peer;
    ngx_uaas_instance_t  *instance;

    instance = ngx_uaas_learn_instance(&message->id, &message->service, &message->address);
    peer = ngx_uaas_peer_by_seq(message->seq);

    if (peer == NULL) {
        return;
    }

    if (instance == NULL || instance->service != peer->service) {
        peer->asked = 0;
        peer->refuse(peer, NGX_UAAS_UNAVAILABLE, NGX_UAAS_RETRY_AFTER);
        return;
    }

    peer->asked = 0;
    ngx_uaas_peer_give(peer, instance, message->cold);
}


static void
ngx_uaas_link_refuse(ngx_uaas_message_t *message)
{
    ngx_uint_t        status;
    ngx_uaas_peer_t  *peer;

    peer = ngx_uaas_peer_by_seq(message->seq);
    if (peer == NULL) {
        return;
    }

    status = message->status == NGX_UAAS_LATE ? NGX_UAAS_LATE : NGX_UAAS_UNAVAILABLE;
    ngx_log_error(NGX_LOG_WARN, peer->pc->log, 0, "uaas: the master refuses an instance of \"%V\": %V", &peer->service->node.str, &message->reason);

    peer->asked = 0;
    peer->refuse(peer, status, message->retry_after);
}


ngx_uint_t
ngx_uaas_tell_want(ngx_uint_t seq, ngx_uaas_service_t *service)
{
    if (!ngx_uaas_link.up) {
        return 0;
    }

    if (ngx_uaas_link_send("WANT seq=%ui service=%V\n", seq, &service->node.str)) {
        return 1;
    }

    ngx_uaas_link.unasked = 1;
    return 0;
}


void
ngx_uaas_tell_leave(ngx_uint_t seq)
{
    if (ngx_uaas_link.up && !ngx_uaas_link_send("LEAVE seq=%ui\n", seq)) {
        ngx_uaas_link.overflow = 1;
    }
}


void
ngx_uaas_tell_up(ngx_uaas_instance_t *instance, uint64_t microseconds)
{
    if (ngx_uaas_link.up && !instance->gone && !ngx_uaas_link_send("UP instance=%V wait_us=%uL\n", &instance->node.str, microseconds)) {
        ngx_uaas_link.overflow = 1;
    }
}


void
ngx_uaas_tell_lost(ngx_uaas_instance_t *instance, const char *reason)
{
    if (ngx_uaas_link.up && !ngx_uaas_link_send("LOST instance=%V reason=%s\n", &instance->node.str, reason)) {
        ngx_uaas_link.overflow = 1;
    }
}


/* The first change goes out at once, together with all of this turn of the event loop; those of the next tenth of a second at its end. */
static void
ngx_uaas_link_schedule(void)
{
    ngx_msec_t        since;
    ngx_uaas_link_t  *link = &ngx_uaas_link;

    if (link->tell.timer_set || link->tell.posted) {
        return;
    }

    since = ngx_current_msec - link->told;

    if (since >= NGX_UAAS_TELL_EVERY) {
        ngx_post_event(&link->tell, &ngx_posted_events);

    } else {
        ngx_add_timer(&link->tell, NGX_UAAS_TELL_EVERY - since);
    }
}


void
ngx_uaas_tell_load(ngx_uaas_service_t *service)
{
    if (ngx_uaas_link.up && !service->is_dirty) {
        service->is_dirty = 1;
        ngx_queue_insert_tail(&ngx_uaas_link.loads, &service->dirty);
        ngx_uaas_link_schedule();
    }
}


void
ngx_uaas_tell_use(ngx_uaas_instance_t *instance)
{
    if (ngx_uaas_link.up && !instance->is_dirty) {
        instance->is_dirty = 1;
        ngx_queue_insert_tail(&ngx_uaas_link.uses, &instance->dirty);
        ngx_uaas_link_schedule();
    }
}


static void
ngx_uaas_link_tell(ngx_event_t *event)
{
    ngx_queue_t          *q;
    ngx_uaas_link_t      *link = &ngx_uaas_link;
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    link->told = ngx_current_msec;

    while (!ngx_queue_empty(&link->loads)) {
        q = ngx_queue_head(&link->loads);
        service = ngx_queue_data(q, ngx_uaas_service_t, dirty);

        if (!ngx_uaas_link_send("LOAD service=%V active=%ui waiting=%ui done=%ui\n",
                                &service->node.str, service->active, service->waiting, service->done))
        {
            ngx_uaas_link_schedule();
            return;
        }

        service->is_dirty = 0;
        ngx_queue_remove(q);
    }

    while (!ngx_queue_empty(&link->uses)) {
        q = ngx_queue_head(&link->uses);
        instance = ngx_queue_data(q, ngx_uaas_instance_t, dirty);

        if (!ngx_uaas_link_send("USE instance=%V active=%ui\n", &instance->node.str, instance->active)) {
            ngx_uaas_link_schedule();
            return;
        }

        instance->is_dirty = 0;
        ngx_queue_remove(q);

        if (instance->draining && !instance->drained && instance->active == 0) {
            instance->drained = 1;

            if (!ngx_uaas_link_send("DRAINED instance=%V\n", &instance->node.str)) {
                link->overflow = 1;
            }
        }
    }
}


static void
ngx_uaas_link_forget_dirty(void)
{
    ngx_queue_t          *q;
    ngx_uaas_link_t      *link = &ngx_uaas_link;
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    while (!ngx_queue_empty(&link->loads)) {
        q = ngx_queue_head(&link->loads);
        ngx_queue_remove(q);
        service = ngx_queue_data(q, ngx_uaas_service_t, dirty);
        service->is_dirty = 0;
    }

    while (!ngx_queue_empty(&link->uses)) {
        q = ngx_queue_head(&link->uses);
        ngx_queue_remove(q);
        instance = ngx_queue_data(q, ngx_uaas_instance_t, dirty);
        instance->is_dirty = 0;
    }
}


/* Whether there was room for it. What is to be sent goes out at the end of this turn of the event loop. */
static ngx_uint_t
ngx_uaas_link_send(const char *format, ...)
{
    u_char            line[NGX_UAAS_LINE_MAX];
    size_t            length;
    va_list           args;
    ngx_uaas_link_t  *link = &ngx_uaas_link;

    va_start(args, format);
    length = ngx_vslprintf(line, line + sizeof(line), format, args) - line;
    va_end(args);

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
            }

            return;
        }

        if (n <= 0) {
            ngx_uaas_link_drop("it is gone");
            return;
        }

        link->start += n;
    }

    link->start = 0;
    link->end = 0;

    if (link->unasked) {
        link->unasked = 0;
        ngx_uaas_ask_again(0);
    }
}
