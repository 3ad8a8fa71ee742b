// SPDX-License-Identifier: Apache-2.0

using Uaas.Protocol.Agent;

namespace Uaas.Master.Control;

/// <summary>The way to the node agent.</summary>
public interface IAgentPort
{
    /// <summary>Tells the agent to do something. Never blocks; where the agent is away, nothing happens, and it says what there is when it is back.</summary>
    void Send(AgentCommand command);
}
