// SPDX-License-Identifier: Apache-2.0
/* uaas_status: what this worker knows, as JSON. Names and ids need no escapes but for what a master may put into an id or the node's name. */

#include "ngx_http_uaas.h"
#include "ngx_uaas_link.h"
#include "ngx_uaas_zone.h"

#define NGX_HTTP_UAAS_HEAD      (128 + 6 * NGX_UAAS_NAME_MAX)
#define NGX_HTTP_UAAS_SERVICE   (256 + NGX_UAAS_NAME_MAX)
#define NGX_HTTP_UAAS_INSTANCE  (128 + sizeof(((ngx_uaas_instance_t *) NULL)->address) + 6 * NGX_UAAS_ID_MAX)

static size_t ngx_http_uaas_status_size(void);
static u_char *ngx_http_uaas_write_service(u_char *p, ngx_uaas_service_t *service);
static u_char *ngx_http_uaas_write_instance(u_char *p, ngx_uaas_instance_t *instance);
static u_char *ngx_http_uaas_write_text(u_char *p, ngx_str_t *text);


ngx_int_t
ngx_http_uaas_status_handler(ngx_http_request_t *r)
{
    ngx_buf_t           *b;
    ngx_int_t            rc;
    ngx_uint_t           n;
    ngx_queue_t         *q;
    ngx_chain_t          out;
    ngx_uaas_service_t  *service;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return NGX_HTTP_NOT_ALLOWED;
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    b = ngx_create_temp_buf(r->pool, ngx_http_uaas_status_size());
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->last = ngx_sprintf(b->last, "{\"node\":");
    b->last = ngx_http_uaas_write_text(b->last, ngx_uaas_link_node());
    b->last = ngx_sprintf(b->last, ",\"master\":\"%s\",\"worker\":%P,\"services\":[", ngx_uaas_link_is_up() ? "up" : "away", ngx_pid);

    n = 0;
    for (q = ngx_queue_head(ngx_uaas_services()); q != ngx_queue_sentinel(ngx_uaas_services()); q = ngx_queue_next(q)) {
        service = ngx_queue_data(q, ngx_uaas_service_t, queue);

        if (service->told || !ngx_queue_empty(&service->instances) || service->waiting) {
            b->last = ngx_sprintf(b->last, n++ ? "," : "");
            b->last = ngx_http_uaas_write_service(b->last, service);
        }
    }

    b->last = ngx_sprintf(b->last, "]}\n");
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;
    out.buf = b;
    out.next = NULL;

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = b->last - b->pos;
    ngx_str_set(&r->headers_out.content_type, "application/json");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    rc = ngx_http_send_header(r);
    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_http_output_filter(r, &out);
}


static size_t
ngx_http_uaas_status_size(void)
{
    size_t               size;
    ngx_queue_t         *q, *i;
    ngx_uaas_service_t  *service;

    size = NGX_HTTP_UAAS_HEAD;

    for (q = ngx_queue_head(ngx_uaas_services()); q != ngx_queue_sentinel(ngx_uaas_services()); q = ngx_queue_next(q)) {
        service = ngx_queue_data(q, ngx_uaas_service_t, queue);
        size += NGX_HTTP_UAAS_SERVICE;

        for (i = ngx_queue_head(&service->instances); i != ngx_queue_sentinel(&service->instances); i = ngx_queue_next(i)) {
            size += NGX_HTTP_UAAS_INSTANCE;
        }
    }

    return size;
}


/* waiting and an instance's active are of all workers; active and done are this worker's. */
static u_char *
ngx_http_uaas_write_service(u_char *p, ngx_uaas_service_t *service)
{
    ngx_uint_t    n;
    ngx_queue_t  *q;

    p = ngx_sprintf(p, "{\"name\":\"%V\",\"concurrency\":%ui,\"queue\":%ui,\"deadline_ms\":%M,\"active\":%ui,\"waiting\":%ui,\"done\":%ui,\"instances\":[",
                    &service->node.str, service->settings.concurrency, service->settings.queue, service->settings.deadline,
                    service->active, service->record ? service->record->total : service->waiting, service->done);

    n = 0;
    for (q = ngx_queue_head(&service->instances); q != ngx_queue_sentinel(&service->instances); q = ngx_queue_next(q)) {
        p = ngx_sprintf(p, n++ ? "," : "");
        p = ngx_http_uaas_write_instance(p, ngx_queue_data(q, ngx_uaas_instance_t, queue));
    }

    return ngx_sprintf(p, "]}");
}


static u_char *
ngx_http_uaas_write_instance(u_char *p, ngx_uaas_instance_t *instance)
{
    p = ngx_sprintf(p, "{\"id\":");
    p = ngx_http_uaas_write_text(p, &instance->node.str);
    p = ngx_sprintf(p, ",\"address\":\"");
    p = ngx_cpymem(p, instance->address, instance->address_length);

    return ngx_sprintf(p, "\",\"state\":\"%s\",\"active\":%uA}",
                       instance->draining ? "draining" : instance->resting ? "resting" : "ready", instance->record->total);
}


static u_char *
ngx_http_uaas_write_text(u_char *p, ngx_str_t *text)
{
    *p++ = '"';
    p = (u_char *) ngx_escape_json(p, text->data, text->len);
    *p++ = '"';
    return p;
}
