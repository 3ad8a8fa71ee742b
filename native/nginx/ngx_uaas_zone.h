// SPDX-License-Identifier: Apache-2.0
/*
 * The shared zone: one record for each service and instance that some worker knows of, with the count of what is going on there in all workers.
 * Each worker has a column of the counts and a bit of who knows it. So a record goes with the last that knows it, what a killed worker counted can
 * be taken off again, and a worker that starts while the master is away learns from the zone.
 */

#ifndef NGX_UAAS_ZONE_H
#define NGX_UAAS_ZONE_H

#include "ngx_uaas.h"

#define NGX_UAAS_ZONE_SIZE  (1024 * 1024)   /* for some 1,700 services and instances */
#define NGX_UAAS_WORKERS    64              /* columns: living worker processes; as many fronts as a master takes */

typedef enum {
    NGX_UAAS_RECORD_SERVICE = 's',
    NGX_UAAS_RECORD_INSTANCE = 'i'
} ngx_uaas_record_e;

struct ngx_uaas_record_s {
    ngx_atomic_t            total;          /* of all columns */
    ngx_str_node_t          node;           /* the key: the kind, and the name or id */
    ngx_queue_t             queue;
    uint64_t                known;          /* by which columns */
    struct sockaddr_in      address;        /* an instance's */
    ngx_uaas_settings_t     settings;       /* a service's */
    unsigned                draining:1;
    unsigned                own:1;          /* not shared: the zone was full */
    uint8_t                 service_length; /* the instance's service */
    u_char                  service[NGX_UAAS_NAME_MAX];
    uint32_t                count[NGX_UAAS_WORKERS];
    u_char                  key[];
};

typedef void (*ngx_uaas_record_pt)(ngx_uaas_record_t *record, ngx_uaas_record_e kind, ngx_str_t *name);

ngx_int_t ngx_uaas_zone_init(ngx_shm_zone_t *zone, void *old);

/* Takes a column. */
void ngx_uaas_zone_enter(ngx_shm_zone_t *zone, ngx_log_t *log);
void ngx_uaas_zone_leave(void);

/*
 * Shows a worker that starts what others know, which it knows from then on; then forgets what dead processes knew and counted. The zone is locked
 * meanwhile.
 */
void ngx_uaas_zone_recall(ngx_uaas_record_pt show);

/* NULL: out of memory. */
ngx_uaas_record_t *ngx_uaas_zone_learn(ngx_uaas_record_e kind, ngx_str_t *name);
void ngx_uaas_zone_forget(ngx_uaas_record_t *record);
void ngx_uaas_zone_count(ngx_uaas_record_t *record, ngx_int_t change);

#endif
