// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Media.Recording;

/// <summary>Where playing can begin in a recording: times and positions of key frames, both rising. When it is full every second one goes, and from then on only every second is taken.</summary>
/// <param name="capacity">Entries at most, an even number.</param>
internal sealed class KeyIndex(int capacity)
{
    private readonly long[] _times = new long[capacity];
    private readonly long[] _positions = new long[capacity];
    private long _stride = 1;
    private long _seen;

    /// <summary>Entries.</summary>
    internal int Count { get; private set; }

    /// <summary>Milliseconds from the beginning.</summary>
    internal long TimeOf(int number) => _times[number];

    /// <summary>Bytes from the first tag.</summary>
    internal long PositionOf(int number) => _positions[number];

    /// <summary>Empties it.</summary>
    internal void Clear()
    {
        Count = 0;
        _stride = 1;
        _seen = 0;
    }

    /// <summary>Adds a key frame.</summary>
    internal void Add(long time, long position)
    {
        if (_seen++ % _stride != 0) return;
        if (Count == capacity)
        {
            Count /= 2;
            for (int i = 0; i < Count; i++)
            {
                _times[i] = _times[2 * i];
                _positions[i] = _positions[2 * i];
            }

            _stride *= 2;
        }

        _times[Count] = time;
        _positions[Count] = position;
        Count++;
    }

    /// <summary>Takes out what does not lie before a position.</summary>
    internal void CutAt(long position)
    {
        while (Count > 0 && _positions[Count - 1] >= position) Count--;
    }
}
