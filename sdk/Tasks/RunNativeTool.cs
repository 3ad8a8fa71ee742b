// SPDX-License-Identifier: Apache-2.0

using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.Build.Framework;
using Microsoft.Build.Utilities;

namespace Uaas.Sdk.Tasks;

/// <summary>Runs ILC, the assembler or the linker. What it prints goes to a file; what it means for the C# source becomes the build's errors.</summary>
public sealed class RunNativeTool : ToolTask
{
    private const int LinesShownMax = 6;

    private readonly List<string> _lines = [];

    /// <summary>The program: a path, or a name to be found on PATH.</summary>
    [Required]
    public string Tool { get; set; } = "";

    /// <summary>Its arguments, as a command line.</summary>
    [Required]
    public string Arguments { get; set; } = "";

    /// <summary>Where what it prints is kept.</summary>
    [Required]
    public string LogFile { get; set; } = "";

    /// <summary>The Debian package that has it, for who does not.</summary>
    public string Package { get; set; } = "";

    /// <summary>Where it runs.</summary>
    public string WorkingFolder { get; set; } = "";

    /// <inheritdoc/>
    protected override string ToolName => Path.GetFileName(Tool);

    /// <inheritdoc/>
    protected override MessageImportance StandardErrorLoggingImportance => MessageImportance.Low;

    /// <inheritdoc/>
    public override bool Execute()
    {
        bool success = base.Execute();
        File.WriteAllLines(LogFile, _lines);
        return success;
    }

    /// <inheritdoc/>
    protected override string GenerateFullPathToTool() => FindTool() ?? Tool;

    /// <inheritdoc/>
    protected override string GenerateCommandLineCommands() => Arguments;

    /// <inheritdoc/>
    protected override string GetWorkingDirectory() => WorkingFolder.Length == 0 ? base.GetWorkingDirectory() : WorkingFolder;

    /// <inheritdoc/>
    protected override bool ValidateParameters()
    {
        if (FindTool() != null) return true;
        string remedy = Package.Length == 0 ? "Restore the project's packages." : $"Install it: apt-get install {Package}";
        Log.LogError(null, "UAAS205", null, null, 0, 0, 0, 0, $"'{Tool}' is not there. {remedy}");
        return false;
    }

    /// <inheritdoc/>
    protected override void LogEventsFromTextOutput(string singleLine, MessageImportance messageImportance)
    {
        _lines.Add(singleLine);
        Log.LogMessage(MessageImportance.Low, singleLine);
    }

    /// <inheritdoc/>
    protected override bool HandleTaskExecutionErrors()
    {
        IReadOnlyList<Complaint> complaints = ToolOutput.Explain(_lines);
        foreach (Complaint complaint in complaints)
        {
            Log.LogError(null, complaint.Id, null, complaint.File, complaint.Line, 0, 0, 0, $"{complaint.Message} ({ToolName}'s own words: {LogFile})");
        }

        if (complaints.Count == 0)
        {
            string said = _lines.Count == 0 ? "It said nothing." : string.Join('\n', _lines.Take(LinesShownMax));
            Log.LogError(null, "UAAS204", null, null, 0, 0, 0, 0, $"{ToolName} failed with exit code {ExitCode} (all it said: {LogFile}). {said}");
        }

        return false;
    }

    private string? FindTool()
    {
        if (Path.IsPathRooted(Tool)) return File.Exists(Tool) ? Tool : null;
        foreach (string folder in (System.Environment.GetEnvironmentVariable("PATH") ?? "").Split(':'))
        {
            string candidate = Path.Combine(folder, Tool);
            if (folder.Length != 0 && File.Exists(candidate)) return candidate;
        }

        return null;
    }
}
