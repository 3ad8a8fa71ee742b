// SPDX-License-Identifier: Apache-2.0

using System;
using System.ComponentModel;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;

namespace Uaas.Imaging.Testing;

/// <summary>The codecs' libraries for guest code that runs on .NET: Debian's shared ones, behind the same native/x64/codecs.S as in a unikernel.</summary>
internal static class CodecLibrary
{
    private const string Name = "uaas-codecs";

    private static readonly Lazy<IntPtr> s_handle = new(Build);

    /// <summary>Has the guest's calls find the libraries. Throws where they are not installed, or there is no compiler.</summary>
    internal static void Prepare() => _ = s_handle.Value;

    /// <summary>Address of a function of the libraries, whether or not the guest calls it.</summary>
    internal static IntPtr FunctionAt(string name) => NativeLibrary.GetExport(s_handle.Value, name);

    private static IntPtr Build()
    {
        DirectoryInfo place = Directory.CreateTempSubdirectory("uaas-codecs-");
        try
        {
            string library = Path.Combine(place.FullName, "libuaas-codecs.so");
            string source = Path.Combine(RepositoryRoot(), "native", "x64", "codecs.S");
            ProcessStartInfo start = new("gcc", ["-shared", "-fPIC", "-o", library, source, "-Wl,--no-as-needed", "-ljpeg", "-lpng16", "-lwebp", "-lwebpdemux", "-lgif", "-lz", "-lc"])
            {
                RedirectStandardError = true,
            };
            using Process compiler = Process.Start(start) ?? throw new InvalidOperationException("gcc does not start");
            string complaints = compiler.StandardError.ReadToEnd();
            compiler.WaitForExit();
            if (compiler.ExitCode != 0) throw new InvalidOperationException(complaints);
            IntPtr handle = NativeLibrary.Load(library);
            NativeLibrary.SetDllImportResolver(typeof(ImageWorker).Assembly, (name, _, _) => name == Name ? handle : IntPtr.Zero);
            return handle;
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException("gcc is not installed: ./uaas test installs it", missing);
        }
        finally
        {
            place.Delete(recursive: true);
        }
    }

    private static string RepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder != null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "global.json"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException("the repository");
    }
}
