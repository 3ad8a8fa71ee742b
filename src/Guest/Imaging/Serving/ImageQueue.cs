// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Content;

namespace Uaas.Imaging.Serving;

/// <summary>Results that are to be made, in the order they were asked for; one at a time.</summary>
internal sealed class ImageQueue(ResultStore store, ImageWorker worker, int capacity)
{
    private readonly int[] _waiting = new int[capacity];
    private readonly ContentSource _content = new();
    private readonly StoreSource _fetched = new(store);
    private readonly StoreSource _arrived = new(store); // looked at while a picture may be half made
    private readonly StoreSink _sink = new(store);
    private int _first;

    /// <summary>How many wait.</summary>
    internal int Count { get; private set; }

    /// <summary>Whether one more would be too many.</summary>
    internal bool IsFull => Count == _waiting.Length;

    /// <summary>Adds a result; there is room.</summary>
    internal void Add(int index)
    {
        _waiting[(_first + Count) % _waiting.Length] = index;
        Count++;
    }

    /// <summary>Takes a result out, if it has not been begun.</summary>
    internal bool TryRemove(int index)
    {
        for (int i = 0; i < Count; i++)
        {
            if (_waiting[(_first + i) % _waiting.Length] != index) continue;
            for (int j = i + 1; j < Count; j++) _waiting[(_first + j - 1) % _waiting.Length] = _waiting[(_first + j) % _waiting.Length];
            Count--;
            return true;
        }

        return false;
    }

    /// <summary>Makes the first one, and tells which it was; it is for the caller to complete it.</summary>
    internal int Make(out ImageOutcome outcome)
    {
        int index = _waiting[_first];
        _first = (_first + 1) % _waiting.Length;
        Count--;
        _content.Set(store[index].Source);
        _fetched.Set(store[index].From);
        _sink.Set(index);
        ImageKey key = store[index].Key;
        outcome = worker.Make(store[index].From == ResultStore.None ? _content : _fetched, key.Options, key.Format, _sink);
        if (outcome != ImageOutcome.Done) store.Clear(index);
        return index;
    }

    /// <summary>The format of a source that was fetched.</summary>
    internal ImageFormat RecogniseFetched(int index)
    {
        _arrived.Set(index);
        return ImageWorker.Recognise(_arrived);
    }

    private sealed class ContentSource : ImageSource
    {
        private ContentFile _file;

        public override long Length => _file.Length;

        internal void Set(ContentFile file) => _file = file;

        public override bool Read(long offset, Span<byte> destination) => _file.Read(offset, destination) == ContentResult.Ok;
    }

    private sealed class StoreSource(ResultStore store) : ImageSource
    {
        private int _index;
        private int _block;
        private long _blockOffset;

        public override long Length => store[_index].Length;

        internal void Set(int index)
        {
            _index = index;
            _block = BlockPool.None;
        }

        public override bool Read(long offset, Span<byte> destination)
        {
            for (int read = 0; read < destination.Length;)
            {
                ReadOnlySpan<byte> bytes = store.BytesAt(_index, offset + read, ref _block, ref _blockOffset);
                int count = Math.Min(bytes.Length, destination.Length - read);
                bytes[..count].CopyTo(destination[read..]);
                read += count;
            }

            return true;
        }
    }

    private sealed class StoreSink(ResultStore store) : ImageSink
    {
        private int _index;

        internal void Set(int index) => _index = index;

        public override bool Write(ReadOnlySpan<byte> bytes) => store.Append(_index, bytes);
    }
}
