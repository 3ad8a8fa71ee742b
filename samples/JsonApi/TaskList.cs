// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Http;
using Uaas.Web;

/// <summary>Things to do, as many as there is room for. All of the room is made at start-up.</summary>
internal sealed class TaskList
{
    /// <summary>Tasks at most.</summary>
    internal const int Capacity = 1000;

    /// <summary>Bytes of a task's text at most, in UTF-8.</summary>
    internal const int MaxText = 256;

    private readonly Entry[] _entries = new Entry[Capacity];
    private readonly byte[] _texts = new byte[Capacity * MaxText];
    private long _lastId;

    private struct Entry
    {
        public long Id;
        public int Length;
        public bool IsDone;
    }

    /// <summary>Whether there is a task at an index.</summary>
    internal bool IsUsed(int index) => _entries[index].Id != 0;

    /// <summary>The index of the task with the id that a path names; false where there is none.</summary>
    internal bool TryFind(ReadOnlySpan<byte> text, out int index)
    {
        index = 0;
        if (!Digits.TryRead(text, out long id) || id == 0) return false;
        while (index < Capacity && _entries[index].Id != id) index++;
        return index < Capacity;
    }

    /// <summary>Adds a task; -1 where there is no room.</summary>
    internal int Add(ReadOnlySpan<byte> text, bool isDone)
    {
        for (int i = 0; i < Capacity; i++)
        {
            if (IsUsed(i)) continue;
            _entries[i].Id = ++_lastId;
            Set(i, text, isDone);
            return i;
        }

        return -1;
    }

    /// <summary>Changes a task; an empty text leaves the text as it is.</summary>
    internal void Change(int index, ReadOnlySpan<byte> text, bool isDone)
    {
        if (text.IsEmpty) _entries[index].IsDone = isDone;
        else Set(index, text, isDone);
    }

    /// <summary>Takes a task off the list.</summary>
    internal void Remove(int index) => _entries[index] = default;

    /// <summary>Writes a task as an object.</summary>
    internal void Write(int index, ref JsonWriter json)
    {
        ref Entry entry = ref _entries[index];
        json.StartObject();
        json.Number("id"u8, entry.Id);
        json.String("text"u8, _texts.AsSpan(index * MaxText, entry.Length));
        json.Boolean("done"u8, entry.IsDone);
        json.EndObject();
    }

    private void Set(int index, ReadOnlySpan<byte> text, bool isDone)
    {
        text.CopyTo(_texts.AsSpan(index * MaxText, MaxText));
        _entries[index].Length = text.Length;
        _entries[index].IsDone = isDone;
    }
}
