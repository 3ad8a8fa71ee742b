// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Media.Rtmp;

/// <summary>Types of messages (RTMP 1.0, 5.4 and 7.1).</summary>
public enum RtmpMessageType : byte
{
    /// <summary>Bytes of a chunk's payload from now on.</summary>
    SetChunkSize = 1,

    /// <summary>The message under way on a chunk stream will not be completed.</summary>
    Abort = 2,

    /// <summary>How many bytes have arrived.</summary>
    Acknowledgement = 3,

    /// <summary>Stream begin, end, ping and others.</summary>
    UserControl = 4,

    /// <summary>After how many bytes the sender wants an acknowledgement.</summary>
    WindowAcknowledgementSize = 5,

    /// <summary>How much may be under way.</summary>
    SetPeerBandwidth = 6,

    /// <summary>Sound.</summary>
    Audio = 8,

    /// <summary>Pictures.</summary>
    Video = 9,

    /// <summary>A command in AMF3.</summary>
    CommandAmf3 = 17,

    /// <summary>Data in AMF0.</summary>
    DataAmf0 = 18,

    /// <summary>A command in AMF0.</summary>
    CommandAmf0 = 20,
}
