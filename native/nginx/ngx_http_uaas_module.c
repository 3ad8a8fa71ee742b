// SPDX-License-Identifier: Apache-2.0
/* uaas_pass: proxy_pass to an upstream of our own, whose peers are the instances of a service. */

#include "ngx_http_uaas.h"

static ngx_int_t ngx_http_uaas_add_variables(ngx_conf_t *cf);
static char *ngx_http_uaas_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_http_uaas_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_http_uaas_add_upstream(ngx_conf_t *cf, ngx_str_t *host, ngx_str_t *service);
static ngx_int_t ngx_http_uaas_text_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);
static ngx_int_t ngx_http_uaas_cold_start_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data);

extern ngx_module_t  ngx_http_proxy_module;


static ngx_command_t  ngx_http_uaas_commands[] = {

    { ngx_string("uaas_pass"),
      NGX_HTTP_LOC_CONF|NGX_HTTP_LIF_CONF|NGX_HTTP_LMT_CONF|NGX_CONF_TAKE1,
      ngx_http_uaas_pass,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

    { ngx_string("uaas_status"),
      NGX_HTTP_LOC_CONF|NGX_CONF_NOARGS,
      ngx_http_uaas_status,
      NGX_HTTP_LOC_CONF_OFFSET,
      0,
      NULL },

      ngx_null_command
};


static ngx_http_module_t  ngx_http_uaas_module_ctx = {
    ngx_http_uaas_add_variables,           /* preconfiguration */
    NULL,                                  /* postconfiguration */
    NULL,                                  /* create main configuration */
    NULL,                                  /* init main configuration */
    NULL,                                  /* create server configuration */
    NULL,                                  /* merge server configuration */
    NULL,                                  /* create location configuration */
    NULL                                   /* merge location configuration */
};


ngx_module_t  ngx_http_uaas_module = {
    NGX_MODULE_V1,
    &ngx_http_uaas_module_ctx,             /* module context */
    ngx_http_uaas_commands,                /* module directives */
    NGX_HTTP_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    NULL,                                  /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    NULL,                                  /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static ngx_http_variable_t  ngx_http_uaas_variables[] = {

    { ngx_string("uaas_service"), NULL, ngx_http_uaas_text_variable,
      offsetof(ngx_uaas_peer_t, service_name), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("uaas_instance"), NULL, ngx_http_uaas_text_variable,
      offsetof(ngx_uaas_peer_t, id), NGX_HTTP_VAR_NOCACHEABLE, 0 },

    { ngx_string("uaas_cold_start_ms"), NULL, ngx_http_uaas_cold_start_variable,
      0, NGX_HTTP_VAR_NOCACHEABLE, 0 },

      ngx_http_null_variable
};


static char *
ngx_http_uaas_pass(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    u_char     *p;
    void       *plcf;
    ngx_str_t  *value = cf->args->elts;
    ngx_str_t   name, host, url;

    if (ngx_uaas_parse_target(cf, &value[1], '/', &name) != NGX_OK || ngx_uaas_use(cf) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    url.len = value[1].len + sizeof("http://.uaas") - 1;
    url.data = ngx_pnalloc(cf->pool, url.len + 1);
    if (url.data == NULL) {
        return NGX_CONF_ERROR;
    }

    p = ngx_sprintf(url.data, "http://%V.uaas", &name);
    host.data = url.data + sizeof("http://") - 1;
    host.len = p - host.data;
    *ngx_cpymem(p, value[1].data + name.len, value[1].len - name.len) = '\0';

    if (ngx_http_uaas_add_upstream(cf, &host, &name) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    plcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_proxy_module);
    return ngx_uaas_call_directive(cf, &ngx_http_proxy_module, "proxy_pass", &url, plcf);
}


/* One upstream for a service, however many locations name it. Its name is one that no resolver has, so that nothing else is meant by it. */
static ngx_int_t
ngx_http_uaas_add_upstream(ngx_conf_t *cf, ngx_str_t *host, ngx_str_t *service)
{
    ngx_url_t                        u;
    ngx_str_t                       *name;
    ngx_uint_t                       i;
    ngx_http_upstream_srv_conf_t    *us, **all;
    ngx_http_upstream_main_conf_t   *umcf;

    umcf = ngx_http_conf_get_module_main_conf(cf, ngx_http_upstream_module);
    all = umcf->upstreams.elts;

    for (i = 0; i < umcf->upstreams.nelts; i++) {
        if (all[i]->peer.init_upstream == ngx_http_uaas_init_upstream && all[i]->host.len == host->len
            && ngx_memcmp(all[i]->host.data, host->data, host->len) == 0)
        {
            return NGX_OK;
        }
    }

    name = ngx_palloc(cf->pool, sizeof(ngx_str_t));
    if (name == NULL) {
        return NGX_ERROR;
    }

    *name = *service;
    ngx_memzero(&u, sizeof(ngx_url_t));
    u.host = *host;
    u.no_port = 1;

    us = ngx_http_upstream_add(cf, &u, NGX_HTTP_UPSTREAM_CREATE);
    if (us == NULL) {
        return NGX_ERROR;
    }

    us->peer.init_upstream = ngx_http_uaas_init_upstream;
    us->peer.data = name;
    return NGX_OK;
}


static char *
ngx_http_uaas_status(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);
    if (clcf->handler) {
        return "is in a location that has another handler";
    }

    clcf->handler = ngx_http_uaas_status_handler;
    return ngx_uaas_use(cf) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_http_uaas_add_variables(ngx_conf_t *cf)
{
    ngx_http_variable_t  *var, *v;

    for (v = ngx_http_uaas_variables; v->name.len; v++) {
        var = ngx_http_add_variable(cf, &v->name, v->flags);
        if (var == NULL) {
            return NGX_ERROR;
        }

        var->get_handler = v->get_handler;
        var->data = v->data;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_http_uaas_text_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    ngx_str_t        *text;
    ngx_uaas_peer_t  *peer;

    peer = ngx_http_get_module_ctx(r, ngx_http_uaas_module);
    text = peer ? (ngx_str_t *) ((u_char *) peer + data) : NULL;

    if (text == NULL || text->len == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->len = text->len;
    v->data = text->data;

    return NGX_OK;
}


/* From when it had to wait to the first bytes of the answer; only where an instance was started for it. */
static ngx_int_t
ngx_http_uaas_cold_start_variable(ngx_http_request_t *r, ngx_http_variable_value_t *v, uintptr_t data)
{
    u_char           *p;
    ngx_uaas_peer_t  *peer;

    peer = ngx_http_get_module_ctx(r, ngx_http_uaas_module);

    if (peer == NULL || peer->cold_start == 0) {
        v->not_found = 1;
        return NGX_OK;
    }

    p = ngx_pnalloc(r->pool, NGX_INT64_LEN + sizeof(".000"));
    if (p == NULL) {
        return NGX_ERROR;
    }

    v->len = ngx_sprintf(p, "%uL.%03uL", peer->cold_start / 1000, peer->cold_start % 1000) - p;
    v->valid = 1;
    v->no_cacheable = 0;
    v->not_found = 0;
    v->data = p;

    return NGX_OK;
}
