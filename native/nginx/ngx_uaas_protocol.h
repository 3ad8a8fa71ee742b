// SPDX-License-Identifier: Apache-2.0
/* The lines that the master sends (docs/front-protocol.md), checked once. */

#ifndef NGX_UAAS_PROTOCOL_H
#define NGX_UAAS_PROTOCOL_H

#include "ngx_uaas.h"

#define NGX_UAAS_LINE_MAX  4096     /* with its LF */

typedef enum {
    NGX_UAAS_UNKNOWN = 0,           /* to be ignored */
    NGX_UAAS_HELLO,
    NGX_UAAS_SERVICE,
    NGX_UAAS_INSTANCE,
    NGX_UAAS_SYNCED,
    NGX_UAAS_GONE,
    NGX_UAAS_GIVE,
    NGX_UAAS_REFUSE
} ngx_uaas_kind_e;

typedef struct {
    ngx_uaas_kind_e         kind;
    ngx_uint_t              has;         /* bits of NGX_UAAS_HAS_…: the keys that were there */
    ngx_str_t               node;
    ngx_str_t               name;
    ngx_str_t               service;
    ngx_str_t               id;          /* keys id and instance */
    ngx_str_t               reason;
    struct sockaddr_in      address;
    ngx_uint_t              version;
    ngx_uint_t              concurrency;
    ngx_uint_t              queue;
    ngx_uint_t              deadline;
    ngx_uint_t              seq;
    ngx_uint_t              cold;
    ngx_uint_t              status;
    ngx_uint_t              retry_after;
    ngx_uint_t              draining;
} ngx_uaas_message_t;

#define NGX_UAAS_HAS_VERSION      0x0001
#define NGX_UAAS_HAS_NODE         0x0002
#define NGX_UAAS_HAS_NAME         0x0004
#define NGX_UAAS_HAS_SERVICE      0x0008
#define NGX_UAAS_HAS_ID           0x0010
#define NGX_UAAS_HAS_ADDRESS      0x0020
#define NGX_UAAS_HAS_STATE        0x0040
#define NGX_UAAS_HAS_SEQ          0x0080
#define NGX_UAAS_HAS_CONCURRENCY  0x0100
#define NGX_UAAS_HAS_QUEUE        0x0200
#define NGX_UAAS_HAS_DEADLINE     0x0400
#define NGX_UAAS_HAS_COLD         0x0800
#define NGX_UAAS_HAS_STATUS       0x1000
#define NGX_UAAS_HAS_RETRY_AFTER  0x2000
#define NGX_UAAS_HAS_REASON       0x4000

typedef struct {
    size_t                  length;
    u_char                  line[NGX_UAAS_LINE_MAX];
} ngx_uaas_reader_t;

/* Takes bytes from *pos until a line is whole: NGX_OK, and the line without its LF. NGX_AGAIN: more is to come. NGX_ERROR: too long, or a NUL. */
ngx_int_t ngx_uaas_read_line(ngx_uaas_reader_t *reader, u_char **pos, u_char *last, ngx_str_t *line);

/* NGX_ERROR: not of the protocol's form, or a key is missing that the kind requires. Texts of the message lie in the line. */
ngx_int_t ngx_uaas_parse_line(ngx_str_t *line, ngx_uaas_message_t *message);

/* Whether it is a DNS label in lower case. */
ngx_uint_t ngx_uaas_is_label(ngx_str_t *text);

#endif
