// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.CompilerServices;
using Region = Internal.Runtime.Arena;

namespace Uaas.Platform;

/// <summary>
/// Memory for objects that all end together: of a connection, of a request. Within <see cref="Enter"/>, `new` takes from it; <see cref="Reset"/> ends all
/// its objects at once. Storing one of them where it could be found afterwards (an object of the heap or of an arena that is no descendant, a static
/// field) panics with the place, so that no reference outlives its object. References on the stack are the caller's to let go before <see cref="Reset"/>.
/// </summary>
public sealed unsafe class Arena
{
    private readonly Region* _region;

    /// <summary>Takes the memory, for ever: arenas are made at start-up and emptied, never freed. Panics where there is not enough.</summary>
    /// <param name="capacity">Bytes for objects, rounded up to whole pages.</param>
    /// <param name="parent">An arena that is emptied later than this one, to whose objects this one's may refer.</param>
    public Arena(int capacity, Arena? parent = null)
    {
        ArgumentOutOfRange(capacity <= 0);
        _region = Region.Create((nuint)capacity, parent == null ? null : parent._region);
    }

    /// <summary>Bytes for objects in all.</summary>
    public long Capacity => (long)_region->Capacity;

    /// <summary>Bytes still free. `new` panics when they do not suffice: whoever serves input from outside looks first.</summary>
    public long Available => Internal.Runtime.Heap.Current == _region ? (long)Internal.Runtime.Heap.Available : _region->End - _region->Next;

    /// <summary>
    /// One object of the arena (or of its ancestors, or the heap) that is kept while the arena is not entered, and from which the others are found again. Null
    /// after <see cref="Reset"/>.
    /// </summary>
    public object? Root
    {
        get => Unsafe.As<nint, object?>(ref _region->Root);
        set => Unsafe.As<nint, object?>(ref _region->Root) = value;
    }

    /// <summary>Makes `new` take from this arena until the result is disposed. May be nested, also with other arenas.</summary>
    public Scope Enter() => new(_region, Region.Enter(_region));

    /// <summary>
    /// Makes `new` take from the heap, which never gives back, until the result is disposed: for a buffer that is made when first needed, and kept.
    /// </summary>
    public static HeapScope EnterHeap() => new(Internal.Runtime.Heap.Switch(null));

    /// <summary>Ends all objects of the arena. Panics while it is entered, or while an arena that may refer to it has not been emptied.</summary>
    public void Reset() => Region.Reset(_region);

    private static void ArgumentOutOfRange(bool wrong)
    {
        if (wrong) Environment.FailFast("an arena needs a capacity");
    }

    /// <summary>While it lives, `new` takes from an arena.</summary>
    public readonly ref struct Scope
    {
        private readonly Region* _region;
        private readonly Region* _previous;

        internal Scope(Region* region, Region* previous)
        {
            _region = region;
            _previous = previous;
        }

        /// <summary>Makes `new` take from where it took before.</summary>
        public void Dispose() => Region.Leave(_region, _previous);
    }

    /// <summary>While it lives, `new` takes from the heap.</summary>
    public readonly ref struct HeapScope
    {
        private readonly Region* _previous;

        internal HeapScope(Region* previous) => _previous = previous;

        /// <summary>Makes `new` take from where it took before.</summary>
        public void Dispose() => Internal.Runtime.Heap.Switch(_previous);
    }
}
