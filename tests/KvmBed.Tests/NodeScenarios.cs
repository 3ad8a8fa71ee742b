// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.IO;
using Uaas.Tenders.Tests.EndToEnd;

namespace Uaas.KvmBed;

/// <summary>The command itself where control groups are of version 2, as on most machines, whatever this one has.</summary>
internal static class NodeScenarios
{
    private const string Command = "/cli/uaas";

    private const string Script = """
        mount -t cgroup2 none /sys/fs/cgroup
        export UAAS_HOME=/ HOME=/tmp
        COMMAND run http --vmm MONITOR --quiet --port 8080 --content FOLDER/site >/tmp/run 2>&1 </dev/null &
        run=$!
        for i in $(seq 100); do grep -q '^ready' /tmp/run && break; sleep 0.1; done
        wget -q -O - http://127.0.0.1:8080/
        for group in /sys/fs/cgroup/uaas-*/*/; do
            [ -n "$(cat $group/cgroup.procs)" ] && echo "memory.max $(cat $group/memory.max), cpu.max $(cat $group/cpu.max)"
        done
        kill -TERM $run
        wait $run
        status=$?
        ls -d /sys/fs/cgroup/uaas-* 2>/dev/null
        cat /tmp/run
        umount /sys/fs/cgroup
        exit $status
        """;

    /// <summary>A site is served, and its instance is limited.</summary>
    /// <param name="monitor">The monitor.</param>
    /// <param name="mebibytes">The limit: the guest's 32, and what the monitor and the kernel need on its behalf.</param>
    internal static BedScenario OnTender(string monitor, int mebibytes) => new(
        $"{monitor}: uaas run limits an instance by cgroup v2",
        0,
        $"cgroup v2\nmemory.max {mebibytes << 20}, cpu.max max 100000\nready http://127.0.0.1:8080/\n",
        folder => Script.Replace("COMMAND", Command, System.StringComparison.Ordinal).Replace("MONITOR", monitor, System.StringComparison.Ordinal).Replace("FOLDER", folder, System.StringComparison.Ordinal),
        new Dictionary<string, byte[]> { ["site/index.html"] = "cgroup v2\n"u8.ToArray() });

    /// <summary>The command as it is built for use, and the programs of this machine that it starts.</summary>
    internal static void AddCommand(CpioArchive archive)
    {
        string built = Path.Combine(BuiltPrograms.Root, "out", "cli");
        foreach (string name in (string[])["uaas", "libe_sqlite3.so"])
            archive.Add($"cli/{name}", File.ReadAllBytes(Path.Combine(built, name)));

        // What .NET computes digests with it looks for when it does.
        foreach (string program in (string[])[Path.Combine(built, "uaas"), "/usr/bin/unshare", "/usr/lib/x86_64-linux-gnu/libssl.so.3"])
        {
            foreach (string file in HostProgram.FilesOf(program))
            {
                if (!file.StartsWith(BuiltPrograms.Root, System.StringComparison.Ordinal))
                    archive.Add(file[1..], File.ReadAllBytes(file));
            }
        }
    }
}
