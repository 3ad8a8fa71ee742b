// SPDX-License-Identifier: Apache-2.0
/* The upstream of a service: what nginx asks for with each request. */

#include "ngx_http_uaas.h"

typedef struct {
    ngx_uaas_peer_t         peer;
    ngx_int_t             (*process_header)(ngx_http_request_t *r);
} ngx_http_uaas_peer_t;

static ngx_int_t ngx_http_uaas_init_peer(ngx_http_request_t *r, ngx_http_upstream_srv_conf_t *us);
static ngx_int_t ngx_http_uaas_keep_sending(ngx_http_request_t *r);
static ngx_int_t ngx_http_uaas_get_peer(ngx_peer_connection_t *pc, void *data);
static void ngx_http_uaas_free_peer(ngx_peer_connection_t *pc, void *data, ngx_uint_t state);
static void ngx_http_uaas_keep(ngx_http_request_t *r, ngx_uaas_peer_t *peer, ngx_uint_t state);
static const char *ngx_http_uaas_find_loss(ngx_http_request_t *r);
static void ngx_http_uaas_expect(ngx_uaas_peer_t *peer);
static ngx_int_t ngx_http_uaas_first_answer(ngx_http_request_t *r);
static void ngx_http_uaas_refuse(ngx_uaas_peer_t *peer, ngx_uint_t status, ngx_uint_t retry_after);
static ngx_int_t ngx_http_uaas_add_retry_after(ngx_http_request_t *r, ngx_uint_t seconds);

#define NGX_HTTP_UAAS_SAFE  (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_OPTIONS|NGX_HTTP_TRACE|NGX_HTTP_PROPFIND)


ngx_int_t
ngx_http_uaas_init_upstream(ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *us)
{
    us->peer.init = ngx_http_uaas_init_peer;
    return NGX_OK;
}


static ngx_int_t
ngx_http_uaas_init_peer(ngx_http_request_t *r, ngx_http_upstream_srv_conf_t *us)
{
    ngx_str_t              *service = us->peer.data;
    ngx_uaas_peer_t        *peer;
    ngx_peer_connection_t  *pc = &r->upstream->peer;

    peer = ngx_pcalloc(r->pool, sizeof(ngx_http_uaas_peer_t));
    if (peer == NULL || ngx_uaas_peer_init(peer, pc, service) != NGX_OK || ngx_http_uaas_keep_sending(r) != NGX_OK) {
        return NGX_ERROR;
    }

    peer->refuse = ngx_http_uaas_refuse;
    peer->expect = ngx_http_uaas_expect;
    peer->data = r;
    ngx_http_set_ctx(r, peer, ngx_http_uaas_module);

    pc->data = peer;
    pc->get = ngx_http_uaas_get_peer;
    pc->free = ngx_http_uaas_free_peer;

    /* Only what is safe to repeat (RFC 9110, section 9.2.1) is sent to another instance. */
    pc->tries = (r->method & NGX_HTTP_UAAS_SAFE) ? NGX_UAAS_TRIES : 1;

    return NGX_OK;
}


/*
 * A service may answer while it reads. nginx goes on sending a body that it does not buffer when the answer has begun, but not when the connection was full for a while,
 * unless the configuration says so as the one of gRPC does: that is for no directive to say, so this request has a copy of its own.
 */
static ngx_int_t
ngx_http_uaas_keep_sending(ngx_http_request_t *r)
{
    ngx_http_upstream_conf_t  *conf;

    if (!r->request_body_no_buffering) {
        return NGX_OK;
    }

    conf = ngx_palloc(r->pool, sizeof(ngx_http_upstream_conf_t));
    if (conf == NULL) {
        return NGX_ERROR;
    }

    *conf = *r->upstream->conf;
    conf->preserve_output = 1;
    r->upstream->conf = conf;

    return NGX_OK;
}


static ngx_int_t
ngx_http_uaas_get_peer(ngx_peer_connection_t *pc, void *data)
{
    ngx_int_t          rc;
    ngx_uaas_peer_t   *peer = data;
    ngx_connection_t  *c;

    rc = ngx_uaas_peer_get(peer);
    if (rc != NGX_OK) {
        return rc;
    }

    c = ngx_uaas_kept(peer->instance, pc->log);
    if (c == NULL) {
        return NGX_OK;
    }

    pc->cached = 1;
    pc->connection = c;
    return NGX_DONE;
}


static void
ngx_http_uaas_free_peer(ngx_peer_connection_t *pc, void *data, ngx_uint_t state)
{
    const char          *lost;
    ngx_uaas_peer_t     *peer = data;
    ngx_http_request_t  *r = peer->data;

    lost = NULL;

    if (state & NGX_PEER_FAILED) {
        lost = peer->instance ? ngx_http_uaas_find_loss(r) : NULL;

        if (pc->tries) {
            pc->tries--;
        }

    } else if (peer->instance && pc->connection) {
        ngx_http_uaas_keep(r, peer, state);
    }

    ngx_uaas_peer_free(peer, lost);
}


/* Keeps the connection if the request has come to its end and the instance agrees. */
static void
ngx_http_uaas_keep(ngx_http_request_t *r, ngx_uaas_peer_t *peer, ngx_uint_t state)
{
    ngx_uaas_conf_t      *ucf;
    ngx_connection_t     *c = peer->pc->connection;
    ngx_http_upstream_t  *u = r->upstream;

    if (!u->keepalive || !u->request_body_sent || u->upgrade || c->read->eof || c->read->error || c->read->timedout || c->write->error
        || c->write->timedout || ngx_terminate || ngx_exiting)
    {
        return;
    }

    ucf = (ngx_uaas_conf_t *) ngx_get_conf(ngx_cycle->conf_ctx, ngx_uaas_module);

    if (ngx_uaas_keep(peer->instance, c, ucf->keepalive_timeout)) {
        peer->pc->connection = NULL;
    }
}


/* NULL: the instance answered, if badly, or closed a kept connection, as it may. */
static const char *
ngx_http_uaas_find_loss(ngx_http_request_t *r)
{
    ngx_http_upstream_t  *u = r->upstream;
    ngx_connection_t     *c = u->peer.connection;

    if (u->peer.cached) {
        return NULL;
    }

    if (c == NULL || !u->request_sent) {
        return c && c->write->timedout ? "timeout" : "refused";
    }

    return c->read->error || c->write->error ? "reset" : NULL;
}


/* nginx calls the upstream's parser when the first bytes of an answer are there: the next call comes by us. */
static void
ngx_http_uaas_expect(ngx_uaas_peer_t *peer)
{
    ngx_http_request_t    *r = peer->data;
    ngx_http_uaas_peer_t  *hp = (ngx_http_uaas_peer_t *) peer;

    if (r->upstream->process_header != ngx_http_uaas_first_answer) {
        hp->process_header = r->upstream->process_header;
        r->upstream->process_header = ngx_http_uaas_first_answer;
    }
}


static ngx_int_t
ngx_http_uaas_first_answer(ngx_http_request_t *r)
{
    ngx_http_uaas_peer_t  *hp = r->upstream->peer.data;

    ngx_uaas_peer_up(&hp->peer);
    r->upstream->process_header = hp->process_header;

    return hp->process_header(r);
}


static void
ngx_http_uaas_refuse(ngx_uaas_peer_t *peer, ngx_uint_t status, ngx_uint_t retry_after)
{
    ngx_connection_t     *c;
    ngx_http_request_t   *r = peer->data;
    ngx_http_cleanup_pt   end;

    c = r->connection;
    ngx_http_set_log_request(c->log, r);
    ngx_log_error(NGX_LOG_WARN, c->log, 0, "uaas: no instance of \"%V\": %ui", &peer->service_name, status);

    if (retry_after && ngx_http_uaas_add_retry_after(r, retry_after) != NGX_OK) {
        status = NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    /* As ngx_http_upstream_create() ends an upstream that another takes the place of: the request is finalized by us. */
    r->main->count++;
    end = *r->upstream->cleanup;
    end(r);

    ngx_http_finalize_request(r, status);
    ngx_http_run_posted_requests(c);
}


static ngx_int_t
ngx_http_uaas_add_retry_after(ngx_http_request_t *r, ngx_uint_t seconds)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));
    ngx_str_set(&h->key, "Retry-After");
    h->value.data = ngx_pnalloc(r->pool, NGX_INT_T_LEN);
    if (h->value.data == NULL) {
        return NGX_ERROR;
    }

    h->value.len = ngx_sprintf(h->value.data, "%ui", seconds) - h->value.data;
    h->hash = 1;

    return NGX_OK;
}
