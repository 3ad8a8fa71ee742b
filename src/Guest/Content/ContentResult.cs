// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Content;

/// <summary>How a request to a content image ended.</summary>
public enum ContentResult
{
    /// <summary>Done.</summary>
    Ok,

    /// <summary>There is nothing under that path.</summary>
    NotFound,

    /// <summary>The device does not start with a content image.</summary>
    NotAnImage,

    /// <summary>The image has a version, or a page size, that this reader does not know.</summary>
    UnsupportedVersion,

    /// <summary>The image is longer than the device that holds it.</summary>
    Truncated,

    /// <summary>A checksum, offset or length in the image is wrong.</summary>
    Corrupt,

    /// <summary>The device could not read.</summary>
    DeviceError,

    /// <summary>The device's blocks are larger than the largest this reader takes, 1 MiB, or not a power of two.</summary>
    UnsupportedBlockSize,

    /// <summary>An offset beyond the end of a file was asked for.</summary>
    OutOfRange,
}
