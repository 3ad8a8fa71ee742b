// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Imaging.Serving;

/// <summary>How far a result is.</summary>
internal enum ResultState : byte
{
    /// <summary>There is none.</summary>
    None,

    /// <summary>It is being made, or waits for that.</summary>
    Pending,

    /// <summary>It is there, or is known not to be possible.</summary>
    Ready,
}

/// <summary>A result: what it is made from, its bytes, and who needs it.</summary>
internal struct Result
{
    /// <summary>How far it is.</summary>
    internal ResultState State;

    /// <summary>What became of it, once it is ready.</summary>
    internal ImageOutcome Outcome;

    /// <summary>The source, where it is in the content.</summary>
    internal ContentFile Source;

    /// <summary>The source, where it was fetched: its number in the store, in which it stays as long; <see cref="ResultStore.None"/> for one of the content.</summary>
    internal int From;

    /// <summary>Of a source that was fetched: the first 128 bits of its SHA-256.</summary>
    internal ulong DigestHigh;

    /// <summary>Second half of <see cref="DigestHigh"/>.</summary>
    internal ulong DigestLow;

    /// <summary>Of a source that was fetched: when it is to be fetched anew, in nanoseconds of the monotonic clock.</summary>
    internal long Expires;

    /// <summary>The key, for who makes it.</summary>
    internal ImageKey Key;

    /// <summary>Bytes it has.</summary>
    internal int Length;

    /// <summary>The first block of its bytes.</summary>
    internal int FirstBlock;

    /// <summary>The last one.</summary>
    internal int LastBlock;

    /// <summary>Responses that are being sent from it, and pictures that are made from it: it stays as long.</summary>
    internal int Readers;

    /// <summary>The first connection whose response waits for it, and one; 0 for none.</summary>
    internal int FirstWaiter;

    internal int Newer;
    internal int Older;
    internal int NextInBucket;
}

/// <summary>
/// Results by key, in bounded memory: what was not asked for the longest goes first, but never what is being made or sent. Finding, adding and forgetting take
/// the same time however many there are.
/// </summary>
internal sealed class ResultStore
{
    /// <summary>No result.</summary>
    internal const int None = -1;

    private readonly BlockPool _blocks;
    private readonly Result[] _results;
    private readonly byte[] _keys;
    private readonly int[] _buckets;
    private int _firstFree;
    private int _newest = None;
    private int _oldest = None;
    private long _retired;

    /// <summary>Memory for <paramref name="bytes"/> of results, and at most so many of them.</summary>
    internal ResultStore(int bytes, int maxResults)
    {
        _blocks = new BlockPool(bytes);
        _results = new Result[maxResults];
        _keys = new byte[maxResults * ImageKey.Length];
        _buckets = new int[maxResults];
        _buckets.AsSpan().Fill(None);
        for (int i = 0; i < maxResults; i++) _results[i].NextInBucket = i + 1 < maxResults ? i + 1 : None;
    }

    /// <summary>Results that are there.</summary>
    internal int Count { get; private set; }

    /// <summary>Bytes of blocks in use.</summary>
    internal long BytesUsed => (long)_blocks.InUse * BlockPool.BlockSize;

    /// <summary>Results that had to go for others.</summary>
    internal long Evictions { get; private set; }

    /// <summary>A result by its number.</summary>
    internal ref Result this[int index] => ref _results[index];

    /// <summary>The written key of a result.</summary>
    internal ReadOnlySpan<byte> KeyOf(int index) => _keys.AsSpan(index * ImageKey.Length, ImageKey.Length);

    /// <summary>The result with a key; <see cref="None"/> where there is none.</summary>
    internal int Find(ReadOnlySpan<byte> key)
    {
        for (int i = _buckets[BucketOf(key)]; i != None; i = _results[i].NextInBucket)
        {
            if (KeyOf(i).SequenceEqual(key)) return i;
        }

        return None;
    }

    /// <summary>Marks a result as asked for just now.</summary>
    internal void Touch(int index)
    {
        if (_results[index].State != ResultState.Ready) return;
        Unlink(index);
        LinkAsNewest(index);
    }

    /// <summary>Adds a result that is yet to be made. <see cref="None"/> where all that there are are needed.</summary>
    internal int Add(ReadOnlySpan<byte> key)
    {
        if (_firstFree == None && !EvictOldest()) return None;
        int index = _firstFree;
        ref Result result = ref _results[index];
        _firstFree = result.NextInBucket;
        int bucket = BucketOf(key);
        result = new Result { State = ResultState.Pending, From = None, FirstBlock = BlockPool.None, LastBlock = BlockPool.None, NextInBucket = _buckets[bucket] };
        _buckets[bucket] = index;
        key.CopyTo(_keys.AsSpan(index * ImageKey.Length));
        Count++;
        return index;
    }

    /// <summary>Appends bytes to a result in the making; false where there is no room.</summary>
    internal bool Append(int index, ReadOnlySpan<byte> bytes)
    {
        ref Result result = ref _results[index];
        while (bytes.Length != 0)
        {
            int used = result.Length % BlockPool.BlockSize;
            if (used == 0)
            {
                int block = Take(result.LastBlock);
                if (block == BlockPool.None) return false;
                result.LastBlock = block;
                if (result.FirstBlock == BlockPool.None) result.FirstBlock = block;
            }

            int count = Math.Min(bytes.Length, BlockPool.BlockSize - used);
            bytes[..count].CopyTo(_blocks.Bytes(result.LastBlock)[used..]);
            result.Length += count;
            bytes = bytes[count..];
        }

        return true;
    }

    /// <summary>Forgets the bytes of a result in the making.</summary>
    internal void Clear(int index)
    {
        ref Result result = ref _results[index];
        _blocks.Give(result.FirstBlock);
        result.FirstBlock = BlockPool.None;
        result.LastBlock = BlockPool.None;
        result.Length = 0;
    }

    /// <summary>A result is ready.</summary>
    internal void Complete(int index, ImageOutcome outcome)
    {
        _results[index].State = ResultState.Ready;
        _results[index].Outcome = outcome;
        LinkAsNewest(index);
    }

    /// <summary>Forgets a result that nobody needs.</summary>
    internal void Remove(int index)
    {
        ref Result result = ref _results[index];
        if (result.State == ResultState.Ready) Unlink(index);
        Clear(index);
        TakeFromBucket(index);
        result.State = ResultState.None;
        result.NextInBucket = _firstFree;
        _firstFree = index;
        Count--;
    }

    /// <summary>Has nobody find a result any more. It goes at once, or when nobody needs it and others need its room.</summary>
    internal void Retire(int index)
    {
        if (_results[index].Readers == 0)
        {
            Remove(index);
            return;
        }

        TakeFromBucket(index);
        Span<byte> key = _keys.AsSpan(index * ImageKey.Length, ImageKey.Length);
        ImageKey.WriteRetired(_retired++, key);
        int bucket = BucketOf(key);
        _results[index].NextInBucket = _buckets[bucket];
        _buckets[bucket] = index;
    }

    /// <summary>The block with a byte of a result, walking on from <paramref name="block"/>, which has byte <paramref name="blockOffset"/>.</summary>
    internal ReadOnlySpan<byte> BytesAt(int index, long offset, ref int block, ref long blockOffset)
    {
        if (block == BlockPool.None || offset < blockOffset)
        {
            block = _results[index].FirstBlock;
            blockOffset = 0;
        }

        for (; offset - blockOffset >= BlockPool.BlockSize; blockOffset += BlockPool.BlockSize) block = _blocks.Next(block);
        return _blocks.Bytes(block)[(int)(offset - blockOffset)..];
    }

    private void TakeFromBucket(int index)
    {
        ref int link = ref _buckets[BucketOf(KeyOf(index))];
        while (link != index) link = ref _results[link].NextInBucket;
        link = _results[index].NextInBucket;
    }

    private int Take(int before)
    {
        int block = _blocks.Take(before);
        while (block == BlockPool.None && EvictOldest()) block = _blocks.Take(before);
        return block;
    }

    private bool EvictOldest()
    {
        int index = _oldest;
        while (index != None && _results[index].Readers > 0) index = _results[index].Newer;
        if (index == None) return false;
        Evictions++;
        Remove(index);
        return true;
    }

    private int BucketOf(ReadOnlySpan<byte> key) => (int)(XxHash64.Hash(key) % (ulong)_buckets.Length);

    private void LinkAsNewest(int index)
    {
        _results[index].Older = _newest;
        _results[index].Newer = None;
        if (_newest == None) _oldest = index;
        else _results[_newest].Newer = index;
        _newest = index;
    }

    private void Unlink(int index)
    {
        int newer = _results[index].Newer;
        int older = _results[index].Older;
        if (newer == None) _newest = older;
        else _results[newer].Older = older;
        if (older == None) _oldest = newer;
        else _results[older].Newer = newer;
    }
}
