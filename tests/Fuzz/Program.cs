// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;

namespace Uaas.Fuzz;

/// <summary>Runs fuzz targets from the command line. Exit codes: 0 all well, 1 a target failed, 2 wrong usage.</summary>
internal static class Program
{
    private const string Usage = """
        usage: fuzz [TARGET ...] [--count N] [--seed S] [--episode E]
          TARGET       all of them where none is named
          --count N    inputs for each target (100000)
          --seed S     what the inputs are made from (1); the same seed makes the same inputs
          --episode E  begin with this episode of 1,000 inputs: how a failure is replayed
        targets:
        """;

    private static int Main(string[] arguments)
    {
        List<string> names = [];
        Dictionary<string, long> numbers = new() { ["--count"] = 100_000, ["--seed"] = 1, ["--episode"] = 0 };
        for (int i = 0; i < arguments.Length; i++)
        {
            bool isNumber = numbers.ContainsKey(arguments[i]);
            if (isNumber && i + 1 < arguments.Length && long.TryParse(arguments[i + 1], NumberStyles.None, CultureInfo.InvariantCulture, out long value))
            {
                numbers[arguments[i++]] = value;
            }
            else if (!isNumber && Targets.All.ContainsKey(arguments[i]))
            {
                names.Add(arguments[i]);
            }
            else
            {
                Console.Error.WriteLine($"fuzz: what is \"{arguments[i]}\"?\n{Usage}\n  {string.Join(' ', Targets.All.Keys)}");
                return 2;
            }
        }

        bool well = true;
        foreach (string name in names.Count > 0 ? names : [.. Targets.All.Keys]) well &= Run(name, numbers["--count"], (ulong)numbers["--seed"], numbers["--episode"]);
        return well ? 0 : 1;
    }

    private static bool Run(string name, long count, ulong seed, long episode)
    {
        Stopwatch watch = Stopwatch.StartNew();
        FuzzFailure? failure = Runner.Run(Targets.All[name], count, seed, episode);
        if (failure == null)
        {
            Console.WriteLine($"{name}: {count:N0} inputs in {watch.Elapsed.TotalSeconds:F1} s, seed {seed}: no failure");
            return true;
        }

        Console.WriteLine($"{name}: FAILED; replay with: {name} --seed {seed} --episode {failure.Episode} --count 1\ninput: {Convert.ToHexString(failure.Input)}\n{failure.Exception}");
        return false;
    }
}
