// SPDX-License-Identifier: Apache-2.0

using Uaas.Host.Images.Oci;

namespace Uaas.Host.Images.Store;

/// <summary>The images that a process which goes on for long has in use, and those that it may go back to. All are let go when it ends, however it does.</summary>
/// <param name="store">The store.</param>
public sealed class ImageHolds(ImageStore store) : IDisposable
{
    private readonly Dictionary<Digest, IDisposable> _used = [];
    private readonly Dictionary<Digest, IDisposable> _kept = [];

    /// <summary>Has one image in use beside the others.</summary>
    public void Use(Digest manifest)
    {
        if (!_used.ContainsKey(manifest))
            _used[manifest] = store.Use(manifest);
    }

    /// <summary>Says which images are in use now, and of which others the parts are to stay. All others are let go.</summary>
    public void Set(IReadOnlySet<Digest> used, IReadOnlySet<Digest> kept)
    {
        Update(_kept, kept, store.Keep);
        Update(_used, used, store.Use);
    }

    /// <inheritdoc/>
    public void Dispose() => Set(new HashSet<Digest>(), new HashSet<Digest>());

    private static void Update(Dictionary<Digest, IDisposable> held, IReadOnlySet<Digest> wanted, Func<Digest, IDisposable> hold)
    {
        foreach (Digest manifest in wanted.Where(manifest => !held.ContainsKey(manifest)))
            held[manifest] = hold(manifest);
        foreach (Digest manifest in held.Keys.Where(manifest => !wanted.Contains(manifest)).ToList())
        {
            held[manifest].Dispose();
            held.Remove(manifest);
        }
    }
}
