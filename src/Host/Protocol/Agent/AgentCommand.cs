// SPDX-License-Identifier: Apache-2.0

using System.Text.Json.Serialization;

namespace Uaas.Protocol.Agent;

/// <summary>What the master tells the agent to do. Commands are carried out in their order; the answers are <see cref="AgentEvent"/>s.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "do")]
[JsonDerivedType(typeof(Prepare), "prepare")]
[JsonDerivedType(typeof(Forget), "forget")]
[JsonDerivedType(typeof(Start), "start")]
[JsonDerivedType(typeof(Stop), "stop")]
[JsonDerivedType(typeof(Sample), "sample")]
[JsonDerivedType(typeof(Follow), "follow")]
[JsonDerivedType(typeof(Describe), "describe")]
public abstract record AgentCommand
{
    private AgentCommand()
    {
    }

    /// <summary>Get ready to start instances of a template. Nothing changes where it is known already.</summary>
    /// <param name="Template">The template.</param>
    public sealed record Prepare(InstanceTemplate Template) : AgentCommand;

    /// <summary>A template is not needed any more.</summary>
    /// <param name="Template">Its name.</param>
    public sealed record Forget(string Template) : AgentCommand;

    /// <summary>Start an instance on a link that the agent has offered.</summary>
    /// <param name="Instance">Its name, unique on the node.</param>
    /// <param name="Number">The number that the master knows it by.</param>
    /// <param name="Template">What it is made of.</param>
    /// <param name="Link">The link.</param>
    /// <param name="ProbeAfterMilliseconds">When to begin to ask whether it answers. A front that waits for it finds out sooner.</param>
    /// <param name="Traced">Whether to say when the guest has booted; null for no.</param>
    public sealed record Start(string Instance, long Number, string Template, int Link, int ProbeAfterMilliseconds, bool? Traced = null) : AgentCommand;

    /// <summary>End an instance: it is asked to, and killed where it has not ended in time.</summary>
    /// <param name="Instance">Its name.</param>
    /// <param name="GraceMilliseconds">How long it has; 0: it is killed at once.</param>
    public sealed record Stop(string Instance, int GraceMilliseconds) : AgentCommand;

    /// <summary>Say what each instance costs.</summary>
    public sealed record Sample : AgentCommand;

    /// <summary>Pass on what the instances of a service print, or stop doing so.</summary>
    /// <param name="Service">The service, by its name on the node.</param>
    /// <param name="On">Whether to.</param>
    public sealed record Follow(string Service, bool On) : AgentCommand;

    /// <summary>Say what an instance is.</summary>
    /// <param name="Instance">Its name.</param>
    /// <param name="Question">Comes back in the answer.</param>
    public sealed record Describe(string Instance, long Question) : AgentCommand;
}
