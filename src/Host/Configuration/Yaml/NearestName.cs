// SPDX-License-Identifier: Apache-2.0

using System;
using System.Collections.Generic;
using System.Linq;

namespace Uaas.Configuration.Yaml;

/// <summary>Guesses what a person meant to type.</summary>
public static class NearestName
{
    /// <summary>Longer words are not compared: the time grows with both lengths.</summary>
    private const int MaxLength = 64;

    /// <summary>More names are not looked at.</summary>
    private const int MaxNames = 1000;

    /// <summary>The nearest of some names, if it is near enough to have been meant; otherwise null.</summary>
    public static string? Of(string word, IEnumerable<string> names)
    {
        string? nearest = null;
        int least = Math.Max(2, word.Length / 3) + 1;
        foreach (string name in names.Take(MaxNames))
        {
            if (word.Length > MaxLength || name.Length > MaxLength || Math.Abs(word.Length - name.Length) >= least)
                continue;
            int distance = Distance(word, name);
            if (distance < least && distance < name.Length)
                (nearest, least) = (name, distance);
        }
        return nearest;
    }

    /// <summary>How many insertions, deletions, substitutions and swaps of neighbours lead from one word to the other (optimal string alignment).</summary>
    private static int Distance(string from, string to)
    {
        int[,] cost = new int[from.Length + 1, to.Length + 1];
        for (int i = 0; i <= from.Length; i++)
            cost[i, 0] = i;
        for (int j = 0; j <= to.Length; j++)
            cost[0, j] = j;
        for (int i = 1; i <= from.Length; i++)
        {
            for (int j = 1; j <= to.Length; j++)
            {
                int substituted = cost[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(substituted, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
                    cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }
        return cost[from.Length, to.Length];
    }
}
