// SPDX-License-Identifier: Apache-2.0

using System.Text;
using System.Text.RegularExpressions;

namespace Uaas.Host.Images.Site;

/// <summary>
/// A pattern for paths: <c>*</c> stands for anything within one segment, <c>**</c> for anything at all, <c>?</c> for one character, and
/// <c>{css,js}</c> for one of several texts.
/// </summary>
public sealed class PathPattern
{
    private readonly Regex _regex;

    private PathPattern(string text, Regex regex)
    {
        Text = text;
        _regex = regex;
    }

    /// <summary>The pattern as it was written.</summary>
    public string Text { get; }

    /// <summary>Whether a path, with its leading slash, and a trailing one if it is a directory's, matches.</summary>
    public bool Matches(string path) => _regex.IsMatch(path);

    /// <summary>Reads a pattern; says what is wrong with it otherwise.</summary>
    public static bool TryParse(string text, out PathPattern pattern, out string error)
    {
        pattern = null!;
        error = "";
        if (!text.StartsWith('/'))
        {
            error = "a path starts with a slash";
            return false;
        }

        StringBuilder regex = new("^");
        bool inBraces = false;
        for (int i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '*' when i + 1 < text.Length && text[i + 1] == '*':
                    // "/**/" also stands for a single slash.
                    bool between = text[i - 1] == '/' && i + 2 < text.Length && text[i + 2] == '/';
                    regex.Append(between ? "(?:.*/)?" : ".*");
                    i += between ? 2 : 1;
                    break;
                case '*':
                    regex.Append("[^/]*");
                    break;
                case '?':
                    regex.Append("[^/]");
                    break;
                case '{' when !inBraces:
                    regex.Append("(?:");
                    inBraces = true;
                    break;
                case '}' when inBraces:
                    regex.Append(')');
                    inBraces = false;
                    break;
                case ',' when inBraces:
                    regex.Append('|');
                    break;
                case '{' or '}':
                    error = "braces stand in pairs, not within each other";
                    return false;
                default:
                    regex.Append(Regex.Escape(text[i].ToString()));
                    break;
            }
        }

        if (inBraces)
        {
            error = "the brace is not closed";
            return false;
        }

        // Not backtracking: the time is linear in the path's length, whatever the pattern.
        pattern = new PathPattern(text, new Regex(regex.Append("\\z").ToString(), RegexOptions.CultureInvariant | RegexOptions.NonBacktracking | RegexOptions.Singleline));
        return true;
    }
}
