// SPDX-License-Identifier: Apache-2.0
/* The part that http and stream share: where the master is, the zone, and what each worker process starts and ends with. */

#include "ngx_uaas_link.h"
#include "ngx_uaas_protocol.h"
#include "ngx_uaas_zone.h"

static void *ngx_uaas_create_conf(ngx_cycle_t *cycle);
static char *ngx_uaas_init_conf(ngx_cycle_t *cycle, void *conf);
static char *ngx_uaas_set_master(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static char *ngx_uaas_set_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf);
static ngx_int_t ngx_uaas_add_zone(ngx_conf_t *cf, ngx_uaas_conf_t *ucf, size_t size);
static ngx_int_t ngx_uaas_init_process(ngx_cycle_t *cycle);
static void ngx_uaas_exit_process(ngx_cycle_t *cycle);


static ngx_conf_num_bounds_t  ngx_uaas_keepalive_bounds = {
    ngx_conf_check_num_bounds, 0, 65536
};


static ngx_command_t  ngx_uaas_commands[] = {

    { ngx_string("uaas_master"),
      NGX_MAIN_CONF|NGX_DIRECT_CONF|NGX_CONF_TAKE1,
      ngx_uaas_set_master,
      0,
      0,
      NULL },

    { ngx_string("uaas_zone"),
      NGX_MAIN_CONF|NGX_DIRECT_CONF|NGX_CONF_TAKE1,
      ngx_uaas_set_zone,
      0,
      0,
      NULL },

    { ngx_string("uaas_keepalive"),
      NGX_MAIN_CONF|NGX_DIRECT_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_num_slot,
      0,
      offsetof(ngx_uaas_conf_t, keepalive),
      &ngx_uaas_keepalive_bounds },

    { ngx_string("uaas_keepalive_timeout"),
      NGX_MAIN_CONF|NGX_DIRECT_CONF|NGX_CONF_TAKE1,
      ngx_conf_set_msec_slot,
      0,
      offsetof(ngx_uaas_conf_t, keepalive_timeout),
      NULL },

      ngx_null_command
};


static ngx_core_module_t  ngx_uaas_module_ctx = {
    ngx_string("uaas"),
    ngx_uaas_create_conf,
    ngx_uaas_init_conf
};


ngx_module_t  ngx_uaas_module = {
    NGX_MODULE_V1,
    &ngx_uaas_module_ctx,                  /* module context */
    ngx_uaas_commands,                     /* module directives */
    NGX_CORE_MODULE,                       /* module type */
    NULL,                                  /* init master */
    NULL,                                  /* init module */
    ngx_uaas_init_process,                 /* init process */
    NULL,                                  /* init thread */
    NULL,                                  /* exit thread */
    ngx_uaas_exit_process,                 /* exit process */
    NULL,                                  /* exit master */
    NGX_MODULE_V1_PADDING
};


static void *
ngx_uaas_create_conf(ngx_cycle_t *cycle)
{
    ngx_uaas_conf_t  *ucf;

    ucf = ngx_pcalloc(cycle->pool, sizeof(ngx_uaas_conf_t));
    if (ucf) {
        ucf->keepalive = NGX_CONF_UNSET_UINT;
        ucf->keepalive_timeout = NGX_CONF_UNSET_MSEC;
    }

    return ucf;
}


static char *
ngx_uaas_init_conf(ngx_cycle_t *cycle, void *conf)
{
    ngx_uaas_conf_t  *ucf = conf;

    ngx_conf_init_uint_value(ucf->keepalive, NGX_UAAS_KEEPALIVE);
    ngx_conf_init_msec_value(ucf->keepalive_timeout, NGX_UAAS_KEEPALIVE_TIMEOUT);

    if (ucf->zone && ucf->zone->shm.size == 0) {
        ucf->zone->shm.size = NGX_UAAS_ZONE_SIZE;
    }

    if (ucf->used && ucf->master.len == 0) {
        ngx_log_error(NGX_LOG_EMERG, cycle->log, 0, "\"uaas_pass\" needs \"uaas_master\", the path of the master's socket, beside \"http\" and \"stream\"");
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_uaas_set_master(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ngx_str_t           *value = cf->args->elts;
    ngx_uaas_conf_t     *ucf = conf;
    struct sockaddr_un   address;

    if (ucf->master.len) {
        return "is duplicate";
    }

    ucf->master = value[1];
    if (ngx_conf_full_name(cf->cycle, &ucf->master, 0) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    if (ucf->master.len >= sizeof(address.sun_path)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" is too long for the path of a socket: at most %uz bytes",
                           &ucf->master, sizeof(address.sun_path) - 1);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


static char *
ngx_uaas_set_zone(ngx_conf_t *cf, ngx_command_t *cmd, void *conf)
{
    ssize_t           size;
    ngx_str_t        *value = cf->args->elts;
    ngx_uaas_conf_t  *ucf = conf;

    if (ucf->zone && ucf->zone->shm.size) {
        return "is duplicate";
    }

    size = ngx_parse_size(&value[1]);
    if (size == NGX_ERROR || size < (ssize_t) (8 * ngx_pagesize)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" is no size for the zone: it takes %uz bytes or more", &value[1], 8 * ngx_pagesize);
        return NGX_CONF_ERROR;
    }

    return ngx_uaas_add_zone(cf, ucf, size) == NGX_OK ? NGX_CONF_OK : NGX_CONF_ERROR;
}


static ngx_int_t
ngx_uaas_add_zone(ngx_conf_t *cf, ngx_uaas_conf_t *ucf, size_t size)
{
    ngx_str_t  name = ngx_string("uaas");

    ucf->zone = ngx_shared_memory_add(cf, &name, size, &ngx_uaas_module);
    if (ucf->zone == NULL) {
        return NGX_ERROR;
    }

    ucf->zone->init = ngx_uaas_zone_init;
    return NGX_OK;
}


/* Called for each uaas_pass. The directives of the main level may come after it. */
ngx_int_t
ngx_uaas_use(ngx_conf_t *cf)
{
    ngx_uaas_conf_t  *ucf;

    ucf = (ngx_uaas_conf_t *) ngx_get_conf(cf->cycle->conf_ctx, ngx_uaas_module);
    ucf->used = 1;

    return ucf->zone ? NGX_OK : ngx_uaas_add_zone(cf, ucf, 0);
}


/* The name at the beginning of a uaas_pass's argument; what follows it begins with end. */
ngx_int_t
ngx_uaas_parse_target(ngx_conf_t *cf, ngx_str_t *value, u_char end, ngx_str_t *name)
{
    u_char  *last;

    last = ngx_strlchr(value->data, value->data + value->len, end);
    name->data = value->data;
    name->len = last ? (size_t) (last - value->data) : value->len;

    if (!ngx_uaas_is_label(name)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0, "\"%V\" is not the name of a service: letters a to z, digits and hyphens, at most %d",
                           name, NGX_UAAS_NAME_MAX);
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* A directive of another module, to be called as if it were in the configuration: with its own arguments and checks. */
char *
ngx_uaas_call_directive(ngx_conf_t *cf, ngx_module_t *module, char *name, ngx_str_t *argument, void *conf)
{
    char           *rv;
    ngx_str_t      *value;
    ngx_array_t    *saved;
    ngx_array_t     args;
    ngx_command_t  *cmd;

    for (cmd = module->commands; cmd->name.len; cmd++) {
        if (ngx_strcmp(cmd->name.data, name) == 0) {
            break;
        }
    }

    if (cmd->name.len == 0 || ngx_array_init(&args, cf->pool, 2, sizeof(ngx_str_t)) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    value = ngx_array_push_n(&args, 2);
    value[0] = cmd->name;
    value[1] = *argument;

    saved = cf->args;
    cf->args = &args;
    rv = cmd->set(cf, cmd, conf);
    cf->args = saved;

    return rv;
}


static ngx_int_t
ngx_uaas_init_process(ngx_cycle_t *cycle)
{
    ngx_uaas_conf_t  *ucf;

    ucf = (ngx_uaas_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_uaas_module);

    if (!ucf->used || (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)) {
        return NGX_OK;
    }

    if (ngx_uaas_keepalive_init(cycle->pool, ucf->keepalive) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_uaas_zone_enter(ucf->zone, cycle->log);
    ngx_uaas_directory_init();
    ngx_uaas_peers_init();
    ngx_uaas_link_open(&ucf->master, cycle->log);

    return NGX_OK;
}


static void
ngx_uaas_exit_process(ngx_cycle_t *cycle)
{
    ngx_uaas_conf_t  *ucf;

    ucf = (ngx_uaas_conf_t *) ngx_get_conf(cycle->conf_ctx, ngx_uaas_module);

    if (!ucf->used || (ngx_process != NGX_PROCESS_WORKER && ngx_process != NGX_PROCESS_SINGLE)) {
        return;
    }

    ngx_uaas_link_close();
    ngx_uaas_directory_free();
    ngx_uaas_zone_leave();
}
