// SPDX-License-Identifier: Apache-2.0

using System;
using Uaas.Media.Live;
using Uaas.Net;

namespace Uaas.Media.Rtmp;

/// <summary>Commands (RTMP 1.0, 7.2), and those that encoders send beside them.</summary>
public sealed partial class RtmpConnection
{
    private const ushort StreamBegin = 0;
    private const ushort StreamEnd = 1;

    /// <summary>Handles a command. False when it breaks the protocol; one that is not known is passed over.</summary>
    private bool TryHandleCommand(ReadOnlySpan<byte> body)
    {
        if (!RtmpCommand.TryRead(body, out RtmpCommand command)) return false;
        ReadOnlySpan<byte> name = command.Name;
        if (name.SequenceEqual("connect"u8)) return TryConnect(in command);
        if (!_isConnected) return false;
        if (name.SequenceEqual("createStream"u8)) Answer(command.Transaction, Framing.MessageStream);
        else if (name.SequenceEqual("releaseStream"u8) || name.SequenceEqual("FCPublish"u8)) Answer(command.Transaction, null);
        else if (name.SequenceEqual("publish"u8)) return TryPublish(in command);
        else if (name.SequenceEqual("play"u8)) return TryPlay(in command);
        else if (name.SequenceEqual("FCUnpublish"u8)) EndPublishing();
        else if (name.SequenceEqual("deleteStream"u8) || name.SequenceEqual("closeStream"u8)) EndPublishing();
        else if (name.SequenceEqual("getStreamLength"u8)) Answer(command.Transaction, 0);
        return true;
    }

    private bool TryConnect(in RtmpCommand command)
    {
        if (_isConnected || !command.TryReadApplication(out ReadOnlySpan<byte> application)) return false;
        ControlWriter writer = new(stackalloc byte[MaxAnswer]);
        writer.Number(RtmpMessageType.WindowAcknowledgementSize, AcknowledgementWindow);
        writer.PeerBandwidth(AcknowledgementWindow);
        writer.Number(RtmpMessageType.SetChunkSize, Framing.ChunkSize);
        _isConnected = application.SequenceEqual(RtmpServer.Application);
        if (_isConnected) writer.Connected(command.Transaction, command.KnowsFourCc);
        else writer.Rejected(command.Transaction, "There is one application: live."u8);
        _output.AddControl(writer.Written);
        if (!_isConnected) End();
        return true;
    }

    private void Answer(ulong transaction, uint? value)
    {
        ControlWriter writer = new(stackalloc byte[MaxAnswer]);
        writer.Result(transaction, value);
        _output.AddControl(writer.Written);
    }

    private void Report(ReadOnlySpan<byte> level, ReadOnlySpan<byte> code, ReadOnlySpan<byte> description)
    {
        ControlWriter writer = new(stackalloc byte[MaxAnswer]);
        writer.Status(level, code, description);
        _output.AddControl(writer.Written);
    }

    private bool TryPublish(in RtmpCommand command)
    {
        if (_published != null || _viewer.State != ViewerState.Idle || !command.TryReadStreamName(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> query)) return false;
        PublishResult result = _server.Streams.TryPublish(name, QueryText.Find(query, "key"u8), out _published);
        if (result != PublishResult.Ok)
        {
            _server.Counters.RefusedPublishers++;
            Report("error"u8, result == PublishResult.BadKey ? "NetStream.Publish.Denied"u8 : "NetStream.Publish.BadName"u8, Explain(result));
            End();
            return true;
        }

        _reader.MaxMessage = _server.Buffers.LargeSize;
        _tcp!.SetTimer(_server.Now + RtmpServer.PublisherTimeout);
        Report("status"u8, "NetStream.Publish.Start"u8, "Publishing."u8);
        return true;
    }

    private static ReadOnlySpan<byte> Explain(PublishResult result) => result switch
    {
        PublishResult.NameTaken => "Somebody else publishes under this name."u8,
        PublishResult.BadKey => "The key is not the one for this name."u8,
        PublishResult.BadName => "A name is of letters, digits, '-', '_' and '.', at most 64."u8,
        _ => "No more streams are taken."u8,
    };

    private bool TryPlay(in RtmpCommand command)
    {
        if (_published != null || _viewer.State != ViewerState.Idle || !command.TryReadStreamName(out ReadOnlySpan<byte> name, out ReadOnlySpan<byte> query)) return false;
        LiveStream? stream = _server.Streams.Find(name);
        if (stream == null || _server.IsDraining)
        {
            Report("error"u8, "NetStream.Play.StreamNotFound"u8, "There is no such stream."u8);
            End();
            return true;
        }

        ControlWriter writer = new(stackalloc byte[MaxAnswer]);
        writer.UserControl(StreamBegin, Framing.MessageStream);
        writer.Status("status"u8, "NetStream.Play.Reset"u8, "Playing from the start."u8);
        writer.Status("status"u8, "NetStream.Play.Start"u8, "Playing."u8);
        _output.AddControl(writer.Written);
        _output.RestartMedia();
        _tcp!.SetTimer(Nanoseconds.Never);
        if (!_viewer.TryBegin(stream, FramingKind.Rtmp, QueryText.AsksToCatchUp(query))) End();
        return true;
    }

    /// <summary>The publisher says that it has done.</summary>
    private void EndPublishing()
    {
        if (_published == null) return;
        Report("status"u8, "NetStream.Unpublish.Success"u8, "Publishing has ended."u8);
        Unpublish();
        _reader.MaxMessage = MessageBuffers.SmallSize;
    }

    /// <summary>The stream that this side plays has ended.</summary>
    private void EndOfStream()
    {
        if (_phase != Phase.Messages) return;
        if (_output.HasRoom)
        {
            ControlWriter writer = new(stackalloc byte[MaxAnswer]);
            writer.UserControl(StreamEnd, Framing.MessageStream);
            writer.Status("status"u8, "NetStream.Play.UnpublishNotify"u8, "The stream has ended."u8);
            _output.AddControl(writer.Written);
        }

        End();
    }
}
