// SPDX-License-Identifier: Apache-2.0
/* What the master's lines do. */

#include "ngx_uaas_link.h"

static ngx_int_t ngx_uaas_take_hello(ngx_uaas_message_t *message);
static void ngx_uaas_take_instance(ngx_uaas_message_t *message);
static ngx_int_t ngx_uaas_take_gone(ngx_uaas_message_t *message);
static void ngx_uaas_take_give(ngx_uaas_message_t *message);
static void ngx_uaas_take_refusal(ngx_uaas_message_t *message);


/* NGX_ERROR: it makes no sense here. */
ngx_int_t
ngx_uaas_take_message(ngx_uaas_message_t *message)
{
    ngx_uaas_settings_t   settings;

    if (!ngx_uaas_link_is_up() && message->kind != NGX_UAAS_HELLO) {
        return NGX_ERROR;
    }

    switch (message->kind) {

    case NGX_UAAS_HELLO:
        return ngx_uaas_take_hello(message);

    case NGX_UAAS_SERVICE:
        settings.concurrency = message->concurrency;
        settings.queue = message->queue;
        settings.deadline = message->deadline;
        (void) ngx_uaas_learn_service(&message->name, &settings);
        return NGX_OK;

    case NGX_UAAS_INSTANCE:
        ngx_uaas_take_instance(message);
        return NGX_OK;

    case NGX_UAAS_SYNCED:
        /* A later one ends a new set of routes. */
        if (ngx_uaas_link_settle()) {
            ngx_uaas_directory_sweep();
        }
        return NGX_OK;

    case NGX_UAAS_GONE:
        return ngx_uaas_take_gone(message);

    case NGX_UAAS_GIVE:
        ngx_uaas_take_give(message);
        return NGX_OK;

    case NGX_UAAS_REFUSE:
        ngx_uaas_take_refusal(message);
        return NGX_OK;

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_uaas_take_hello(ngx_uaas_message_t *message)
{
    ngx_queue_t          *q, *i;
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    if (message->version == 0) {
        return NGX_ERROR;
    }

    if (ngx_uaas_link_is_up()) {
        return NGX_OK;
    }

    ngx_uaas_link_welcome(&message->node);
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
ngx_uaas_take_instance(ngx_uaas_message_t *message)
{
    ngx_uaas_instance_t  *instance;

    instance = ngx_uaas_learn_instance(&message->id, &message->service, &message->address);
    if (instance) {
        ngx_uaas_set_state(instance, message->draining);
    }
}


static ngx_int_t
ngx_uaas_take_gone(ngx_uaas_message_t *message)
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
            ngx_uaas_refuse_waiters(service);
        }
    }

    return NGX_OK;
}


static void
ngx_uaas_take_give(ngx_uaas_message_t *message)
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
ngx_uaas_take_refusal(ngx_uaas_message_t *message)
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
