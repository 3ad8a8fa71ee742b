// SPDX-License-Identifier: Apache-2.0
/* The worker's connection to the master: event-driven, tried again for ever, and never waited for. */

#ifndef NGX_UAAS_LINK_H
#define NGX_UAAS_LINK_H

#include "ngx_uaas.h"

void ngx_uaas_link_open(ngx_str_t *path, ngx_log_t *log);
void ngx_uaas_link_close(void);
ngx_uint_t ngx_uaas_link_is_up(void);
ngx_str_t *ngx_uaas_link_node(void);

/* To the master. While it is away these do nothing: what still holds is told when it is back. */
ngx_uint_t ngx_uaas_tell_want(ngx_uint_t seq, ngx_uaas_service_t *service);
void ngx_uaas_tell_leave(ngx_uint_t seq);
void ngx_uaas_tell_up(ngx_uaas_instance_t *instance, uint64_t microseconds);
void ngx_uaas_tell_lost(ngx_uaas_instance_t *instance, const char *reason);
void ngx_uaas_tell_load(ngx_uaas_service_t *service);
void ngx_uaas_tell_use(ngx_uaas_instance_t *instance);

#endif
