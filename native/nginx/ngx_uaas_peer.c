// SPDX-License-Identifier: Apache-2.0
/*
 * How a request or session comes to its instance. nginx's upstream code asks for a peer and expects an answer at once. Where there is none yet, it
 * gets a socket that is not connected and waits for its write event, as for any slow connection; the socket is connected when the master has given
 * an instance. So all that nginx does while a connection is being made (client aborts, buffering, logging, retries) holds for held requests too.
 */

#include "ngx_uaas_link.h"
#include "ngx_uaas_zone.h"

#define NGX_UAAS_LOOK_AGAIN  50     /* ms, while requests are held: for room that other workers' requests left */

static ngx_int_t ngx_uaas_peer_hold(ngx_uaas_peer_t *peer);
static void ngx_uaas_peer_enqueue(ngx_uaas_peer_t *peer);
static void ngx_uaas_peer_release_hold(ngx_uaas_peer_t *peer);
static void ngx_uaas_peer_ask(ngx_event_t *event);
static void ngx_uaas_peer_late(ngx_event_t *event);
static void ngx_uaas_peer_take(ngx_uaas_peer_t *peer, ngx_uaas_instance_t *instance);
static void ngx_uaas_peer_lose(ngx_uaas_peer_t *peer, const char *reason);
static void ngx_uaas_count_waiting(ngx_uaas_service_t *service, ngx_int_t change);
static void ngx_uaas_look_again(ngx_event_t *event);
static uint64_t ngx_uaas_now(void);

static ngx_rbtree_t       ngx_uaas_seq_tree;
static ngx_rbtree_node_t  ngx_uaas_seq_sentinel;
static ngx_uint_t         ngx_uaas_seq;
static ngx_event_t        ngx_uaas_look;


void
ngx_uaas_peers_init(void)
{
    ngx_rbtree_init(&ngx_uaas_seq_tree, &ngx_uaas_seq_sentinel, ngx_rbtree_insert_value);
    ngx_uaas_look.log = ngx_cycle->log;
    ngx_uaas_look.data = &ngx_uaas_seq_tree;
    ngx_uaas_look.handler = ngx_uaas_look_again;
    ngx_uaas_look.cancelable = 1;
}


ngx_int_t
ngx_uaas_peer_init(ngx_uaas_peer_t *peer, ngx_peer_connection_t *pc, ngx_str_t *service)
{
    peer->service = ngx_uaas_get_service(service);
    if (peer->service == NULL) {
        return NGX_ERROR;
    }

    peer->pc = pc;
    peer->service_name = *service;
    peer->deadline = ngx_current_msec + peer->service->settings.deadline;
    peer->name.data = peer->name_text;
    peer->id.data = peer->id_text;
    peer->event.log = pc->log;
    peer->event.data = peer;

    return NGX_OK;
}


/* NGX_OK: the address is there. NGX_AGAIN: held; the connection is made later. */
ngx_int_t
ngx_uaas_peer_get(ngx_uaas_peer_t *peer)
{
    ngx_uaas_instance_t  *instance;

    peer->pc->cached = 0;
    peer->pc->connection = NULL;

    /* First come, first served. */
    instance = ngx_queue_empty(&peer->service->waiters) ? ngx_uaas_choose(peer->service) : NULL;

    if (instance == NULL) {
        return ngx_uaas_peer_hold(peer);
    }

    ngx_uaas_peer_take(peer, instance);
    return NGX_OK;
}


/* Ends what get began. lost: what became of the connection, if that tells against the instance. */
void
ngx_uaas_peer_free(ngx_uaas_peer_t *peer, const char *lost)
{
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    if (peer->held) {
        ngx_uaas_peer_release_hold(peer);
        return;
    }

    instance = peer->instance;
    if (instance == NULL) {
        return;
    }

    if (lost) {
        ngx_uaas_peer_lose(peer, lost);
        return;
    }

    service = peer->service;
    peer->instance = NULL;
    ngx_queue_remove(&peer->queue);
    ngx_uaas_count(instance, -1);
    ngx_uaas_serve_waiters(service);
}


static void
ngx_uaas_peer_take(ngx_uaas_peer_t *peer, ngx_uaas_instance_t *instance)
{
    peer->cold = 0;
    peer->instance = instance;
    ngx_queue_insert_tail(&instance->peers, &peer->queue);
    ngx_uaas_count(instance, 1);

    peer->sockaddr = instance->sockaddr;

    if (peer->port) {
        peer->sockaddr.sin_port = peer->port;
        peer->name.len = ngx_sock_ntop((struct sockaddr *) &peer->sockaddr, sizeof(struct sockaddr_in), peer->name_text, sizeof(peer->name_text), 1);

    } else {
        peer->name.len = instance->address_length;
        ngx_memcpy(peer->name_text, instance->address, instance->address_length);
    }

    peer->id.len = instance->node.str.len;
    ngx_memcpy(peer->id_text, instance->id, peer->id.len);

    peer->pc->sockaddr = (struct sockaddr *) &peer->sockaddr;
    peer->pc->socklen = sizeof(struct sockaddr_in);
    peer->pc->name = &peer->name;
}


/* The instance gets no new request for a moment: others may answer, and the master has time to see to it. */
static void
ngx_uaas_peer_lose(ngx_uaas_peer_t *peer, const char *reason)
{
    ngx_uaas_instance_t  *instance = peer->instance;

    if (!instance->gone) {
        ngx_log_error(NGX_LOG_WARN, peer->pc->log, 0, "uaas: instance \"%V\" of \"%V\" is lost: %s", &instance->node.str, &peer->service->node.str, reason);
        instance->resting = 1;
        instance->rests_until = ngx_current_msec + NGX_UAAS_REST;
        ngx_uaas_close_kept(instance);
        ngx_uaas_tell_lost(instance, reason);
    }

    peer->instance = NULL;
    ngx_queue_remove(&peer->queue);
    ngx_uaas_count(instance, -1);
}


static ngx_int_t
ngx_uaas_peer_hold(ngx_uaas_peer_t *peer)
{
    peer->pc->connection = ngx_uaas_socket(AF_INET, peer->pc->log);
    if (peer->pc->connection == NULL) {
        return NGX_ERROR;
    }

    /* An address, so that free is called in any case. */
    ngx_memzero(&peer->sockaddr, sizeof(struct sockaddr_in));
    peer->sockaddr.sin_family = AF_INET;
    peer->name.len = peer->service->node.str.len;
    ngx_memcpy(peer->name_text, peer->service->name, peer->name.len);
    peer->pc->sockaddr = (struct sockaddr *) &peer->sockaddr;
    peer->pc->socklen = sizeof(struct sockaddr_in);
    peer->pc->name = &peer->name;

    if (peer->held_at == 0) {
        peer->held_at = ngx_uaas_now();
    }

    ngx_uaas_peer_enqueue(peer);
    return NGX_AGAIN;
}


static void
ngx_uaas_peer_enqueue(ngx_uaas_peer_t *peer)
{
    peer->held = 1;
    peer->asked = 0;
    peer->seq.key = ++ngx_uaas_seq;
    ngx_rbtree_insert(&ngx_uaas_seq_tree, &peer->seq);
    ngx_queue_insert_tail(&peer->service->waiters, &peer->queue);
    ngx_uaas_count_waiting(peer->service, 1);

    /* The rest is done outside of nginx's upstream functions, from where a request can be ended. */
    peer->event.handler = ngx_uaas_peer_ask;
    ngx_post_event(&peer->event, &ngx_posted_events);
}


static void
ngx_uaas_peer_release_hold(ngx_uaas_peer_t *peer)
{
    if (peer->asked) {
        ngx_uaas_tell_leave(peer->seq.key);
        peer->asked = 0;
    }

    if (peer->event.posted) {
        ngx_delete_posted_event(&peer->event);
    }

    if (peer->event.timer_set) {
        ngx_del_timer(&peer->event);
    }

    peer->held = 0;
    ngx_rbtree_delete(&ngx_uaas_seq_tree, &peer->seq);
    ngx_queue_remove(&peer->queue);
    ngx_uaas_count_waiting(peer->service, -1);
}


static void
ngx_uaas_count_waiting(ngx_uaas_service_t *service, ngx_int_t change)
{
    service->waiting += change;

    if (service->record) {
        ngx_uaas_zone_count(service->record, change);
    }

    ngx_uaas_tell_load(service);
}


static void
ngx_uaas_peer_ask(ngx_event_t *event)
{
    ngx_uint_t            waiting;
    ngx_msec_int_t        left;
    ngx_event_t          *write;
    ngx_uaas_peer_t      *peer = event->data;
    ngx_uaas_service_t   *service = peer->service;
    ngx_uaas_instance_t  *instance;

    /* nginx has set its time-out for connecting: that counts from when there is something to connect to. */
    write = peer->pc->connection->write;
    if (write->timer_set) {
        peer->connect_timeout = write->timer.key - ngx_current_msec;
        ngx_del_timer(write);
    }

    waiting = service->record ? service->record->total : service->waiting;
    if (waiting > service->settings.queue) {
        peer->refuse(peer, NGX_UAAS_UNAVAILABLE, NGX_UAAS_RETRY_AFTER);
        return;
    }

    if (ngx_queue_head(&service->waiters) == &peer->queue) {
        instance = ngx_uaas_choose(service);

        if (instance) {
            ngx_uaas_peer_give(peer, instance, 0);
            return;
        }
    }

    left = (ngx_msec_int_t) (peer->deadline - ngx_current_msec);
    event->handler = ngx_uaas_peer_late;
    ngx_add_timer(event, (ngx_msec_t) ngx_max(left, 1));
    peer->asked = ngx_uaas_tell_want(peer->seq.key, service);

    if (!ngx_uaas_look.timer_set) {
        ngx_add_timer(&ngx_uaas_look, NGX_UAAS_LOOK_AGAIN);
    }
}


static void
ngx_uaas_peer_late(ngx_event_t *event)
{
    ngx_uaas_peer_t  *peer = event->data;

    if (ngx_uaas_link_is_up()) {
        peer->refuse(peer, NGX_UAAS_LATE, 0);

    } else {
        peer->refuse(peer, NGX_UAAS_UNAVAILABLE, NGX_UAAS_RETRY_AFTER);
    }
}


/* Connects a held request to an instance, which may be one that is just being started: then its frames wait in the network device. */
void
ngx_uaas_peer_give(ngx_uaas_peer_t *peer, ngx_uaas_instance_t *instance, ngx_uint_t cold)
{
    ngx_int_t          rc;
    ngx_msec_int_t     left;
    ngx_connection_t  *c = peer->pc->connection;

    ngx_uaas_peer_release_hold(peer);
    ngx_uaas_peer_take(peer, instance);
    rc = ngx_uaas_dial(c, peer->pc->sockaddr, peer->pc->socklen);

    if (rc == NGX_ERROR) {
        ngx_log_error(NGX_LOG_ERR, peer->pc->log, ngx_socket_errno, "uaas: connect() to %V failed", &peer->name);
        ngx_uaas_peer_lose(peer, "refused");

        if (peer->pc->tries > 1) {
            peer->pc->tries--;
            ngx_uaas_peer_enqueue(peer);

        } else {
            peer->refuse(peer, NGX_UAAS_BAD_GATEWAY, 0);
        }

        return;
    }

    if (cold) {
        peer->cold = 1;
        left = (ngx_msec_int_t) (peer->deadline - ngx_current_msec);
        ngx_add_timer(c->write, (ngx_msec_t) ngx_max(left, 1));
        peer->expect(peer);

    } else {
        ngx_add_timer(c->write, peer->connect_timeout);
    }

    if (rc == NGX_OK) {
        ngx_post_event(c->write, &ngx_posted_events);
    }
}


void
ngx_uaas_peer_up(ngx_uaas_peer_t *peer)
{
    if (peer->cold && peer->instance) {
        peer->cold = 0;
        peer->cold_start = ngx_uaas_now() - peer->held_at;
        ngx_uaas_tell_up(peer->instance, peer->cold_start);
    }
}


static uint64_t
ngx_uaas_now(void)
{
    struct timespec  now;

    (void) clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t) now.tv_sec * 1000000 + now.tv_nsec / 1000;
}


ngx_uaas_peer_t *
ngx_uaas_peer_by_seq(ngx_uint_t seq)
{
    ngx_rbtree_node_t  *node;

    node = ngx_uaas_seq_tree.root;

    while (node != &ngx_uaas_seq_sentinel) {
        if (node->key == seq) {
            return (ngx_uaas_peer_t *) ((u_char *) node - offsetof(ngx_uaas_peer_t, seq));
        }

        node = seq < node->key ? node->left : node->right;
    }

    return NULL;
}


/* Gives the room that there is to those who have waited longest. */
void
ngx_uaas_serve_waiters(ngx_uaas_service_t *service)
{
    ngx_queue_t          *q;
    ngx_uaas_peer_t      *peer;
    ngx_uaas_instance_t  *instance;

    while (!ngx_queue_empty(&service->waiters)) {
        q = ngx_queue_head(&service->waiters);
        peer = ngx_queue_data(q, ngx_uaas_peer_t, queue);

        /* One that has just come is not far enough: its turn comes with the next look. */
        if (peer->event.posted) {
            return;
        }

        instance = ngx_uaas_choose(service);
        if (instance == NULL) {
            return;
        }

        ngx_uaas_peer_give(peer, instance, 0);
    }
}


/* Whoever waits for a service that is no more waits for nothing. One that has just come asks the master for it, which may come again. */
void
ngx_uaas_refuse_waiters(ngx_uaas_service_t *service)
{
    ngx_uaas_peer_t  *peer;

    while (!ngx_queue_empty(&service->waiters)) {
        peer = ngx_queue_data(ngx_queue_head(&service->waiters), ngx_uaas_peer_t, queue);

        if (peer->event.posted) {
            return;
        }

        peer->refuse(peer, NGX_UAAS_UNAVAILABLE, NGX_UAAS_RETRY_AFTER);
    }
}


/* The master answers questions one by one; anew: it is another one, and knows of none. */
void
ngx_uaas_ask_again(ngx_uint_t anew)
{
    ngx_queue_t         *q, *w;
    ngx_uaas_peer_t     *peer;
    ngx_uaas_service_t  *service;

    for (q = ngx_queue_head(ngx_uaas_services()); q != ngx_queue_sentinel(ngx_uaas_services()); q = ngx_queue_next(q)) {
        service = ngx_queue_data(q, ngx_uaas_service_t, queue);

        for (w = ngx_queue_head(&service->waiters); w != ngx_queue_sentinel(&service->waiters); w = ngx_queue_next(w)) {
            peer = ngx_queue_data(w, ngx_uaas_peer_t, queue);

            if ((anew || !peer->asked) && peer->event.timer_set) {
                peer->asked = ngx_uaas_tell_want(peer->seq.key, service);
            }
        }
    }
}


static void
ngx_uaas_look_again(ngx_event_t *event)
{
    ngx_queue_t         *q;
    ngx_uint_t           waiting;
    ngx_uaas_service_t  *service;

    waiting = 0;

    for (q = ngx_queue_head(ngx_uaas_services()); q != ngx_queue_sentinel(ngx_uaas_services()); q = ngx_queue_next(q)) {
        service = ngx_queue_data(q, ngx_uaas_service_t, queue);
        ngx_uaas_serve_waiters(service);
        waiting += service->waiting;
    }

    if (waiting) {
        ngx_add_timer(event, NGX_UAAS_LOOK_AGAIN);
    }
}
