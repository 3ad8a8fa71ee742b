// SPDX-License-Identifier: Apache-2.0

using System;
using System.Runtime.InteropServices;
using Uaas.Http;
using Uaas.Platform;
using Uaas.Web;

/// <summary>
/// A guest with the codecs of <c>img</c> in it, linked as they are there, which goes wrong within them as a bug of theirs would: <c>/crash/jpeg</c> has libjpeg read through a
/// state that was overwritten, <c>/crash/webp</c> has libwebp read where nothing is, <c>/crash/png</c> has libpng call a function that is none. By POST, which no front sends on to another instance.
/// </summary>
internal sealed unsafe class Program : WebService
{
    private const string Library = "uaas-codecs";
    private const int HeapSize = 8 << 20;
    private const nint Nowhere = 0x10;

    internal static void Main() => Run(new Program());

    protected override void Setup(WebSetup web)
    {
        CLibrary.Start(HeapSize);
        web.Get("/"u8, static (request, response) => response.Text("still here\n"u8));
        web.Post("/crash/jpeg"u8, static (request, response) => Survived(response, CrashJpeg()));
        web.Post("/crash/webp"u8, static (request, response) => Survived(response, WebPGetInfo((byte*)Nowhere, 4096, null, null)));
        web.Post("/crash/png"u8, static (request, response) => Survived(response, CrashPng()));
    }

    private static WebTask Survived(WebResponse response, int result)
    {
        response.Status = HttpStatus.InternalServerError;
        return response.Text(result == 0 ? "survived\n"u8 : "survived, with a result\n"u8);
    }

    private static int CrashJpeg()
    {
        const int version = 62;
        const int stateSize = 632;
        const int sourceOffset = 40;
        const int errorsSize = 168;
        byte* state = (byte*)Allocate(1, stateSize + errorsSize);
        *(void**)state = StandardErrors(state + stateSize);
        CreateDecompress(state, version, stateSize);
        ReadFromMemory(state, state, stateSize);
        *(nint*)(state + sourceOffset) = Nowhere;
        return ReadHeader(state, 1);
    }

    private static int CrashPng()
    {
        fixed (byte* version = "1.6.39\0"u8)
        {
            void* state = CreateReadStruct(version, null, null, null);
            if (state == null) return -1;
            SetReadFunction(state, null, Nowhere);
            ReadInformation(state, CreateInfoStruct(state));
        }

        return 0;
    }

    [DllImport(Library, EntryPoint = "calloc")]
    private static extern void* Allocate(nuint count, nuint size);

    [DllImport(Library, EntryPoint = "jpeg_std_error")]
    private static extern void* StandardErrors(void* errors);

    [DllImport(Library, EntryPoint = "guarded_jpeg_CreateDecompress")]
    private static extern void CreateDecompress(void* state, int version, nuint size);

    [DllImport(Library, EntryPoint = "guarded_jpeg_mem_src")]
    private static extern void ReadFromMemory(void* state, byte* bytes, ulong length);

    [DllImport(Library, EntryPoint = "guarded_jpeg_read_header")]
    private static extern int ReadHeader(void* state, int requireImage);

    [DllImport(Library, EntryPoint = "guarded_png_create_read_struct")]
    private static extern void* CreateReadStruct(byte* version, void* errorPointer, void* error, void* warning);

    [DllImport(Library, EntryPoint = "guarded_png_create_info_struct")]
    private static extern void* CreateInfoStruct(void* state);

    [DllImport(Library, EntryPoint = "png_set_read_fn")]
    private static extern void SetReadFunction(void* state, void* pointer, nint function);

    [DllImport(Library, EntryPoint = "guarded_png_read_info")]
    private static extern void ReadInformation(void* state, void* information);

    [DllImport(Library, EntryPoint = "WebPGetInfo")]
    private static extern int WebPGetInfo(byte* data, nuint size, int* width, int* height);
}
