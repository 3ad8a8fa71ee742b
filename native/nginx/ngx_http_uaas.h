// SPDX-License-Identifier: Apache-2.0

#ifndef NGX_HTTP_UAAS_H
#define NGX_HTTP_UAAS_H

#include "ngx_uaas.h"
#include <ngx_http.h>

ngx_int_t ngx_http_uaas_init_upstream(ngx_conf_t *cf, ngx_http_upstream_srv_conf_t *us);
ngx_int_t ngx_http_uaas_status_handler(ngx_http_request_t *r);

extern ngx_module_t  ngx_http_uaas_module;

#endif
