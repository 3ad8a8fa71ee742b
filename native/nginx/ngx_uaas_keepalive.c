// SPDX-License-Identifier: Apache-2.0
/*
 * Connections to instances that wait for the next request. nginx's own keepalive module keeps by address; these are kept by instance, since they must
 * go with it: a guest that is stopped closes no connection, and its address may soon be another's.
 */

#include "ngx_uaas.h"

typedef struct {
    ngx_queue_t             queue;      /* of all, the latest first; or of the unused */
    ngx_queue_t             of_instance;
    ngx_connection_t       *connection;
} ngx_uaas_kept_t;

static void ngx_uaas_kept_read(ngx_event_t *event);
static void ngx_uaas_kept_write(ngx_event_t *event);
static ngx_connection_t *ngx_uaas_kept_remove(ngx_uaas_kept_t *kept);
static void ngx_uaas_kept_close(ngx_uaas_kept_t *kept);

static ngx_queue_t  ngx_uaas_kept_all;
static ngx_queue_t  ngx_uaas_kept_unused;


ngx_int_t
ngx_uaas_keepalive_init(ngx_pool_t *pool, ngx_uint_t limit)
{
    ngx_uint_t        i;
    ngx_uaas_kept_t  *kept;

    ngx_queue_init(&ngx_uaas_kept_all);
    ngx_queue_init(&ngx_uaas_kept_unused);

    kept = ngx_pcalloc(pool, limit * sizeof(ngx_uaas_kept_t));
    if (kept == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < limit; i++) {
        ngx_queue_insert_tail(&ngx_uaas_kept_unused, &kept[i].queue);
    }

    return NGX_OK;
}


ngx_uint_t
ngx_uaas_keep(ngx_uaas_instance_t *instance, ngx_connection_t *c, ngx_msec_t timeout)
{
    ngx_queue_t      *q;
    ngx_uaas_kept_t  *kept;

    if (instance->gone || instance->draining || instance->resting || ngx_handle_read_event(c->read, 0) != NGX_OK) {
        return 0;
    }

    if (ngx_queue_empty(&ngx_uaas_kept_unused)) {
        if (ngx_queue_empty(&ngx_uaas_kept_all)) {
            return 0;
        }

        q = ngx_queue_last(&ngx_uaas_kept_all);
        ngx_uaas_kept_close(ngx_queue_data(q, ngx_uaas_kept_t, queue));
    }

    q = ngx_queue_head(&ngx_uaas_kept_unused);
    ngx_queue_remove(q);
    kept = ngx_queue_data(q, ngx_uaas_kept_t, queue);
    kept->connection = c;
    ngx_queue_insert_head(&ngx_uaas_kept_all, &kept->queue);
    ngx_queue_insert_head(&instance->idle, &kept->of_instance);

    if (c->write->timer_set) {
        ngx_del_timer(c->write);
    }

    c->read->delayed = 0;
    ngx_add_timer(c->read, timeout);
    c->read->handler = ngx_uaas_kept_read;
    c->write->handler = ngx_uaas_kept_write;
    c->data = kept;
    c->idle = 1;
    c->log = ngx_cycle->log;
    c->read->log = ngx_cycle->log;
    c->write->log = ngx_cycle->log;
    c->pool->log = ngx_cycle->log;

    if (c->read->ready) {
        ngx_uaas_kept_read(c->read);
    }

    return 1;
}


/* The connection that was used last; NULL: there is none. */
ngx_connection_t *
ngx_uaas_kept(ngx_uaas_instance_t *instance, ngx_log_t *log)
{
    ngx_queue_t       *q;
    ngx_connection_t  *c;

    if (ngx_queue_empty(&instance->idle)) {
        return NULL;
    }

    q = ngx_queue_head(&instance->idle);
    c = ngx_uaas_kept_remove(ngx_queue_data(q, ngx_uaas_kept_t, of_instance));

    c->idle = 0;
    c->sent = 0;
    c->data = NULL;
    c->log = log;
    c->read->log = log;
    c->write->log = log;
    c->pool->log = log;

    if (c->read->timer_set) {
        ngx_del_timer(c->read);
    }

    return c;
}


void
ngx_uaas_close_kept(ngx_uaas_instance_t *instance)
{
    ngx_queue_t  *q;

    while (!ngx_queue_empty(&instance->idle)) {
        q = ngx_queue_head(&instance->idle);
        ngx_uaas_kept_close(ngx_queue_data(q, ngx_uaas_kept_t, of_instance));
    }
}


/* An instance has nothing to say on an idle connection: bytes, an end, an error, the time-out, all close it. */
static void
ngx_uaas_kept_read(ngx_event_t *event)
{
    int                n;
    char               byte;
    ngx_connection_t  *c = event->data;

    if (!c->close && !event->timedout) {
        n = recv(c->fd, &byte, 1, MSG_PEEK);

        if (n == -1 && ngx_socket_errno == NGX_EAGAIN) {
            event->ready = 0;

            if (ngx_handle_read_event(event, 0) == NGX_OK) {
                return;
            }
        }
    }

    ngx_uaas_kept_close(c->data);
}


static void
ngx_uaas_kept_write(ngx_event_t *event)
{
    ngx_log_debug0(NGX_LOG_DEBUG_EVENT, event->log, 0, "uaas: kept connection is writable");
}


static ngx_connection_t *
ngx_uaas_kept_remove(ngx_uaas_kept_t *kept)
{
    ngx_queue_remove(&kept->of_instance);
    ngx_queue_remove(&kept->queue);
    ngx_queue_insert_head(&ngx_uaas_kept_unused, &kept->queue);

    return kept->connection;
}


static void
ngx_uaas_kept_close(ngx_uaas_kept_t *kept)
{
    ngx_connection_t  *c;

    c = ngx_uaas_kept_remove(kept);
    ngx_destroy_pool(c->pool);
    ngx_close_connection(c);
}
