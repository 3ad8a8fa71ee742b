// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Net.Tcp;

/// <summary>
/// Storage for the sets of stream offsets that connections need while there are holes in what was sent or received. Few have any at one time, so few sets
/// serve all. Their memory is taken as connections come, a set for each, and not when the first of them loses something: what they take on a good day is
/// what they take on a bad one.
/// </summary>
internal sealed class RangePool(int sets)
{
    /// <summary>Ranges in a set: as many holes, one each second segment, as a loss of half of 128 segments makes.</summary>
    public const int Capacity = 64;

    private readonly OffsetRange[] _ranges = new OffsetRange[sets * Capacity];
    private Lending _lending = new(sets);

    /// <summary>Sets in use.</summary>
    public int InUse => _lending.InUse;

    /// <summary>Sets whose memory has been taken.</summary>
    public int Ready { get; private set; }

    /// <summary>Takes the memory of a set for each of so many connections, as far as there are sets.</summary>
    public void Prepare(int connections)
    {
        // A machine gives a page when it is first written to. Sets lie one behind the other, and each is less than a page. What was ever lent may hold something.
        for (; Ready < Math.Min(connections, sets); Ready++)
        {
            if (Ready < _lending.EverTaken) continue;
            Ranges(Ready)[0] = default;
            Ranges(Ready)[Capacity - 1] = default;
        }
    }

    public bool TryTake(out int set) => _lending.TryTake(out set);

    public void Return(int set) => _lending.Return(set);

    public Span<OffsetRange> Ranges(int set) => _ranges.AsSpan(set * Capacity, Capacity);
}

/// <summary>Lends numbers below a bound; those given back go out again first, so that few are ever touched.</summary>
internal struct Lending(int bound)
{
    private readonly int[] _returned = new int[bound];
    private int _returnedCount;

    /// <summary>Numbers below were lent at some time; no other was.</summary>
    public int EverTaken { get; private set; }

    /// <summary>How many are lent now.</summary>
    public readonly int InUse => EverTaken - _returnedCount;

    /// <summary>Takes one; false when all are lent.</summary>
    public bool TryTake(out int number)
    {
        number = -1;
        if (_returnedCount > 0) number = _returned[--_returnedCount];
        else if (EverTaken < _returned.Length) number = EverTaken++;
        return number >= 0;
    }

    /// <summary>Gives one back.</summary>
    public void Return(int number) => _returned[_returnedCount++] = number;
}
