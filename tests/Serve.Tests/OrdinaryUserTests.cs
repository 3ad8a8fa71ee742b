// SPDX-License-Identifier: Apache-2.0

using System;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading.Tasks;
using Uaas.Cli;
using Uaas.Host.Tests;
using Uaas.Host.Tests.Cli;

namespace Uaas.Serve.Tests;

/// <summary>
/// What an ordinary user can do: a daemon and nginx in front of it, without root anywhere. The test becomes one in a mount namespace of its own, where users may open /dev/net/tun and read the
/// build, wherever that is.
/// </summary>
[Trait("Needs", "root, the http image, nginx")]
public sealed class OrdinaryUserTests
{
    private const string Root = """
        set -e
        mount -t tmpfs tmpfs /mnt
        mkdir /mnt/repo /mnt/home /mnt/dev
        mknod -m 666 /mnt/dev/tun c 10 200
        mount --bind /mnt/dev/tun /dev/net/tun
        mount --bind "$1" /mnt/repo
        cp "$2" /mnt/home/script
        chown -R 54321:54321 /mnt/home
        chmod 755 /mnt /mnt/home
        cd /mnt/home
        HOME=/mnt/home exec setpriv --reuid 54321 --regid 54321 --clear-groups --inh-caps=-all sh script "$3"
        """;

    private const string User = """
        uaas="$1"
        mkdir site
        echo hello > site/index.html
        printf 'services:\n  web:\n    image: http\n    content: ./site\n    vmm: spt\n    route: /\n    scale: { min: 0 }\n' > uaas.yaml
        until_line() { for i in $(seq 300); do grep -q "^$1" "$2" && return; sleep 0.1; done; cat "$2"; }
        $uaas up -f uaas.yaml --state $HOME/state --port 18723 > up.log 2>&1 &
        up=$!
        until_line ready up.log
        $uaas nginx -f uaas.yaml --state $HOME/state --port 18724 --check > check.log 2>&1; echo "check $?"
        $uaas nginx -f uaas.yaml --state $HOME/state --port 18724 > nginx.log 2>&1 &
        nginx=$!
        until_line serving nginx.log
        echo "nginx $(curl -s --retry 20 --retry-connrefused --retry-delay 1 --max-time 20 http://127.0.0.1:18724/)"
        $uaas nginx -f uaas.yaml --state $HOME/state --port 18724 --reload; echo "reload $?"
        echo "nginx $(curl -s --max-time 20 http://127.0.0.1:18724/)"
        echo "gateway $(curl -s --max-time 20 http://127.0.0.1:18723/)"
        ps -o user= -p $nginx
        kill -QUIT $nginx; wait $nginx; echo "nginx ended $?"
        kill -TERM $up; wait $up; echo "up ended $?"
        grep -E "emerg|alert|crit" nginx.log
        """;

    [NginxServiceFact(Privilege.Root)]
    public async Task An_ordinary_user_runs_a_daemon_and_nginx_in_front_of_it()
    {
        string folder = Directory.CreateTempSubdirectory("uaas-user-").FullName;
        string root = Locations.Find().Repository;
        string command = Path.Combine("/mnt/repo", Path.GetRelativePath(root, Command.Executable));
        await File.WriteAllTextAsync(Path.Combine(folder, "root.sh"), Root);
        await File.WriteAllTextAsync(Path.Combine(folder, "user.sh"), User);
        using var process = Process.Start(new ProcessStartInfo("unshare", ["--mount", "sh", Path.Combine(folder, "root.sh"), root, Path.Combine(folder, "user.sh"), command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output;
        try
        {
            output = await process.StandardOutput.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(90));
            await process.WaitForExitAsync();
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
        Assert.Equal(
            ["check 0", "nginx hello", "reload 0", "nginx hello", "gateway hello", "54321", "nginx ended 0", "up ended 0"],
            [.. output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => line.Trim()), .. (await errors).Split('\n').Where(static line => line.Contains("failed", StringComparison.Ordinal))]);
        Directory.Delete(folder, recursive: true);
    }
}
