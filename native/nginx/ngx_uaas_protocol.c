// SPDX-License-Identifier: Apache-2.0

#include "ngx_uaas_protocol.h"

typedef struct {
    ngx_str_t               name;
    ngx_int_t             (*read)(ngx_str_t *value, void *field);
    size_t                  offset;
    ngx_uint_t              bit;
} ngx_uaas_key_t;

typedef struct {
    ngx_str_t               name;
    ngx_uaas_kind_e         kind;
    ngx_uint_t              required;
} ngx_uaas_kind_t;

static ngx_int_t ngx_uaas_read_number(ngx_str_t *value, void *field);
static ngx_int_t ngx_uaas_read_text(ngx_str_t *value, void *field);
static ngx_int_t ngx_uaas_read_label(ngx_str_t *value, void *field);
static ngx_int_t ngx_uaas_read_id(ngx_str_t *value, void *field);
static ngx_int_t ngx_uaas_read_address(ngx_str_t *value, void *field);
static ngx_int_t ngx_uaas_read_state(ngx_str_t *value, void *field);
static ngx_int_t ngx_uaas_parse_word(ngx_str_t *word, ngx_uaas_message_t *message);

static const ngx_uaas_kind_t  ngx_uaas_kinds[] = {
    { ngx_string("HELLO"), NGX_UAAS_HELLO, NGX_UAAS_HAS_VERSION|NGX_UAAS_HAS_NODE },
    { ngx_string("SERVICE"), NGX_UAAS_SERVICE,
      NGX_UAAS_HAS_NAME|NGX_UAAS_HAS_CONCURRENCY|NGX_UAAS_HAS_QUEUE|NGX_UAAS_HAS_DEADLINE },
    { ngx_string("INSTANCE"), NGX_UAAS_INSTANCE, NGX_UAAS_HAS_ID|NGX_UAAS_HAS_SERVICE|NGX_UAAS_HAS_ADDRESS|NGX_UAAS_HAS_STATE },
    { ngx_string("SYNCED"), NGX_UAAS_SYNCED, 0 },
    { ngx_string("GONE"), NGX_UAAS_GONE, 0 },
    { ngx_string("GIVE"), NGX_UAAS_GIVE, NGX_UAAS_HAS_SEQ|NGX_UAAS_HAS_ID|NGX_UAAS_HAS_SERVICE|NGX_UAAS_HAS_ADDRESS|NGX_UAAS_HAS_COLD },
    { ngx_string("REFUSE"), NGX_UAAS_REFUSE, NGX_UAAS_HAS_SEQ|NGX_UAAS_HAS_STATUS|NGX_UAAS_HAS_RETRY_AFTER|NGX_UAAS_HAS_REASON },
    { ngx_null_string, NGX_UAAS_UNKNOWN, 0 }
};

#define NGX_UAAS_KEY(name, read, field, bit)  { ngx_string(name), read, offsetof(ngx_uaas_message_t, field), bit }

static const ngx_uaas_key_t  ngx_uaas_keys[] = {
    NGX_UAAS_KEY("version", ngx_uaas_read_number, version, NGX_UAAS_HAS_VERSION),
    NGX_UAAS_KEY("node", ngx_uaas_read_text, node, NGX_UAAS_HAS_NODE),
    NGX_UAAS_KEY("name", ngx_uaas_read_label, name, NGX_UAAS_HAS_NAME),
    NGX_UAAS_KEY("service", ngx_uaas_read_label, service, NGX_UAAS_HAS_SERVICE),
    NGX_UAAS_KEY("id", ngx_uaas_read_id, id, NGX_UAAS_HAS_ID),
    NGX_UAAS_KEY("instance", ngx_uaas_read_id, id, NGX_UAAS_HAS_ID),
    NGX_UAAS_KEY("address", ngx_uaas_read_address, address, NGX_UAAS_HAS_ADDRESS),
    NGX_UAAS_KEY("state", ngx_uaas_read_state, draining, NGX_UAAS_HAS_STATE),
    NGX_UAAS_KEY("seq", ngx_uaas_read_number, seq, NGX_UAAS_HAS_SEQ),
    NGX_UAAS_KEY("concurrency", ngx_uaas_read_number, concurrency, NGX_UAAS_HAS_CONCURRENCY),
    NGX_UAAS_KEY("queue", ngx_uaas_read_number, queue, NGX_UAAS_HAS_QUEUE),
    NGX_UAAS_KEY("deadline_ms", ngx_uaas_read_number, deadline, NGX_UAAS_HAS_DEADLINE),
    NGX_UAAS_KEY("cold", ngx_uaas_read_number, cold, NGX_UAAS_HAS_COLD),
    NGX_UAAS_KEY("status", ngx_uaas_read_number, status, NGX_UAAS_HAS_STATUS),
    NGX_UAAS_KEY("retry_after", ngx_uaas_read_number, retry_after, NGX_UAAS_HAS_RETRY_AFTER),
    NGX_UAAS_KEY("reason", ngx_uaas_read_text, reason, NGX_UAAS_HAS_REASON),
    { ngx_null_string, NULL, 0, 0 }
};


ngx_int_t
ngx_uaas_read_line(ngx_uaas_reader_t *reader, u_char **pos, u_char *last, ngx_str_t *line)
{
    u_char  ch;

    while (*pos < last) {
        ch = *(*pos)++;

        if (ch == LF) {
            line->data = reader->line;
            line->len = reader->length;
            reader->length = 0;
            return NGX_OK;
        }

        if (ch < ' ' || reader->length == NGX_UAAS_LINE_MAX - 1) {
            return NGX_ERROR;
        }

        reader->line[reader->length++] = ch;
    }

    return NGX_AGAIN;
}


ngx_int_t
ngx_uaas_parse_line(ngx_str_t *line, ngx_uaas_message_t *message)
{
    u_char                 *pos, *last, *space;
    ngx_str_t               word;
    const ngx_uaas_kind_t  *kind;

    ngx_memzero(message, sizeof(ngx_uaas_message_t));
    pos = line->data;
    last = line->data + line->len;
    space = ngx_strlchr(pos, last, ' ');
    word.data = pos;
    word.len = (space ? space : last) - pos;

    for (kind = ngx_uaas_kinds; kind->name.len; kind++) {
        if (kind->name.len == word.len && ngx_memcmp(kind->name.data, word.data, word.len) == 0) {
            break;
        }
    }

    message->kind = kind->kind;
    if (kind->kind == NGX_UAAS_UNKNOWN) {
        return word.len ? NGX_OK : NGX_ERROR;
    }

    while (space) {
        pos = space + 1;
        space = ngx_strlchr(pos, last, ' ');
        word.data = pos;
        word.len = (space ? space : last) - pos;

        if (kind->kind == NGX_UAAS_GONE && word.len == 6 && ngx_memcmp(word.data, "routes", 6) == 0) {
            continue;
        }

        if (ngx_uaas_parse_word(&word, message) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return (message->has & kind->required) == kind->required ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_uaas_parse_word(ngx_str_t *word, ngx_uaas_message_t *message)
{
    u_char                *equals;
    size_t                 length;
    ngx_str_t              value;
    const ngx_uaas_key_t  *key;

    equals = ngx_strlchr(word->data, word->data + word->len, '=');
    if (equals == NULL || equals == word->data) {
        return NGX_ERROR;
    }

    length = equals - word->data;
    value.data = equals + 1;
    value.len = word->len - length - 1;

    for (key = ngx_uaas_keys; key->name.len; key++) {
        if (key->name.len == length && ngx_memcmp(key->name.data, word->data, length) == 0) {
            message->has |= key->bit;
            return key->read(&value, (u_char *) message + key->offset);
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_uaas_read_number(ngx_str_t *value, void *field)
{
    ngx_int_t  number;

    /* Ten digits hold any count and any time that makes sense here, and cannot overflow what they are added to. */
    if (value->len == 0 || value->len > 10) {
        return NGX_ERROR;
    }

    number = ngx_atoi(value->data, value->len);
    if (number == NGX_ERROR) {
        return NGX_ERROR;
    }

    *(ngx_uint_t *) field = (ngx_uint_t) number;
    return NGX_OK;
}


static ngx_int_t
ngx_uaas_read_text(ngx_str_t *value, void *field)
{
    *(ngx_str_t *) field = *value;
    return NGX_OK;
}


static ngx_int_t
ngx_uaas_read_label(ngx_str_t *value, void *field)
{
    *(ngx_str_t *) field = *value;
    return ngx_uaas_is_label(value) ? NGX_OK : NGX_ERROR;
}


/* An id is told back as it came: whatever is percent-encoded in it stays so. */
static ngx_int_t
ngx_uaas_read_id(ngx_str_t *value, void *field)
{
    *(ngx_str_t *) field = *value;
    return value->len > 0 && value->len <= NGX_UAAS_ID_MAX ? NGX_OK : NGX_ERROR;
}


static ngx_int_t
ngx_uaas_read_address(ngx_str_t *value, void *field)
{
    u_char              *colon;
    ngx_int_t            port;
    struct sockaddr_in  *address = field;

    colon = ngx_strlchr(value->data, value->data + value->len, ':');
    if (colon == NULL) {
        return NGX_ERROR;
    }

    address->sin_family = AF_INET;
    address->sin_addr.s_addr = ngx_inet_addr(value->data, colon - value->data);
    port = ngx_atoi(colon + 1, value->data + value->len - colon - 1);

    if (address->sin_addr.s_addr == INADDR_NONE || port < 1 || port > 65535) {
        return NGX_ERROR;
    }

    address->sin_port = htons((in_port_t) port);
    return NGX_OK;
}


static ngx_int_t
ngx_uaas_read_state(ngx_str_t *value, void *field)
{
    ngx_uint_t  *draining = field;

    if (value->len == 5 && ngx_memcmp(value->data, "ready", 5) == 0) {
        *draining = 0;
        return NGX_OK;
    }

    *draining = 1;
    return value->len == 8 && ngx_memcmp(value->data, "draining", 8) == 0 ? NGX_OK : NGX_ERROR;
}


ngx_uint_t
ngx_uaas_is_label(ngx_str_t *text)
{
    u_char  ch;
    size_t  i;

    for (i = 0; i < text->len; i++) {
        ch = text->data[i];

        if (!((ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || (ch == '-' && i > 0 && i < text->len - 1))) {
            return 0;
        }
    }

    return text->len > 0 && text->len <= NGX_UAAS_NAME_MAX;
}
