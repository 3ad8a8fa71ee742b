// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Platform;

/// <summary>Stands in for the guest's arenas: here a garbage collector sees to memory. What the guest forbids, to empty an arena while it is entered, is an error here too.</summary>
/// <param name="capacity">Bytes for objects.</param>
/// <param name="parent">An arena that is emptied later.</param>
public sealed class Arena(int capacity, Arena? parent = null)
{
    private int _entered;

    /// <summary>Bytes for objects in all.</summary>
    public long Capacity => capacity;

    /// <summary>Bytes still free.</summary>
    public long Available => capacity;

    /// <summary>The arena that is emptied later.</summary>
    public Arena? Parent => parent;

    /// <summary>The object from which the others are found.</summary>
    public object? Root { get; set; }

    /// <summary>How often it was emptied.</summary>
    public int Resets { get; private set; }

    /// <summary>Makes `new` take from the heap.</summary>
    public static Scope EnterHeap() => default;

    /// <summary>Makes `new` take from it.</summary>
    public Scope Enter()
    {
        _entered++;
        return new Scope(this);
    }

    /// <summary>Ends its objects.</summary>
    public void Reset()
    {
        if (_entered != 0) throw new System.InvalidOperationException("an arena was emptied while it was entered");
        Root = null;
        Resets++;
    }

    /// <summary>While it lives, the arena is entered.</summary>
    public readonly ref struct Scope
    {
        private readonly Arena? _arena;

        internal Scope(Arena arena) => _arena = arena;

        /// <summary>Leaves the arena.</summary>
        public void Dispose()
        {
            if (_arena is not null) _arena._entered--;
        }
    }
}
