// SPDX-License-Identifier: Apache-2.0
/*
 * What the http and the stream module share. A worker process is a front of its own (docs/front-protocol.md): it has a link to the master, a
 * directory of what the master told it, and a column in the shared zone, where the workers see each other's counts.
 */

#ifndef NGX_UAAS_H
#define NGX_UAAS_H

#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>
#include <ngx_event_connect.h>

#define NGX_UAAS_NAME_MAX      63       /* a DNS label: RFC 1123, section 2.1 */
#define NGX_UAAS_ID_MAX        127
#define NGX_UAAS_SERVICES_MAX  10000
#define NGX_UAAS_INSTANCES_MAX 65536

/* Until the master has told a service's settings. */
#define NGX_UAAS_QUEUE         1024
#define NGX_UAAS_DEADLINE      10000
#define NGX_UAAS_RETRY_AFTER   1        /* seconds, where the master names none */
#define NGX_UAAS_KEEPALIVE     64
#define NGX_UAAS_KEEPALIVE_TIMEOUT  50000  /* ms: less than our guests' 75 s, so that the front is who closes */
#define NGX_UAAS_TRIES         3

#define NGX_UAAS_UNAVAILABLE   503
#define NGX_UAAS_LATE          504
#define NGX_UAAS_BAD_GATEWAY   502
#define NGX_UAAS_REST          1000     /* ms without new requests for an instance that could not be connected to */

typedef struct ngx_uaas_record_s    ngx_uaas_record_t;
typedef struct ngx_uaas_service_s   ngx_uaas_service_t;
typedef struct ngx_uaas_instance_s  ngx_uaas_instance_t;
typedef struct ngx_uaas_peer_s      ngx_uaas_peer_t;

typedef struct {
    ngx_str_t               master;      /* path of the master's socket */
    ngx_shm_zone_t         *zone;
    ngx_uint_t              keepalive;   /* idle connections that a worker keeps */
    ngx_msec_t              keepalive_timeout;
    ngx_uint_t              used;        /* unsigned used:1; by some uaas_pass */
} ngx_uaas_conf_t;

typedef struct {
    ngx_uint_t              concurrency; /* 0: not told */
    ngx_uint_t              queue;
    ngx_msec_t              deadline;
} ngx_uaas_settings_t;

/* A service, in the process's own memory. It stays once named: locations name few, and the master may name it again. */
struct ngx_uaas_service_s {
    ngx_str_node_t          node;
    ngx_queue_t             queue;       /* of all services */
    ngx_queue_t             dirty;       /* of those whose LOAD is to be told */
    ngx_queue_t             instances;
    ngx_queue_t             waiters;     /* peers, held until there is an instance */
    ngx_uaas_record_t      *record;      /* counts held requests; NULL while the master names none such */
    ngx_uaas_settings_t     settings;

    ngx_uint_t              active;
    ngx_uint_t              waiting;
    ngx_uint_t              done;

    unsigned                told:1;      /* the master names it */
    unsigned                confirmed:1; /* by the present connection */
    unsigned                is_dirty:1;
    u_char                  name[NGX_UAAS_NAME_MAX];
};

/* An instance; freed when it is gone and no peer uses it. */
struct ngx_uaas_instance_s {
    ngx_str_node_t          node;
    ngx_queue_t             queue;       /* of the service's */
    ngx_queue_t             dirty;       /* of those whose USE is to be told */
    ngx_queue_t             peers;       /* that use it */
    ngx_queue_t             idle;        /* kept connections */
    ngx_uaas_service_t     *service;
    ngx_uaas_record_t      *record;      /* counts active requests */
    struct sockaddr_in      sockaddr;
    size_t                  address_length;

    ngx_uint_t              active;
    ngx_msec_t              rests_until;

    unsigned                draining:1;
    unsigned                drained:1;   /* and told so */
    unsigned                resting:1;
    unsigned                gone:1;
    unsigned                confirmed:1;
    unsigned                is_dirty:1;
    u_char                  id[NGX_UAAS_ID_MAX];
    u_char                  address[NGX_INET_ADDRSTRLEN + sizeof(":65535")];
};

/* One request or session on its way to an instance. Lives in its pool. */
struct ngx_uaas_peer_s {
    ngx_peer_connection_t  *pc;
    ngx_uaas_service_t     *service;
    ngx_uaas_instance_t    *instance;    /* while it is counted there */
    ngx_queue_t             queue;       /* of the service's waiters or the instance's peers */
    ngx_event_t             event;       /* posted to ask, then the deadline */
    ngx_msec_t              deadline;
    ngx_msec_t              connect_timeout;
    ngx_rbtree_node_t       seq;         /* of the held ones, by number */
    in_port_t               port;        /* network order; 0: the instance's own */

    struct sockaddr_in      sockaddr;
    ngx_str_t               name;        /* what $upstream_addr shows */
    ngx_str_t               service_name;
    ngx_str_t               id;          /* the instance's, also when that is gone */
    u_char                  name_text[NGX_UAAS_NAME_MAX];
    u_char                  id_text[NGX_UAAS_ID_MAX];

    uint64_t                held_at;     /* microseconds of the monotonic clock; 0: it had not to wait */
    uint64_t                cold_start;  /* microseconds until the answer of an instance that was started for it; 0: none was */

    unsigned                held:1;
    unsigned                asked:1;     /* WANT has been sent and not been answered */
    unsigned                cold:1;      /* the instance is being started, and has not answered yet */

    /* Ends the request or session; called from no upstream function. */
    void                  (*refuse)(ngx_uaas_peer_t *peer, ngx_uint_t status, ngx_uint_t retry_after);

    /* The instance that it is being connected to is just being started: ngx_uaas_peer_up() is to be called when it answers. */
    void                  (*expect)(ngx_uaas_peer_t *peer);
    void                   *data;
};

/* ngx_uaas_module.c */
ngx_int_t ngx_uaas_use(ngx_conf_t *cf);
ngx_int_t ngx_uaas_parse_target(ngx_conf_t *cf, ngx_str_t *value, u_char end, ngx_str_t *name);
char *ngx_uaas_call_directive(ngx_conf_t *cf, ngx_module_t *module, char *name, ngx_str_t *argument, void *conf);
extern ngx_module_t  ngx_uaas_module;

/* ngx_uaas_directory.c */
void ngx_uaas_directory_init(void);
void ngx_uaas_directory_free(void);
ngx_queue_t *ngx_uaas_services(void);
ngx_uaas_service_t *ngx_uaas_find_service(ngx_str_t *name);
ngx_uaas_service_t *ngx_uaas_get_service(ngx_str_t *name);
ngx_uaas_service_t *ngx_uaas_learn_service(ngx_str_t *name, ngx_uaas_settings_t *settings);
void ngx_uaas_forget_service(ngx_uaas_service_t *service);
ngx_uaas_instance_t *ngx_uaas_find_instance(ngx_str_t *id);
ngx_uaas_instance_t *ngx_uaas_learn_instance(ngx_str_t *id, ngx_str_t *service, struct sockaddr_in *address);
void ngx_uaas_forget_instance(ngx_uaas_instance_t *instance);
void ngx_uaas_set_state(ngx_uaas_instance_t *instance, ngx_uint_t draining);
void ngx_uaas_directory_doubt(void);
void ngx_uaas_directory_sweep(void);
ngx_uaas_instance_t *ngx_uaas_choose(ngx_uaas_service_t *service);
void ngx_uaas_count(ngx_uaas_instance_t *instance, ngx_int_t change);

/* ngx_uaas_peer.c */
ngx_int_t ngx_uaas_peer_init(ngx_uaas_peer_t *peer, ngx_peer_connection_t *pc, ngx_str_t *service);
ngx_int_t ngx_uaas_peer_get(ngx_uaas_peer_t *peer);
void ngx_uaas_peer_free(ngx_uaas_peer_t *peer, const char *lost);
void ngx_uaas_peer_give(ngx_uaas_peer_t *peer, ngx_uaas_instance_t *instance, ngx_uint_t cold);
void ngx_uaas_peer_up(ngx_uaas_peer_t *peer);
ngx_uaas_peer_t *ngx_uaas_peer_by_seq(ngx_uint_t seq);
void ngx_uaas_serve_waiters(ngx_uaas_service_t *service);
void ngx_uaas_refuse_waiters(ngx_uaas_service_t *service);
void ngx_uaas_ask_again(ngx_uint_t anew);
void ngx_uaas_peers_init(void);

/* ngx_uaas_socket.c */
ngx_connection_t *ngx_uaas_socket(int family, ngx_log_t *log);
ngx_int_t ngx_uaas_dial(ngx_connection_t *c, struct sockaddr *address, socklen_t length);

/* ngx_uaas_keepalive.c */
ngx_int_t ngx_uaas_keepalive_init(ngx_pool_t *pool, ngx_uint_t limit);
ngx_uint_t ngx_uaas_keep(ngx_uaas_instance_t *instance, ngx_connection_t *c, ngx_msec_t timeout);
ngx_connection_t *ngx_uaas_kept(ngx_uaas_instance_t *instance, ngx_log_t *log);
void ngx_uaas_close_kept(ngx_uaas_instance_t *instance);

#endif
