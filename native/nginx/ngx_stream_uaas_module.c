// SPDX-License-Identifier: Apache-2.0
/* uaas_pass in stream {}: connections to the instances of a service, as for RTMP. Loaded after ngx_stream_module and ngx_http_uaas_module. */

#include "ngx_uaas.h"
#include <ngx_stream.h>

static char *ngx_stream_uaas_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_stream_uaas_add_upstream(ngx_conf_t *cf, ngx_str_t *host, ngx_str_t *service, in_port_t port);
static ngx_int_t ngx_stream_uaas_init_upstream(ngx_conf_t *cf, ngx_stream_upstream_srv_conf_t *us);
static ngx_int_t ngx_stream_uaas_init_peer(ngx_stream_session_t *s, ngx_stream_upstream_srv_conf_t *us);
static ngx_int_t ngx_stream_uaas_get_peer(ngx_peer_connection_t *pc, void *data);
static void ngx_stream_uaas_free_peer(ngx_peer_connection_t *pc, void *data, ngx_uint_t state);
static void ngx_stream_uaas_expect(ngx_uaas_peer_t *peer);
static void ngx_stream_uaas_notify(ngx_peer_connection_t *pc, void *data, ngx_uint_t type);
static void ngx_stream_uaas_refuse(ngx_uaas_peer_t *peer, ngx_uint_t status, ngx_uint_t retry_after);

extern ngx_module_t  ngx_stream_proxy_module;

typedef struct {
    ngx_str_t               service;
    in_port_t               port;       /* network order; 0: the one that the master tells */
} ngx_stream_uaas_target_t;


static ngx_command_t  ngx_stream_uaas_commands[] = {

    { ngx_string("uaas_pass"),
      NGX_STREAM_SRV_CONF|NGX_CONF_TAKE1,
      ngx_stream_uaas_pass,
      NGX_STREAM_SRV_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_stream_module_t  ngx_stream_uaas_module_ctx = {
    NULL,                                  /* preconfiguration */
    NULL,                                  /* postconfiguration */
    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */
    NULL,                                  /* create server configuration */
    NULL                                   /* merge server configuration */
};


ngx_module_t  ngx_stream_uaas_module = {
    NGX_MODULE_V1,
    &ngx_stream_uaas_module_ctx,           /* module context */
    ngx_stream_uaas_commands,              /* module directives */
    NGX_STREAM_MODULE,                     /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static char *
ngx_stream_uaas_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    void       *pscf;
    ngx_int_t   port;
    ngx_str_t  *value = cf->args->elts;
    ngx_str_t   name, host;

    if (ngx_uaas_parse_target(cf, &value[1], ':', &name) != NGX_OK || ngx_uaas_use(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    port = 0;
    if (name.len < value[1].len) {
        port = ngx_atoi(name.data + name.len + 1, value[1].len - name.len - 1);
        if (port < 1 || port > 65535) {
            return "has a wrong port";
        }
    }

    host.data = ngx_pnalloc(cf->pool, name.len + sizeof(".65535.uaas"));
    if (host.data == NULL) {
        return NGX_CONF_ERROR;
    }

    host.len = ngx_sprintf(host.data, "%V.%i.uaas%Z", &name, port) - host.data - 1;

    if (ngx_stream_uaas_add_upstream(cf, &host, &name, htons((in_port_t) port)) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    pscf = ngx_stream_conf_get_module_srv_conf(cf, ngx_stream_proxy_module);
    return ngx_uaas_call_directive(cf, &ngx_stream_proxy_module, "proxy_pass", &host, pscf);
}


static ngx_int_t
ngx_stream_uaas_add_upstream(ngx_conf_t *cf, ngx_str_t *host, ngx_str_t *service, in_port_t port)
{
    ngx_url_t                          u;
    ngx_uint_t                         i;
    ngx_stream_uaas_target_t          *target;
    ngx_stream_upstream_srv_conf_t    *us, **all;
    ngx_stream_upstream_main_conf_t   *umcf;

    umcf = ngx_stream_conf_get_module_main_conf(cf, ngx_stream_upstream_module);
    all = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {
        if (all[i]->peer.init_upstream == ngx_stream_uaas_init_upstream && all[i]->host.len == host->len
            && ngx_memcmp(all[i]->host.data, host->data, host->len) == 0)
        {
            return NGX_OK;
        }
    }

    target = ngx_palloc(cf->pool, sizeof(ngx_stream_uaas_target_t));
    if (target == NULL) {
        return NGX_ERROR;
    }

    target->service = *service;
    target->port = port;
    ngx_memzero(&u, sizeof(ngx_url_t));
    u.host = *host;
    u.no_port = 1;

    us = ngx_stream_upstream_add(cf, &u, NGX_STREAM_UPSTREAM_CREATE);
    if (us == NULL) {
        return NGX_ERROR;
    }

    us->peer.init_upstream = ngx_stream_uaas_init_upstream;
    us->peer.data = target;
    return NGX_OK;
}


static ngx_int_t
ngx_stream_uaas_init_upstream(ngx_conf_t *cf, ngx_stream_upstream_srv_conf_t *us)
{
    us->peer.init = ngx_stream_uaas_init_peer;
    return NGX_OK;
}


static ngx_int_t
ngx_stream_uaas_init_peer(ngx_stream_session_t *s, ngx_stream_upstream_srv_conf_t *us)
{
    ngx_uaas_peer_t           *peer;
    ngx_peer_connection_t     *pc = &s->upstream->peer;
    ngx_stream_uaas_target_t  *target = us->peer.data;

    if (s->connection->type != SOCK_STREAM) {
        ngx_log_error(NGX_LOG_ERR, s->connection->log, 0, "uaas: instances are reached by TCP, not by UDP");
        return NGX_ERROR;
    }

    peer = ngx_pcalloc(s->connection->pool, sizeof(ngx_uaas_peer_t));
    if (peer == NULL || ngx_uaas_peer_init(peer, pc, &target->service) != NGX_OK) {
        return NGX_ERROR;
    }

    peer->port = target->port;
    peer->refuse = ngx_stream_uaas_refuse;
    peer->expect = ngx_stream_uaas_expect;
    peer->data = s;

    pc->data = peer;
    pc->get = ngx_stream_uaas_get_peer;
    pc->free = ngx_stream_uaas_free_peer;
    pc->tries = NGX_UAAS_TRIES;

    return NGX_OK;
}


static ngx_int_t
ngx_stream_uaas_get_peer(ngx_peer_connection_t *pc, void *data)
{
    return ngx_uaas_peer_get(data);
}


/* nginx reports failures to connect alone. */
static void
ngx_stream_uaas_free_peer(ngx_peer_connection_t *pc, void *data, ngx_uint_t state)
{
    const char            *lost;
    ngx_uaas_peer_t       *peer = data;
    ngx_stream_session_t  *s = peer->data;

    lost = NULL;

    if (state & NGX_PEER_FAILED) {
        if (!s->upstream->connected) {
            lost = pc->connection && pc->connection->write->timedout ? "timeout" : "refused";
        }

        if (pc->tries) {
            pc->tries--;
        }
    }

    ngx_uaas_peer_free(peer, lost);
}


static void
ngx_stream_uaas_expect(ngx_uaas_peer_t *peer)
{
    peer->pc->notify = ngx_stream_uaas_notify;
}


/* Of a protocol that is not known, the handshake of TCP is the first answer. */
static void
ngx_stream_uaas_notify(ngx_peer_connection_t *pc, void *data, ngx_uint_t type)
{
    if (type == NGX_STREAM_UPSTREAM_NOTIFY_CONNECT) {
        ngx_uaas_peer_up(data);
    }
}


/* A session has no way to say why: it is closed. */
static void
ngx_stream_uaas_refuse(ngx_uaas_peer_t *peer, ngx_uint_t status, ngx_uint_t retry_after)
{
    ngx_stream_session_t   *s = peer->data;
    ngx_peer_connection_t  *pc = peer->pc;

    ngx_log_error(NGX_LOG_WARN, s->connection->log, 0, "uaas: no instance of \"%V\": %ui", &peer->service_name, status);

    ngx_uaas_peer_free(peer, NULL);
    pc->sockaddr = NULL;
    ngx_close_connection(pc->connection);
    pc->connection = NULL;

    ngx_stream_finalize_session(s, status);
}
