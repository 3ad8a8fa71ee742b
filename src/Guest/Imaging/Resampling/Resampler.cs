// SPDX-License-Identifier: Apache-2.0

using System;

namespace Uaas.Imaging;

/// <summary>
/// Makes a frame from rows as a decoder gives them, weighting in each direction by a kernel. Only as many rows are kept as the kernel is high, so a
/// source of any size costs little. Works on values as they are stored (gamma-encoded), as browsers and libvips do, with alpha multiplied in.
/// </summary>
internal sealed class Resampler(Workspace workspace)
{
    /// <summary>Bytes that a row given to <see cref="Push"/> must have behind its last pixel: vectors read beyond it.</summary>
    internal const int Slack = Taps.Group * Frame.PixelSize;

    private readonly Taps _across = new();
    private readonly Taps _down = new();
    private Block _ring;
    private int _ringRows;
    private int _stride;
    private int _sourceWidth;
    private int _sourceHeight;
    private int _rowsIn;
    private int _rowsOut;
    private Frame _output;

    /// <summary>Rows still to come that matter.</summary>
    internal bool NeedsMore => _rowsOut < _output.Height;

    /// <summary>The last source row that matters, and one.</summary>
    internal int RowsNeeded { get; private set; }

    /// <summary>Prepares to make <paramref name="output"/> from a region of the source; false where the workspace is too small.</summary>
    internal bool TryPrepare(int sourceWidth, int sourceHeight, in Stretch across, in Stretch down, in Frame output, Kernel kernel, double radius = 0)
    {
        _output = output;
        _sourceWidth = sourceWidth;
        _sourceHeight = sourceHeight;
        _rowsIn = 0;
        _rowsOut = 0;
        if (!_across.TryPrepare(workspace, sourceWidth, across, output.Width, kernel, radius)
            || !_down.TryPrepare(workspace, sourceHeight, down, output.Height, kernel, radius))
        {
            return false;
        }

        _stride = output.Width * Frame.PixelSize + Rows.Slack;
        _ringRows = Math.Min(_down.Width, sourceHeight);
        RowsNeeded = EndOf(output.Height - 1);
        return workspace.TryTake((long)_ringRows * _stride * sizeof(short), out _ring);
    }

    /// <summary>Takes the next source row, <see cref="Slack"/> bytes longer than its pixels, and makes the output rows that it completes.</summary>
    internal void Push(ReadOnlySpan<byte> row)
    {
        int y = _rowsIn++;
        if (!NeedsMore || _rowsIn <= _down.Starts(workspace)[_rowsOut]) return;
        Rows.Shrink(row[..(_sourceWidth * Frame.PixelSize + Slack)], workspace, _across, RingRow(y));
        while (NeedsMore && EndOf(_rowsOut) <= _rowsIn) Emit();
    }

    // How many source rows the output row needs, from the top.
    private int EndOf(int row) => Math.Min(_down.Starts(workspace)[row] + _down.Width, _sourceHeight);

    private Span<short> RingRow(int y) => workspace.Shorts(_ring).Slice(y % _ringRows * _stride, _stride);

    private void Emit()
    {
        int first = _down.Starts(workspace)[_rowsOut];
        int count = EndOf(_rowsOut) - first;
        ReadOnlySpan<short> weights = _down.Weights(workspace).Slice(_rowsOut * _down.Width, _down.Width);
        Rows.Blend(workspace.Shorts(_ring), _stride, _ringRows, first, count, weights, _output.Row(workspace, _rowsOut));
        _rowsOut++;
    }
}
