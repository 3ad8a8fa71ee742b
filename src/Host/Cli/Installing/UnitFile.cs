// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Cli.Installing;

/// <summary>The texts that an installation writes: systemd's unit, the options of the daemon, the command on the PATH.</summary>
internal static class UnitFile
{
    /// <summary>The unit.</summary>
    internal static string Write(InstallLayout layout) => layout.IsUsers ? ForUser(layout) : ForSystem(layout);

    /// <summary>The options of the daemon, for people to change.</summary>
    internal static string Options() => """
        # Options of uaas serve; uaas serve --help lists them. Then: systemctl restart uaas
        UAAS_SERVE_OPTIONS="--port 8080"

        """;

    /// <summary>The command on the path: a shell script, which an installation below another root can have too.</summary>
    internal static string Command(InstallLayout layout) => $"""
        #!/bin/sh
        # Made by uaas install.
        exec '{layout.Library}/cli/uaas' "$@"

        """;

    private static string ForSystem(InstallLayout layout) => $"""
        # Made by uaas install.
        [Unit]
        Description=Unikernels as a service
        Documentation=file://{layout.Library}/docs/serve.md
        After=network.target

        [Service]
        Type=notify
        EnvironmentFile=-{layout.Options}
        ExecStart={layout.Command} serve $UAAS_SERVE_OPTIONS
        Restart=on-failure
        RestartSec=2
        # What starting anew does not mend: a wrong option, a port that is taken, no privilege, no monitor, no build.
        RestartPreventExitStatus=2 11 12 13 14
        StateDirectory=uaas
        StateDirectoryMode=0700
        CacheDirectory=uaas
        CacheDirectoryMode=0700
        # In the place of a private /tmp: there may be content in /tmp too.
        Environment=TMPDIR=%C/uaas
        UMask=0077

        # The daemon ends in order by itself: what is being answered is finished.
        KillMode=mixed
        TimeoutStopSec=20
        # An instance that the kernel ends for want of memory is replaced; the rest goes on.
        OOMPolicy=continue
        # Each instance gets a control group of its own below the unit's.
        Delegate=yes
        TasksMax=infinity
        LimitNOFILE=1048576

        # What it may do. SYS_ADMIN: namespaces, the file systems in them, QEMU's and the tenders' sandboxes. NET_ADMIN: links, taps, the packet filter.
        # SETUID, SETGID, SYS_CHROOT: an instance becomes a user of its own, in a root of its own. KILL: it is ended all the same. DAC_READ_SEARCH: content that
        # is somebody's. NET_BIND_SERVICE: ports below 1024.
        CapabilityBoundingSet=CAP_SYS_ADMIN CAP_NET_ADMIN CAP_SETUID CAP_SETGID CAP_SYS_CHROOT CAP_KILL CAP_DAC_READ_SEARCH CAP_NET_BIND_SERVICE
        NoNewPrivileges=yes
        DevicePolicy=closed
        DeviceAllow=/dev/net/tun rw
        DeviceAllow=/dev/kvm rw
        ProtectSystem=strict
        # Content is read wherever it is.
        ProtectHome=read-only
        ProtectClock=yes
        ProtectHostname=yes
        ProtectKernelLogs=yes
        ProtectKernelModules=yes
        LockPersonality=yes
        RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK AF_PACKET
        RestrictNamespaces=net pid mnt user ipc uts
        RestrictRealtime=yes
        RestrictSUIDSGID=yes
        SystemCallArchitectures=native
        SystemCallFilter=~@clock @cpu-emulation @module @obsolete @reboot @swap
        SystemCallErrorNumber=EPERM
        # Left out: ProtectKernelTunables (the node's own network namespace forwards), ProtectControlGroups (Delegate), MemoryDenyWriteExecute (a tender
        # loads a guest, and QEMU translates one; guests' memory is closed by their monitors), PrivateUsers and PrivateNetwork (the daemon makes its own).

        [Install]
        WantedBy=multi-user.target

        """;

    // A user's manager has few of the means above. What it carries out by a filter of system calls (LockPersonality, SystemCallArchitectures, most that begin
    // with Restrict and Protect) brings NoNewPrivileges with it there, and newuidmap(1) has to gain privilege.
    private static string ForUser(InstallLayout layout) => $"""
        # Made by uaas install --user.
        [Unit]
        Description=Unikernels as a service
        Documentation=file://{layout.Library}/docs/serve.md

        [Service]
        Type=notify
        EnvironmentFile=-{layout.Options}
        ExecStart={layout.Command} serve $UAAS_SERVE_OPTIONS
        Restart=on-failure
        RestartSec=2
        RestartPreventExitStatus=2 11 12 13 14
        UMask=0077
        KillMode=mixed
        TimeoutStopSec=20
        OOMPolicy=continue
        Delegate=yes
        TasksMax=infinity

        [Install]
        WantedBy=default.target

        """;
}
