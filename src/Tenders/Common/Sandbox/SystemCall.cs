// SPDX-License-Identifier: Apache-2.0

namespace Uaas.Tenders;

/// <summary>Numbers of Linux's x86-64 system calls that tenders make or allow.</summary>
public static class SystemCall
{
#pragma warning disable CS1591 // Linux's own names.
    public const uint Read = 0;
    public const uint Write = 1;
    public const uint Open = 2;
    public const uint Close = 3;
    public const uint FStat = 5;
    public const uint LSeek = 8;
    public const uint MMap = 9;
    public const uint MProtect = 10;
    public const uint RtSigAction = 13;
    public const uint RtSigProcMask = 14;
    public const uint IoCtl = 16;
    public const uint PRead64 = 17;
    public const uint PWrite64 = 18;
    public const uint ReadV = 19;
    public const uint WriteV = 20;
    public const uint MAdvise = 28;
    public const uint Socket = 41;
    public const uint GetSockOpt = 55;
    public const uint FCntl = 72;
    public const uint ExecVe = 59;
    public const uint FChDir = 81;
    public const uint SetGroups = 116;
    public const uint SetResUid = 117;
    public const uint SetResGid = 119;
    public const uint CapSet = 126;
    public const uint SigAltStack = 131;
    public const uint PrCtl = 157;
    public const uint ArchPrCtl = 158;
    public const uint ChRoot = 161;
    public const uint ClockGetTime = 228;
    public const uint ExitGroup = 231;
    public const uint EpollCtl = 233;
    public const uint EpollPWait = 281;
    public const uint Unshare = 272;
    public const uint TimerFdCreate = 283;
    public const uint TimerFdSetTime = 286;
    public const uint SignalFd4 = 289;
    public const uint EpollCreate1 = 291;
    public const uint PRLimit64 = 302;
    public const uint SecComp = 317;
    public const uint GetRandom = 318;
    public const uint CloseRange = 436;
#pragma warning restore CS1591
}
