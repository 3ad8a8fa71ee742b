// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Amf;

namespace Uaas.Media.Flv;

/// <summary>Reads the bodies of script data.</summary>
public static class ScriptData
{
    /// <summary>Finds onMetaData, which publishers send behind "@setDataFrame"; players want it without. False for all other data.</summary>
    public static bool TryReadMetadata(ReadOnlySpan<byte> body, out ReadOnlySpan<byte> metadata)
    {
        AmfReader reader = new(body);
        metadata = reader.TryReadString(out ReadOnlySpan<byte> name) && name.SequenceEqual("@setDataFrame"u8) ? reader.Rest : body;
        AmfReader data = new(metadata);
        return data.TryReadString(out ReadOnlySpan<byte> kind) && kind.SequenceEqual("onMetaData"u8) && data.TrySkip();
    }
}
