// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Configuration;

/// <summary>Where an image comes from.</summary>
public enum ImageKind
{
    /// <summary>One of the services that come with uaas: http, img, flv, combined.</summary>
    BuiltIn,

    /// <summary>A directory with a project that is built into an image.</summary>
    Project,

    /// <summary>An image in the store or in a registry, by its reference.</summary>
    Reference,

    /// <summary>An ELF file that a monitor starts as it is.</summary>
    File,
}

/// <summary>What the instances of a service run.</summary>
/// <param name="Kind">Where it comes from.</param>
/// <param name="Value">The built-in image's name, the absolute path of the directory or file, or the reference.</param>
public sealed record ImageSource(ImageKind Kind, string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
