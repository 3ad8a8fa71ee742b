// SPDX-License-Identifier: Apache-2.0

using Uaas.Imaging;
using Uaas.Imaging.Serving;
using Uaas.Platform;

/// <summary>Makes pictures on the second stack, a slice of time after the other, so that the network is never kept waiting for long.</summary>
internal sealed class ImageFiber : FiberBody
{
    private ImageHandler? _handler;

    /// <summary>Whom it works for.</summary>
    internal void Begin(ImageHandler handler)
    {
        _handler = handler;
        Fiber.Create(this);
    }

    /// <summary>Works for one slice.</summary>
    internal static void Work()
    {
        ImageHost.Instance.BeginSlice();
        Fiber.Resume();
    }

    /// <inheritdoc/>
    public override void Run()
    {
        while (true)
        {
            _handler!.MakeNext();
            Fiber.Pause();
        }
    }
}

/// <summary>Where pictures are made: looks at the clock after every row.</summary>
internal sealed class ImageHost : WorkHost
{
    // Long against what changing stacks and looking at the network costs (2 µs), short against what a client notices.
    private const long SliceNanoseconds = 1_000_000;

    private long _sliceEnd;

    internal static readonly ImageHost Instance = new();

    internal void BeginSlice() => _sliceEnd = Machine.Now + SliceNanoseconds;

    /// <inheritdoc/>
    public override void Step()
    {
        if (Machine.Now >= _sliceEnd) Fiber.Pause();
    }

    /// <inheritdoc/>
    public override void Ended() => CLibrary.EmptyHeap();
}
