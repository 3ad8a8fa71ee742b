// SPDX-License-Identifier: Apache-2.0

using System;
using System.IO;
using Uaas.Host.Images;

namespace Uaas.Bench.Servers;

/// <summary>A body that is asked for.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Path">Where it is.</param>
/// <param name="Size">Its bytes.</param>
internal sealed record Body(string Name, string Path, int Size);

/// <summary>The site that every contender serves: three bodies that do not compress, as files for the peers and packed for ours.</summary>
internal sealed class Site
{
    private const int Seed = 612;
    private const int BlockSize = 16 * 1024;

    /// <summary>The size of nginx's own welcome page, the customary small body.</summary>
    internal static readonly Body Small = new("612 B", "/612.bin", 612);

    /// <summary>A picture or a script.</summary>
    internal static readonly Body Medium = new("64 KiB", "/64k.bin", 64 * 1024);

    /// <summary>A large picture or the start of a download.</summary>
    internal static readonly Body Large = new("1 MiB", "/1m.bin", 1024 * 1024);

    /// <summary>All of them.</summary>
    internal static readonly Body[] Bodies = [Small, Medium, Large];

    private Site(string folder, string image)
    {
        Folder = folder;
        Image = image;
    }

    /// <summary>The folder with the files.</summary>
    internal string Folder { get; }

    /// <summary>The content image, whole blocks of <see cref="ImageBlockSize"/>.</summary>
    internal string Image { get; }

    /// <summary>Bytes of a block of the content image.</summary>
    internal static int ImageBlockSize => BlockSize;

    /// <summary>Writes the site below a folder.</summary>
    internal static Site Create(string place)
    {
        string folder = Directory.CreateDirectory(Path.Combine(place, "site")).FullName;
        var random = new Random(Seed);
        foreach (Body body in Bodies)
        {
            byte[] bytes = new byte[body.Size];
            random.NextBytes(bytes);
            File.WriteAllBytes(folder + body.Path, bytes);
        }
        string image = Path.Combine(place, "site.img");
        ContentPacker.Pack(new PackOptions { ContentDirectory = folder, ImagePath = image });
        using FileStream file = new(image, FileMode.Open, FileAccess.Write);
        file.SetLength((file.Length + BlockSize - 1) / BlockSize * BlockSize);
        return new Site(folder, image);
    }
}
