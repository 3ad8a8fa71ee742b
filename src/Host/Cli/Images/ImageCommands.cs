// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Linq;
using System.Text.Json;
using System.Threading.Tasks;
using Spectre.Console;
using Uaas.Host.Images.Oci;
using Uaas.Host.Images.Store;
using Uaas.Linux;

namespace Uaas.Cli.Images;

/// <summary>The commands for images that are on this machine: <c>images</c>, <c>inspect</c>, <c>tag</c>, <c>rm</c>.</summary>
internal static class ImageCommands
{
    /// <summary>All commands for images.</summary>
    internal static IEnumerable<Command> Create() =>
        [BuildCommand.Create(), CreateList(), CreateInspect(), CreateTag(), CreateRemove(), .. TransferCommands.Create()];

    internal static Argument<string> ImageArgument() => new("image") { Description = "The image: its name, or the beginning of its digest" };

    internal static Option<bool> JsonOption() => new("--json") { Description = "For programs" };

    private static Command CreateList()
    {
        Option<bool> json = JsonOption();
        var command = new Command("images", "Lists the images of this machine") { json };
        command.SetAction(arguments => List(arguments.GetValue(json)));
        return command;
    }

    private static Command CreateInspect()
    {
        Argument<string> image = ImageArgument();
        Option<bool> json = JsonOption();
        var command = new Command("inspect", "Says what an image is made of") { image, json };
        command.SetAction(arguments => Inspect(arguments.GetRequiredValue(image), arguments.GetValue(json)));
        return command;
    }

    private static Command CreateTag()
    {
        Argument<string> image = ImageArgument();
        var name = new Argument<string>("name") { Description = "The further name" };
        var command = new Command("tag", "Gives an image one more name") { image, name };
        command.SetAction(arguments =>
        {
            var store = ImageStore.ForThisUser();
            store.Tag(ImageReference.Parse(arguments.GetRequiredValue(name)), store.Require(arguments.GetRequiredValue(image)).Manifest);
            return ExitCode.Ok;
        });
        return command;
    }

    private static Command CreateRemove()
    {
        var images = new Argument<string[]>("image") { Description = "The images", Arity = ArgumentArity.OneOrMore };
        var command = new Command("rm", "Takes an image's name away, and with the last one what no other image needs") { images };
        command.SetAction(arguments =>
        {
            foreach (string name in arguments.GetRequiredValue(images))
                Remove(name);
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Remove(string name)
    {
        var store = ImageStore.ForThisUser();
        StoredImage image = store.Require(name);
        int names = store.List().Count(other => other.Manifest.Digest == image.Manifest.Digest);
        if (names > 1 && ImageReference.TryParse(name) is not { } reference || names > 1 && store.Find(ImageReference.Parse(name)) is null)
            throw new UaasException(Failure.Usage, $"{name} has {names} names", "say which one to take away: uaas images lists them");
        long freed = store.Remove(image);
        Console.Out.WriteLine($"removed {image.Reference} ({TransferDisplay.Size(freed)} freed)");
    }

    private static int List(bool json)
    {
        var store = ImageStore.ForThisUser();
        ImageLine[] lines = [.. store.List().Select(image => Describe(store, image))];
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(lines, CliJson.Default.ImageLineArray));
            return ExitCode.Ok;
        }
        var table = new Table().Border(TableBorder.None).AddColumns("image", "digest", "service", "kernels", "size");
        table.Columns[4].RightAligned();
        foreach (ImageLine line in lines)
        {
            table.AddRow(Markup.Escape(line.Name), line.Digest["sha256:".Length..][..12], Markup.Escape(line.Service ?? "damaged"), string.Join(' ', line.Kinds),
                TransferDisplay.Size(line.Bytes));
        }
        Show(table);
        foreach (ImageLine line in lines.Where(line => line.Problem is not null))
            Console.Error.WriteLine($"uaas: {line.Name}: {line.Problem}");
        return ExitCode.Ok;
    }

    private static ImageLine Describe(ImageStore store, StoredImage stored)
    {
        string digest = stored.Manifest.Digest.ToString();
        try
        {
            ServiceImage image = store.Open(stored.Manifest);
            return new ImageLine(stored.Reference.ToString(), digest, image.Configuration.Service, [.. image.Kinds], image.Size, null);
        }
        catch (UaasException e)
        {
            return new ImageLine(stored.Reference.ToString(), digest, null, [], 0, e.Message);
        }
    }

    private static int Inspect(string name, bool json)
    {
        var store = ImageStore.ForThisUser();
        var report = ImageReport.Of(store, store.Require(name));
        if (json)
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(report, CliJson.Default.ImageReport));
            return ExitCode.Ok;
        }
        (string Name, string Value)[] lines =
        [
            ("names", string.Join(' ', report.Names)), ("digest", report.Digest), ("service", report.Service), ("memory", $"{report.MemoryMebibytes} MiB"),
            ("networks", string.Join(' ', report.Networks)), ("blocks", string.Join(' ', report.Blocks)), ("ports", string.Join(' ', report.Ports)),
            ("arguments", string.Join(' ', report.Arguments)), ("size", TransferDisplay.Size(report.Bytes)),
        ];
        foreach ((string label, string value) in lines.Where(line => line.Value.Length > 0))
            Console.Out.WriteLine($"{label,-10} {value}");
        foreach (LayerReport layer in report.Layers)
            Console.Out.WriteLine($"{layer.What,-14} {layer.Digest}  {TransferDisplay.Size(layer.Bytes)}{(layer.Present ? "" : "  MISSING")}");
        return ExitCode.Ok;
    }

    /// <summary>As wide as it is, where there is no terminal whose width counts.</summary>
    private static void Show(Table table)
    {
        const int wide = 400;
        IAnsiConsole console = AnsiConsole.Console;
        if (Console.IsOutputRedirected)
            console.Profile.Width = wide;
        console.Write(table);
    }
}
