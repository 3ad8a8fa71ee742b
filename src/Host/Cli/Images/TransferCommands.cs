// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.IO;
using System.Threading;
using System.Threading.Tasks;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Registry;
using Uaas.Host.Images.Store;
using Uaas.Linux;

namespace Uaas.Cli.Images;

/// <summary>The commands that move images: <c>push</c>, <c>pull</c>, <c>save</c>, <c>load</c>.</summary>
internal static class TransferCommands
{
    private const string StandardStream = "-";

    internal static IEnumerable<Command> Create() => [CreatePush(), CreatePull(), CreateSave(), CreateLoad()];

    private static Option<bool> InsecureOption() => new("--insecure") { Description = "Speak plain HTTP; without it, only to this machine" };

    private static Command CreatePull()
    {
        var name = new Argument<string>("image") { Description = "HOST/NAME:TAG" };
        Option<bool> insecure = InsecureOption();
        var command = new Command("pull", "Fetches an image from a registry") { name, insecure };
        command.SetAction(async (arguments, _) =>
        {
            var reference = ImageReference.Parse(arguments.GetRequiredValue(name));
            var store = ImageStore.ForThisUser();
            RegistryOptions options = OptionsFor(reference, arguments.GetValue(insecure));
            StoredImage image = await RunAsync((transfers, token) => RegistryClient.PullAsync(store, reference, options, transfers, token)).ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"pulled {image.Reference} {image.Manifest.Digest}").ConfigureAwait(false);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command CreatePush()
    {
        Argument<string> image = ImageCommands.ImageArgument();
        var destination = new Argument<string?>("destination") { Description = "HOST/NAME:TAG (default: the image's own name)", Arity = ArgumentArity.ZeroOrOne };
        Option<bool> insecure = InsecureOption();
        var command = new Command("push", "Sends an image to a registry") { image, destination, insecure };
        command.SetAction(async (arguments, _) =>
        {
            var store = ImageStore.ForThisUser();
            StoredImage stored = store.Require(arguments.GetRequiredValue(image));
            ImageReference to = arguments.GetValue(destination) is { } given ? ImageReference.Parse(given) : stored.Reference;
            RegistryOptions options = OptionsFor(to, arguments.GetValue(insecure));
            await RunAsync(async (transfers, token) =>
            {
                await RegistryClient.PushAsync(store, stored.Manifest, to, options, transfers, token).ConfigureAwait(false);
                return stored;
            }).ConfigureAwait(false);
            await Console.Out.WriteLineAsync($"pushed {to} {stored.Manifest.Digest}").ConfigureAwait(false);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateSave()
    {
        Argument<string> image = ImageCommands.ImageArgument();
        var output = new Option<string>("--output", "-o") { Description = "The file to write; - for standard output", Required = true, HelpName = "FILE" };
        var command = new Command("save", "Writes an image into one file") { image, output };
        command.SetAction(async (arguments, _) =>
        {
            var store = ImageStore.ForThisUser();
            StoredImage stored = store.Require(arguments.GetRequiredValue(image));
            return await RunAsync((transfers, token) => SaveAsync(store, stored, arguments.GetRequiredValue(output), transfers, token)).ConfigureAwait(false);
        });
        return command;
    }

    private static Command CreateLoad()
    {
        var input = new Argument<string>("file") { Description = "A file that uaas save, or another tool for OCI images, made; - for standard input" };
        var command = new Command("load", "Takes the images of a file into the store") { input };
        command.SetAction(async (arguments, _) =>
        {
            string path = arguments.GetRequiredValue(input);
            if (path != StandardStream && !File.Exists(path))
                throw new UaasException(Failure.Image, $"there is no file {path}");
            Stream file = path == StandardStream ? Console.OpenStandardInput() : File.OpenRead(path);
            await using (file.ConfigureAwait(false))
            {
                var store = ImageStore.ForThisUser();
                foreach (StoredImage image in await RunAsync((transfers, token) => ImageArchive.LoadAsync(store, file, transfers, token)).ConfigureAwait(false))
                    await Console.Out.WriteLineAsync($"loaded {image.Reference} {image.Manifest.Digest}").ConfigureAwait(false);
            }
            return ExitCode.Ok;
        });
        return command;
    }

    /// <summary>Does work that Ctrl-C calls off and that is shown when it takes long.</summary>
    internal static async Task<T> RunAsync<T>(Func<Transfers, CancellationToken, Task<T>> work)
    {
        using var stop = new CancellationTokenSource();
        using var signals = new StopSignals(stop.Cancel);
        var transfers = new Transfers();
        try
        {
            return await TransferDisplay.ShowAsync(transfers, work(transfers, stop.Token)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            throw new UaasException(Failure.Interrupted, "interrupted; what came so far is kept");
        }
    }

    private static RegistryOptions OptionsFor(ImageReference reference, bool insecure) =>
        new() { Insecure = insecure, Credentials = reference.Registry is { } host ? RegistryCredentials.Find(host) : null };

    /// <summary>Writes beside the file and renames, so that it is there wholly or not at all.</summary>
    private static async Task<int> SaveAsync(ImageStore store, StoredImage image, string path, Transfers transfers, CancellationToken cancellation)
    {
        if (path == StandardStream)
        {
            Stream output = Console.OpenStandardOutput();
            await using (output.ConfigureAwait(false))
                await ImageArchive.SaveAsync(store, image, output, transfers, cancellation).ConfigureAwait(false);
            return ExitCode.Ok;
        }
        string temporary = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            FileStream output = File.Create(temporary);
            await using (output.ConfigureAwait(false))
                await ImageArchive.SaveAsync(store, image, output, transfers, cancellation).ConfigureAwait(false);
            File.Move(temporary, path, overwrite: true);
            return ExitCode.Ok;
        }
        catch (IOException e) when (e.HResult == Errno.NoSpace)
        {
            throw new UaasException(Failure.Disk, $"no space left to write {path}", null, e);
        }
        finally
        {
            File.Delete(temporary);
        }
    }
}
