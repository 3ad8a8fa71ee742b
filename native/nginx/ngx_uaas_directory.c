// SPDX-License-Identifier: Apache-2.0
/* What this worker knows of services and instances, from its own connection to the master: so it is always in the order of the master's lines. */

#include "ngx_uaas_link.h"
#include "ngx_uaas_zone.h"

static void ngx_uaas_directory_recall(ngx_uaas_record_t *record, ngx_uaas_record_e kind, ngx_str_t *name);
static ngx_uaas_instance_t *ngx_uaas_create_instance(ngx_str_t *id, ngx_uaas_service_t *service, ngx_uaas_record_t *record, struct sockaddr_in *address);
static void ngx_uaas_free_instance(ngx_uaas_instance_t *instance);

static ngx_rbtree_t       ngx_uaas_service_tree;
static ngx_rbtree_node_t  ngx_uaas_service_sentinel;
static ngx_queue_t        ngx_uaas_service_queue;
static ngx_uint_t         ngx_uaas_service_n;
static ngx_rbtree_t       ngx_uaas_instance_tree;
static ngx_rbtree_node_t  ngx_uaas_instance_sentinel;
static ngx_uint_t         ngx_uaas_instance_n;


void
ngx_uaas_directory_init(void)
{
    ngx_rbtree_init(&ngx_uaas_service_tree, &ngx_uaas_service_sentinel, ngx_str_rbtree_insert_value);
    ngx_rbtree_init(&ngx_uaas_instance_tree, &ngx_uaas_instance_sentinel, ngx_str_rbtree_insert_value);
    ngx_queue_init(&ngx_uaas_service_queue);
    ngx_uaas_service_n = 0;
    ngx_uaas_instance_n = 0;

    ngx_uaas_zone_recall(ngx_uaas_directory_recall);
}


/* What others know holds until the master has told all: until then it is served. */
static void
ngx_uaas_directory_recall(ngx_uaas_record_t *record, ngx_uaas_record_e kind, ngx_str_t *name)
{
    ngx_str_t             owner;
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    if (kind == NGX_UAAS_RECORD_SERVICE) {
        service = ngx_uaas_get_service(name);

        if (service) {
            service->record = record;
            service->settings = record->settings;
            service->told = 1;
        }

        return;
    }

    owner.data = record->service;
    owner.len = record->service_length;
    service = ngx_uaas_get_service(&owner);
    instance = service ? ngx_uaas_create_instance(name, service, record, &record->address) : NULL;

    if (instance) {
        instance->draining = record->draining;
    }
}


void
ngx_uaas_directory_free(void)
{
    ngx_queue_t         *q;
    ngx_uaas_service_t  *service;

    while (!ngx_queue_empty(&ngx_uaas_service_queue)) {
        q = ngx_queue_head(&ngx_uaas_service_queue);
        service = ngx_queue_data(q, ngx_uaas_service_t, queue);

        while (!ngx_queue_empty(&service->instances)) {
            q = ngx_queue_head(&service->instances);
            ngx_uaas_forget_instance(ngx_queue_data(q, ngx_uaas_instance_t, queue));
        }

        ngx_uaas_forget_service(service);
        ngx_queue_remove(&service->queue);
        ngx_free(service);
    }
}


ngx_queue_t *
ngx_uaas_services(void)
{
    return &ngx_uaas_service_queue;
}


ngx_uaas_service_t *
ngx_uaas_find_service(ngx_str_t *name)
{
    return (ngx_uaas_service_t *) ngx_str_rbtree_lookup(&ngx_uaas_service_tree, name, ngx_crc32_short(name->data, name->len));
}


ngx_uaas_service_t *
ngx_uaas_get_service(ngx_str_t *name)
{
    ngx_uaas_service_t  *service;

    service = ngx_uaas_find_service(name);
    if (service || ngx_uaas_service_n == NGX_UAAS_SERVICES_MAX) {
        return service;
    }

    service = ngx_calloc(sizeof(ngx_uaas_service_t), ngx_cycle->log);
    if (service == NULL) {
        return NULL;
    }

    ngx_memcpy(service->name, name->data, name->len);
    service->node.str.data = service->name;
    service->node.str.len = name->len;
    service->node.node.key = ngx_crc32_short(name->data, name->len);
    service->settings.queue = NGX_UAAS_QUEUE;
    service->settings.deadline = NGX_UAAS_DEADLINE;
    ngx_queue_init(&service->instances);
    ngx_queue_init(&service->waiters);

    ngx_rbtree_insert(&ngx_uaas_service_tree, &service->node.node);
    ngx_queue_insert_tail(&ngx_uaas_service_queue, &service->queue);
    ngx_uaas_service_n++;

    return service;
}


ngx_uaas_service_t *
ngx_uaas_learn_service(ngx_str_t *name, ngx_uaas_settings_t *settings)
{
    ngx_uaas_service_t  *service;

    service = ngx_uaas_get_service(name);
    if (service == NULL) {
        return NULL;
    }

    if (service->record == NULL) {
        service->record = ngx_uaas_zone_learn(NGX_UAAS_RECORD_SERVICE, name);
        if (service->record == NULL) {
            return NULL;
        }

        ngx_uaas_zone_count(service->record, service->waiting);
    }

    service->settings = *settings;
    service->record->settings = *settings;
    service->told = 1;
    service->confirmed = 1;

    return service;
}


void
ngx_uaas_forget_service(ngx_uaas_service_t *service)
{
    if (service->record) {
        ngx_uaas_zone_forget(service->record);
        service->record = NULL;
    }

    service->told = 0;
    service->settings.concurrency = 0;
    service->settings.queue = NGX_UAAS_QUEUE;
    service->settings.deadline = NGX_UAAS_DEADLINE;
}


ngx_uaas_instance_t *
ngx_uaas_find_instance(ngx_str_t *id)
{
    return (ngx_uaas_instance_t *) ngx_str_rbtree_lookup(&ngx_uaas_instance_tree, id, ngx_crc32_short(id->data, id->len));
}


ngx_uaas_instance_t *
ngx_uaas_learn_instance(ngx_str_t *id, ngx_str_t *name, struct sockaddr_in *address)
{
    ngx_uaas_record_t    *record;
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    service = ngx_uaas_get_service(name);
    if (service == NULL) {
        return NULL;
    }

    instance = ngx_uaas_find_instance(id);

    if (instance && (instance->service != service || ngx_memcmp(&instance->sockaddr, address, sizeof(struct sockaddr_in)) != 0)) {
        /* Another one by the same id. */
        ngx_uaas_forget_instance(instance);
        instance = NULL;
    }

    if (instance == NULL) {
        if (ngx_uaas_instance_n == NGX_UAAS_INSTANCES_MAX) {
            return NULL;
        }

        record = ngx_uaas_zone_learn(NGX_UAAS_RECORD_INSTANCE, id);
        if (record == NULL) {
            return NULL;
        }

        instance = ngx_uaas_create_instance(id, service, record, address);
        if (instance == NULL) {
            ngx_uaas_zone_forget(record);
            return NULL;
        }

        record->address = *address;
        record->draining = 0;
        record->service_length = (uint8_t) name->len;
        ngx_memcpy(record->service, name->data, name->len);
    }

    instance->confirmed = 1;
    return instance;
}


static ngx_uaas_instance_t *
ngx_uaas_create_instance(ngx_str_t *id, ngx_uaas_service_t *service, ngx_uaas_record_t *record, struct sockaddr_in *address)
{
    ngx_uaas_instance_t  *instance;

    instance = ngx_calloc(sizeof(ngx_uaas_instance_t), ngx_cycle->log);
    if (instance == NULL) {
        return NULL;
    }

    ngx_memcpy(instance->id, id->data, id->len);
    instance->node.str.data = instance->id;
    instance->node.str.len = id->len;
    instance->node.node.key = ngx_crc32_short(id->data, id->len);
    instance->service = service;
    instance->record = record;
    instance->sockaddr = *address;
    instance->address_length = ngx_sock_ntop((struct sockaddr *) address, sizeof(struct sockaddr_in), instance->address, sizeof(instance->address), 1);
    ngx_queue_init(&instance->peers);
    ngx_queue_init(&instance->idle);

    ngx_rbtree_insert(&ngx_uaas_instance_tree, &instance->node.node);
    ngx_queue_insert_tail(&service->instances, &instance->queue);
    ngx_uaas_instance_n++;

    return instance;
}


/*
 * A guest that is no more closes no connection: those to it are ended here. What has arrived is still read; then nginx tries another instance, or
 * answers 502.
 */
void
ngx_uaas_forget_instance(ngx_uaas_instance_t *instance)
{
    ngx_queue_t      *q;
    ngx_uaas_peer_t  *peer;

    instance->gone = 1;
    ngx_rbtree_delete(&ngx_uaas_instance_tree, &instance->node.node);
    ngx_queue_remove(&instance->queue);
    ngx_uaas_instance_n--;
    ngx_uaas_zone_forget(instance->record);
    instance->record = NULL;
    ngx_uaas_close_kept(instance);

    if (instance->is_dirty) {
        ngx_queue_remove(&instance->dirty);
        instance->is_dirty = 0;
    }

    for (q = ngx_queue_head(&instance->peers); q != ngx_queue_sentinel(&instance->peers); q = ngx_queue_next(q)) {
        peer = ngx_queue_data(q, ngx_uaas_peer_t, queue);

        if (peer->pc->connection) {
            (void) shutdown(peer->pc->connection->fd, SHUT_RDWR);
        }
    }

    ngx_uaas_free_instance(instance);
}


static void
ngx_uaas_free_instance(ngx_uaas_instance_t *instance)
{
    if (instance->gone && ngx_queue_empty(&instance->peers)) {
        ngx_free(instance);
    }
}


void
ngx_uaas_set_state(ngx_uaas_instance_t *instance, ngx_uint_t draining)
{
    if (instance->draining != draining) {
        instance->draining = draining;
        instance->drained = 0;
        instance->record->draining = draining;
    }

    if (draining) {
        ngx_uaas_close_kept(instance);
        ngx_uaas_tell_use(instance);

    } else {
        instance->resting = 0;
        ngx_uaas_serve_waiters(instance->service);
    }
}


/* A new connection tells all again; what it does not is swept. */
void
ngx_uaas_directory_doubt(void)
{
    ngx_queue_t          *q, *i;
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    for (q = ngx_queue_head(&ngx_uaas_service_queue); q != ngx_queue_sentinel(&ngx_uaas_service_queue); q = ngx_queue_next(q)) {
        service = ngx_queue_data(q, ngx_uaas_service_t, queue);
        service->confirmed = 0;
        service->done = 0;

        for (i = ngx_queue_head(&service->instances); i != ngx_queue_sentinel(&service->instances); i = ngx_queue_next(i)) {
            instance = ngx_queue_data(i, ngx_uaas_instance_t, queue);
            instance->confirmed = 0;
            instance->drained = 0;
        }
    }
}


void
ngx_uaas_directory_sweep(void)
{
    ngx_queue_t          *q, *i, *next;
    ngx_uaas_service_t   *service;
    ngx_uaas_instance_t  *instance;

    for (q = ngx_queue_head(&ngx_uaas_service_queue); q != ngx_queue_sentinel(&ngx_uaas_service_queue); q = ngx_queue_next(q)) {
        service = ngx_queue_data(q, ngx_uaas_service_t, queue);

        for (i = ngx_queue_head(&service->instances); i != ngx_queue_sentinel(&service->instances); i = next) {
            next = ngx_queue_next(i);
            instance = ngx_queue_data(i, ngx_uaas_instance_t, queue);

            if (!instance->confirmed) {
                ngx_uaas_forget_instance(instance);
            }
        }

        if (!service->confirmed && service->told) {
            ngx_uaas_forget_service(service);
            ngx_uaas_refuse_waiters(service);
        }
    }
}


/*
 * The one with the fewest requests of all workers; NULL: none has room. With equals it goes round. While the master is away there is nobody to ask
 * for another, so then a full one is better than none.
 */
ngx_uaas_instance_t *
ngx_uaas_choose(ngx_uaas_service_t *service)
{
    ngx_uint_t            total, least;
    ngx_queue_t          *q;
    ngx_uaas_instance_t  *instance, *best;

    best = NULL;
    least = NGX_MAX_UINT32_VALUE;

    for (q = ngx_queue_head(&service->instances); q != ngx_queue_sentinel(&service->instances); q = ngx_queue_next(q)) {
        instance = ngx_queue_data(q, ngx_uaas_instance_t, queue);

        if (instance->resting && (ngx_msec_int_t) (ngx_current_msec - instance->rests_until) >= 0) {
            instance->resting = 0;
        }

        if (instance->draining || instance->resting) {
            continue;
        }

        total = instance->record->total;

        if (total < least) {
            best = instance;
            least = total;
        }

        if (total == 0) {
            break;
        }
    }

    if (best == NULL || (service->settings.concurrency && least >= service->settings.concurrency && ngx_uaas_link_is_up())) {
        return NULL;
    }

    ngx_queue_remove(&best->queue);
    ngx_queue_insert_tail(&service->instances, &best->queue);

    return best;
}


/* Counts a request that begins (1) or has ended (-1). The last that ends frees an instance that is gone. */
void
ngx_uaas_count(ngx_uaas_instance_t *instance, ngx_int_t change)
{
    ngx_uaas_service_t  *service;

    service = instance->service;
    instance->active += change;
    service->active += change;

    if (change < 0) {
        service->done++;
    }

    ngx_uaas_tell_load(service);

    if (instance->gone) {
        ngx_uaas_free_instance(instance);
        return;
    }

    ngx_uaas_zone_count(instance->record, change);
    ngx_uaas_tell_use(instance);
}
