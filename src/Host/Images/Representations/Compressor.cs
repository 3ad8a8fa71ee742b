// SPDX-License-Identifier: Apache-2.0

using System.IO.Compression;
using System.Security.Cryptography;
using Uaas.Host.Images.Sources;
using ZstdSharp;

namespace Uaas.Host.Images.Representations;

/// <summary>The codings a variant can have, by their numbers in the image.</summary>
internal enum Coding : byte
{
    Identity = 0,
    Gzip = 1,
    Brotli = 2,
    Zstandard = 3,
}

/// <summary>A compressed form of a file.</summary>
internal sealed record Variant(Coding Coding, SpillStream Content, byte[] Hash) : IDisposable
{
    public void Dispose() => Content.Dispose();
}

/// <summary>
/// What was worked out about a file before its turn to be written: its hash at the time, the variants worth keeping, and what a person should know.
/// </summary>
internal sealed record PreparedFile(byte[] Hash, IReadOnlyList<Variant> Variants, IReadOnlyList<string> Warnings) : IDisposable
{
    public void Dispose()
    {
        foreach (Variant variant in Variants)
        {
            variant.Dispose();
        }
    }
}

/// <summary>Compresses files in every coding at once, reading each a single time.</summary>
internal sealed class Compressor(string temporaryDirectory)
{
    /// <summary>Smaller files fit the same packet anyway.</summary>
    internal const long MinSize = 256;

    /// <summary>Larger files would hold up the packing for minutes; who wants variants of them puts them beside the file.</summary>
    internal const long MaxSize = 256L << 20;

    private const int ChunkSize = 128 << 10;
    private const long SmallSize = 64 << 10;
    private const long MediumSize = 4 << 20;

    /// <summary>Compresses <paramref name="file"/>. Of the variants, those at hand in <paramref name="siblings"/> are taken as they are.</summary>
    internal PreparedFile Prepare(SourceFile file, IReadOnlyDictionary<Coding, SourceFile> siblings)
    {
        Dictionary<Coding, SpillStream> outputs = [];
        List<string> warnings = [];
        try
        {
            byte[] hash = Compress(file, file.Size is >= MinSize and <= MaxSize ? Missing(siblings) : [], outputs);
            foreach ((Coding coding, SourceFile sibling) in siblings)
            {
                TakeSibling(coding, sibling, hash, outputs, warnings);
            }

            return new PreparedFile(hash, Keep(file, outputs, siblings), warnings);
        }
        catch (Exception failure)
        {
            foreach (SpillStream output in outputs.Values)
            {
                output.Dispose();
            }

            if (failure is ZstdException)
            {
                throw new PackException($"{file.Location ?? file.Path} changed while it was packed: pack again when nobody writes to it", failure);
            }

            if (failure is IOException or UnauthorizedAccessException)
            {
                throw PackException.From(failure, file.Location ?? file.Path);
            }

            throw;
        }
    }

    private static Coding[] Missing(IReadOnlyDictionary<Coding, SourceFile> siblings) =>
        [.. new[] { Coding.Gzip, Coding.Brotli, Coding.Zstandard }.Where(coding => !siblings.ContainsKey(coding))];

    private byte[] Compress(SourceFile file, Coding[] codings, Dictionary<Coding, SpillStream> outputs)
    {
        using Stream source = file.Open();
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<Stream> encoders = [];
        foreach (Coding coding in codings)
        {
            SpillStream output = new(temporaryDirectory);
            outputs.Add(coding, output);
            encoders.Add(Encoder(coding, output, file.Size));
        }

        byte[] chunk = new byte[(int)Math.Clamp(file.Size, 1, ChunkSize)];
        int count;
        while ((count = source.Read(chunk)) > 0)
        {
            hash.AppendData(chunk, 0, count);
            foreach (Stream encoder in encoders)
            {
                encoder.Write(chunk, 0, count);
            }
        }

        encoders.ForEach(static encoder => encoder.Dispose());
        return hash.GetHashAndReset();
    }

    /// <summary>Nearly the best that each coding has for small files; less for larger ones, where it would take minutes for a percent.</summary>
    private static Stream Encoder(Coding coding, Stream output, long size)
    {
        switch (coding)
        {
            case Coding.Gzip:
                return new GZipStream(output, CompressionLevel.SmallestSize, leaveOpen: true);
            case Coding.Brotli:
                return new BrotliOutput(output, size <= SmallSize ? 10 : size <= MediumSize ? 9 : 5, size);
            default:
                CompressionStream encoder = new(output, size <= SmallSize ? 15 : size <= MediumSize ? 12 : 6, leaveOpen: true);

                // Knowing the size it makes its tables no larger than the file: a small one takes a tenth of the time.
                encoder.SetPledgedSrcSize((ulong)size);
                return encoder;
        }
    }

    /// <summary>Takes a compressed file that the author made, once it has proved to be one of the very same content.</summary>
    private void TakeSibling(Coding coding, SourceFile sibling, byte[] expected, Dictionary<Coding, SpillStream> outputs, List<string> warnings)
    {
        string name = sibling.Location ?? sibling.Path;
        try
        {
            using Stream compressed = sibling.Open();
            using Stream plain = Decoder(coding, compressed);
            if (!SHA256.HashData(plain).AsSpan().SequenceEqual(expected))
            {
                warnings.Add($"{name} is not the compressed form of the file beside it, so it does not stand for it: compress it anew, or remove it");
                return;
            }
        }
        catch (Exception failure) when (failure is InvalidDataException or ZstdException or EndOfStreamException)
        {
            warnings.Add($"{name} is damaged, so it does not stand for the file beside it: compress that anew, or remove it");
            return;
        }

        SpillStream copy = new(temporaryDirectory);
        outputs.Add(coding, copy);
        using Stream source = sibling.Open();
        source.CopyTo(copy);
    }

    private static Stream Decoder(Coding coding, Stream compressed) => coding switch
    {
        Coding.Gzip => new GZipStream(compressed, CompressionMode.Decompress),
        Coding.Brotli => new BrotliStream(compressed, CompressionMode.Decompress),
        _ => new DecompressionStream(compressed),
    };

    private static List<Variant> Keep(SourceFile file, Dictionary<Coding, SpillStream> outputs, IReadOnlyDictionary<Coding, SourceFile> siblings)
    {
        List<Variant> variants = [];
        foreach ((Coding coding, SpillStream output) in outputs.OrderBy(static output => output.Key))
        {
            if (siblings.ContainsKey(coding) || IsWorthwhile(file.Size, output.Length))
            {
                variants.Add(new Variant(coding, output, output.TakeHash()));
            }
            else
            {
                output.Dispose();
            }
        }

        return variants;
    }

    /// <summary>A variant has to save a twentieth, and the fields of the response that it adds.</summary>
    private static bool IsWorthwhile(long size, long compressed) => compressed <= size - size / 20 && compressed + 64 <= size;
}
