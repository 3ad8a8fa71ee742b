// SPDX-License-Identifier: Apache-2.0

#include "ngx_uaas_zone.h"

#define NGX_UAAS_KEY_MAX  (NGX_UAAS_ID_MAX + 1)

#define ngx_uaas_bit(column)  ((uint64_t) 1 << (column))

typedef struct {
    ngx_rbtree_t            tree;
    ngx_rbtree_node_t       sentinel;
    ngx_queue_t             records;
    ngx_pid_t               pid[NGX_UAAS_WORKERS];
} ngx_uaas_shared_t;

static void ngx_uaas_zone_clear(ngx_uint_t column);
static void ngx_uaas_zone_forget_locked(ngx_uaas_record_t *record, ngx_uint_t column);
static ngx_uaas_record_t *ngx_uaas_zone_create(ngx_slab_pool_t *pool, ngx_str_t *key, uint32_t hash);

/* This process's view. No pool: no zone, or no column left; then nothing is shared. */
static ngx_slab_pool_t    *ngx_uaas_pool;
static ngx_uaas_shared_t  *ngx_uaas_shared;
static ngx_uint_t          ngx_uaas_column;
static ngx_log_t          *ngx_uaas_zone_log;


ngx_int_t
ngx_uaas_zone_init(ngx_shm_zone_t *zone, void *old)
{
    ngx_slab_pool_t    *pool;
    ngx_uaas_shared_t  *shared;

    pool = (ngx_slab_pool_t *) zone->shm.addr;

    if (old) {
        zone->data = old;
        return NGX_OK;
    }

    shared = ngx_slab_calloc(pool, sizeof(ngx_uaas_shared_t));
    if (shared == NULL) {
        return NGX_ERROR;
    }

    ngx_rbtree_init(&shared->tree, &shared->sentinel, ngx_str_rbtree_insert_value);
    ngx_queue_init(&shared->records);
    pool->log_nomem = 0;
    pool->data = shared;
    zone->data = shared;

    return NGX_OK;
}


void
ngx_uaas_zone_enter(ngx_shm_zone_t *zone, ngx_log_t *log)
{
    ngx_uint_t  i;

    ngx_uaas_pool = (ngx_slab_pool_t *) zone->shm.addr;
    ngx_uaas_shared = zone->data;
    ngx_uaas_column = NGX_UAAS_WORKERS;
    ngx_uaas_zone_log = log;

    ngx_shmtx_lock(&ngx_uaas_pool->mutex);

    for (i = 0; i < NGX_UAAS_WORKERS; i++) {
        if (ngx_uaas_shared->pid[i] == 0 && ngx_uaas_column == NGX_UAAS_WORKERS) {
            ngx_uaas_column = i;
            ngx_uaas_shared->pid[i] = ngx_pid;
        }
    }

    ngx_shmtx_unlock(&ngx_uaas_pool->mutex);

    if (ngx_uaas_column == NGX_UAAS_WORKERS) {
        ngx_log_error(NGX_LOG_WARN, log, 0, "uaas: more than %d worker processes: this one counts for itself", NGX_UAAS_WORKERS);
        ngx_uaas_pool = NULL;
    }
}


void
ngx_uaas_zone_recall(ngx_uaas_record_pt show)
{
    ngx_uint_t          i;
    ngx_str_t           name;
    ngx_queue_t        *q;
    ngx_uaas_record_t  *record;

    if (ngx_uaas_pool == NULL) {
        return;
    }

    ngx_shmtx_lock(&ngx_uaas_pool->mutex);

    for (q = ngx_queue_head(&ngx_uaas_shared->records); q != ngx_queue_sentinel(&ngx_uaas_shared->records); q = ngx_queue_next(q)) {
        record = ngx_queue_data(q, ngx_uaas_record_t, queue);
        record->known |= ngx_uaas_bit(ngx_uaas_column);
        name.data = record->key + 1;
        name.len = record->node.str.len - 1;
        show(record, record->key[0], &name);
    }

    for (i = 0; i < NGX_UAAS_WORKERS; i++) {
        if (ngx_uaas_shared->pid[i] && kill(ngx_uaas_shared->pid[i], 0) == -1 && ngx_errno == NGX_ESRCH) {
            ngx_uaas_zone_clear(i);
        }
    }

    ngx_shmtx_unlock(&ngx_uaas_pool->mutex);
}


void
ngx_uaas_zone_leave(void)
{
    if (ngx_uaas_pool == NULL) {
        return;
    }

    ngx_shmtx_lock(&ngx_uaas_pool->mutex);
    ngx_uaas_zone_clear(ngx_uaas_column);
    ngx_shmtx_unlock(&ngx_uaas_pool->mutex);
    ngx_uaas_pool = NULL;
}


/* Takes off what a process counted, and forgets what it alone knew. */
static void
ngx_uaas_zone_clear(ngx_uint_t column)
{
    ngx_queue_t        *q, *next;
    ngx_uaas_record_t  *record;

    for (q = ngx_queue_head(&ngx_uaas_shared->records); q != ngx_queue_sentinel(&ngx_uaas_shared->records); q = next) {
        next = ngx_queue_next(q);
        record = ngx_queue_data(q, ngx_uaas_record_t, queue);
        ngx_uaas_zone_forget_locked(record, column);
    }

    ngx_uaas_shared->pid[column] = 0;
}


ngx_uaas_record_t *
ngx_uaas_zone_learn(ngx_uaas_record_e kind, ngx_str_t *name)
{
    u_char              buffer[NGX_UAAS_KEY_MAX];
    uint32_t            hash;
    ngx_str_t           key;
    ngx_uaas_record_t  *record;

    buffer[0] = kind;
    key.data = buffer;
    key.len = 1 + name->len;
    ngx_memcpy(buffer + 1, name->data, name->len);
    hash = ngx_crc32_short(key.data, key.len);

    if (ngx_uaas_pool == NULL) {
        return ngx_uaas_zone_create(NULL, &key, hash);
    }

    ngx_shmtx_lock(&ngx_uaas_pool->mutex);

    record = (ngx_uaas_record_t *) ngx_str_rbtree_lookup(&ngx_uaas_shared->tree, &key, hash);
    if (record) {
        record = (ngx_uaas_record_t *) ((u_char *) record - offsetof(ngx_uaas_record_t, node));

    } else {
        record = ngx_uaas_zone_create(ngx_uaas_pool, &key, hash);
        if (record) {
            ngx_rbtree_insert(&ngx_uaas_shared->tree, &record->node.node);
            ngx_queue_insert_tail(&ngx_uaas_shared->records, &record->queue);
        }
    }

    if (record) {
        record->known |= ngx_uaas_bit(ngx_uaas_column);
    }

    ngx_shmtx_unlock(&ngx_uaas_pool->mutex);

    if (record == NULL) {
        ngx_log_error(NGX_LOG_WARN, ngx_uaas_zone_log, 0, "uaas: the zone is full (uaas_zone): \"%V\" is counted by each worker for itself", name);
        record = ngx_uaas_zone_create(NULL, &key, hash);
    }

    return record;
}


static ngx_uaas_record_t *
ngx_uaas_zone_create(ngx_slab_pool_t *pool, ngx_str_t *key, uint32_t hash)
{
    size_t              size;
    ngx_uaas_record_t  *record;

    size = sizeof(ngx_uaas_record_t) + key->len;
    record = pool ? ngx_slab_calloc_locked(pool, size) : ngx_calloc(size, ngx_uaas_zone_log);

    if (record) {
        record->own = (pool == NULL);
        ngx_memcpy(record->key, key->data, key->len);
        record->node.str.data = record->key;
        record->node.str.len = key->len;
        record->node.node.key = hash;
    }

    return record;
}


void
ngx_uaas_zone_forget(ngx_uaas_record_t *record)
{
    if (record->own) {
        ngx_free(record);
        return;
    }

    if (ngx_uaas_pool) {
        ngx_shmtx_lock(&ngx_uaas_pool->mutex);
        ngx_uaas_zone_forget_locked(record, ngx_uaas_column);
        ngx_shmtx_unlock(&ngx_uaas_pool->mutex);
    }
}


static void
ngx_uaas_zone_forget_locked(ngx_uaas_record_t *record, ngx_uint_t column)
{
    (void) ngx_atomic_fetch_add(&record->total, -(ngx_atomic_int_t) record->count[column]);
    record->count[column] = 0;

    if (!(record->known & ngx_uaas_bit(column))) {
        return;
    }

    record->known &= ~ngx_uaas_bit(column);

    if (record->known == 0) {
        ngx_rbtree_delete(&ngx_uaas_shared->tree, &record->node.node);
        ngx_queue_remove(&record->queue);
        ngx_slab_free_locked(ngx_uaas_pool, record);
    }
}


/* Without a lock: the column is this process's own, and the total is atomic. */
void
ngx_uaas_zone_count(ngx_uaas_record_t *record, ngx_int_t change)
{
    (void) ngx_atomic_fetch_add(&record->total, change);

    if (!record->own) {
        record->count[ngx_uaas_column] += change;
    }
}
