// SPDX-License-Identifier: Apache-2.0
/* What the master is told. Counts are told together, ten times a second at most. */

#include "ngx_uaas_link.h"

#define NGX_UAAS_TELL_EVERY  100    /* ms between LOAD lines */

typedef struct {
    ngx_event_t             event;      /* when LOAD and USE are due */
    ngx_msec_t              told;       /* when they were sent last */
    ngx_queue_t             loads;
    ngx_queue_t             uses;
    unsigned                unasked:1;  /* a WANT did not fit */
} ngx_uaas_tell_t;

static void ngx_uaas_tell_schedule(void);
static void ngx_uaas_tell_counts(ngx_event_t *event);
static void ngx_uaas_tell_forget(void);

static ngx_uaas_tell_t  ngx_uaas_tell;


void
ngx_uaas_tell_open(ngx_log_t *log)
{
    ngx_uaas_tell_t  *tell = &ngx_uaas_tell;

    ngx_queue_init(&tell->loads);
    ngx_queue_init(&tell->uses);
    tell->event.log = log;
    tell->event.data = tell;
    tell->event.handler = ngx_uaas_tell_counts;
    tell->event.cancelable = 1;
}


/* The connection is no more: what still holds is told by the next one. */
void
ngx_uaas_tell_close(void)
{
    ngx_uaas_tell_t  *tell = &ngx_uaas_tell;

    if (tell->event.timer_set) {
        ngx_del_timer(&tell->event);
    }

    if (tell->event.posted) {
        ngx_delete_posted_event(&tell->event);
    }

    tell->unasked = 0;
    ngx_uaas_tell_forget();
}


/* All has been sent: there is room again. */
void
ngx_uaas_tell_resume(void)
{
    if (ngx_uaas_tell.unasked) {
        ngx_uaas_tell.unasked = 0;
        ngx_uaas_ask_again(0);
    }
}


ngx_uint_t
ngx_uaas_tell_want(ngx_uint_t seq, ngx_uaas_service_t *service)
{
    if (!ngx_uaas_link_is_up()) {
        return 0;
    }

    if (ngx_uaas_link_send("WANT seq=%ui service=%V\n", seq, &service->node.str)) {
        return 1;
    }

    ngx_uaas_tell.unasked = 1;
    return 0;
}


void
ngx_uaas_tell_leave(ngx_uint_t seq)
{
    if (ngx_uaas_link_is_up()) {
        ngx_uaas_link_must_send("LEAVE seq=%ui\n", seq);
    }
}


void
ngx_uaas_tell_up(ngx_uaas_instance_t *instance, uint64_t microseconds)
{
    if (ngx_uaas_link_is_up() && !instance->gone) {
        ngx_uaas_link_must_send("UP instance=%V wait_us=%uL\n", &instance->node.str, microseconds);
    }
}


void
ngx_uaas_tell_lost(ngx_uaas_instance_t *instance, const char *reason)
{
    if (ngx_uaas_link_is_up()) {
        ngx_uaas_link_must_send("LOST instance=%V reason=%s\n", &instance->node.str, reason);
    }
}


/* The first change goes out at once, together with all of this turn of the event loop; those of the next tenth of a second at its end. */
static void
ngx_uaas_tell_schedule(void)
{
    ngx_msec_t        since;
    ngx_uaas_tell_t  *tell = &ngx_uaas_tell;

    if (tell->event.timer_set || tell->event.posted) {
        return;
    }

    since = ngx_current_msec - tell->told;

    if (since >= NGX_UAAS_TELL_EVERY) {
        ngx_post_event(&tell->event, &ngx_posted_events);

    } else {
        ngx_add_timer(&tell->event, NGX_UAAS_TELL_EVERY - since);
    }
}


void
ngx_uaas_tell_load(ngx_uaas_service_t *service)
{
    if (ngx_uaas_link_is_up() && !service->is_dirty) {
        service->is_dirty = 1;
        ngx_queue_insert_tail(&ngx_uaas_tell.loads, &service->dirty);
        ngx_uaas_tell_schedule();
    }
}


void
ngx_uaas_tell_use(ngx_uaas_instance_t *instance)
{
    if (ngx_uaas_link_is_up() && !instance->is_dirty) {
        instance->is_dirty = 1;
        ngx_queue_insert_tail(&ngx_uaas_tell.uses, &instance->dirty);
        ngx_uaas_tell_schedule();
    }
}


static void
ngx_uaas_tell_counts(ngx_event_t *event)
{
    ngx_queue_t          *q;
    ngx_uaas_tell_t      *tell = &ngx_uaas_tell;
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    tell->told = ngx_current_msec;

    while (!ngx_queue_empty(&tell->loads)) {
        q = ngx_queue_head(&tell->loads);
        service = ngx_queue_data(q, ngx_uaas_service_t, dirty);

        if (!ngx_uaas_link_send("LOAD service=%V active=%ui waiting=%ui done=%ui\n",
                                &service->node.str, service->active, service->waiting, service->done))
        {
            ngx_uaas_tell_schedule();
            return;
        }

        service->is_dirty = 0;
        ngx_queue_remove(q);
    }

    while (!ngx_queue_empty(&tell->uses)) {
        q = ngx_queue_head(&tell->uses);
        instance = ngx_queue_data(q, ngx_uaas_instance_t, dirty);

        if (!ngx_uaas_link_send("USE instance=%V active=%ui\n", &instance->node.str, instance->active)) {
            ngx_uaas_tell_schedule();
            return;
        }

        instance->is_dirty = 0;
        ngx_queue_remove(q);

        if (instance->draining && !instance->drained && instance->active == 0) {
            instance->drained = 1;
            ngx_uaas_link_must_send("DRAINED instance=%V\n", &instance->node.str);
        }
    }
}


static void
ngx_uaas_tell_forget(void)
{
    ngx_queue_t          *q;
    ngx_uaas_tell_t      *tell = &ngx_uaas_tell;
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    while (!ngx_queue_empty(&tell->loads)) {
        q = ngx_queue_head(&tell->loads);
        ngx_queue_remove(q);
        service = ngx_queue_data(q, ngx_uaas_service_t, dirty);
        service->is_dirty = 0;
    }

    while (!ngx_queue_empty(&tell->uses)) {
        q = ngx_queue_head(&tell->uses);
        ngx_queue_remove(q);
        instance = ngx_queue_data(q, ngx_uaas_instance_t, dirty);
        instance->is_dirty = 0;
    }
}
