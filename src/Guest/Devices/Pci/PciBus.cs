// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Devices.Pci;

/// <summary>The functions on bus 0, where QEMU puts every device that is not told to go elsewhere, in the order of its command line.</summary>
public static class PciBus
{
    private const int FunctionsPerDevice = 8;
    private const int FunctionCount = 32 * FunctionsPerDevice;
    private const int None = -1;

    private const int Identity = 0x00;
    private const int HeaderType = 0x0e;
    private const byte MultiFunction = 0x80;
    private const uint NoFunction = 0xffff_ffff;

    /// <summary>The first function; -1 where there is no bus.</summary>
    public static int First(PciHost host) => Exists(host, 0) ? 0 : None;

    /// <summary>The function after <paramref name="function"/>; -1 behind the last.</summary>
    public static int Next(PciHost host, int function)
    {
        int next = function + 1;
        while (next < FunctionCount)
        {
            // Only a device that says so has more functions than its first: others answer for all eight.
            bool isFirst = next % FunctionsPerDevice == 0;
            int first = next - next % FunctionsPerDevice;
            if (!isFirst && (!Exists(host, first) || (host.Read8(first, HeaderType) & MultiFunction) == 0))
            {
                next = first + FunctionsPerDevice;
                continue;
            }

            if (Exists(host, next)) return next;
            next++;
        }

        return None;
    }

    private static bool Exists(PciHost host, int function) => host.Read32(function, Identity) != NoFunction;
}
