// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Web;

/// <summary>What a client says of a task: <c>{"text": "…", "done": false}</c>. Other members are passed over.</summary>
internal readonly struct TaskInput
{
    private TaskInput(int textLength, bool isDone)
    {
        TextLength = textLength;
        IsDone = isDone;
    }

    /// <summary>Bytes of the text; 0 where there is none.</summary>
    internal int TextLength { get; }

    /// <summary>Whether it is done.</summary>
    internal bool IsDone { get; }

    /// <summary>Reads content, the text into <paramref name="text"/>. False where it is no JSON object, a member has another type, or the text is too long.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> content, Span<byte> text, out TaskInput input)
    {
        int length = 0;
        bool isDone = false;
        input = default;
        JsonReader json = new(content);
        if (!json.Read() || json.Token != JsonToken.StartObject) return false;
        while (json.Read() && json.Token == JsonToken.Name)
        {
            if (json.Is("text"u8))
            {
                if (!json.Read() || !json.TryCopyText(text, out length)) return false;
            }
            else if (json.Is("done"u8))
            {
                if (!json.Read() || json.Token is not (JsonToken.True or JsonToken.False)) return false;
                isDone = json.Token == JsonToken.True;
            }
            else if (!json.Skip())
            {
                return false;
            }
        }

        // What is behind the object is looked at too.
        if (json.Read() || json.HasFailed) return false;
        input = new TaskInput(length, isDone);
        return true;
    }
}
