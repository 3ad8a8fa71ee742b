// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using Xunit;

namespace Uaas.Front.Tests;

/// <summary>A front's way to its master.</summary>
public sealed class MasterLinkTests
{
    [Fact]
    public void What_there_is_no_master_to_tell_is_said()
    {
        var said = new List<string>();
        using var link = new MasterLink(new FrontOptions { Listener = -1, MasterSocket = "/none", Say = said.Add });
        link.Note("certificate", "it has expired");
        Assert.Equal(["it has expired"], said);
    }
}
