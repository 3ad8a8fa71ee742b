// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Imaging;

/// <summary>One of the eight ways to turn a picture by right angles and mirror it: rows and columns exchanged or not, then each direction reversed or not.</summary>
public readonly struct Turn(bool transposes, bool mirrorsAcross, bool mirrorsDown)
{
    /// <summary>Whether rows become columns, before anything is mirrored.</summary>
    public bool Transposes { get; } = transposes;

    /// <summary>Whether left becomes right.</summary>
    public bool MirrorsAcross { get; } = mirrorsAcross;

    /// <summary>Whether top becomes bottom.</summary>
    public bool MirrorsDown { get; } = mirrorsDown;

    /// <summary>Whether nothing changes.</summary>
    public bool IsNone => !Transposes && !MirrorsAcross && !MirrorsDown;

    /// <summary>What shows a picture with an EXIF orientation of 1 to 8 as it is meant.</summary>
    public static Turn FromOrientation(int orientation) => orientation switch
    {
        2 => new Turn(false, true, false),
        3 => new Turn(false, true, true),
        4 => new Turn(false, false, true),
        5 => new Turn(true, false, false),
        6 => new Turn(true, true, false),
        7 => new Turn(true, true, true),
        8 => new Turn(true, false, true),
        _ => default,
    };

    /// <summary>A quarter turn clockwise, so many times.</summary>
    public static Turn FromQuarters(int quarters) => (quarters & 3) switch
    {
        1 => new Turn(true, true, false),
        2 => new Turn(false, true, true),
        3 => new Turn(true, false, true),
        _ => default,
    };

    /// <summary>This turn and then another.</summary>
    public Turn Then(in Turn next)
    {
        bool across = next.Transposes ? MirrorsDown : MirrorsAcross;
        bool down = next.Transposes ? MirrorsAcross : MirrorsDown;
        return new Turn(Transposes ^ next.Transposes, across ^ next.MirrorsAcross, down ^ next.MirrorsDown);
    }
}
