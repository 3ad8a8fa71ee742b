// SPDX-License-Identifier: Apache-2.0
/* The worker's connection to the master: event-driven, tried again for ever, and never waited for. */

#ifndef NGX_UAAS_LINK_H
#define NGX_UAAS_LINK_H

#include "ngx_uaas_protocol.h"

void ngx_uaas_link_open(ngx_str_t *path, ngx_log_t *log);
void ngx_uaas_link_close(void);
ngx_uint_t ngx_uaas_link_is_up(void);
ngx_str_t *ngx_uaas_link_node(void);
void ngx_uaas_link_welcome(ngx_str_t *node);
ngx_uint_t ngx_uaas_link_settle(void);

/* A line with its LF. Whether there was room for it; and for what cannot be told later: without room the connection is begun anew. */
ngx_uint_t ngx_uaas_link_send(const char *format, ...);
void ngx_uaas_link_must_send(const char *format, ...);

/* ngx_uaas_messages.c */
ngx_int_t ngx_uaas_take_message(ngx_uaas_message_t *message);

/* ngx_uaas_tell.c */
void ngx_uaas_tell_open(ngx_log_t *log);
void ngx_uaas_tell_close(void);
void ngx_uaas_tell_resume(void);

/* To the master. While it is away these do nothing: what still holds is told when it is back. */
ngx_uint_t ngx_uaas_tell_want(ngx_uint_t seq, ngx_uaas_service_t *service);
void ngx_uaas_tell_leave(ngx_uint_t seq);
void ngx_uaas_tell_up(ngx_uaas_instance_t *instance, uint64_t microseconds);
void ngx_uaas_tell_lost(ngx_uaas_instance_t *instance, const char *reason);
void ngx_uaas_tell_load(ngx_uaas_service_t *service);
void ngx_uaas_tell_use(ngx_uaas_instance_t *instance);

#endif
