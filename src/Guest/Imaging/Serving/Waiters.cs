// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;

namespace Uaas.Imaging.Serving;

/// <summary>Responses that wait for a result: a list for each, made of one place for each connection.</summary>
internal sealed class Waiters(ResultStore store, int connections)
{
    /// <summary>Bytes of a Range field that is kept; of a longer one nothing is made, as RFC 9110 allows.</summary>
    internal const int MaxRange = 64;

    private readonly HttpResponse?[] _responses = new HttpResponse?[connections];
    private readonly int[] _results = new int[connections];
    private readonly int[] _next = new int[connections];
    private readonly byte[] _rangeLengths = new byte[connections];
    private readonly byte[] _ranges = new byte[connections * MaxRange];

    /// <summary>Adds a response to those that wait for a result, with what it asks of it.</summary>
    internal void Add(int result, HttpResponse response, ReadOnlySpan<byte> range)
    {
        int slot = response.Slot;
        if (range.Length > MaxRange) range = default;
        range.CopyTo(_ranges.AsSpan(slot * MaxRange));
        _rangeLengths[slot] = (byte)range.Length;
        _responses[slot] = response;
        _results[slot] = result;
        _next[slot] = store[result].FirstWaiter;
        store[result].FirstWaiter = slot + 1;
    }

    /// <summary>Takes one of those that wait for a result. The range is lent until the next call.</summary>
    internal bool TryTake(int result, out HttpResponse? response, out ReadOnlySpan<byte> range)
    {
        response = null;
        range = default;
        int slot = store[result].FirstWaiter - 1;
        if (slot < 0) return false;
        store[result].FirstWaiter = _next[slot];
        response = _responses[slot];
        _responses[slot] = null;
        range = _ranges.AsSpan(slot * MaxRange, _rangeLengths[slot]);
        return true;
    }

    /// <summary>Removes a response, and tells what it waited for; <see cref="ResultStore.None"/> where it did not wait.</summary>
    internal int Remove(HttpResponse response)
    {
        int slot = response.Slot;
        if (_responses[slot] == null) return ResultStore.None;
        _responses[slot] = null;
        int result = _results[slot];
        ref int link = ref store[result].FirstWaiter;
        while (link != slot + 1) link = ref _next[link - 1];
        link = _next[slot];
        return result;
    }
}
