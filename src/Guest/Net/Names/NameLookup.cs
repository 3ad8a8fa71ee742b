// SPDX-License-Identifier: Apache-2.0

using Uaas.Wire;

namespace Uaas.Net.Names;

/// <summary>Why a name gave no address.</summary>
public enum LookupFailure
{
    /// <summary>There is no such name, or it has no IPv4 address.</summary>
    NoSuchName,

    /// <summary>The server would not, or could not, answer: a link that is not declared, a service that does not boot.</summary>
    Refused,

    /// <summary>No answer within the time that a lookup has.</summary>
    TimedOut,
}

/// <summary>Who asked for a name. Called once, from the guest's one thread.</summary>
public abstract class NameLookup
{
    /// <summary>The name has this address.</summary>
    public abstract void Resolved(Ipv4Address address);

    /// <summary>The name gave none.</summary>
    public abstract void Failed(LookupFailure failure);
}
